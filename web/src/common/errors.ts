import { ApiError } from "@reparto/client";
import { plainText } from "../i18n/plain";

/** The text of an error for the user: the service's own words where it answered. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.code === "network_error" ? plainText("unreachable") : error.message;
  return error instanceof Error ? error.message : String(error);
}
