import type {
  AuditQuery,
  Delivery,
  OperationQuery,
  OpportunityFilter,
  OpportunityQuery,
  UserQuery,
} from "@reparto/client";

/**
 * The keys of all cached queries, by the API's resources. A key begins with its resource, so that invalidating `all`
 * covers everything that is shown of it.
 */
export const keys = {
  /** The signed-in user. */
  me: ["me"],
  /** Where the signed-in user is signed in. */
  sessions: ["sessions"],
  /** The signed-in user's second factor. */
  totp: ["totp"],
  opportunities: {
    all: ["opportunities"],
    list: (query: OpportunityQuery) => ["opportunities", "list", query],
    one: (id: string) => ["opportunities", "one", id],
    history: (id: string) => ["opportunities", "history", id],
  },
  operations: {
    all: ["operations"],
    list: (query: OperationQuery) => ["operations", "list", query],
    one: (id: string) => ["operations", "one", id],
  },
  jobs: {
    all: ["jobs"],
    list: ["jobs", "list"],
    one: (id: string) => ["jobs", "one", id],
    errors: (id: string, failed: number) => ["jobs", "errors", id, failed],
  },
  imports: {
    all: ["imports"],
    list: ["imports", "list"],
    one: (id: string) => ["imports", "one", id],
    rows: (id: string, only: string, version: string) => ["imports", "rows", id, only, version],
    preview: (file: number, options: object) => ["imports", "preview", file, options],
  },
  users: {
    all: ["users"],
    list: (query: UserQuery) => ["users", "list", query],
    responsibles: ["users", "responsibles"],
    everyone: ["users", "everyone"],
  },
  audit: { list: (query: AuditQuery) => ["audit", query] },
  webhooks: {
    all: ["webhooks"],
    list: ["webhooks", "list"],
    one: (id: string) => ["webhooks", "one", id],
  },
  deliveries: {
    all: (webhookId: string) => ["deliveries", webhookId],
    list: (webhookId: string, status: Delivery["status"] | undefined) => ["deliveries", webhookId, status ?? "all"],
  },
  /** Counts and sums over many rows. They are refreshed from time to time, not at each change: see `events.ts`. */
  counts: {
    load: (userId: string) => ["counts", "load", userId],
    assignedPerDay: (userId: string, from: string) => ["counts", "assigned-per-day", userId, from],
    available: (query: OpportunityQuery) => ["counts", "available", query],
    byHolder: (filter: OpportunityFilter | undefined) => ["counts", "by-holder", filter],
  },
} as const;
