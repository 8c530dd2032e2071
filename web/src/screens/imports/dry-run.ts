import type { ImportMapping, ImportOptions, ImportPreview } from "@reparto/client";
import { useQuery } from "@tanstack/react-query";
import { timeZone } from "../../lib/zone";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import type { ChosenFile } from "./chosen-file";
import { mappingOf } from "./fields";

/** How the file is to be read, where that is not left to the service. */
export type Reading = Pick<
  ImportOptions,
  "encoding" | "separator" | "sheet" | "date_order" | "strict" | "override_erased"
>;

/** What every import of this page is sent with: times without an offset are the reader's. */
const ALWAYS = { time_zone: timeZone } as const satisfies ImportOptions;

/** A dry run of the file: what an import with these options would do. */
function useOptions(file: ChosenFile, options: ImportOptions, enabled: boolean) {
  return useQuery({
    queryKey: keys.imports.preview(file.number, options),
    queryFn: ({ signal }) => api.importApi.preview(file.content, options, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    enabled,
    // What was read before stays until the file is read again.
    placeholderData: (before) => before,
  });
}

export interface DryRun {
  /** The result, also of the reading before while the file is read again. */
  result: ImportPreview | undefined;
  error: Error | null;
  pending: boolean;
  /** The options of an import that does the same. */
  options: ImportOptions;
  retry: () => void;
}

/** Dry runs of a file: as the service understands it, then with what was chosen by hand. */
export function useDryRun(file: ChosenFile, chosenReading: Reading, choices: ImportMapping): DryRun {
  const reading = { ...ALWAYS, ...chosenReading };
  const chosen = Object.keys(choices).length > 0;
  const first = useOptions(file, reading, true);
  const mapping = mappingOf(first.data?.file.columns ?? [], choices);
  const second = useOptions(file, { ...reading, mapping }, chosen && !first.isFetching);
  const query = chosen ? second : first;
  return {
    result: query.isError ? undefined : (query.data ?? first.data),
    error: query.error,
    pending: query.isFetching || (chosen && first.isFetching),
    options: chosen ? { ...reading, mapping } : reading,
    retry: () => void query.refetch(),
  };
}
