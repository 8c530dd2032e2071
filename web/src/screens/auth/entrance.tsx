import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "../../service/api";
import { SignInScreen } from "./sign-in-screen";

const FirstRunScreen = lazy(() => import("./first-run-screen").then((part) => ({ default: part.FirstRunScreen })));

/** Whether the service has users; once it has, it always will. */
let hasUsers = false;

/** Shown before anybody is signed in: the sign-in screen, or the one for the first administrator. */
export function Entrance() {
  // Not a query: the cache of queries is cleared when somebody signs out.
  const [needed, setNeeded] = useState<boolean | null>(hasUsers ? false : null);
  useEffect(() => {
    if (hasUsers) return undefined;
    const abort = new AbortController();
    api.authApi
      .firstRunNeeded({ signal: abort.signal })
      .then((answer) => {
        hasUsers = !answer;
        setNeeded(answer);
      })
      // If the service does not answer, signing in will show why.
      .catch(() => !abort.signal.aborted && setNeeded(false));
    return () => abort.abort();
  }, []);
  if (needed === null) return null;
  if (!needed) return <SignInScreen />;
  return (
    <Suspense>
      <FirstRunScreen />
    </Suspense>
  );
}
