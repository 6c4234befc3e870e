// One note: tick it off, edit it, delete it.
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Note } from "./notes";
import { exactly, since } from "./time";
import { Button, Sheet, TextField } from "./ui";

type Props = {
  note: Note;
  fresh: boolean;
  onKeep: (note: Note) => Promise<boolean>;
  onForget: () => void;
};

export function NoteItem({ note, fresh, onKeep, onForget }: Props) {
  const [editing, setEditing] = useState(false);
  const edit = useRef<HTMLDivElement>(null);
  const was = useRef(false);
  // Whoever is done editing with the keyboard goes on where it began.
  useEffect(() => {
    if (was.current && !editing) edit.current?.querySelector("button")?.focus();
    was.current = editing;
  }, [editing]);
  // The first words tell one note's controls from another's to those who only hear them.
  const words = note.text.slice(0, 40);

  return (
    <li
      className={`grid grid-cols-[auto_minmax(0,1fr)] items-start gap-x-3 border-b border-rule px-1 py-3 sm:grid-cols-[auto_minmax(0,1fr)_auto] ${
        fresh ? "animate-glow" : ""
      }`}
    >
      <input
        type="checkbox"
        checked={note.done}
        onChange={(event) => void onKeep({ ...note, done: event.target.checked })}
        aria-label={`Done: ${words}`}
        className="size-6 cursor-pointer sm:mt-[3px] sm:size-[18px]"
      />
      {editing ? (
        <div className="sm:col-span-2">
          <Editor note={note} onKeep={onKeep} onClose={() => setEditing(false)} />
        </div>
      ) : (
        <>
          <div>
            <p
              className={`wrap-anywhere whitespace-pre-wrap ${
                note.done ? "text-ink-3 line-through decoration-1" : ""
              }`}
            >
              {note.text}
            </p>
            <time
              dateTime={new Date(note.at).toISOString()}
              title={exactly(note.at)}
              className="text-xs text-ink-3 tabular-nums"
            >
              {since(note.at)}
            </time>
          </div>
          <div ref={edit} className="col-start-2 -mx-2 -mt-1 -mb-3 flex sm:col-start-3 sm:mx-0 sm:mb-0">
            <Button look="quiet" aria-label={`Edit: ${words}`} onClick={() => setEditing(true)}>
              Edit
            </Button>
            <Button look="quiet" aria-label={`Delete: ${words}`} onClick={onForget}>
              Delete
            </Button>
          </div>
        </>
      )}
    </li>
  );
}

function Editor({ note, onKeep, onClose }: Pick<Props, "note" | "onKeep"> & { onClose: () => void }) {
  const [text, setText] = useState(note.text);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() && (await onKeep({ ...note, text: text.trim() }))) onClose();
  };
  return (
    <Sheet onSubmit={save} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <TextField value={text} onChange={(event) => setText(event.target.value)} aria-label="Edit note" focused />
      <div className="mt-2 flex items-center justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="go">
          Save
        </Button>
      </div>
    </Sheet>
  );
}
