import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "../../app/api";
import { SignInScreen } from "../sign-in/sign-in-screen";

const FirstRunScreen = lazy(() => import("./first-run-screen").then((part) => ({ default: part.FirstRunScreen })));

/** Once somebody is there, that stays so. */
let somebody = false;

/** What stands before the screens: signing in, or making the first administrator. */
export function Entrance() {
  // Not a query: what queries know is forgotten when somebody signs out.
  const [needed, setNeeded] = useState<boolean | null>(somebody ? false : null);
  useEffect(() => {
    if (somebody) return undefined;
    const abort = new AbortController();
    api.authApi
      .firstRunNeeded({ signal: abort.signal })
      .then((answer) => {
        somebody = !answer;
        setNeeded(answer);
      })
      // A service that cannot tell is signed in to, and says itself what is wrong.
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
