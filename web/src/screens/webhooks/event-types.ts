import type { EventType, MessageType } from "@reparto/client";
import { useTranslations } from "use-intl";

/** The key of each event's name. */
const KEYS = {
  "opportunity.assigned": "assigned",
  "opportunity.unassigned": "unassigned",
  "opportunity.updated": "updated",
  "operation.undone": "undone",
  "job.finished": "finished",
} as const satisfies Record<EventType, string>;

export const EVENT_TYPES = Object.keys(KEYS) as EventType[];

/** Names of events and of the test message. */
export function useEventName(): (event: MessageType) => string {
  const t = useTranslations("eventType");
  return (event) => t(event === "webhook.test" ? "test" : KEYS[event]);
}
