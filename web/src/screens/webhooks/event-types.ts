import type { EventType, MessageType } from "@reparto/client";
import { useTranslations } from "use-intl";

/** Each event with the key of its name. */
const KEYS = {
  "opportunity.assigned": "assigned",
  "opportunity.unassigned": "unassigned",
  "opportunity.updated": "updated",
  "operation.undone": "undone",
  "job.finished": "finished",
} as const satisfies Record<EventType, string>;

export const EVENT_TYPES = Object.keys(KEYS) as EventType[];

/** What events are called, and a test. */
export function useEventName(): (event: MessageType) => string {
  const t = useTranslations("eventType");
  return (event) => t(event === "webhook.test" ? "test" : KEYS[event]);
}
