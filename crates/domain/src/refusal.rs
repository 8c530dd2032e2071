//! Refusals: every reason for which a request is turned down, with a stable code.
//!
//! One enum for all use cases, not one for each: a refusal such as "the assignee is inactive" belongs to seven of
//! them, and one registry lets the server keep one table of texts and the API document one list of codes.

use crate::{OpportunityId, Roles, UserId, opportunities::ItemFailure};

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })? = $code:literal,)*) => {
        /// Why a request was turned down.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            $($(#[$doc])* $variant $({ $($(#[$fdoc])* $field: $type,)* })?,)*
        }

        impl Refusal {
            /// Every code there is.
            pub const CODES: &'static [&'static str] = &[$($code,)*];

            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }
        }
    };
}

refusals! {
    /// No token came.
    TokenMissing = "token_missing",
    /// The token is malformed, expired, or was not signed by us.
    TokenInvalid = "token_invalid",
    /// The token's user has a new password or was deactivated since it was issued.
    TokenRevoked = "token_revoked",
    /// The token's user is inactive, deleted or unknown.
    AccountInactive = "account_inactive",
    /// Unknown address or wrong password: the same for both.
    CredentialsInvalid = "credentials_invalid",
    /// The refresh token is missing, malformed, unknown, expired or revoked, or its user may not sign in.
    RefreshTokenInvalid = "refresh_token_invalid",
    /// The one-time token of the first run is not one that holds.
    FirstRunTokenInvalid = "first_run_token_invalid",
    /// A user exists already: the first administrator cannot be made this way any more.
    FirstRunOver = "first_run_over",

    /// For staff alone.
    StaffOnly = "staff_only",
    /// For administrators alone.
    AdministratorsOnly = "administrators_only",
    /// Bulk assignment is for administrators alone.
    BulkAssignAdministratorsOnly = "bulk_assign_administrators_only",
    /// Bulk unassignment is for administrators alone.
    BulkUnassignAdministratorsOnly = "bulk_unassign_administrators_only",
    /// Only a superuser makes, appoints or changes a superuser.
    SuperuserOnly = "superuser_only",
    /// Somebody else's opportunity, or nobody's.
    NotYourOpportunity = "not_your_opportunity",
    /// Who is no administrator takes opportunities for themselves alone.
    SelfAssignOnly = "self_assign_only",
    /// Who is no administrator may not pass an opportunity on.
    HandOverAdministratorsOnly = "hand_over_administrators_only",
    /// Only administrators say who looks after a contact.
    ResponsibleAdministratorsOnly = "responsible_administrators_only",

    /// The list of ids is empty or missing.
    ListEmpty = "list_empty",
    /// The list of ids is over the maximum.
    ListTooLong {
        /// The maximum.
        max: usize,
    } = "list_too_long",
    /// An id came twice.
    ListHasDuplicates {
        /// Which, as UUIDs where they are.
        ids: Vec<String>,
    } = "list_has_duplicates",
    /// `count` of a random assignment is not a number from 1 to 100.
    RandomCountInvalid = "random_count_invalid",
    /// The assignee of a random assignment cannot be given anything.
    RandomAssigneeInvalid = "random_assignee_invalid",

    /// The assignee is missing or unknown.
    AssigneeNotFound = "assignee_not_found",
    /// The assignee is inactive.
    AssigneeInactive = "assignee_inactive",
    /// The assignee's role may hold nothing.
    AssigneeRoleNotAssignable {
        /// The roles that may.
        roles: Roles,
    } = "assignee_role_not_assignable",
    /// No such opportunity, or none that the asker may see.
    OpportunityNotFound = "opportunity_not_found",
    /// No such contact.
    ContactNotFound = "contact_not_found",
    /// No such user.
    UserNotFound = "user_not_found",
    /// No such operation.
    OperationNotFound = "operation_not_found",

    /// Somebody else holds it by now.
    OpportunityTaken = "opportunity_taken",
    /// The contact has an opportunity already.
    ContactHasOpportunity {
        /// Which.
        opportunity: OpportunityId,
    } = "contact_has_opportunity",
    /// A contact with a live opportunity cannot be deleted.
    ContactInUse {
        /// Which opportunity.
        opportunity: OpportunityId,
    } = "contact_in_use",
    /// A user with this address exists.
    EmailTaken = "email_taken",
    /// The last active administrator can be neither removed, demoted nor deactivated.
    LastAdministrator = "last_administrator",
    /// A user named as responsible does not exist or is inactive.
    ResponsibleNotFound {
        /// Which.
        user: UserId,
    } = "responsible_not_found",
    /// A change would leave a contact without any name, address or number that it could be called by.
    ContactWithoutName = "contact_without_name",
    /// All of the operation was undone already.
    AlreadyUndone = "already_undone",
    /// What made or removed an opportunity cannot be undone.
    NotUndoable = "not_undoable",
    /// With all-or-nothing: some items could not be carried out, so none was.
    NothingDone {
        /// Which, and why.
        failed: Vec<ItemFailure>,
    } = "nothing_done",
    /// What the client wants to change is not what it has seen.
    PreconditionFailed = "precondition_failed",
    /// No such job.
    JobNotFound = "job_not_found",
    /// The job has ended.
    JobEnded = "job_ended",
    /// The job has not ended yet.
    JobRunning = "job_running",
    /// The job was not stopped before its end, or what it was about was removed since.
    JobNotResumable = "job_not_resumable",
    /// Too many jobs are queued or running.
    TooManyJobs = "too_many_jobs",
    /// No such webhook.
    WebhookNotFound = "webhook_not_found",
    /// There are as many webhooks as there may be.
    TooManyWebhooks {
        /// The maximum.
        max: u64,
    } = "too_many_webhooks",
    /// The webhook is sent nothing while it is inactive.
    WebhookInactive = "webhook_inactive",
    /// No such delivery.
    DeliveryNotFound = "delivery_not_found",

    /// The idempotency key came with another request before.
    IdempotencyKeyReused = "idempotency_key_reused",
    /// The request with this idempotency key is still running.
    IdempotencyKeyRunning = "idempotency_key_running",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_snake_case_and_unique() {
        let mut codes = Refusal::CODES.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Refusal::CODES.len());
        assert!(codes.iter().all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }
}
