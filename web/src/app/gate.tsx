import { ApiError } from "@reparto/client";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { meQuery } from "../service/me";

const RequiredTotp = lazy(() =>
  import("../screens/auth/required-totp").then((part) => ({ default: part.RequiredTotp })),
);

/** Shows the page, unless the service requires a second factor of its user first. */
export function Gate({ children }: { children: ReactNode }) {
  const me = useQuery(meQuery);
  const [settingUp, setSettingUp] = useState(false);
  const required = me.error instanceof ApiError && me.error.code === "totp_set_up_required";
  // Stays until the recovery codes are kept, though the service is content before that.
  if (required && !settingUp) setSettingUp(true);
  if (!settingUp) return children;
  return (
    <Suspense>
      <RequiredTotp
        onDone={() => {
          setSettingUp(false);
          void me.refetch();
        }}
      />
    </Suspense>
  );
}
