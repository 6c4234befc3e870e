// Registers the service worker, and offers a new version of the workshop when there is one. Never reloads by itself.

const worker = navigator.serviceWorker;

// The page has started by now: app/src/start.js comes before this.
if (worker) {
  const registration = await worker.register("/sw.js").catch(() => null);
  if (registration) {
    watchForUpdate(registration);
    await keepThisPage();
  }
}

// The worker came after this page and its files, or let them go with those of an older build: it is told of them, so that they
// are there offline too, and of the code of pages that were not opened yet. A page that says that there is nothing is not
// worth asking for again.
async function keepThisPage() {
  const { active } = await worker.ready;
  if (performance.getEntriesByType("navigation")[0]?.responseStatus >= 400) return;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name);
  active?.postMessage({ type: "keep", page: location.href, files: [...files, ...(await codeOfPages()), "/manifest.webmanifest"] });
}

async function codeOfPages() {
  const answer = await fetch("/pkg/__wasm_split_manifest.json").catch(() => null);
  const pages = answer?.ok ? await answer.json() : {};
  return [...new Set(Object.values(pages).flat())].map((name) => `/pkg/${name}.wasm`);
}

function watchForUpdate(registration) {
  const offerWaiting = () => {
    if (registration.waiting && worker.controller) offer(registration.waiting);
  };
  offerWaiting();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offerWaiting);
  });

  // The page says when it is live again after an outage: perhaps the workshop was restarted as a newer one.
  const build = async () => {
    const answer = await fetch("/pkg/tatwats.wasm", { method: "HEAD", cache: "no-cache" }).catch(() => null);
    return answer ? `${answer.status} ${answer.headers.get("etag")}` : null;
  };
  let mine = build();
  addEventListener("tatwats:live-again", async () => {
    registration.update().catch(() => null);
    const [before, now] = [await mine, await build()];
    if (before === null) mine = Promise.resolve(now);
    else if (now !== null && now !== before) offer(null);
  });
}

function offer(waiting) {
  const bar = document.getElementById("update-bar");
  if (!bar) return;
  bar.hidden = false;
  bar.querySelector("[data-later]")?.addEventListener("click", () => (bar.hidden = true), { once: true });
  bar.querySelector("[data-now]")?.addEventListener(
    "click",
    () => {
      if (!waiting) return location.reload();
      worker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage({ type: "take over" });
    },
    { once: true },
  );
}
