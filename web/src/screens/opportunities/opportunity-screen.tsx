import { Button, Grid, Group, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { DoNotContactTag, PriorityTag, StatusTag } from "../../common/badges";
import { Page } from "../../common/page";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { opportunityQuery } from "../../resources/opportunities/query";
import { Attempts } from "./attempts";
import { ContactCard } from "./contact-card";
import { NotesCard } from "./notes-card";
import { PrivacyCard } from "./privacy-card";
import { Timeline } from "./timeline";
import { WorkCard } from "./work-card";

const route = getRouteApi("/staff/opportunities/$opportunityId");

export function OpportunityScreen() {
  const t = useTranslations("opportunity");
  const { opportunityId } = route.useParams();
  const query = useQuery(opportunityQuery(opportunityId));
  if (query.isPending) return <Loading />;
  if (query.data === undefined) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const opportunity = query.data;
  return (
    <Page
      title={opportunity.contact.name}
      hint={
        <Group gap="xs" component="span">
          <StatusTag status={opportunity.status} />
          <PriorityTag priority={opportunity.priority} />
          <DoNotContactTag contact={opportunity.contact} />
          <span>{t("score", { score: opportunity.opportunity_score })}</span>
          <span>
            {t("detected")} <Moment at={opportunity.detected_at} />
          </span>
        </Group>
      }
      actions={
        <Button component={Link} to="/opportunities" variant="default" size="xs">
          {t("back")}
        </Button>
      }
    >
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <ContactCard opportunity={opportunity} />
            <Attempts opportunity={opportunity} />
            <NotesCard opportunity={opportunity} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <WorkCard opportunity={opportunity} />
            <PrivacyCard opportunity={opportunity} />
            <Timeline opportunityId={opportunity.id} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
