import { Button } from "@mantine/core";
import type { Import, OpportunityQuery } from "@reparto/client";
import { IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { AssignDrawer } from "../../assigning/assign-drawer";
import type { Outcome } from "../../assigning/outcome";
import { messageOf } from "../../common/errors";
import { failure } from "../../common/toast";
import { SELECTION_MAX, type Selected, selectedOf } from "../../resources/opportunities/selection";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useRefresh } from "../../service/refresh";

const STEP = 1_000;

/** What an import created that may be given to somebody: nobody has it, it is not closed, and the person agrees. */
const free = (one: Import) =>
  ({
    import_id: one.id,
    assigned_to: "none",
    status: "pending",
    do_not_contact: false,
  }) as const satisfies OpportunityQuery;

/** Assigns what an import created and is free to one or several agents. More than can be selected are shown in the list. */
export function DealNow({ of: one, onDone }: { of: Import; onDone: (outcome: Outcome) => void }) {
  const t = useTranslations("importReport");
  const refresh = useRefresh();
  const [items, setItems] = useState<Selected[] | null>(null);
  const query = free(one);
  const available = useQuery({
    queryKey: keys.counts.available(query),
    queryFn: ({ signal }) => api.opportunityApi.list({ ...query, limit: 1 }, { signal }),
  });
  const read = useMutation({
    mutationFn: async () => {
      const found: Selected[] = [];
      for await (const opportunity of api.opportunityApi.all({ ...query, limit: STEP }))
        found.push(selectedOf(opportunity));
      return found;
    },
    onSuccess: (found) => (found.length === 0 ? failure(t("dealNone")) : setItems(found)),
    onError: (error) => failure(messageOf(error)),
  });
  const count = available.data?.total ?? 0;
  if (count > SELECTION_MAX) {
    return (
      <Button
        size="xs"
        renderRoot={(props) => (
          <Link
            to="/opportunities"
            search={{ import_id: one.id, assigned_to: "none", status: "pending", do_not_contact: false }}
            {...props}
          />
        )}
      >
        {t("seeFree", { count })}
      </Button>
    );
  }
  return (
    <>
      {count > 0 && (
        <Button
          size="xs"
          leftSection={<IconUserPlus size={16} aria-hidden />}
          onClick={() => read.mutate()}
          loading={read.isPending}
        >
          {t("deal", { count })}
        </Button>
      )}
      <AssignDrawer
        opened={items !== null}
        onClose={() => setItems(null)}
        items={items ?? []}
        onDone={(outcome) => {
          setItems(null);
          onDone(outcome);
          void available.refetch();
          refresh();
        }}
      />
    </>
  );
}
