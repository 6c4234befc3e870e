// The notes on the device, in IndexedDB. Every tab of the app sees the same ones.

export type Note = { id: string; text: string; done: boolean; at: number };

const STORE = "notes";
const tabs = new BroadcastChannel(STORE);
let database: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("app", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => {
      // A later version of the app, in another tab, may need to change the database: let it.
      request.result.onversionchange = () => {
        request.result.close();
        database = undefined;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/** Runs one transaction and waits until it is kept. */
async function transaction<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  database ??= open();
  const opened = await database.catch((error: unknown) => {
    database = undefined;
    throw error;
  });
  return new Promise((resolve, reject) => {
    const running = opened.transaction(STORE, mode, { durability: "strict" });
    const request = work(running.objectStore(STORE));
    running.oncomplete = () => resolve(request.result);
    running.onabort = () => reject(running.error);
  });
}

/** All notes, newest first. */
export async function all(): Promise<Note[]> {
  const notes: Note[] = await transaction("readonly", (store) => store.getAll());
  return notes.sort((a, b) => b.at - a.at || a.id.localeCompare(b.id));
}

/** Keeps a note, new or changed. */
export async function put(note: Note): Promise<void> {
  await transaction("readwrite", (store) => store.put(note));
  tabs.postMessage("changed");
}

/** Forgets a note. */
export async function remove(id: string): Promise<void> {
  await transaction("readwrite", (store) => store.delete(id));
  tabs.postMessage("changed");
}

/** Calls back when another tab has changed something, until the function it gives is called. */
export function onChange(callback: () => void): () => void {
  tabs.addEventListener("message", callback);
  return () => tabs.removeEventListener("message", callback);
}
