import { Grid, Stack } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Page } from "../../common/page";
import { useMe } from "../../service/me";
import { PasswordCard } from "./password-card";
import { SecondFactorCard } from "./second-factor-card";
import { SessionsCard } from "./sessions-card";

/** One's own account: password, second factor, and where one is signed in. */
export function AccountScreen() {
  const t = useTranslations("ownAccount");
  const me = useMe();
  return (
    <Page title={t("title")} hint={me?.email}>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <PasswordCard />
            <SecondFactorCard />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <SessionsCard />
        </Grid.Col>
      </Grid>
    </Page>
  );
}
