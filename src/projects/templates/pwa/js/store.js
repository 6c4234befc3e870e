// The notes on the device, in IndexedDB. Every tab of the app sees the same ones.

/** @typedef {{ id: string, text: string, done: boolean, at: number }} Note */

const STORE = "notes";
const tabs = new BroadcastChannel(STORE);

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("app", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => {
      // A later version of the app, in another tab, may need to change the database: let it.
      request.result.onversionchange = () => { request.result.close(); database = undefined; };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/** @type {Promise<IDBDatabase> | undefined} */
let database;

/**
 * Runs one transaction and waits until it is kept.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function transaction(mode, work) {
  database ??= open();
  const opened = await database.catch((error) => { database = undefined; throw error; });
  return new Promise((resolve, reject) => {
    const running = opened.transaction(STORE, mode, { durability: "strict" });
    const request = work(running.objectStore(STORE));
    running.oncomplete = () => resolve(request.result);
    running.onabort = () => reject(running.error);
  });
}

/** All notes, newest first. @returns {Promise<Note[]>} */
export async function all() {
  const notes = await transaction("readonly", (store) => store.getAll());
  return notes.sort((a, b) => b.at - a.at || a.id.localeCompare(b.id));
}

/** Keeps a note, new or changed. @param {Note} note */
export async function put(note) {
  await transaction("readwrite", (store) => store.put(note));
  tabs.postMessage("changed");
}

/** Forgets a note. @param {string} id */
export async function remove(id) {
  await transaction("readwrite", (store) => store.delete(id));
  tabs.postMessage("changed");
}

/** Calls back when another tab has changed something. @param {() => void} callback */
export function onChange(callback) {
  tabs.addEventListener("message", callback);
}
