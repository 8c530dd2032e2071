import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { Entrance } from "../screens/auth/entrance";
import { queryClient } from "../service/api";
import { connection } from "../service/connection";
import { useSignedIn } from "../service/session";
import { Gate } from "./gate";
import { router } from "./router";

const ResetScreen = lazy(() => import("../screens/auth/reset-screen").then((part) => ({ default: part.ResetScreen })));

/** Whether a one-time link was opened. It counts whoever is signed in: the link may be another's. */
const isResetting = /^\/reset-password\/?$/.test(window.location.pathname);

/** The page. Signing in keeps the address, so that a link still leads to its screen. */
export function App() {
  const signedIn = useSignedIn();
  useEffect(() => {
    if (!signedIn) queryClient.clear();
  }, [signedIn]);
  useEffect(() => {
    connection.onBack(() => void queryClient.invalidateQueries());
  }, []);
  if (isResetting) {
    return (
      <Suspense>
        <ResetScreen />
      </Suspense>
    );
  }
  if (!signedIn) return <Entrance />;
  return (
    <Gate>
      <RouterProvider router={router} />
    </Gate>
  );
}
