import { Button, Group, NumberInput, Popover, Stack, Text } from "@mantine/core";
import { IconTag, IconUserMinus, IconUserPlus, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { failure } from "../../common/toast";
import type { ExportFormat } from "../../resources/opportunities/export";
import { ExportButton } from "../../resources/opportunities/export-button";
import { filterOf, type OpportunitySearch } from "../../resources/opportunities/search";
import type { Selection } from "../../resources/opportunities/selection";
import { SELECTION_MAX } from "../../resources/opportunities/selection";
import { pickFirst } from "./pick-many";

interface Props {
  search: OpportunitySearch;
  total: number;
  selection: Selection;
  onAssign: () => void;
  onUnassign: () => void;
  onStatus: () => void;
  onExport: (format: ExportFormat) => void;
  /** How much of an export is written, from 0 to 1; null where none is running. */
  exported: number | null;
}

/** The number of selected opportunities, ways to select more, and the actions on them. */
export function ActionBar(props: Props) {
  const { search, total, selection, onAssign, onUnassign, onStatus, onExport, exported } = props;
  const t = useTranslations("opportunities.bar");
  const { count, allMatching } = selection;
  return (
    <Group gap="xs" className="action-bar" data-active={count > 0 || undefined} role="toolbar" aria-label={t("title")}>
      <Text size="sm" fw={600} role="status" className="numbers">
        {allMatching !== null ? t("allMatching", { count }) : count === 0 ? t("none") : t("selected", { count })}
      </Text>
      <PickMany search={search} total={total} selection={selection} />
      {count > 0 && (
        <>
          <Button size="xs" leftSection={<IconUserPlus size={16} aria-hidden />} onClick={onAssign}>
            {t("assign")}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUserMinus size={16} aria-hidden />}
            onClick={onUnassign}
          >
            {t("unassign")}
          </Button>
          <Button size="xs" variant="default" leftSection={<IconTag size={16} aria-hidden />} onClick={onStatus}>
            {t("status")}
          </Button>
          <Button size="xs" variant="subtle" leftSection={<IconX size={16} aria-hidden />} onClick={selection.clear}>
            {t("clear")}
          </Button>
        </>
      )}
      <ExportButton
        size="xs"
        variant="subtle"
        ml="auto"
        label={count > 0 ? t("exportSelected") : t("exportAll")}
        part={exported}
        onExport={onExport}
      />
    </Group>
  );
}

/** Selects across pages: the first ones of the list, or all. */
function PickMany({ search, total, selection }: Pick<Props, "search" | "total" | "selection">) {
  const t = useTranslations("opportunities.bar");
  const format = useFormatter();
  const [opened, setOpened] = useState(false);
  const [number, setNumber] = useState<number | string>(100);
  const [picked, setPicked] = useState(0);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const pick = useMutation({
    mutationFn: (count: number) => {
      abort.current = new AbortController();
      return pickFirst(search, count, setPicked, abort.current.signal);
    },
    onSuccess: (items) => {
      selection.replace(items);
      setOpened(false);
    },
    onError: (error) => failure(messageOf(error)),
    onSettled: () => setPicked(0),
  });
  const wanted = typeof number === "number" && number >= 1 ? number : null;
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      trapFocus
      returnFocus
      withinPortal
      shadow="md"
      position="bottom-start"
    >
      <Popover.Target>
        <Button size="xs" variant="default" onClick={() => setOpened((open) => !open)} disabled={total === 0}>
          {t("pick")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("pick")}>
        <Stack gap="xs">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (wanted !== null) pick.mutate(wanted);
            }}
          >
            <Group gap="xs" align="flex-end">
              <NumberInput
                label={t("first")}
                size="xs"
                w={110}
                min={1}
                max={SELECTION_MAX}
                allowDecimal={false}
                value={number}
                onChange={setNumber}
              />
              <Button size="xs" type="submit" disabled={wanted === null} loading={pick.isPending}>
                {t("select")}
              </Button>
            </Group>
          </form>
          <Button
            size="xs"
            variant="light"
            onClick={() => {
              if (total <= SELECTION_MAX) {
                pick.mutate(total);
              } else {
                selection.selectAllMatching({ filter: filterOf(search), total });
                setOpened(false);
              }
            }}
            loading={pick.isPending}
            className="numbers"
          >
            {t("all", { count: total })}
          </Button>
          <Text size="xs" c="dimmed" maw={240} role="status">
            {picked > 0 ? t("picking", { picked: format.number(picked) }) : t("order")}
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
