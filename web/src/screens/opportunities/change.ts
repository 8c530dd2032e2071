import type { LeadOpportunity, OpportunityChange } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { failure, success } from "../../common/toast";
import { api } from "../../service/api";
import { useIsAdministrator, useMe } from "../../service/me";
import { useRefresh } from "../../service/refresh";

/** Changes the opportunity, and refreshes everything that shows it. */
export function useChange(id: string) {
  const t = useTranslations("opportunity");
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (change: OpportunityChange) => api.opportunityApi.update(id, change),
    onSuccess: () => success(t("saved")),
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
}

/** Whether the user may change the opportunity: its assignee may, and administrators. */
export function useCanEdit(opportunity: LeadOpportunity): boolean {
  const me = useMe();
  const administrator = useIsAdministrator();
  return administrator || (me !== undefined && opportunity.assigned_to_id === me.id);
}
