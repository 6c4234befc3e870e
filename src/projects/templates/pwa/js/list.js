// The notes on the page: write, edit, tick off, delete, bring back.
import * as store from "./store.js";
import { toast } from "./toast.js";

/** @typedef {import("./store.js").Note} Note */

const DRAFT = "draft";
const $ = (selector, within = document) => within.querySelector(selector);
const copy = (id) => $(`#${id}`).content.firstElementChild.cloneNode(true);

/** @type {Map<string, { note: Note, item: HTMLElement }>} */
const shown = new Map();

export function list() {
  const composer = $("#composer");
  const text = composer.elements.text;
  submitOnEnter(text);

  // What is being written survives a reload.
  text.value = text.value || (localStorage.getItem(DRAFT) ?? "");
  text.addEventListener("input", () => localStorage.setItem(DRAFT, text.value));

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const note = { id: crypto.randomUUID(), text: text.value.trim(), done: false, at: Date.now() };
    if (!note.text) return;
    change(async () => {
      await store.put(note);
      composer.reset();
      localStorage.removeItem(DRAFT);
    }, note.id);
  });

  store.onChange(() => change(async () => {}));
  setInterval(() => shown.forEach(({ note, item }) => tellTime(item, note)), 60_000);
  change(async () => {});
}

/**
 * Makes a change, then shows what is kept; says so when it could not be kept.
 * @param {() => Promise<void>} work
 * @param {string} [fresh] the note to point out
 */
async function change(work, fresh) {
  const trouble = $("#trouble");
  try {
    await work();
    show(await store.all(), fresh);
    trouble.hidden = true;
  } catch (error) {
    trouble.textContent = `This could not be kept on the device (${error?.message ?? error}). `
      + "Free some space, or allow this site to store data, and try again.";
    trouble.hidden = false;
  }
}

/** Brings the page in line with the notes, touching only what differs. */
function show(notes, fresh) {
  const list = $("#notes");
  const kept = new Set(notes.map((note) => note.id));
  for (const [id, { item }] of shown) {
    if (!kept.has(id)) { item.remove(); shown.delete(id); }
  }
  notes.forEach((note, index) => {
    const item = shown.get(note.id)?.item ?? make(note.id);
    shown.set(note.id, { note, item });
    fill(item, note);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    if (note.id === fresh) item.classList.add("fresh");
  });
  const open = notes.filter((note) => !note.done).length;
  $("#empty").hidden = notes.length > 0;
  $("#summary").textContent = notes.length === 0 ? "Notes that stay on this device" : `${open} open · ${notes.length} in all`;
}

function make(id) {
  const item = copy("note");
  const current = () => shown.get(id).note;
  $("input", item).addEventListener("change", (event) => {
    const done = event.target.checked;
    change(() => store.put({ ...current(), done }));
  });
  $("[data-do=edit]", item).addEventListener("click", () => edit(item, current()));
  $("[data-do=delete]", item).addEventListener("click", () => forget(item, current()));
  return item;
}

function fill(item, note) {
  const box = $("input", item);
  item.classList.toggle("done", note.done);
  box.checked = note.done;
  // The first words tell one note's controls from another's to those who only hear them.
  const words = note.text.slice(0, 40);
  box.setAttribute("aria-label", `Done: ${words}`);
  $("[data-do=edit]", item).setAttribute("aria-label", `Edit: ${words}`);
  $("[data-do=delete]", item).setAttribute("aria-label", `Delete: ${words}`);
  $(".text", item).textContent = note.text;
  tellTime(item, note);
}

function edit(item, note) {
  const body = $(".body", item);
  const editor = copy("editor");
  const text = editor.elements.text;
  const close = () => {
    editor.remove();
    body.hidden = false;
    item.classList.remove("editing");
    $("[data-do=edit]", item).focus();
  };
  submitOnEnter(text);
  text.value = note.text;
  editor.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words) change(async () => { await store.put({ ...shown.get(note.id).note, text: words }); close(); }, note.id);
  });
  editor.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  $("[data-do=cancel]", editor).addEventListener("click", close);
  body.hidden = true;
  item.classList.add("editing");
  body.after(editor);
  text.focus();
}

function forget(item, note) {
  const neighbour = item.nextElementSibling ?? item.previousElementSibling;
  change(async () => {
    await store.remove(note.id);
    (neighbour ? $("[data-do=delete]", neighbour) : $("#text")).focus();
    toast("deleted", "Note deleted", "Undo", () => change(() => store.put(note), note.id));
  });
}

/** Enter sends, Shift and Enter make a line. Not while a word is being composed, as in Japanese. */
function submitOnEnter(text) {
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      text.form.requestSubmit();
    }
  });
}

const STEPS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

function tellTime(item, note) {
  const time = $("time", item);
  const age = Date.now() - note.at;
  const [unit, length] = STEPS.find(([, length]) => age >= length) ?? [];
  time.dateTime = new Date(note.at).toISOString();
  time.title = exact.format(note.at);
  time.textContent = unit ? relative.format(-Math.floor(age / length), unit) : "just now";
}
