import { Button, Group, Select, Table, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import type { User } from "@reparto/client";
import { IconDownload, IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { RoleTag, Tag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { Page } from "../../common/page";
import { Pager } from "../../common/pager";
import { Empty, Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { failure } from "../../common/toast";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { download } from "../../lib/csv";
import { compact } from "../../lib/search-params";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { UserDrawer } from "./user-drawer";
import { ROLES, USER_PAGE, type UsersSearch } from "./users-search";

const route = getRouteApi("/administrators/users");

export function UsersScreen() {
  const t = useTranslations("users");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<User | "new" | null>(null);
  const page = search.page ?? 1;
  const { page: _, ...filter } = search;
  const query = {
    ...filter,
    skip: (page - 1) * USER_PAGE,
    limit: USER_PAGE,
    sort_by: "name",
    sort_order: "asc",
  } as const;
  const list = useQuery({
    queryKey: keys.users.list(query),
    queryFn: ({ signal }) => api.userApi.list(query, { signal }),
    placeholderData: keepPreviousData,
  });
  const save = useMutation({
    mutationFn: () =>
      api.userApi.exportCsv(compact({ ...filter, limit: 1000, separator: separatorOf(preferredLocale()) })),
    onSuccess: (file) => download("users.csv", file),
    onError: (error) => failure(messageOf(error)),
  });
  const change = (next: Partial<UsersSearch>): void =>
    void navigate({ search: (before) => compact({ ...before, page: undefined, ...next }), replace: true });
  const users = list.data?.items ?? [];
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => save.mutate()}
            loading={save.isPending}
          >
            {t("export")}
          </Button>
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
            {t("new")}
          </Button>
        </>
      }
    >
      <UserFilters search={search} onChange={change} />
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && users.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
      {users.length > 0 && (
        <div className="table-scroll" aria-busy={list.isPlaceholderData}>
          <Table className="table" aria-label={t("title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("name")}</Table.Th>
                <Table.Th>{t("role")}</Table.Th>
                <Table.Th>{t("state")}</Table.Th>
                <Table.Th>{t("quota")}</Table.Th>
                <Table.Th>{t("lastLogin")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {users.map((user) => (
                <Table.Tr key={user.id}>
                  <Table.Td data-label={t("name")}>
                    <button type="button" className="row-link as-button" onClick={() => setEdited(user)}>
                      {user.full_name || user.email}
                    </button>
                    <span className="under">{user.email}</span>
                  </Table.Td>
                  <Table.Td data-label={t("role")}>
                    <RoleTag role={user.role} />
                  </Table.Td>
                  <Table.Td data-label={t("state")}>
                    <Tag tone={user.is_active ? "green" : "grey"}>{user.is_active ? t("active") : t("inactive")}</Tag>
                  </Table.Td>
                  <Table.Td data-label={t("quota")} className="numbers">
                    {user.daily_lead_quota}
                  </Table.Td>
                  <Table.Td data-label={t("lastLogin")}>
                    {user.last_login === null ? t("never") : <Moment at={user.last_login} />}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {list.data !== undefined && list.data.total > USER_PAGE && (
        <Pager
          page={page}
          pages={Math.ceil(list.data.total / USER_PAGE)}
          total={list.data.total}
          exact
          limit={USER_PAGE}
          sizes={[USER_PAGE]}
          onPage={(number) => void navigate({ search: (before) => ({ ...before, page: number }) })}
          onLimit={() => undefined}
        />
      )}
      <UserDrawer key={edited === "new" ? "new" : edited?.id} user={edited} onClose={() => setEdited(null)} />
    </Page>
  );
}

function UserFilters({ search, onChange }: { search: UsersSearch; onChange: (next: Partial<UsersSearch>) => void }) {
  const t = useTranslations("users");
  const roles = useTranslations("role");
  const [text, setText] = useState(search.search ?? "");
  useEffect(() => setText(search.search ?? ""), [search.search]);
  const send = useDebouncedCallback((value: string) => onChange({ search: value || undefined }), 300);
  const clear = { "aria-label": t("clearOne") };
  return (
    <Group gap="xs" align="flex-end" className="filters" role="search" aria-label={t("filters")}>
      <TextInput
        label={t("search")}
        type="search"
        w={250}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          send(event.currentTarget.value.trim());
        }}
      />
      <Select
        label={t("role")}
        placeholder={t("all")}
        clearable
        clearButtonProps={clear}
        data={ROLES.map((value) => ({ value, label: roles(value) }))}
        value={search.role ?? null}
        onChange={(role) => onChange({ role: role ?? undefined })}
      />
      <Select
        label={t("state")}
        placeholder={t("all")}
        clearable
        clearButtonProps={clear}
        data={[
          { value: "true", label: t("active") },
          { value: "false", label: t("inactive") },
        ]}
        value={search.is_active === undefined ? null : String(search.is_active)}
        onChange={(value) => onChange({ is_active: value === null ? undefined : value === "true" })}
      />
    </Group>
  );
}
