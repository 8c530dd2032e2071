import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Copies a text, and says for a moment that it did. */
export function CopyButton({ text, label, copied }: { text: string; label: string; copied: string }) {
  const clipboard = useClipboard({ timeout: 3_000 });
  return (
    <Button
      variant="default"
      leftSection={clipboard.copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
      onClick={() => clipboard.copy(text)}
    >
      {clipboard.copied ? copied : label}
    </Button>
  );
}
