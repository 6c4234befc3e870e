// Short offers at the foot of the page, each with one thing to do.
import { useCallback, useEffect, useRef, useState } from "react";
import { Button } from "./ui";

const STAYS = 12_000;

export type Toast = {
  /** An offer of the same kind is replaced. */
  kind: string;
  message: string;
  action: string;
  act: () => void;
  /** It does not go by itself. */
  stays?: boolean;
};

export type Offer = (toast: Toast) => void;

export function useToasts() {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const close = useCallback((toast: Toast) => setToasts((toasts) => toasts.filter((other) => other !== toast)), []);
  const offer: Offer = useCallback(
    (toast) => setToasts((toasts) => [...toasts.filter((other) => other.kind !== toast.kind), toast]),
    [],
  );
  return { toasts, offer, close };
}

export function Toasts({ toasts, onClose }: { toasts: Toast[]; onClose: (toast: Toast) => void }) {
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 bottom-[max(24px,env(safe-area-inset-bottom))] z-10 grid justify-items-center gap-2"
    >
      {toasts.map((toast) => (
        <Item key={toast.kind} toast={toast} onClose={onClose} />
      ))}
    </div>
  );
}

function Item({ toast, onClose }: { toast: Toast; onClose: (toast: Toast) => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (toast.stays) return;
    // Not while someone is at it.
    const leave = () => {
      if (!box.current?.matches(":hover, :focus-within")) onClose(toast);
    };
    const timer = setInterval(leave, STAYS);
    return () => clearInterval(timer);
  }, [toast, onClose]);

  return (
    <div
      ref={box}
      className="pointer-events-auto flex max-w-full flex-wrap items-center gap-x-2 gap-y-1 rounded-md border border-rule bg-panel py-2 pr-2 pl-4 text-sm shadow-float"
    >
      <span className="mr-2">{toast.message}</span>
      <Button
        look="go"
        onClick={() => {
          onClose(toast);
          toast.act();
        }}
      >
        {toast.action}
      </Button>
      <Button look="quiet" onClick={() => onClose(toast)}>
        {toast.stays ? "Not now" : "Close"}
      </Button>
    </div>
  );
}
