// Writing a new note. What is being written survives a reload.
import { type FormEvent, useState } from "react";
import type { Note } from "./notes";
import { Button, Key, Sheet, TextField } from "./ui";

const DRAFT = "draft";
/** The shortcut “Write a note” of the installed app. */
const ASKED_TO_WRITE = new URLSearchParams(location.search).has("write");

export function Composer({ onWrite }: { onWrite: (note: Note) => Promise<boolean> }) {
  const [text, setText] = useState(() => localStorage.getItem(DRAFT) ?? "");

  const change = (text: string) => {
    setText(text);
    localStorage.setItem(DRAFT, text);
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const words = text.trim();
    if (!words) return;
    if (await onWrite({ id: crypto.randomUUID(), text: words, done: false, at: Date.now() })) change("");
  };

  return (
    <Sheet floating onSubmit={send}>
      <label htmlFor="text" className="sr-only">
        New note
      </label>
      <TextField
        id="text"
        value={text}
        onChange={(event) => change(event.target.value)}
        placeholder="What is on your mind?"
        enterKeyHint="done"
        aria-describedby="keys"
        focused={ASKED_TO_WRITE}
      />
      <div className="mt-2 flex items-center justify-end gap-2">
        <p id="keys" className="mr-auto hidden text-xs text-ink-3 sm:block">
          <Key>Enter</Key> adds it, <Key>Shift</Key> <Key>Enter</Key> starts a new line
        </p>
        <Button type="submit" look="go">
          Add note
        </Button>
      </div>
    </Sheet>
  );
}
