import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { Entrance } from "../screens/first-run/entrance";
import { queryClient } from "./api";
import { connection } from "./connection";
import { router } from "./router";
import { useSignedIn } from "./session-store";

/** The page: signing in keeps the address, so that a link leads where it says once somebody is signed in. */
export function App() {
  const signedIn = useSignedIn();
  useEffect(() => {
    if (!signedIn) queryClient.clear();
  }, [signedIn]);
  useEffect(() => {
    connection.onBack(() => void queryClient.invalidateQueries());
  }, []);
  return signedIn ? <RouterProvider router={router} /> : <Entrance />;
}
