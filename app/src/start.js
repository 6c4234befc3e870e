// Takes the page over once it is painted: what is there to read waits for no code. All of it works without, too, if less well.

const painted = new Promise((done) => {
  new PerformanceObserver(done).observe({ type: "paint", buffered: true });
  // Nothing is painted of what nobody looks at, and not every browser tells.
  setTimeout(done, document.hidden ? 0 : 3000);
});
// Lets the browser answer to a finger between two pieces of work.
const turn = () => new Promise((done) => setTimeout(done));

await painted;
import("/terminal.js");
import("/passkey.js");
try {
  const { Page, wake } = await code();
  await turn();
  const page = await Page.read();
  await turn();
  await unheard(async () => {
    const views = page.make();
    await turn();
    views.take_over();
  });
  await turn();
  wake();
} finally {
  import("/pwa.js");
}

// For these the page listens as soon as its views are made. Until they are laid over it, the browser does by itself what is asked for.
async function unheard(work) {
  const keep = (event) => event.stopImmediatePropagation();
  const kinds = ["click", "popstate"];
  for (const kind of kinds) addEventListener(kind, keep, true);
  try {
    await work();
  } finally {
    for (const kind of kinds) removeEventListener(kind, keep, true);
  }
}

// What goes wrong once it is there, it says itself.
async function code() {
  try {
    const pages = await import("/pkg/tatwats.js");
    await pages.default({ module_or_path: "/pkg/tatwats.wasm" });
    return pages;
  } catch (error) {
    sayItIsMissing();
    throw error;
  }
}

function sayItIsMissing() {
  const badge = document.querySelector(".connection");
  if (!badge) return;
  badge.dataset.tone = "bad";
  badge.title = "The code of this page did not come: what you see stays as it was loaded. Press to load it again.";
  badge.querySelector(".connection-word").textContent = "not live: reload";
  badge.addEventListener("click", () => location.reload());
}
