// The service worker of the workshop: pages that were seen are there offline, and say how old they are.
//
// Pages come from the network whenever it answers. What the API says is never kept: it is what is, or nothing.
// Scripts and styles keep their names from build to build: when the main module is another one, the pages and files of the
// build before are let go.

const PAGES = "pages-1";
const FILES = "files-1";
const OFFLINE = "/offline.html";
const MAIN = "/pkg/tatwats.wasm";
// Pages that are kept; the ones seen longest ago go first.
const MOST_PAGES = 40;
// How long a page may take before the kept one is shown instead.
const PATIENCE = 6000;
const KEPT_AT = "x-kept-at";
const FILE_PATHS = /^\/(pkg|fonts|icons|terminal)\//;
const FILE_NAMES = ["/pwa.js", "/passkey.js", "/terminal.js", "/terminal.css", "/manifest.webmanifest", "/offline.css"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((files) => files.addAll([OFFLINE, "/offline.css"].map((path) => new Request(path, { cache: "no-cache" })))));
});

addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== PAGES && name !== FILES).map((name) => caches.delete(name)));
    await registration.navigationPreload?.enable();
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("message", (event) => {
  if (event.data?.type === "take over") skipWaiting();
  // The first page was loaded before this worker: it names itself and its files, to be kept too.
  if (event.data?.type === "keep") event.waitUntil(keep(event.data.page, event.data.files));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(page(event, url));
  } else if (FILE_PATHS.test(url.pathname) || FILE_NAMES.includes(url.pathname)) {
    event.respondWith(file(event));
  }
});

async function page(event, url) {
  const pages = await caches.open(PAGES);
  const address = addressOf(url);
  const answer = fromNetwork(event);
  const kept = await pages.match(address);
  try {
    const response = await (kept ? withPatience(answer) : answer);
    event.waitUntil(keepPage(address, response.clone()));
    return response;
  } catch {
    const shown = kept ?? (await caches.match(OFFLINE));
    return shown ? marked(shown) : Response.error();
  }
}

async function fromNetwork(event) {
  const response = (await event.preloadResponse) ?? (await fetch(event.request));
  // A gateway that answers for a workshop that does not is as good as no answer.
  if ([502, 503, 504].includes(response.status)) throw new Error("the workshop does not answer");
  return response;
}

function withPatience(answer) {
  return Promise.race([answer, new Promise((_, fail) => setTimeout(() => fail(new Error("too slow")), PATIENCE))]);
}

// Where a search or an opened panel leads is kept; what a failed form left in the address is not.
function addressOf(url) {
  const address = new URL(url);
  address.hash = "";
  address.searchParams.delete("__path");
  address.searchParams.delete("__err");
  return address.pathname + address.search;
}

// What the server says is for nobody to keep is shown, and forgotten.
function isPage(response) {
  if ((response.headers.get("cache-control") ?? "").includes("no-store")) return false;
  return response.ok && !response.redirected && (response.headers.get("content-type") ?? "").startsWith("text/html");
}

async function keepPage(address, response) {
  if (!isPage(response)) return;
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  headers.set(KEPT_AT, new Date().toISOString());
  const pages = await caches.open(PAGES);
  await pages.delete(address);
  await pages.put(address, new Response(text, { headers }));
  const all = await pages.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_PAGES)).map((old) => pages.delete(old)));
}

// Pages and files of the build before fit a newer one no more. What this page has of the newer one is kept once it has started.
async function letOldBuildGo() {
  const files = await caches.open(FILES);
  const built = (await files.keys()).filter(({ url }) => new URL(url).pathname.startsWith("/pkg/"));
  await Promise.all([caches.delete(PAGES), ...built.map((request) => files.delete(request))]);
}

// The kept page with the time it was kept, which the page itself shows.
async function marked(response) {
  const at = response.headers.get(KEPT_AT);
  if (!at) return response;
  const text = (await response.text()).replace("<html", `<html data-kept-at="${at}"`);
  return new Response(text, { headers: response.headers });
}

async function file(event) {
  const files = await caches.open(FILES);
  const { request } = event;
  const kept = await files.match(request.url);
  // What never changes under its name need not be asked for again.
  if (kept && (kept.headers.get("cache-control") ?? "").includes("immutable")) return kept;
  try {
    const response = await fetch(request);
    if (response.ok) event.waitUntil(keepFile(kept, response.clone()));
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function keepFile(kept, response) {
  const [before, now] = [kept, response].map((one) => one?.headers.get("etag"));
  if (kept && before !== now && new URL(response.url).pathname === MAIN) await letOldBuildGo();
  await (await caches.open(FILES)).put(response.url, response);
}

async function keep(address, names) {
  const files = await caches.open(FILES);
  const missing = [];
  for (const name of names) {
    const url = new URL(name, location.origin);
    if (url.origin === location.origin && FILE_PATHS.test(url.pathname) && !(await files.match(url.href))) missing.push(url.href);
  }
  await Promise.allSettled(missing.map((url) => files.add(url)));
  const url = new URL(address, location.origin);
  if (await (await caches.open(PAGES)).match(addressOf(url))) return;
  const response = await fetch(url, { headers: { accept: "text/html" } }).catch(() => null);
  if (response) await keepPage(addressOf(url), response);
}
