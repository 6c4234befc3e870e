// The notes as the page has them, and changing them.
import { useCallback, useEffect, useState } from "react";
import * as store from "./notes";
import type { Note } from "./notes";

export function useNotes() {
  const [notes, setNotes] = useState<Note[]>();
  const [fresh, setFresh] = useState<string>();
  const [trouble, setTrouble] = useState<string>();

  /** Makes a change, then shows what is kept; says so when it could not be kept. */
  const change = useCallback(async (work?: () => Promise<void>) => {
    try {
      await work?.();
      setNotes(await store.all());
      setTrouble(undefined);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      setTrouble(
        `This could not be kept on the device (${why}). Free some space, or allow this site to store data, and try again.`,
      );
      await store.all().then(setNotes, () => {});
      return false;
    }
  }, []);

  useEffect(() => {
    void change();
    const again = setInterval(() => void change(), 60_000);
    const stop = store.onChange(() => void change());
    return () => {
      clearInterval(again);
      stop();
    };
  }, [change]);

  const keep = useCallback(
    (note: Note, isNew = false) => {
      if (isNew) setFresh(note.id);
      // Shown at once; what could not be kept goes back to what it was.
      setNotes((notes) => notes?.map((other) => (other.id === note.id ? note : other)));
      return change(() => store.put(note));
    },
    [change],
  );
  const forget = useCallback((id: string) => change(() => store.remove(id)), [change]);
  return { notes, fresh, trouble, keep, forget };
}
