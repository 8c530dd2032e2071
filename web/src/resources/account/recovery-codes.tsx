import { Alert, Button, Checkbox, Group, Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { CopyButton } from "../../common/copy-button";
import { download } from "../../lib/csv";

/** Shows the recovery codes for the only time. Going on takes the reader's word that they are kept. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const t = useTranslations("recovery");
  const [kept, setKept] = useState(false);
  const text = codes.join("\n");
  return (
    <Stack gap="md">
      <Alert color="yellow" role="status" title={t("title")}>
        {t("hint")}
      </Alert>
      <ul className="recovery-codes" aria-label={t("codes")}>
        {codes.map((code) => (
          <li key={code} className="mono">
            {code}
          </li>
        ))}
      </ul>
      <Group gap="xs">
        <CopyButton text={text} label={t("copy")} copied={t("copied")} />
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download(t("file"), new Blob([`${t("fileTitle")}\n\n${text}\n`], { type: "text/plain" }))}
        >
          {t("download")}
        </Button>
      </Group>
      <Checkbox label={t("kept")} checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
      <Group justify="flex-end">
        <Button disabled={!kept} onClick={onKept}>
          {t("done")}
        </Button>
      </Group>
    </Stack>
  );
}
