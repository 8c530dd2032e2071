import { AuthApi } from "./auth.js";
import { ContactApi } from "./contacts.js";
import { EventApi } from "./events.js";
import { type ClientOptions, Http } from "./http.js";
import { ImportApi } from "./imports.js";
import { JobApi } from "./jobs.js";
import { OperationApi } from "./operations.js";
import { OpportunityApi } from "./opportunities.js";
import { UserApi } from "./users.js";
import { WebhookApi } from "./webhooks.js";

export { type MustChangePassword, mustChangePassword, type Session } from "./auth.js";
export { type BulkCallOptions, newKey } from "./bulk.js";
export type { FeedEvent, FollowOptions } from "./events.js";
export type { CallOptions, ClientOptions } from "./http.js";
export { importEnded } from "./imports.js";
export { jobEnded } from "./jobs.js";
export type * from "./model.js";
export { ApiError, type Problem } from "./problem.js";
export { memoryTokens, storedTokens, type TokenStore, type Tokens } from "./tokens.js";
export type { AuthApi, ContactApi, EventApi, ImportApi, JobApi, OperationApi, OpportunityApi, UserApi, WebhookApi };

/** The whole API. */
export interface Client {
  authApi: AuthApi;
  opportunityApi: OpportunityApi;
  operationApi: OperationApi;
  contactApi: ContactApi;
  userApi: UserApi;
  eventApi: EventApi;
  jobApi: JobApi;
  importApi: ImportApi;
  webhookApi: WebhookApi;
}

/** A client of one service and one session. */
export function createClient(options: ClientOptions = {}): Client {
  const http = new Http(options);
  return {
    authApi: new AuthApi(http),
    opportunityApi: new OpportunityApi(http),
    operationApi: new OperationApi(http),
    contactApi: new ContactApi(http),
    userApi: new UserApi(http),
    eventApi: new EventApi(http),
    jobApi: new JobApi(http),
    importApi: new ImportApi(http),
    webhookApi: new WebhookApi(http),
  };
}
