import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

/** A screen's head: its title (also the window's) and its actions. */
export function Page(props: { title: string; hint?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { title, hint, actions, children } = props;
  useEffect(() => {
    document.title = `${title} · Reparto`;
  }, [title]);
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
