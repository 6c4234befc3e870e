// Installing, updating, and the state of the connection.
import { toast } from "./toast.js";

// How long to wait before asking a server again that did not answer, in milliseconds.
const PATIENCE = 20_000;

/** Says whether there is a connection, and whether the server answers. @param {HTMLElement} badge */
export function connection(badge) {
  let answers = true;
  const tell = () => {
    const online = navigator.onLine && answers;
    badge.textContent = online ? "Online" : "Offline";
    badge.classList.toggle("offline", !online);
  };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    answers = data !== "unreachable";
    tell();
  });
  tell();
}

/** Shows the button when the browser can install the app. @param {HTMLButtonElement} button */
export function install(button) {
  let offer;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    button.hidden = false;
  });
  addEventListener("appinstalled", () => { button.hidden = true; });
  button.addEventListener("click", async () => {
    // An offer can be used once; the browser makes another if it was declined.
    button.hidden = true;
    await offer?.prompt();
  });
}

/** Keeps the app on the device, and offers an update when there is one. Nothing reloads unasked. */
export async function serviceWorker() {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  let agreed = false;
  const reload = () => { if (agreed) location.reload(); };
  const offer = (agree) => toast("update", "A new version is ready", "Update", () => { agreed = true; agree(); }, { stays: true });

  // The worker itself has changed.
  const registration = await workers.register("/sw.js", { updateViaCache: "none" });
  const offerWaiting = () => {
    if (registration.waiting && workers.controller) offer(() => registration.waiting.postMessage("activate"));
  };
  workers.addEventListener("controllerchange", reload);
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offerWaiting));
  offerWaiting();

  // Only files have changed: the worker compares them with what it has kept.
  workers.addEventListener("message", (event) => {
    if (event.data === "updated") reload();
    if (event.data === "unreachable") setTimeout(look, PATIENCE);
    if (event.data === "changed" && !registration.waiting) offer(() => registration.active.postMessage("update"));
  });
  const look = async () => {
    if (!navigator.onLine || document.visibilityState !== "visible") return;
    // A new worker brings its own files. When the server does not answer, the look below finds out too.
    await registration.update().catch(() => {});
    const { active } = await workers.ready;
    if (registration.installing || registration.waiting) return;
    // While it takes over, it does not know yet which version is in use.
    if (active.state === "activating") await new Promise((done) => active.addEventListener("statechange", done, { once: true }));
    active.postMessage("look");
  };
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  look();
}
