import { Outlet } from "@tanstack/react-router";
import { NoRight } from "../common/states";
import { isAdministrator, isStaff, useMe } from "./me";

/** Screens for some roles alone; the service checks the same again with every request. */
export function Guarded({ by }: { by: "staff" | "administrators" }) {
  const role = useMe()?.role;
  const allowed = by === "staff" ? isStaff(role) : isAdministrator(role);
  return allowed ? <Outlet /> : <NoRight />;
}
