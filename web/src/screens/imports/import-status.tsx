import type { Import } from "@reparto/client";
import { useTranslations } from "use-intl";
import { Tag } from "../../common/badges";

type Standing = Import["status"] | "undoing" | "undone";

const TONES: Record<Standing, string> = {
  reading: "grey",
  running: "blue",
  finished: "green",
  failed: "red",
  undoing: "blue",
  undone: "sand",
};

/** Where an import stands, its undo included. */
export function standingOf({ status, undo }: Import): Standing {
  if (undo === null) return status;
  return undo.finished_at === null ? "undoing" : "undone";
}

export function ImportStatusTag({ of }: { of: Import }) {
  const t = useTranslations("importStatus");
  const standing = standingOf(of);
  return <Tag tone={TONES[standing]}>{t(standing)}</Tag>;
}
