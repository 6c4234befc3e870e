// The connection, installing, updating, and words for times.

// How long to wait before asking a server again that did not answer, in milliseconds.
const PATIENCE = 20_000;

/** Tells whether there is a connection and the server answers. @param {(online: boolean) => void} tell */
export function watchConnection(tell) {
  let answers = true;
  const now = () => tell(navigator.onLine && answers);
  addEventListener("online", now);
  addEventListener("offline", now);
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    answers = data !== "unreachable";
    now();
  });
  now();
}

let offered;

/** Tells whether the browser can install the app. @param {(can: boolean) => void} tell */
export function watchInstall(tell) {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered = event;
    tell(true);
  });
  addEventListener("appinstalled", () => tell(false));
  // An offer can be used once; the browser makes another if it was declined.
  addEventListener("workshop-install", () => tell(false));
}

export function install() {
  dispatchEvent(new Event("workshop-install"));
  offered?.prompt();
  offered = undefined;
}

let agree = () => {};

/** Uses the version that was offered. */
export const update = () => agree();

/** Keeps the app on the device, and offers an update when there is one. Nothing reloads unasked. @param {() => void} offer */
export function keepOnDevice(offer) {
  // Without it, in a private window for example, the app works all the same, but only with a connection.
  register(offer).catch((error) => console.warn("Not kept for offline:", error));
}

async function register(tell) {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  let agreed = false;
  const reload = () => { if (agreed) location.reload(); };
  const offer = (work) => {
    agree = () => { agreed = true; work(); };
    tell();
  };

  // The worker itself has changed, as it does with the list of the app's files.
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

export const newId = () => crypto.randomUUID();

export const askedToWrite = () => new URLSearchParams(location.search).has("write");

export const words = (error) => String(error?.message ?? error);

const STEPS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

export function since(at) {
  const age = Date.now() - at;
  const [unit, length] = STEPS.find(([, length]) => age >= length) ?? [];
  return unit ? relative.format(-Math.floor(age / length), unit) : "just now";
}

export const exactly = (at) => exact.format(at);

export const iso = (at) => new Date(at).toISOString();
