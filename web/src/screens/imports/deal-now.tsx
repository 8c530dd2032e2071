import { Button } from "@mantine/core";
import type { Import, ImportRow } from "@reparto/client";
import { IconUserPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { AssignDrawer } from "../../assigning/assign-drawer";
import type { Outcome } from "../../assigning/outcome";
import { messageOf } from "../../common/errors";
import { failure } from "../../common/toast";
import { SELECTION_MAX, type Selected } from "../../resources/opportunities/selection";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

const STEP = 1_000;

/** Assigns what an import created to one or several agents. More than can be selected are dealt on the screen for that. */
export function DealNow({ of: one, onDone }: { of: Import; onDone: (outcome: Outcome) => void }) {
  const t = useTranslations("importReport");
  const refresh = useRefresh();
  const [items, setItems] = useState<Selected[] | null>(null);
  const read = useMutation({
    mutationFn: () => createdBy(one),
    onSuccess: (found) => (found.length === 0 ? failure(t("dealNone")) : setItems(found)),
    onError: (error) => failure(messageOf(error)),
  });
  if (one.created > SELECTION_MAX) {
    return (
      <Button component={Link} to="/deal" size="xs">
        {t("deal")}
      </Button>
    );
  }
  return (
    <>
      <Button
        size="xs"
        leftSection={<IconUserPlus size={16} aria-hidden />}
        onClick={() => read.mutate()}
        loading={read.isPending}
      >
        {t("deal")}
      </Button>
      <AssignDrawer
        opened={items !== null}
        onClose={() => setItems(null)}
        items={items ?? []}
        onDone={(outcome) => {
          setItems(null);
          onDone(outcome);
          refresh();
        }}
      />
    </>
  );
}

const NAMES: ReadonlySet<string | null> = new Set(["name", "first_name", "last_name"]);

/** The opportunities that an import created. Who holds one by now is told when it is assigned. */
async function createdBy(one: Import): Promise<Selected[]> {
  const selected: Selected[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof api.importApi.rows>> = await api.importApi.rows(one.id, {
      only: "created",
      limit: STEP,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const row of page.items) {
      const id = row.opportunity_id;
      if (id !== null)
        selected.push({ id, name: nameOf(one, row) || id, holderId: null, holderName: null, doNotContact: false });
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
  return selected;
}

function nameOf({ file }: Import, { cells }: ImportRow): string {
  return file.columns
    .flatMap(({ field }, index) => (NAMES.has(field) ? [cells?.[index] ?? ""] : []))
    .join(" ")
    .trim();
}
