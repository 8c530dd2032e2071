import { store, useStore } from "./store";

const away = store(false);
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
      away.set(false);
      back();
    } else {
      watch();
    }
  }, PAUSE);
}

/** Whether the service can be reached. Once it is lost, it is asked for until it answers again. */
export const connection = {
  lost(): void {
    if (away.get()) return;
    away.set(true);
    watch();
  },
  /** What to do when the service is back. */
  onBack(action: () => void): void {
    back = action;
  },
};

export const useServiceAway = (): boolean => useStore(away);
