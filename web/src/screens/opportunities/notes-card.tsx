import { Button, Card, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import type { LeadOpportunity } from "@reparto/client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { useCanEdit, useChange } from "./change";
import { Fact } from "./contact-card";

/** Why it was detected, and the notes about it. */
export function NotesCard({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity");
  const change = useChange(opportunity.id);
  const [notes, setNotes] = useState(opportunity.notes ?? "");
  useEffect(() => setNotes(opportunity.notes ?? ""), [opportunity.notes]);
  const canEdit = useCanEdit(opportunity) && !opportunity.contact.erased_at;
  const reasons = Object.entries(opportunity.detection_reason);
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("notes")}
        </Title>
        {reasons.length > 0 && (
          <dl className="facts">
            {reasons.map(([key, value]) => (
              <Fact key={key} label={key}>
                {typeof value === "string" ? value : JSON.stringify(value)}
              </Fact>
            ))}
          </dl>
        )}
        {canEdit ? (
          <>
            <Textarea
              aria-label={t("notes")}
              autosize
              minRows={3}
              maxRows={14}
              value={notes}
              onChange={(event) => setNotes(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button
                size="xs"
                disabled={notes === (opportunity.notes ?? "")}
                loading={change.isPending}
                onClick={() => change.mutate({ notes })}
              >
                {t("saveNotes")}
              </Button>
            </Group>
          </>
        ) : (
          <Text size="sm" className="multiline">
            {opportunity.notes ?? t("noNotes")}
          </Text>
        )}
      </Stack>
    </Card>
  );
}
