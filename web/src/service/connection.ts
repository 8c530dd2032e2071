import { store, useStore } from "../lib/store";

const offline = store(false);
const PAUSE = 2_000;
let back: () => void = () => undefined;

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/readyz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

function watch(): void {
  window.setTimeout(async () => {
    if (await answers()) {
      offline.set(false);
      back();
    } else {
      watch();
    }
  }, PAUSE);
}

/** Whether the service can be reached. Once it cannot, it is polled until it answers again. */
export const connection = {
  lost(): void {
    if (offline.get()) return;
    offline.set(true);
    watch();
  },
  /** Sets what to do when the service is back. */
  onBack(action: () => void): void {
    back = action;
  },
};

export const useOffline = (): boolean => useStore(offline);
