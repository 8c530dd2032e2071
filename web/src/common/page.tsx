import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useDocumentTitle } from "./document-title";

/** A screen with its title (also the window's), hint and actions. */
export function Page(props: { title: string; hint?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { title, hint, actions, children } = props;
  useDocumentTitle(title);
  return (
    <Stack gap="md" className="page">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          {hint !== undefined && (
            <Text c="dimmed" size="sm" mt={4} maw={720}>
              {hint}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
