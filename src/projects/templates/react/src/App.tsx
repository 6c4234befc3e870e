// The page: who, writing, the notes, and what floats above them.
import { Composer } from "./Composer";
import { NAME } from "./name";
import { NoteItem } from "./NoteItem";
import { useConnection, useInstall, useUpdate } from "./pwa";
import { Toasts, useToasts } from "./toasts";
import { Button } from "./ui";
import { useNotes } from "./useNotes";

export function App() {
  const { notes, fresh, trouble, keep, forget } = useNotes();
  const { toasts, offer, close } = useToasts();
  const online = useConnection();
  const install = useInstall();
  useUpdate(offer);

  const open = notes?.filter((note) => !note.done).length ?? 0;
  const summary = notes?.length ? `${open} open · ${notes.length} in all` : "Notes that stay on this device";

  return (
    <div
      className={`mx-auto grid min-h-dvh max-w-[720px] grid-rows-[auto_1fr_auto] gap-6 px-4 pt-6 sm:gap-8 sm:px-6 sm:pt-12 ${
        toasts.length ? "pb-26" : "pb-6"
      }`}
    >
      <a
        href="#main"
        className="absolute -top-36 left-4 z-20 rounded-sm bg-panel px-3 py-2 text-accent shadow-float focus:top-3"
      >
        Skip to the notes
      </a>

      <header className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <img src="/icons/icon.svg" alt="" width={44} height={44} className="flex-none" />
        <div className="min-w-0 flex-[1_1_14rem]">
          <h1 className="text-[1.4rem] leading-tight font-[640] tracking-[-0.018em] text-balance wrap-anywhere sm:text-[1.75rem]">
            {NAME}
          </h1>
          <p className="text-sm text-ink-2">{summary}</p>
        </div>
        <p role="status" className="inline-flex items-center gap-2 text-sm whitespace-nowrap text-ink-2">
          <span
            aria-hidden="true"
            className={`size-2 flex-none rounded-full ring-3 ${
              online ? "bg-good ring-good-soft" : "border-2 border-warn ring-warn-soft"
            }`}
          />
          {online ? "Online" : "Offline"}
        </p>
        {install && <Button onClick={install}>Install</Button>}
      </header>

      <main id="main" tabIndex={-1} className="focus:outline-none">
        {trouble && (
          <p role="alert" className="mb-4 rounded-sm border border-l-3 border-rule border-l-warn bg-panel px-4 py-3">
            {trouble}
          </p>
        )}
        <Composer onWrite={(note) => keep(note, true)} />

        <h2 id="notes-title" className="sr-only">
          Notes
        </h2>
        {notes?.length === 0 && (
          <div className="rounded-lg border border-dashed border-rule-strong px-4 py-12 text-center text-ink-2">
            <p className="font-[580] text-ink">Nothing written yet</p>
            <p>Write your first note above. It stays on this device, also without a connection.</p>
          </div>
        )}
        <ul aria-labelledby="notes-title" className="border-rule not-empty:border-t">
          {notes?.map((note) => (
            <NoteItem
              key={note.id}
              note={note}
              fresh={note.id === fresh}
              onKeep={keep}
              onForget={async () => {
                if (!(await forget(note.id))) return;
                offer({ kind: "deleted", message: "Note deleted", action: "Undo", act: () => void keep(note, true) });
              }}
            />
          ))}
        </ul>
      </main>

      <footer className="pb-[env(safe-area-inset-bottom)] text-xs text-ink-3">
        Your notes are kept on this device only, and are here without a connection too.
      </footer>

      <Toasts toasts={toasts} onClose={close} />
    </div>
  );
}
