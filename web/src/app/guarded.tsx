import { Outlet } from "@tanstack/react-router";
import { Forbidden } from "../common/states";
import { isAdministrator, isStaff, useMe } from "../service/me";

/** Limits screens to some roles. The service checks every request itself. */
export function Guarded({ by }: { by: "staff" | "administrators" }) {
  const role = useMe()?.role;
  const allowed = by === "staff" ? isStaff(role) : isAdministrator(role);
  return allowed ? <Outlet /> : <Forbidden />;
}
