import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import type { Import } from "@reparto/client";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { MoreButton } from "../../common/more-button";
import { Failed, Loading } from "../../common/states";
import { failure } from "../../common/toast";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { download } from "../../lib/csv";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import type { Notable } from "./notable-count";
import type { Part } from "./parts";
import { RowTable } from "./row-table";

const STEP = 50;

interface Props {
  of: Import;
  part: Part;
  parts: readonly Part[];
  notable: Notable;
  onPart: (part: Part) => void;
}

/** The rows of an import part by part, with what became of each. */
export function Rows({ of: one, part, parts, notable, onPart }: Props) {
  const t = useTranslations("importReport");
  const imports = useTranslations("imports");
  const list = useInfiniteQuery({
    queryKey: keys.imports.rows(one.id, part, `${one.done} ${one.undo?.finished_at ?? ""}`),
    queryFn: ({ pageParam, signal }) =>
      api.importApi.rows(
        one.id,
        { only: part, limit: STEP, ...(pageParam === null ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const save = useMutation({
    mutationFn: async () =>
      download(
        imports("rowsFile"),
        await api.importApi.file(one.id, { only: part, separator: separatorOf(preferredLocale()) }),
      ),
    onError: (error) => failure(messageOf(error)),
  });
  const counts = { skipped: one.skipped, created: one.created, completed: one.completed, kept: one.undo?.kept ?? 0 };
  const label = (value: Part): string => {
    if (value === "notable") return t(notable.more ? "part.notableMore" : "part.notable", { count: notable.count });
    return value === "told" ? "" : t(`part.${value}`, { count: counts[value] });
  };
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <div className="tabs-scroll">
          <SegmentedControl
            size="xs"
            aria-label={t("parts")}
            value={part}
            onChange={(value) => onPart(value as Part)}
            data={parts.map((value) => ({ value, label: label(value) }))}
          />
        </div>
        {items.length > 0 && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => save.mutate()}
            loading={save.isPending}
          >
            {imports("saveRows")}
          </Button>
        )}
      </Group>
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("none")}
        </Text>
      )}
      {items.length > 0 && <RowTable rows={items} label={label(part)} />}
      <MoreButton list={list} label={imports("more")} />
    </Stack>
  );
}
