import type { EventType } from "@reparto/client";
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

/** What events are called. */
export function useEventName(): (event: EventType) => string {
  const t = useTranslations("eventType");
  return (event) => t(KEYS[event]);
}
