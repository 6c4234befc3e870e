// The pieces that everything on the page is made of.
import { type ComponentProps, type KeyboardEvent, useEffect, useRef } from "react";

const LOOKS = {
  plain: "border-rule-strong bg-panel px-3 hover:bg-sunk",
  go: "border-transparent bg-accent px-3 text-accent-ink hover:brightness-108",
  quiet: "border-transparent px-2 text-ink-2 hover:bg-sunk hover:text-ink",
};

/** A button; `go` for the one thing to do, `quiet` for what is rarely done. */
export function Button({ look = "plain", ...rest }: ComponentProps<"button"> & { look?: keyof typeof LOOKS }) {
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex min-h-11 cursor-pointer items-center justify-center rounded-sm border text-sm font-[540] whitespace-nowrap sm:min-h-[34px] ${LOOKS[look]}`}
    />
  );
}

/** A field for text. Enter sends its form, Shift and Enter make a line; not while a word is composed, as in Japanese. */
export function TextField({ focused, ...rest }: ComponentProps<"textarea"> & { focused?: boolean }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focused) field.current?.focus();
  }, [focused]);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      event.currentTarget.form?.requestSubmit();
    }
  };
  return (
    <textarea
      ref={field}
      rows={2}
      maxLength={10_000}
      required
      onKeyDown={onKeyDown}
      {...rest}
      className="block field-sizing-content max-h-[50vh] min-h-[3.1em] w-full resize-none bg-transparent outline-none placeholder:text-ink-3"
    />
  );
}

/** The frame around a field and its buttons. */
export function Sheet({ floating, ...rest }: ComponentProps<"form"> & { floating?: boolean }) {
  return (
    <form
      autoComplete="off"
      {...rest}
      className={`rounded-md border border-rule-strong bg-panel pt-3 pr-3 pb-2 pl-4 focus-within:border-accent focus-within:outline focus-within:outline-accent ${
        floating ? "mb-6 shadow-float" : ""
      }`}
    />
  );
}

export function Key({ children }: { children: string }) {
  return (
    <kbd className="rounded-[4px] border border-b-2 border-rule px-[5px] py-px font-mono text-[0.6875rem] font-medium">
      {children}
    </kbd>
  );
}
