import { Button, Group, NumberInput, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilterOff, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { memo, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { LazyDayRange } from "../../common/lazy-day-range";
import { conditions, type OpportunitySearch, PRIORITIES, STATUSES } from "../../resources/opportunities/search";
import { everyoneQuery } from "../../resources/users/users";

interface Props {
  search: OpportunitySearch;
  onChange: (change: Partial<OpportunitySearch>) => void;
  onClear: () => void;
}

const WAIT = 300;

/** The list's filters, all kept in the address. */
export const Filters = memo(function Filters({ search, onChange, onClear }: Props) {
  const t = useTranslations("opportunities.filters");
  const statuses = useTranslations("status");
  const priorities = useTranslations("priority");
  const people = useQuery(everyoneQuery).data ?? [];
  return (
    <Group gap="xs" align="flex-end" className="filters" role="search" aria-label={t("title")}>
      <SearchBox value={search.search ?? ""} onChange={(text) => onChange({ search: text || undefined })} />
      <Select
        label={t("status")}
        placeholder={t("all")}
        clearable
        clearButtonProps={{ "aria-label": t("clearOne") }}
        w={128}
        data={STATUSES.map((value) => ({ value, label: statuses(value) }))}
        value={search.status ?? null}
        onChange={(status) => onChange({ status: status ?? undefined })}
      />
      <Select
        label={t("priority")}
        placeholder={t("all")}
        clearable
        clearButtonProps={{ "aria-label": t("clearOne") }}
        w={112}
        data={PRIORITIES.map((value) => ({ value, label: priorities(value) }))}
        value={search.priority ?? null}
        onChange={(priority) => onChange({ priority: priority ?? undefined })}
      />
      <Select
        label={t("holder")}
        placeholder={t("anyone")}
        clearable
        searchable
        clearButtonProps={{ "aria-label": t("clearOne") }}
        w={150}
        data={[
          { value: "none", label: t("none") },
          { value: "me", label: t("me") },
          ...people.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        value={search.assigned_to ?? null}
        onChange={(assigned_to) => onChange({ assigned_to: assigned_to ?? undefined })}
      />
      <ScoreRange search={search} onChange={onChange} />
      <LazyDayRange
        label={t("detected")}
        placeholder={t("anyTime")}
        clearLabel={t("clearOne")}
        from={search.from}
        to={search.to}
        onChange={(from, to) => onChange({ from, to })}
      />
      <Select
        label={t("attempts")}
        placeholder={t("all")}
        clearable
        clearButtonProps={{ "aria-label": t("clearOne") }}
        w={112}
        data={[
          { value: "true", label: t("attemptsLeft") },
          { value: "false", label: t("attemptsNone") },
        ]}
        value={search.attempts_left === undefined ? null : String(search.attempts_left)}
        onChange={(value) => onChange({ attempts_left: value === null ? undefined : value === "true" })}
      />
      <Select
        label={t("contacting")}
        placeholder={t("all")}
        clearable
        clearButtonProps={{ "aria-label": t("clearOne") }}
        w={128}
        data={[
          { value: "false", label: t("mayContact") },
          { value: "true", label: t("doNotContact") },
        ]}
        value={search.do_not_contact === undefined ? null : String(search.do_not_contact)}
        onChange={(value) => onChange({ do_not_contact: value === null ? undefined : value === "true" })}
      />
      {search.import_id !== undefined && (
        <Button
          variant="light"
          rightSection={<IconX size={14} aria-hidden />}
          onClick={() => onChange({ import_id: undefined })}
          aria-label={t("clearImport")}
        >
          {t("import")}
        </Button>
      )}
      {conditions(search) > 0 && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} onClick={onClear}>
          {t("clear")}
        </Button>
      )}
    </Group>
  );
});

function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const t = useTranslations("opportunities.filters");
  const [text, setText] = useState(value);
  const send = useDebouncedCallback(onChange, WAIT);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      label={t("search")}
      placeholder={t("searchHint")}
      type="search"
      leftSection={<IconSearch size={16} aria-hidden />}
      w={190}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value.trim());
      }}
    />
  );
}

function ScoreRange({ search, onChange }: Pick<Props, "search" | "onChange">) {
  const t = useTranslations("opportunities.filters");
  const send = useDebouncedCallback(onChange, WAIT);
  const number = (value: number | string): number | undefined => (typeof value === "number" ? value : undefined);
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <NumberInput
        label={t("minScore")}
        placeholder="0"
        min={0}
        max={100}
        w={74}
        hideControls
        clampBehavior="strict"
        allowDecimal={false}
        value={search.min_score ?? ""}
        onChange={(value) => send({ min_score: number(value) })}
      />
      <NumberInput
        label={t("maxScore")}
        placeholder="100"
        min={0}
        max={100}
        w={62}
        hideControls
        clampBehavior="strict"
        allowDecimal={false}
        value={search.max_score ?? ""}
        onChange={(value) => send({ max_score: number(value) })}
      />
    </Group>
  );
}
