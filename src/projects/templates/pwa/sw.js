// Keeps the app on the device: complete, in one version, and offers the next one instead of forcing it.
//
// A version is named by the hash of its files, so nothing needs to be stamped or built: when a file on the server
// differs, that is a new version. It is fetched whole beside the old one, and used when the person agrees.

// What the app needs offline. Add the files you add.
const FILES = [
  "/",
  "/css/app.css",
  "/css/tokens.css",
  "/icons/icon-192.png",
  "/icons/icon.svg",
  "/js/app.js",
  "/js/list.js",
  "/js/pwa.js",
  "/js/store.js",
  "/js/toast.js",
  "/manifest.webmanifest",
  "/offline.html",
];

// A small cache remembers which version is in use and which comes next.
const STATE = "state";

async function remembered(key) {
  const found = await (await caches.open(STATE)).match(`/${key}`);
  return found?.text();
}

async function remember(key, version) {
  await (await caches.open(STATE)).put(`/${key}`, new Response(version));
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Fetches every file and keeps them under the name of their content. Fails as a whole. */
async function fetchVersion() {
  const files = await Promise.all(FILES.map(async (path) => {
    const response = await fetch(path, { cache: "no-cache", redirect: "error" });
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
  return version;
}

/** Uses the next version from now on, and forgets all others. */
async function useNext() {
  const next = await remembered("next");
  if (next) await remember("current", next);
  const current = await remembered("current");
  const old = (await caches.keys()).filter((name) => name !== STATE && name !== current);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Looks whether the server has another version, and gets it. */
async function look() {
  const [found, current] = [await fetchVersion(), await remembered("current")];
  await remember("next", found);
  if (!current) await useNext();
  return Boolean(current) && found !== current;
}

self.addEventListener("install", (event) => {
  event.waitUntil(fetchVersion().then((version) => remember("next", version)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(useNext().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  const client = event.source;
  const tasks = {
    activate: () => self.skipWaiting(),
    // Without an answer from the server there is nothing to offer; the next look may have more luck.
    look: () => look().then((changed) => { if (changed) client.postMessage("changed"); }, () => {}),
    update: () => useNext().then(() => client.postMessage("updated")),
  };
  event.waitUntil(Promise.resolve(tasks[event.data]?.()));
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
