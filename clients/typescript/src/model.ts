import type { ItemError } from "./problem.js";

export type Role = "superuser" | "admin" | "lawyer" | "agent" | "user";
export type Status = "pending" | "assigned" | "contacted" | "converted" | "expired" | "lost";
export type Priority = "low" | "medium" | "high" | "urgent";
export type AttemptStatus = "orange" | "red" | "green";
export type Grading = "A" | "B+" | "B-" | "C" | "D";
export type SortOrder = "asc" | "desc";

/** Somebody who may hold opportunities, as the CRM's lists show him. */
export interface CrmUser {
  id: string;
  name: string;
  email: string;
  phone: string | null;
  role_name: Role;
  is_active: boolean;
  avatar_url: string | null;
  daily_lead_quota: number;
  created_at: string;
  updated_at: string;
}

/** An attempt at the first call. */
export interface Attempt {
  status: AttemptStatus;
  call_id?: string;
  attempted_at: string;
  notes?: string;
}

/** A person whom an opportunity is about. Fields are in the language of the CRM that they come from. */
export interface Contact {
  id: string;
  name: string;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  phone: string | null;
  mobile: string | null;
  address: string | null;
  city: string | null;
  state: string | null;
  postal_code: string | null;
  country: string | null;
  company_name: string | null;
  company_id: string | null;
  position: string | null;
  nacionalidad: string | null;
  grading_llamada: Grading | null;
  grading_situacion: Grading | null;
  responsible_user_id: string | null;
  notes: string | null;
  custom_fields: Record<string, unknown>;
  created_by: string | null;
  updated_by: string | null;
  created_at: string;
  updated_at: string;
  is_deleted: boolean;
  [field: string]: unknown;
}

export interface LeadOpportunity {
  id: string;
  contact_id: string;
  contact: Contact;
  detected_at: string;
  /** 0 to 100. */
  opportunity_score: number;
  priority: Priority;
  status: Status;
  detection_reason: Record<string, unknown>;
  assigned_to_id: string | null;
  assigned_to: CrmUser | null;
  /** By number, "1" to "5". */
  first_call_attempts: Record<string, Attempt>;
  first_call_completed: boolean;
  first_call_successful_attempt: number | null;
  notes: string | null;
  created_at: string;
  updated_at: string;
}

export interface OpportunityFilter {
  status?: Status;
  priority?: Priority;
  /** A user's id, `none` or `me`. */
  assigned_to?: string;
  search?: string;
  min_score?: number;
  max_score?: number;
  /** RFC 3339. */
  detected_from?: string;
  detected_to?: string;
  attempts_left?: boolean;
}

export interface OpportunityQuery extends OpportunityFilter {
  page?: number;
  limit?: number;
  sort_by?: "detected_at" | "opportunity_score" | "priority" | "created_at";
  sort_order?: SortOrder;
  cursor?: string;
}

export interface OpportunityPage {
  opportunities: LeadOpportunity[];
  total: number;
  total_is_exact: boolean;
  page: number;
  limit: number;
  total_pages: number;
  next_cursor: string | null;
}

/** What a bulk answer says of an opportunity. */
export interface BulkItem {
  id: string;
  assigned_to_id: string | null;
  status: Status;
  updated_at: string;
}

export interface BulkOptions {
  /** What would happen; nothing is written. */
  dry_run?: boolean;
  /** Any item error: 409, and nothing changed. */
  all_or_nothing?: boolean;
  /** Null or a user: an item held by another is an item error naming who holds it. */
  expected_assigned_to_id?: string | null;
}

export interface BulkAssignRequest extends BulkOptions {
  opportunity_ids: string[];
  assigned_to_id: string;
  update_status?: boolean;
  status?: Status;
  notes?: string;
}

export interface BulkUnassignRequest extends BulkOptions {
  opportunity_ids: string[];
}

export interface BulkAnswer {
  success: boolean;
  failed_count: number;
  opportunities: BulkItem[];
  errors: ItemError[];
  operation_id?: string | null;
}

export interface BulkAssigned extends BulkAnswer {
  assigned_count: number;
}

export interface BulkUnassigned extends BulkAnswer {
  unassigned_count: number;
}

export interface Undone extends BulkAnswer {
  undone_count: number;
}

export interface AssignRandomRequest {
  assigned_to_id: string;
  /** 1 to 100; 50 where it is left out. */
  count?: number;
  filters?: Pick<OpportunityFilter, "min_score" | "max_score" | "priority" | "detected_from" | "detected_to">;
}

export interface AssignedAtRandom {
  success: boolean;
  assigned_count: number;
  available_count: number;
  requested_count: number;
  opportunity_ids: string[];
  assigned_to_id: string;
  assigned_to_name: string;
  assigned_at: string;
  warning?: string;
  operation_id?: string | null;
}

export interface OpportunityCreate {
  contact_id: string;
  opportunity_score?: number;
  priority?: Priority;
  detection_reason?: Record<string, unknown> | string;
  assigned_to_id?: string;
  notes?: string;
}

export interface OpportunityChange {
  status?: Status;
  priority?: Priority;
  opportunity_score?: number;
  notes?: string | null;
  assigned_to_id?: string | null;
}

export interface FirstCallAttempt {
  /** 1 to 5. */
  attempt_number: number;
  status: AttemptStatus;
  call_id?: string;
  notes?: string;
}

export interface HistoryItem {
  operation_id: string;
  kind: OperationKind;
  at: string;
  actor_id: string | null;
  actor_name: string | null;
  from_id: string | null;
  to_id: string | null;
  previous_status: Status | null;
  new_status: Status;
  note: string | null;
}

/** A page of a list that is walked with cursors. */
export interface CursorPage<T> {
  items: T[];
  next_cursor: string | null;
}

/** A page of a list that is walked with `skip`. */
export interface SkipPage<T> {
  items: T[];
  total: number;
  skip: number;
  limit: number;
}

export type OperationKind =
  | "create"
  | "assign"
  | "bulk_assign"
  | "unassign"
  | "bulk_unassign"
  | "assign_random"
  | "update"
  | "first_call"
  | "import"
  | "delete"
  | "undo";

export interface Operation {
  id: string;
  kind: OperationKind;
  actor_id: string | null;
  actor_name: string | null;
  at: string;
  note: string | null;
  job_id: string | null;
  undone_by: string | null;
  assigned_count: number;
  failed_count: number;
}

export interface OperationItem {
  opportunity_id: string;
  from_id: string | null;
  to_id: string | null;
  previous_status: Status | null;
  new_status: Status;
  touched_by: Array<{ operation_id: string; actor_id: string | null; at: string }>;
}

export interface OperationDetails extends Operation {
  items: OperationItem[];
}

export interface OperationQuery {
  kind?: OperationKind;
  actor_id?: string;
  assignee_id?: string;
  opportunity_id?: string;
  from?: string;
  to?: string;
  limit?: number;
  cursor?: string;
}

export interface User {
  id: string;
  email: string;
  full_name: string | null;
  first_name: string | null;
  last_name: string | null;
  phone_number: string | null;
  avatar_url: string | null;
  is_active: boolean;
  is_verified: boolean;
  is_superuser: boolean;
  role: Role;
  preferred_language: string | null;
  daily_lead_quota: number;
  last_login: string | null;
  created_at: string;
  updated_at: string;
}

export interface UserChange {
  email?: string;
  full_name?: string;
  first_name?: string;
  last_name?: string;
  phone_number?: string;
  avatar_url?: string;
  preferred_language?: string;
  daily_lead_quota?: number;
  is_active?: boolean;
  is_verified?: boolean;
}

export interface UserCreate extends UserChange {
  email: string;
  /** 8 to 72 characters. */
  password: string;
  role?: Role;
}

export interface UserQuery {
  skip?: number;
  limit?: number;
  search?: string;
  role?: Role;
  is_active?: boolean;
  is_verified?: boolean;
  last_login_from?: string;
  last_login_to?: string;
  created_from?: string;
  created_to?: string;
  sort_by?: "name" | "email" | "phone_number" | "role" | "is_active" | "last_login" | "created_at";
  sort_order?: SortOrder;
}

export interface AuditLog {
  id: string;
  actor_id: string | null;
  actor_email: string;
  action: string;
  entity_type: string;
  entity_id: string | null;
  details: Record<string, unknown> | null;
  ip_address: string | null;
  user_agent: string | null;
  created_at: string;
}

export interface AuditQuery {
  skip?: number;
  limit?: number;
  user_id?: string;
  action?: string;
  from_date?: string;
  to_date?: string;
  q?: string;
}

export interface ContactQuery {
  skip?: number;
  page?: number;
  limit?: number;
  search?: string;
  responsible_user_id?: string;
  grading_llamada?: Grading;
  grading_situacion?: Grading;
  nacionalidad?: string;
  sort_by?: string;
  sort_order?: SortOrder;
}

/** What a contact is made or changed with: any of its own fields. */
export type ContactChange = Partial<
  Omit<Contact, "id" | "created_by" | "updated_by" | "created_at" | "updated_at" | "is_deleted">
>;
