import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import type { Client, NewSecondFactor } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { generate } from "lean-qr";
import { toSvgPath } from "lean-qr/extras/svg";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import { CopyButton } from "../../common/copy-button";
import { messageOf } from "../../common/errors";

interface Props {
  client: Client;
  setup: NewSecondFactor;
  /** Told the recovery codes once the second factor is on. */
  onConfirmed: (codes: string[]) => void;
  cancel?: ReactNode;
}

/** The secret for an authenticator app, as a QR code and to type, and the code that confirms it. */
export function TotpSetup({ client, setup, onConfirmed, cancel }: Props) {
  const t = useTranslations("totp");
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => client.userApi.confirmTotp(code.replaceAll(/\s/g, "")),
    onSuccess: ({ recovery_codes }) => onConfirmed(recovery_codes),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">{t("scan")}</Text>
        <QrCode text={setup.otpauth_url} label={t("qr")} />
        <Stack gap={6}>
          <Text size="sm">{t("type")}</Text>
          <Code block className="secret" aria-label={t("secret")}>
            {inFours(setup.secret)}
          </Code>
          <Group>
            <CopyButton text={setup.secret} label={t("copy")} copied={t("copied")} />
          </Group>
        </Stack>
        <CodeField value={code} onChange={setCode} error={confirm.isError ? messageOf(confirm.error) : undefined} />
        <Group justify="flex-end">
          {cancel}
          <Button type="submit" disabled={code.trim() === ""} loading={confirm.isPending}>
            {t("confirm")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A field for the code that the app shows. */
export function CodeField(props: { value: string; onChange: (value: string) => void; error?: string | undefined }) {
  const t = useTranslations("totp");
  return (
    <TextInput
      label={t("code")}
      description={t("codeHint")}
      name="totp_code"
      inputMode="numeric"
      autoComplete="one-time-code"
      spellCheck={false}
      required
      withAsterisk={false}
      maxLength={12}
      error={props.error}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

/** Easier to type from the screen. */
const inFours = (secret: string): string => secret.replaceAll(/(.{4})(?=.)/g, "$1 ");

/** The white margin around a code, in modules, that scanners need. */
const MARGIN = 4;

/** A QR code, drawn here: the secret goes to nobody. */
function QrCode({ text, label }: { text: string; label: string }) {
  const code = generate(text);
  const size = code.size + 2 * MARGIN;
  return (
    <svg
      className="qr"
      viewBox={`${-MARGIN} ${-MARGIN} ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={toSvgPath(code)} />
    </svg>
  );
}
