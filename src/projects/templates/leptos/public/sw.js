// Keeps the app on the device: complete, in one version, and offers the next one instead of forcing it.
//
// A version is named by the hash of its files, so nothing needs to be stamped: when a file on the server
// differs, that is a new version. It is fetched whole beside the old one, and used when the person agrees.

// What the app needs offline. The list is written here when the app is put together: `cargo run -p server -- export`.
const FILES = [];

// A small cache remembers which version is in use and which comes next.
const STATE = "state";

// How long a file may take to arrive, in milliseconds.
const PATIENCE = 30_000;

async function remembered(key) {
  const found = await (await caches.open(STATE)).match(`/${key}`);
  return found?.text();
}

async function remember(key, version) {
  await (await caches.open(STATE)).put(`/${key}`, new Response(version));
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** One change of versions at a time, also while an old and a new worker are both alive. */
const alone = (work) => navigator.locks.request("versions", work);

/** Fetches every file and keeps them, under the name of their content, as what comes next. Fails as a whole. */
async function fetchNext() {
  const files = await Promise.all(FILES.map(async (path) => {
    const response = await fetch(path, { cache: "no-cache", redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
    const hash = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
    return { path, response, hash: hex(hash) };
  }));
  const names = new TextEncoder().encode(files.map(({ path, hash }) => `${path} ${hash}`).join("\n"));
  const version = `version-${hex(await crypto.subtle.digest("SHA-256", names)).slice(0, 16)}`;
  if (version !== await remembered("current")) {
    const cache = await caches.open(version);
    await Promise.all(files.map(({ path, response }) => cache.put(path, response)));
  }
  await remember("next", version);
  return version;
}

/** Uses the next version from now on, and forgets all others. */
async function useNext() {
  const next = await remembered("next");
  if (next) await remember("current", next);
  const old = (await caches.keys()).filter((name) => name !== STATE && name !== next);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Gets what the server has now, and says how that compares with what is in use. */
async function look() {
  try {
    const [found, current] = [await fetchNext(), await remembered("current")];
    if (!current) await useNext();
    return !current || found === current ? "same" : "changed";
  } catch (error) {
    // Without a whole version there is nothing to offer. No answer at all is one of these two errors.
    return error instanceof TypeError || error.name === "TimeoutError" ? "unreachable" : "same";
  }
}

self.addEventListener("install", (event) => event.waitUntil(alone(fetchNext)));

self.addEventListener("activate", (event) => event.waitUntil(alone(useNext).then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  const tell = (message) => event.source.postMessage(message);
  if (event.data === "activate") event.waitUntil(self.skipWaiting());
  if (event.data === "look") event.waitUntil(alone(look).then(tell));
  if (event.data === "update") event.waitUntil(alone(useNext).then(() => tell("updated")));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === self.location.origin) {
    event.respondWith(answer(event.request, url.pathname));
  }
});

async function answer(request, pathname) {
  const current = await remembered("current");
  const kept = async (path) => current && (await caches.open(current)).match(path);
  const path = pathname === "/index.html" ? "/" : pathname;
  const found = FILES.includes(path) && (await kept(path));
  if (found) return found;
  try {
    return await fetch(request);
  } catch (error) {
    const page = request.mode === "navigate" && (await kept("/offline.html"));
    if (page) return page;
    throw error;
  }
}
