import { Button, Card, Stack, Text } from "@mantine/core";
import { type Import, importEnded } from "@reparto/client";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { Outcome } from "../../assigning/outcome";
import { ResultPanel } from "../../assigning/result-panel";
import { Page } from "../../common/page";
import { ProgressLine } from "../../common/progress-line";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { useNames } from "../../resources/users/users";
import { DealNow } from "./deal-now";
import { Facts } from "./facts";
import { useImport } from "./import-progress";
import { ImportResult } from "./import-result";
import { standingOf } from "./import-status";
import { useNotable } from "./notable-count";
import { type Part, partsOf } from "./parts";
import { Rows } from "./rows";
import { UndoImport } from "./undo-import";

const route = getRouteApi("/administrators/import/$importId");

/** One import: its progress, its result, its rows, and its undo. */
export function ImportScreen() {
  const t = useTranslations("importReport");
  const imports = useTranslations("imports");
  const names = useNames();
  const { importId } = route.useParams();
  const query = useImport(importId);
  if (query.isPending) return <Loading />;
  if (query.data === undefined) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const one = query.data;
  return (
    <Page
      title={one.name ?? imports("untitled")}
      hint={
        <>
          {names(one.actor_id) ?? "–"} · <Moment at={one.created_at} />
        </>
      }
      actions={
        <>
          {importEnded(one) && one.undo === null && one.created + one.completed > 0 && <UndoImport of={one} />}
          <Button component={Link} to="/import" variant="default" size="compact-sm">
            {t("back")}
          </Button>
        </>
      }
    >
      {importEnded(one) ? <Report key={standingOf(one)} of={one} /> : <Progress of={one} />}
    </Page>
  );
}

function Progress({ of: one }: { of: Import }) {
  const t = useTranslations("importReport");
  const undo = standingOf(one) === "undoing" ? one.undo : null;
  const [done, total] = undo === null ? [one.done, one.rows] : [undo.deleted + undo.kept, one.created + one.completed];
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Text size="sm" role="status">
          {undo === null ? t("waiting") : t("undoing")}
        </Text>
        <ProgressLine label={t("progress")} done={done} total={total} rate={null} secondsLeft={null} />
      </Stack>
    </Card>
  );
}

/** What an import did, and what can be done with it. */
function Report({ of: one }: { of: Import }) {
  const t = useTranslations("importReport");
  const [chosen, choose] = useState<Part | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const notable = useNotable(one);
  if (notable === undefined) return <Loading />;
  const parts = partsOf(one, notable.count);
  const part = chosen !== null && parts.includes(chosen) ? chosen : parts[0];
  const hasNew = one.created > 0 && one.undo === null;
  return (
    <>
      <ImportResult of={one}>
        {hasNew && (
          <>
            <Button
              variant="default"
              size="xs"
              renderRoot={(props) => <Link to="/opportunities" search={{ import_id: one.id }} {...props} />}
            >
              {t("see")}
            </Button>
            <DealNow of={one} onDone={setOutcome} />
          </>
        )}
      </ImportResult>
      {outcome !== null && <ResultPanel outcome={outcome} onChange={setOutcome} />}
      {part !== undefined && <Rows of={one} part={part} parts={parts} notable={notable} onPart={choose} />}
      <Facts of={one} />
    </>
  );
}
