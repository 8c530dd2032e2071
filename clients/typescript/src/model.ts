// The names under which the generated types are used. Whatever the service's document says is said there alone.
import type { components, operations } from "./generated.js";

type Schemas = components["schemas"];

/**
 * An answer: what may be null is always there, as null. (The document lists such a property among those that may be
 * left out.) What is left out at times is never null, and stays optional.
 */
type Answer<T> =
  T extends Array<infer Item>
    ? Array<Answer<Item>>
    : T extends object
      ? { [K in keyof T as null extends T[K] ? K : never]-?: Answer<Exclude<T[K], undefined>> } & {
          [K in keyof T as null extends T[K] ? never : K]: Answer<T[K]>;
        }
      : T;
type QueryOf<O extends keyof operations> = NonNullable<operations[O]["parameters"]["query"]>;

export type Role = Schemas["Role"];
export type Status = Schemas["Status"];
export type Priority = Schemas["Priority"];
export type AttemptStatus = Schemas["AttemptStatus"];
export type Grading = Schemas["Grading"];
export type OperationKind = Schemas["OperationKind"];

export type LeadOpportunity = Answer<Schemas["LeadOpportunity"]>;
export type Attempt = Answer<Schemas["FirstCallAttempt"]>;
export type Contact = Answer<Schemas["Contact"]>;
/** Somebody who may hold opportunities, as the CRM's lists show him. */
export type CrmUser = Answer<Schemas["Person"]>;
export type User = Omit<Answer<Schemas["User"]>, "role"> & { role: Role };
export type FirstRun = Schemas["FirstRun"];
export type FirstAdministrator = Schemas["FirstAdministratorJson"];
export type AuditLog = Answer<Schemas["AuditEntry"]>;

export type OpportunityQuery = QueryOf<"opportunities_list">;
export type OpportunityFilter = Omit<OpportunityQuery, "page" | "limit" | "sort_by" | "sort_order" | "cursor">;
export type OpportunityPage = Answer<Schemas["OpportunityList"]>;
export type OpportunityCreate = Omit<Schemas["CreateOpportunityBody"], "detection_reason"> & {
  /** An object, or a text that becomes `{reason}`. */
  detection_reason?: Record<string, unknown> | string | null;
};
export type OpportunityChange = Schemas["UpdateOpportunityBody"];
export type FirstCallAttempt = Schemas["FirstCallBody"];
export type HistoryQuery = QueryOf<"opportunities_history">;
export type History = Answer<Schemas["History"]>;
export type HistoryItem = Answer<Schemas["HistoryEntry"]>;

export type BulkAssignRequest = Schemas["BulkAssignBody"];
export type BulkUnassignRequest = Schemas["BulkUnassignBody"];
/** What a bulk answer says of an opportunity that was carried out. */
export type BulkItem = Answer<Schemas["BulkItem"]>;
/** What it says of one that was not. */
export type ItemError = Answer<Schemas["BulkItemError"]>;
export type BulkAnswer = Answer<Schemas["BulkAnswer"]> & { success: boolean };
export type BulkAssigned = Answer<Schemas["BulkAssigned"]>;
export type BulkUnassigned = Answer<Schemas["BulkUnassigned"]>;
export type AssignRandomRequest = Schemas["AssignRandomBody"];
export type AssignedAtRandom = Answer<Schemas["AssignedRandom"]>;

export type OperationQuery = QueryOf<"operations_list">;
export type OperationPage = Answer<Schemas["OperationList"]>;
export type Operation = Answer<Schemas["Operation"]>;
export type OperationDetails = Answer<Schemas["OperationDetail"]>;
export type OperationItem = Answer<Schemas["OperationItem"]>;
export type Undone = Answer<Schemas["Undone"]>;

export type ContactQuery = QueryOf<"contacts_list">;
export type ContactPage = Answer<Schemas["ContactList"]>;
/** What a contact is made or changed with. */
export type ContactChange = Schemas["ContactBody"];

export type UserQuery = QueryOf<"users_list">;
export type UserPage = Omit<Schemas["UserList"], "items"> & { items: User[] };
export type UserCreate = Schemas["NewUserJson"];
export type UserChange = Schemas["UserChangesJson"];
export type UserRemoved = Schemas["UserDeletedJson"];
export type UserExportQuery = QueryOf<"users_export">;
export type AuditQuery = QueryOf<"users_audit_logs">;
export type AuditPage = Answer<Schemas["AuditList"]>;

export type Job = Answer<Schemas["Job"]>;
export type JobKind = Schemas["JobKind"];
export type JobStatus = Schemas["JobStatus"];
/** With a filter ({} is all) or a list of ids. */
export type JobRequest = Omit<Schemas["JobBody"], "kind" | "filter"> & { kind: JobKind; filter?: OpportunityFilter };
/** A job on its way. */
export type JobProgress = Job & { rate: number | null; seconds_left: number | null };
export type JobPreview = Answer<Schemas["JobPreview"]>;
export type JobQuery = QueryOf<"jobs_list">;
export type JobPage = Answer<Schemas["JobList"]>;
export type JobItemsQuery = Omit<QueryOf<"jobs_items">, "format">;
export type JobItems = Answer<Schemas["JobItems"]>;

export type EventType = Schemas["EventType"];
/** What the change feed and webhooks tell. */
export type ChangeEvent = Answer<Schemas["Event"]>;

export type Webhook = Answer<Schemas["Webhook"]>;
export type WebhookRequest = Schemas["WebhookBody"];
export type WebhookChange = Schemas["WebhookChangesBody"];
export type WebhookPage = Answer<Schemas["WebhookList"]>;
export type Delivery = Answer<Schemas["Delivery"]>;
export type DeliveryQuery = QueryOf<"webhooks_deliveries">;
export type DeliveryPage = Answer<Schemas["DeliveryList"]>;
