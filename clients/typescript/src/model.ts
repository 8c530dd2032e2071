// The names under which the generated types are used. Whatever the service's document says is said there alone.
import type { components, operations } from "./generated.js";

type Schemas = components["schemas"];

type QueryOf<O extends keyof operations> = NonNullable<operations[O]["parameters"]["query"]>;

export type Role = Schemas["Role"];
export type Status = Schemas["Status"];
export type Priority = Schemas["Priority"];
export type AttemptStatus = Schemas["AttemptStatus"];
export type Grading = Schemas["Grading"];
export type OperationKind = Schemas["OperationKind"];

export type LeadOpportunity = Schemas["LeadOpportunity"];
export type Attempt = Schemas["FirstCallAttempt"];
export type Contact = Schemas["Contact"];
/** What a person agreed to. */
export type Consent = Schemas["Consent"];
/** That a person does not want to be contacted. */
export type DoNotContact = Schemas["DoNotContact"];
/** What an erasure did. */
export type Erased = Schemas["Erased"];
/** Somebody who may hold opportunities, as the CRM's lists show him. */
export type CrmUser = Schemas["Person"];
export type User = Schemas["User"];
/** A browser or a program in which somebody is signed in. */
export type UserSession = Schemas["Session"];
/** The state of one's own second factor. */
export type SecondFactor = Schemas["SecondFactor"];
/** What a second factor is set up with. */
export type NewSecondFactor = Schemas["NewSecondFactor"];
export type RecoveryCodes = Schemas["RecoveryCodes"];
/** A one-time link with which a user sets a new password. */
export type PasswordReset = Schemas["PasswordReset"];
export type TokenPair = Schemas["TokenPair"];
export type FirstRun = Schemas["FirstRun"];
export type FirstAdministrator = Schemas["FirstAdministratorBody"];
export type AuditLog = Schemas["AuditEntry"];

export type OpportunityQuery = QueryOf<"opportunities_list">;
export type OpportunityFilter = Omit<OpportunityQuery, "page" | "limit" | "sort_by" | "sort_order" | "cursor">;
export type OpportunityPage = Schemas["OpportunityList"];
export type OpportunityCreate = Schemas["CreateOpportunityBody"];
export type OpportunityChange = Schemas["UpdateOpportunityBody"];
export type FirstCallAttempt = Schemas["FirstCallBody"];
export type HistoryQuery = QueryOf<"opportunities_history">;
export type History = Schemas["History"];
export type HistoryItem = Schemas["HistoryEntry"];

export type BulkAssignRequest = Schemas["BulkAssignBody"];
export type BulkUnassignRequest = Schemas["BulkUnassignBody"];
/** What a bulk answer says of an opportunity that was carried out. */
export type BulkItem = Schemas["BulkItem"];
/** What it says of one that was not. */
export type ItemError = Schemas["BulkItemError"];
export type BulkOutcome = Schemas["BulkOutcome"] & { success: boolean };
export type BulkAssignment = Schemas["BulkAssignment"];
export type BulkUnassignment = Schemas["BulkUnassignment"];
export type AssignRandomRequest = Schemas["AssignRandomBody"];
export type RandomAssignment = Schemas["RandomAssignment"];

export type OperationQuery = QueryOf<"operations_list">;
export type OperationPage = Schemas["OperationList"];
export type Operation = Schemas["Operation"];
export type OperationDetails = Schemas["OperationDetail"];
export type OperationItem = Schemas["OperationItem"];
export type Undo = Schemas["Undo"];

export type ContactQuery = QueryOf<"contacts_list">;
export type ContactPage = Schemas["ContactList"];
/** What a contact is made or changed with. */
export type ContactChange = Schemas["ContactBody"];
export type Everything = Schemas["Everything"];

export type UserQuery = QueryOf<"users_list">;
export type UserPage = Schemas["UserList"];
export type UserCreate = Schemas["CreateUserBody"];
export type UserChange = Schemas["UpdateUserBody"];
export type DeletedUser = Schemas["DeletedUser"];
export type UserExportQuery = QueryOf<"users_export">;
export type AuditQuery = QueryOf<"users_audit_logs">;
export type AuditPage = Omit<Schemas["AuditList"], "items"> & { items: AuditLog[] };

export type Job = Schemas["Job"];
export type JobKind = Schemas["JobKind"];
export type JobStatus = Schemas["JobStatus"];
/** With a filter ({} is all) or a list of ids. */
export type JobRequest = Omit<Schemas["CreateJobBody"], "filter"> & { filter?: OpportunityFilter };
/** A job on its way. */
export type JobProgress = Schemas["JobProgress"];
export type JobPreview = Schemas["JobPreview"];
export type JobQuery = QueryOf<"jobs_list">;
export type JobPage = Schemas["JobList"];
export type JobItemsQuery = Omit<QueryOf<"jobs_items">, "format">;
export type JobItems = Schemas["JobItems"];

/** An import that is kept. */
export type Import = Schemas["Import"] & { id: string };
/** What an import would do, with the first rows of which something is told. */
export type ImportPreview = Schemas["Import"] & { items: ImportRow[] };
export type ImportFile = Schemas["ImportFile"];
export type ImportColumn = Schemas["ImportColumn"];
/** The field of each column that is named here. */
export type ImportMapping = Record<string, string>;
/** How a file is read, and what becomes of its rows. */
export type ImportOptions = Omit<QueryOf<"imports_create">, "dry_run" | "mapping"> & { mapping?: ImportMapping };
export type ImportQuery = QueryOf<"imports_list">;
export type ImportPage = Omit<Schemas["ImportList"], "items"> & { items: Import[] };
export type ImportRow = Schemas["ImportRow"];
export type ImportRows = Schemas["ImportRows"];
export type ImportRowsQuery = Omit<QueryOf<"imports_rows">, "format">;

export type EventType = Schemas["EventType"];
/** What a message to a webhook tells: an event, or that it is a test. */
export type MessageType = Schemas["MessageType"];
/** What the change feed and webhooks tell. */
export type ChangeEvent = Schemas["Event"];

export type Webhook = Schemas["Webhook"];
export type WebhookRequest = Schemas["CreateWebhookBody"];
export type WebhookChange = Schemas["UpdateWebhookBody"];
export type WebhookPage = Schemas["WebhookList"];
export type Delivery = Schemas["Delivery"];
export type DeliveryQuery = QueryOf<"webhooks_deliveries">;
export type DeliveryPage = Schemas["DeliveryList"];
