//! The audit log: append-only, written in the transaction that it records, or before what was read is given out.

mod look;

pub use look::{Look, Looked, RowsRead};

use crate::{AuditId, Timestamp, UserId, json::ObjectText, page::Slice};

/// The type of entity an entry is about.
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
    /// An import.
    Import,
    /// A webhook.
    Webhook,
    /// A team.
    Team,
    /// A rotation.
    Rotation,
    /// The audit log itself.
    AuditLog,
}

impl EntityType {
    /// The name used in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Contact => "contact",
            Self::Opportunity => "opportunity",
            Self::Operation => "operation",
            Self::Job => "job",
            Self::Import => "import",
            Self::Webhook => "webhook",
            Self::Team => "team",
            Self::Rotation => "rotation",
            Self::AuditLog => "audit_log",
        }
    }
}

/// The recorded actions. Deletions contain `deleted`, failures `failed`, changes `changed` or `updated`.
pub mod action {
    #![allow(missing_docs, reason = "each is its own name")]
    pub const LOGIN: &str = "login";
    pub const LOGIN_FAILED: &str = "login_failed";
    pub const LOGOUT: &str = "logout";
    pub const LOGOUT_ALL: &str = "logout_all";
    pub const SESSION_DELETED: &str = "session_deleted";
    pub const TOKEN_REUSE_FAILED: &str = "token_reuse_failed";
    pub const USER_CREATED: &str = "user_created";
    pub const USER_UPDATED: &str = "user_updated";
    pub const USER_ROLE_CHANGED: &str = "user_role_changed";
    pub const USER_STATUS_CHANGED: &str = "user_status_changed";
    pub const USER_PASSWORD_CHANGED: &str = "user_password_changed";
    pub const PASSWORD_CHANGED: &str = "own_password_changed";
    pub const CHECK_FAILED: &str = "password_check_failed";
    pub const PASSWORD_RESET_OFFERED: &str = "password_reset_offered";
    pub const PASSWORD_RESET: &str = "password_reset_changed";
    pub const SECOND_FACTOR_CONFIRMED: &str = "second_factor_confirmed";
    pub const SECOND_FACTOR_DELETED: &str = "second_factor_deleted";
    pub const RECOVERY_CODE_USED: &str = "recovery_code_used";
    pub const USER_DELETED: &str = "user_deleted";
    pub const USER_ERASED: &str = "user_erased";
    pub const CONTACT_CREATED: &str = "contact_created";
    pub const CONTACT_UPDATED: &str = "contact_updated";
    pub const CONTACT_DELETED: &str = "contact_deleted";
    pub const CONTACT_ERASED: &str = "contact_erased";
    pub const CONTACT_EVERYTHING_READ: &str = "contact_everything_read";
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
    pub const IMPORT_CREATED: &str = "import_created";
    pub const IMPORT_DOWNLOADED: &str = "import_downloaded";
    pub const IMPORT_UNDONE: &str = "import_undone_deleted";
    pub const BULK_STATUS: &str = "bulk_status_changed_opportunities";
    pub const JOB_CREATED: &str = "job_created";
    pub const JOB_CANCELLED: &str = "job_cancelled";
    pub const JOB_RESUMED: &str = "job_resumed";
    pub const WEBHOOK_CREATED: &str = "webhook_created";
    pub const WEBHOOK_UPDATED: &str = "webhook_updated";
    pub const WEBHOOK_DELETED: &str = "webhook_deleted";
    pub const TEAM_CREATED: &str = "team_created";
    pub const TEAM_UPDATED: &str = "team_updated";
    pub const TEAM_DELETED: &str = "team_deleted";
    pub const ROTATION_CREATED: &str = "rotation_created";
    pub const ROTATION_UPDATED: &str = "rotation_updated";
    pub const ROTATION_CREDITED: &str = "rotation_credited";
    pub const ABSENCE_CREATED: &str = "absence_created";
    pub const ABSENCE_UPDATED: &str = "absence_updated";
    pub const ABSENCE_DELETED: &str = "absence_deleted";
    pub const CONTACTS_LISTED: &str = "contacts_listed";
    pub const OPPORTUNITIES_LISTED: &str = "opportunities_listed";
    pub const OPPORTUNITIES_EXPORTED: &str = "opportunities_exported";
    pub const USERS_EXPORTED: &str = "users_exported";
    pub const JOB_DOWNLOADED: &str = "job_downloaded";
    pub const AUDIT_LOG_READ: &str = "audit_log_read";
}

/// The actor's address when nobody was signed in and no address was given.
pub const SYSTEM_ACTOR: &str = "system";

/// The actor's address of failed sign-ins that belong to no account.
pub const UNKNOWN_ACTOR: &str = "unknown";

/// An audit log entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Who did it; `None` for the system or an unknown user.
    pub actor_id: Option<UserId>,
    /// The actor's address at that time; for a failed sign-in, that of the account tried, else [`UNKNOWN_ACTOR`];
    /// otherwise [`SYSTEM_ACTOR`].
    pub actor_email: String,
    /// The action.
    pub action: String,
    /// The type of the entity.
    pub entity_type: String,
    /// The entity's id, if it is a single one.
    pub entity_id: Option<String>,
    /// Further details, as an object. Those of a bulk action have `operation_id`, counts, the assignee and the
    /// `opportunity_ids`, read from its operation.
    pub details: ObjectText,
    /// The client's IP address.
    pub ip_address: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The request id, as in the response and the logs.
    pub request_id: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
}

/// A query for entries, newest first: all conditions that are set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// With this user as actor or entity; `Some(None)` for a user who does not exist.
    pub user: Option<Option<UserId>>,
    /// With this action.
    pub action: Option<String>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// At or before this time.
    pub to: Option<Timestamp>,
    /// With this text in action, actor, entity or details, ignoring case.
    pub text: Option<String>,
    /// The part to return.
    pub slice: Slice,
}
