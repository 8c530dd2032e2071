//! The audit log: append-only, in the transaction of what it records.

use serde_json::Value;

use crate::{AuditId, Timestamp, UserId, page::Slice};

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityType {
    /// A user.
    User,
    /// A session.
    Session,
    /// A contact.
    Contact,
    /// One or more opportunities.
    Opportunity,
    /// An operation.
    Operation,
    /// A job.
    Job,
    /// A webhook.
    Webhook,
}

impl EntityType {
    /// The name as it is sent and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Contact => "contact",
            Self::Opportunity => "opportunity",
            Self::Operation => "operation",
            Self::Job => "job",
            Self::Webhook => "webhook",
        }
    }
}

/// The actions that are recorded. Removals contain `deleted`, refusals `failed`, changes `changed` or `updated`.
pub mod action {
    #![allow(missing_docs, reason = "each is its own name")]
    pub const LOGIN: &str = "login";
    pub const LOGIN_FAILED: &str = "login_failed";
    pub const LOGOUT: &str = "logout";
    pub const LOGOUT_ALL: &str = "logout_all";
    pub const TOKEN_REUSE_FAILED: &str = "token_reuse_failed";
    pub const USER_CREATED: &str = "user_created";
    pub const USER_UPDATED: &str = "user_updated";
    pub const USER_ROLE_CHANGED: &str = "user_role_changed";
    pub const USER_STATUS_CHANGED: &str = "user_status_changed";
    pub const USER_PASSWORD_CHANGED: &str = "user_password_changed";
    pub const USER_DELETED: &str = "user_deleted";
    pub const CONTACT_CREATED: &str = "contact_created";
    pub const CONTACT_UPDATED: &str = "contact_updated";
    pub const CONTACT_DELETED: &str = "contact_deleted";
    pub const OPPORTUNITY_CREATED: &str = "opportunity_created";
    pub const OPPORTUNITY_UPDATED: &str = "opportunity_updated";
    pub const OPPORTUNITY_DELETED: &str = "opportunity_deleted";
    pub const OPPORTUNITY_ASSIGNED: &str = "opportunity_assigned";
    pub const OPPORTUNITY_UNASSIGNED: &str = "opportunity_unassigned";
    pub const FIRST_CALL_UPDATED: &str = "first_call_attempt_updated";
    pub const BULK_ASSIGN: &str = "bulk_assign_opportunities";
    pub const BULK_UNASSIGN: &str = "bulk_unassign_opportunities";
    pub const ASSIGN_RANDOM: &str = "assign_random_opportunities";
    pub const OPERATION_UNDONE: &str = "operation_undone";
    pub const IMPORT: &str = "import_opportunities";
    pub const BULK_STATUS: &str = "bulk_status_changed_opportunities";
    pub const JOB_CREATED: &str = "job_created";
    pub const JOB_CANCELLED: &str = "job_cancelled";
    pub const JOB_RESUMED: &str = "job_resumed";
    pub const WEBHOOK_CREATED: &str = "webhook_created";
    pub const WEBHOOK_UPDATED: &str = "webhook_updated";
    pub const WEBHOOK_DELETED: &str = "webhook_deleted";
}

/// The actor's address where nobody was signed in and none was named.
pub const SYSTEM_ACTOR: &str = "system";

/// An entry as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Who did it; `None`: the system, or nobody who is known.
    pub actor_id: Option<UserId>,
    /// The address they had then; what was tried, for a failed sign-in; else [`SYSTEM_ACTOR`].
    pub actor_email: String,
    /// What was done.
    pub action: String,
    /// What it is about.
    pub entity_type: String,
    /// Which one, where it is one.
    pub entity_id: Option<String>,
    /// The rest, as an object. A bulk action's has `operation_id`, counts, the assignee and the `opportunity_ids`,
    /// read from its operation.
    pub details: Value,
    /// From where.
    pub ip_address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Which entries, newest first. Everything that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// With this user as actor or as entity; `Some(None)`: a user who does not exist.
    pub user: Option<Option<UserId>>,
    /// With this action.
    pub action: Option<String>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// At or before.
    pub to: Option<Timestamp>,
    /// With this part, in any case, in action, actor, entity or details.
    pub text: Option<String>,
    /// Which part.
    pub slice: Slice,
}
