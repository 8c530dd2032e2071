import { store, useStore } from "../lib/store";

const KEY = "reparto.session";
const present = (): boolean => window.localStorage.getItem(KEY) !== null;

const signedIn = store(present());
const expired = store(false);

/** Whether somebody is signed in; all tabs share this. */
export const session = {
  KEY,
  changed(): void {
    if (present()) expired.set(false);
    signedIn.set(present());
  },
  /** Call when the service no longer accepts the session. */
  ended(): void {
    expired.set(true);
    signedIn.set(present());
  },
};

window.addEventListener("storage", (event) => {
  if (event.key !== KEY && event.key !== null) return;
  // Signed out in another tab: this one says why it is at the entrance.
  if (signedIn.get() && !present()) session.ended();
  else session.changed();
});

export const useSignedIn = (): boolean => useStore(signedIn);
export const useSessionExpired = (): boolean => useStore(expired);
