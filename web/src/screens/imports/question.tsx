import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { Reading } from "./dry-run";
import type { FileQuestion } from "./question-of";

type Order = NonNullable<Reading["date_order"]>;

const ORDERS = ["dmy", "mdy"] as const satisfies Order[];

/** Asks what the service has to be told before it can read a file. */
export function Question({ question, onOrder }: { question: FileQuestion; onOrder: (order: Order) => void }) {
  const t = useTranslations("imports");
  const orders = useTranslations("dateOrder");
  const { about } = question;
  const asked = about === "columns" ? t("columnQuestion") : t("orderQuestion");
  return (
    <Stack gap="xs" role="group" aria-label={asked} className="question">
      <Text fw={600} role="status">
        {asked}
      </Text>
      {about === "order" && <Text size="sm">{t("orderUnknown", { line: question.line, text: question.text })}</Text>}
      {about === "orders" && <Text size="sm">{t("ordersMixed", { ...question, about })}</Text>}
      {about !== "columns" && (
        <Group gap="xs">
          {ORDERS.map((order) => (
            <Button key={order} variant="default" onClick={() => onOrder(order)}>
              {orders(order)}
            </Button>
          ))}
        </Group>
      )}
    </Stack>
  );
}
