import { compact, oneOf } from "../../lib/search-params";

export const DELIVERY_STATUSES = ["pending", "delivered", "dead"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface DeliveriesSearch {
  status?: DeliveryStatus;
}

export function parseDeliveriesSearch(raw: Record<string, unknown>): DeliveriesSearch {
  return compact({ status: oneOf(raw, "status", DELIVERY_STATUSES) });
}
