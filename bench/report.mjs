// Writes bench/results.json, bench/RESULTS.md and, after a whole round, the README's table from what was measured: load.json
// and startup.json in the folder named by the first argument, either of which may be missing. The second says what was
// measured: whole, part or quick.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

const [folder, scope] = process.argv.slice(2);
const quick = scope === 'quick';
const read = (name, none) => {
  const file = join(folder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : none;
};
const load = read('load.json', { rows: [], missing: [], settings: [] });
// A start has more of its own to tell: it becomes a row like the others.
const startup = read('startup.json', []).map(({ name, p50_ms, p99_ms, starts, peer, ratio, target, met }) => ({
  name: `first byte of a command in a sandbox: ${name}`,
  unit: 'ms',
  value: p50_ms,
  rounds: starts,
  peer,
  ratio,
  target: target === undefined ? undefined : `≤ ${target} ×`,
  met,
  ours: { p50_ms, p99_ms },
}));
const rows = [...load.rows, ...startup];

const first = (command, ...args) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0];
  } catch {
    return 'not there';
  }
};
const machine = {
  processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  kernel: release(),
  disk: load.disk,
};
const locked = JSON.parse(readFileSync('bench/peers/package-lock.json', 'utf8')).packages;
const pinned = readFileSync('bench/peers/requirements.txt', 'utf8').matchAll(/^(\S+)==(\S+)/gm);
const versions = {
  tatwats: first(process.env.TATWATS_TEST_BINARY ?? 'tatwats', '--version'),
  revision: first('git', 'rev-parse', '--short', 'HEAD'),
  node: process.version,
  postgresql: first('postgres', '--version'),
  bubblewrap: first('bwrap', '--version'),
  docker: process.env.DOCKER_VERSION ?? 'none',
  chromium: first('chromium', '--version'),
  ...Object.fromEntries(
    ['express', 'pg', 'socket.io', 'ws', 'react', 'react-dom', 'lighthouse'].map((name) => [name, locked[`node_modules/${name}`]?.version]),
  ),
  ...Object.fromEntries([...pinned].map(([, name, version]) => [name, version])),
};
const { missing, settings } = load;
writeFileSync('bench/results.json', `${JSON.stringify({ machine, versions, settings, missing, rows }, null, 2)}\n`);

const number = (value) => {
  if (value === undefined || value === null) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4;
  return value.toFixed(digits);
};
const table = (head, lines) =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const summary = table(
  ['what', 'here', 'beside', 'there', 'ratio (least to most)', 'aim', ''],
  rows.map((row) => [
    row.name,
    `${number(row.value)} ${row.unit}`,
    row.peer ?? '',
    row.peer_value === undefined ? '' : `${number(row.peer_value)} ${row.unit}`,
    row.ratio === undefined ? '' : `${number(row.ratio)} ×${row.spread ? ` (${row.spread.map(number).join(' to ')})` : ''}`,
    row.target ?? '',
    row.met === undefined ? '' : row.met ? 'met' : '**missed**',
  ]),
);
const seen = new Set();
const details = table(
  ['what', 'who', 'p50, ms', 'p99, ms', 'processor, µs for each', 'memory, MiB', 'bytes for each'],
  rows
    .flatMap((row) => [[row.name, 'TATWATS', row.ours], ...(row.theirs ? [[row.name, row.peer, row.theirs]] : [])])
    .filter(([name, who, sample]) => {
      const key = `${name} ${who}`;
      const fresh = !seen.has(key) && Object.keys(sample).length > 0 && !name.startsWith('first byte');
      seen.add(key);
      return fresh;
    })
    .map(([name, who, { p50_ms, p99_ms, cpu_us, rss_mib, bytes }]) => [
      name,
      who,
      ...[p50_ms, p99_ms, cpu_us, rss_mib, bytes].map(number),
    ]),
);
const starts = startup.length
  ? `## Commands in sandboxes

From the request to the first byte, in milliseconds. The ways take turns, one start each after a rest of 150 ms. “Cold” makes the sandbox for the
request, “warm” takes one that waited.

${table(
  ['way', 'p50', 'p99', 'starts'],
  startup.map(({ name, ours, rounds }) => [name.replace(/.*: /, ''), ours.p50_ms.toFixed(1), ours.p99_ms.toFixed(1), rounds]),
)}

`
  : '';
const notes = missing.length ? `## Not measured\n\n${missing.map((line) => `- ${line}`).join('\n')}\n\n` : '';

writeFileSync(
  'bench/RESULTS.md',
  `# What the workshop costs beside what people would use instead

Made by \`script/bench${quick ? ' --quick' : ''}\` in one run on one machine. What counts are the ratios: sides take turns, a fresh
start each, a ratio is taken within each round, and the median of the rounds is told with the least and the most.${
    quick ? ' This was a quick run of one short round: it shows that the measures work, and little else.' : ''
  }

${summary}

## More of it

Medians over the rounds. The processor's time is the server's with all its processes, PostgreSQL included; memory is the server's
without PostgreSQL.

${details}

${starts}${notes}## How it is measured

- The servers, PostgreSQL included, have processor 0, the load has processor 1. Everything goes over the loopback.
- A message is 128 bytes of text. Ours is answered with the message rendered to HTML, and leaves an event in the log.
- Durable means flushed: TATWATS on SQLite with \`synchronous=FULL\`; PostgreSQL with its defaults, \`fsync\` and
  \`synchronous_commit\` on; NATS JetStream with \`sync_interval: always\`. PocketBase keeps its own default, \`synchronous=NORMAL\`,
  which may lose the last messages when the power fails; its log of requests is off. Socket.IO and ws keep nothing at all.
- A delivery: somebody speaks to 1,000 sockets, 20 messages a second, one by one or ten at once. TATWATS and NATS keep each message before it is heard.
- The kernel's sending alone: a loop that sends every listener as many bytes as an event of ours has, in one call, and does nothing
  else (\`bench/load/src/contenders/bare.rs\`). Nobody who tells a thousand connections over TCP with a call for each can take less.
- Everyone is asked with a token, and checks it, but for Socket.IO, ws, NATS, that loop, the room of files and React's page, which let
  everyone in.
- React's page shows the same rows from memory; ours reads them from the database for each request.
- Memory of an idle socket: resident memory of the server before and after, divided; what the kernel holds for a socket is not in
  it. The load raises its limit of open files to the hard limit, which the servers inherit.
- The first load is what Lighthouse sees: a phone four times slower than this machine, on slow 4G, both simulated; a new browser for each
  run. Scripts and WebAssembly are counted as they come over the wire. What the service worker fetches afterwards is not in it.
- A million events: the log is filled while the server is stopped.
- TATWATS runs with its defaults but for ${settings.map((line) => `\`${line}\``).join(', ')}: one account at one
  address stands for many people, and helpers and sandboxes are processes of their own that nobody talks to here.

## Machine and versions

${Object.entries({ ...machine, ...versions })
  .filter(([, value]) => value !== undefined)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}
`,
);

const FIGURES = /(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)/s;
if (scope === 'whole') {
  const verdict = ({ met }) => (met === undefined ? '' : met ? 'met' : '**missed**');
  const lines = rows.map((row) => [
    row.name,
    `${number(row.value)} ${row.unit}`,
    row.ratio === undefined ? '' : `${number(row.ratio)} × ${row.peer}`,
    row.target ?? '',
    verdict(row),
  ]);
  const readme = readFileSync('README.md', 'utf8');
  writeFileSync('README.md', readme.replace(FIGURES, () => `${table(['what', 'here', 'beside', 'aim', ''], lines)}\n`));
}
