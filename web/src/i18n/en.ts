import { account } from "./en/account";
import { agents } from "./en/agents";
import { assigning } from "./en/assigning";
import { audit } from "./en/audit";
import { auth } from "./en/auth";
import { common } from "./en/common";
import { deal } from "./en/deal";
import { imports } from "./en/imports";
import { jobs } from "./en/jobs";
import { mine } from "./en/mine";
import { operations } from "./en/operations";
import { opportunities } from "./en/opportunities";
import { opportunity } from "./en/opportunity";
import { privacy } from "./en/privacy";
import { users } from "./en/users";
import { webhooks } from "./en/webhooks";

/** Every text of the page in English, by screen; the Spanish one has the same shape. */
export const en = {
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
