import { ApiError } from "@reparto/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { success } from "../../common/toast";
import { keys } from "../../service/keys";

/** A change to a user, after which the lists of users are refetched. */
export function useSave<V = void>(action: (value: V) => Promise<unknown>, after?: () => void) {
  const t = useTranslations("users");
  const client = useQueryClient();
  return useMutation<unknown, Error, V>({
    mutationFn: action,
    onSuccess: () => {
      success(t("saved"));
      after?.();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: keys.users.all }),
  });
}

/** What the service says about one field. */
export const fieldError = (error: unknown, name: string): string | undefined =>
  error instanceof ApiError ? error.field(name) : undefined;
