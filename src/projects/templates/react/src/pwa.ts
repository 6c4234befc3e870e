// Installing, updating, and the state of the connection.
import { useEffect, useState, useSyncExternalStore } from "react";
import { useRegisterSW } from "virtual:pwa-register/react";
import type { Offer } from "./toasts";

/** Whether there is a connection. */
export function useConnection(): boolean {
  return useSyncExternalStore(
    (tell) => {
      addEventListener("online", tell);
      addEventListener("offline", tell);
      return () => {
        removeEventListener("online", tell);
        removeEventListener("offline", tell);
      };
    },
    () => navigator.onLine,
  );
}

type InstallEvent = Event & { prompt: () => Promise<unknown> };

/** Installs the app; there only while the browser can. */
export function useInstall(): (() => void) | undefined {
  const [event, setEvent] = useState<InstallEvent>();
  useEffect(() => {
    const offered = (event: Event) => {
      event.preventDefault();
      setEvent(event as InstallEvent);
    };
    const installed = () => setEvent(undefined);
    addEventListener("beforeinstallprompt", offered);
    addEventListener("appinstalled", installed);
    return () => {
      removeEventListener("beforeinstallprompt", offered);
      removeEventListener("appinstalled", installed);
    };
  }, []);
  if (!event) return undefined;
  return () => {
    // An offer can be used once; the browser makes another if it was declined.
    setEvent(undefined);
    void event.prompt();
  };
}

/** Keeps the app on the device, and offers an update when there is one. Nothing reloads unasked. */
export function useUpdate(offer: Offer) {
  const [registration, setRegistration] = useState<ServiceWorkerRegistration>();
  const {
    needRefresh: [needed],
    updateServiceWorker,
  } = useRegisterSW({
    onRegisteredSW: (_, registration) => setRegistration(registration),
    // In a private window, for example, the app works all the same, but only with a connection.
    onRegisterError: (error) => console.warn("Not kept for offline:", error),
  });

  useEffect(() => {
    if (!registration) return;
    const look = () => {
      if (navigator.onLine && document.visibilityState === "visible") void registration.update().catch(() => {});
    };
    addEventListener("online", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("online", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [registration]);

  useEffect(() => {
    if (!needed) return;
    offer({
      kind: "update",
      message: "A new version is ready",
      action: "Update",
      act: () => void updateServiceWorker(true),
      stays: true,
    });
  }, [needed, offer, updateServiceWorker]);
}
