import type { en } from "./en";
import { account } from "./es/account";
import { agents } from "./es/agents";
import { assigning } from "./es/assigning";
import { audit } from "./es/audit";
import { auth } from "./es/auth";
import { common } from "./es/common";
import { deal } from "./es/deal";
import { imports } from "./es/imports";
import { jobs } from "./es/jobs";
import { mine } from "./es/mine";
import { operations } from "./es/operations";
import { opportunities } from "./es/opportunities";
import { opportunity } from "./es/opportunity";
import { privacy } from "./es/privacy";
import { users } from "./es/users";
import { webhooks } from "./es/webhooks";

/** Every text of the page in Spanish. */
export const es: typeof en = {
  ...common,
  ...auth,
  ...account,
  ...assigning,
  ...opportunities,
  ...opportunity,
  ...privacy,
  ...operations,
  ...jobs,
  ...webhooks,
  ...deal,
  ...agents,
  ...users,
  ...audit,
  ...imports,
  ...mine,
};
