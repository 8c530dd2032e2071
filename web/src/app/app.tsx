import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { Entrance } from "../screens/auth/entrance";
import { queryClient } from "../service/api";
import { connection } from "../service/connection";
import { useSignedIn } from "../service/session";
import { router } from "./router";

/** The page. Signing in keeps the address, so that a link still leads to its screen. */
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
