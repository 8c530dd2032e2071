import type { en } from "./en";
import { agents } from "./es/agents";
import { assigning } from "./es/assigning";
import { audit } from "./es/audit";
import { common } from "./es/common";
import { deal } from "./es/deal";
import { jobs } from "./es/jobs";
import { mine } from "./es/mine";
import { operations } from "./es/operations";
import { opportunities } from "./es/opportunities";
import { opportunity } from "./es/opportunity";
import { signingIn } from "./es/signing-in";
import { transfer } from "./es/transfer";
import { users } from "./es/users";
import { webhooks } from "./es/webhooks";

/** Every text of the page in Spanish. */
export const es: typeof en = {
  ...common,
  ...signingIn,
  ...assigning,
  ...opportunities,
  ...opportunity,
  ...operations,
  ...jobs,
  ...webhooks,
  ...deal,
  ...agents,
  ...users,
  ...audit,
  ...transfer,
  ...mine,
};
