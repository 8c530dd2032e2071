import { Card, Center, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useDocumentTitle } from "../../common/document-title";
import { LanguageChoice } from "./language-choice";

interface Props {
  /** The heading; also the window's title unless there is another one. */
  heading: string;
  title?: string;
  hint: ReactNode;
  width?: number;
  children: ReactNode;
}

/** The frame around what is shown before somebody is signed in. */
export function EntranceCard({ heading, title = heading, hint, width = 440, children }: Props) {
  useDocumentTitle(title);
  return (
    <Center component="main" mih="100dvh" p="md" className="sign-in">
      <Card withBorder padding="xl" radius="lg" w="100%" maw={width} shadow="sm">
        <Stack gap="md">
          <Group gap="sm" wrap="nowrap" align="flex-start">
            <img src="/icon.svg" alt="" width={36} height={36} />
            <div>
              <Title order={1} size="h3">
                {heading}
              </Title>
              <Text size="sm" c="dimmed">
                {hint}
              </Text>
            </div>
          </Group>
          {children}
          <LanguageChoice />
        </Stack>
      </Card>
    </Center>
  );
}
