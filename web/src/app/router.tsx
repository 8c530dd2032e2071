import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from "@tanstack/react-router";
import { NotFound, ScreenFailed } from "../common/states";
import { Shell } from "../layout/shell";
import { parseOpportunitySearch } from "../resources/opportunities/search";
import { parseAuditSearch } from "../screens/audit/audit-search";
import { parseOperationsSearch } from "../screens/operations/operations-search";
import { parseUsersSearch } from "../screens/users/users-search";
import { parseDeliveriesSearch } from "../screens/webhooks/deliveries-search";
import { isAdministrator, useMe } from "../service/me";
import { Guarded } from "./guarded";

function Start() {
  const me = useMe();
  return <Navigate to={isAdministrator(me?.role) ? "/opportunities" : "/mine"} replace />;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: ScreenFailed });

const start = createRoute({ getParentRoute: () => root, path: "/", component: Start });

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("../screens/account/account-screen"), "AccountScreen"),
});

const staff = createRoute({ getParentRoute: () => root, id: "staff", component: () => <Guarded by="staff" /> });
const administrators = createRoute({
  getParentRoute: () => root,
  id: "administrators",
  component: () => <Guarded by="administrators" />,
});

const opportunities = createRoute({
  getParentRoute: () => staff,
  path: "/opportunities",
  validateSearch: parseOpportunitySearch,
  component: lazyRouteComponent(() => import("../screens/opportunities/opportunities-screen"), "OpportunitiesScreen"),
});
const opportunity = createRoute({
  getParentRoute: () => staff,
  path: "/opportunities/$opportunityId",
  component: lazyRouteComponent(() => import("../screens/opportunities/opportunity-screen"), "OpportunityScreen"),
});
const mine = createRoute({
  getParentRoute: () => staff,
  path: "/mine",
  component: lazyRouteComponent(() => import("../screens/mine/mine-screen"), "MineScreen"),
});
const operations = createRoute({
  getParentRoute: () => administrators,
  path: "/operations",
  validateSearch: parseOperationsSearch,
  component: lazyRouteComponent(() => import("../screens/operations/operations-screen"), "OperationsScreen"),
});
const operation = createRoute({
  getParentRoute: () => administrators,
  path: "/operations/$operationId",
  component: lazyRouteComponent(() => import("../screens/operations/operation-screen"), "OperationScreen"),
});
const jobs = createRoute({
  getParentRoute: () => administrators,
  path: "/jobs",
  component: lazyRouteComponent(() => import("../screens/jobs/jobs-screen"), "JobsScreen"),
});
const job = createRoute({
  getParentRoute: () => administrators,
  path: "/jobs/$jobId",
  component: lazyRouteComponent(() => import("../screens/jobs/job-screen"), "JobScreen"),
});
const webhooks = createRoute({
  getParentRoute: () => administrators,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("../screens/webhooks/webhooks-screen"), "WebhooksScreen"),
});
const webhook = createRoute({
  getParentRoute: () => administrators,
  path: "/webhooks/$webhookId",
  validateSearch: parseDeliveriesSearch,
  component: lazyRouteComponent(() => import("../screens/webhooks/deliveries-screen"), "DeliveriesScreen"),
});
const deal = createRoute({
  getParentRoute: () => administrators,
  path: "/deal",
  component: lazyRouteComponent(() => import("../screens/deal/deal-screen"), "DealScreen"),
});
const agents = createRoute({
  getParentRoute: () => administrators,
  path: "/agents",
  component: lazyRouteComponent(() => import("../screens/agents/agents-screen"), "AgentsScreen"),
});
const users = createRoute({
  getParentRoute: () => administrators,
  path: "/users",
  validateSearch: parseUsersSearch,
  component: lazyRouteComponent(() => import("../screens/users/users-screen"), "UsersScreen"),
});
const audit = createRoute({
  getParentRoute: () => administrators,
  path: "/audit",
  validateSearch: parseAuditSearch,
  component: lazyRouteComponent(() => import("../screens/audit/audit-screen"), "AuditScreen"),
});
const imports = createRoute({
  getParentRoute: () => administrators,
  path: "/import",
  component: lazyRouteComponent(() => import("../screens/imports/imports-screen"), "ImportsScreen"),
});
const oneImport = createRoute({
  getParentRoute: () => administrators,
  path: "/import/$importId",
  component: lazyRouteComponent(() => import("../screens/imports/import-screen"), "ImportScreen"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    account,
    staff.addChildren([opportunities, opportunity, mine]),
    administrators.addChildren([
      operations,
      operation,
      jobs,
      job,
      deal,
      agents,
      users,
      webhooks,
      webhook,
      audit,
      imports,
      oneImport,
    ]),
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
