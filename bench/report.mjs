// Writes bench/results.json and bench/RESULTS.md from what was measured (the file named by the first argument).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';

const rows = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const first = (command, ...args) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return 'not there';
  }
};
const engine = process.env.TATWATS_TEST_DOCKER ?? process.env.DOCKER_HOST;
const machine = {
  processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  kernel: release(),
  bubblewrap: first('bwrap', '--version'),
  docker: engine ? first('docker', '--host', engine, 'version', '--format', '{{.Server.Version}}') : 'none',
};
writeFileSync('bench/results.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`);

const ms = (value) => value.toFixed(1);
const lines = rows.map(({ name, p50_ms, p99_ms, starts, peer, ratio, target, met }) => {
  const beside = peer ? `${ratio.toFixed(3)} × ${peer}` : '';
  const aim = peer ? `≤ ${target} ×, ${met ? 'met' : 'missed'}` : '';
  return `| ${name} | ${ms(p50_ms)} | ${ms(p99_ms)} | ${starts} | ${beside} | ${aim} |`;
});
writeFileSync(
  'bench/RESULTS.md',
  `# How soon a command in a sandbox writes its first byte

From the request to the first byte, in milliseconds. The ways take turns, one start each after a rest of 150 ms, in one run on one machine; what
counts are the ratios. “Cold” makes the sandbox for the request, “warm” takes one that waited. Made by \`script/bench\`.

| way | p50 | p99 | starts | median beside | aim |
|---|---|---|---|---|---|
${lines.join('\n')}

Measured on ${machine.processors}, Linux ${machine.kernel}, ${machine.bubblewrap}, Docker ${machine.docker}.
`,
);
