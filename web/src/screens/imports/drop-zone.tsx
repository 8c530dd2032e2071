import { Button, FileButton, Group, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";

interface Props {
  chosen: boolean;
  pending: boolean;
  onFiles: (files: readonly File[]) => void;
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * Takes a file by its button, or dropped anywhere on the window: beside a small target, the browser would leave the page
 * to show the file.
 */
export function DropZone({ chosen, pending, onFiles }: Props) {
  const t = useTranslations("imports");
  const [over, setOver] = useState(false);
  const reset = useRef<() => void>(null);
  const take = useRef(onFiles);
  take.current = onFiles;
  useEffect(() => {
    const hover = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      take.current([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragover", hover);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", hover);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return (
    <Group className="drop-zone" data-over={over || undefined} gap="sm" justify="center">
      <Text size="sm">{t("drop")}</Text>
      <FileButton
        onChange={(file) => {
          // The same file can be chosen again after it was corrected.
          reset.current?.();
          if (file !== null) onFiles([file]);
        }}
        accept=".csv,.tsv,.txt,.xlsx"
        resetRef={reset}
      >
        {(props) => (
          <Button
            {...props}
            variant={chosen ? "default" : "filled"}
            leftSection={<IconUpload size={16} aria-hidden />}
            loading={pending}
          >
            {chosen ? t("another") : t("choose")}
          </Button>
        )}
      </FileButton>
    </Group>
  );
}
