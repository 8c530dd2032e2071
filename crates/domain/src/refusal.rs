//! Refusals: every reason to reject a request, with a stable code.
//!
//! One enum for all use cases rather than one for each: a refusal such as "the assignee is inactive" belongs to seven
//! of them, and a single registry lets the server keep one table of texts and the API document one list of codes.

use crate::{OpportunityId, Roles, UserId, opportunities::ItemFailure};

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })? = $code:literal,)*) => {
        /// Why a request was rejected.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            $($(#[$doc])* $variant $({ $($(#[$fdoc])* $field: $type,)* })?,)*
        }

        impl Refusal {
            /// Every code.
            pub const CODES: &'static [&'static str] = &[$($code,)*];

            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }
        }
    };
}

refusals! {
    /// No token was sent.
    TokenMissing = "token_missing",
    /// The token is malformed, expired, or not signed by this service.
    TokenInvalid = "token_invalid",
    /// The token's user has changed the password or was deactivated since it was issued.
    TokenRevoked = "token_revoked",
    /// The token's user is inactive, deleted or unknown.
    AccountInactive = "account_inactive",
    /// Unknown address or wrong password: the same for both.
    CredentialsInvalid = "credentials_invalid",
    /// The refresh token is missing, malformed, unknown, expired or revoked, or its user may not sign in.
    RefreshTokenInvalid = "refresh_token_invalid",
    /// The password is right; the code of the second factor is missing.
    TotpRequired = "totp_required",
    /// The code of the second factor is wrong, or was used before.
    TotpCodeWrong = "totp_code_wrong",
    /// The link for a new password is unknown, used, or too old.
    ResetTokenInvalid = "reset_token_invalid",
    /// The one-time token of the first run is not valid.
    FirstRunTokenInvalid = "first_run_token_invalid",
    /// A user exists, so that the first run is over.
    FirstRunOver = "first_run_over",

    /// The password has to be changed before anything else.
    PasswordMustChange = "password_must_change",
    /// A second factor has to be set up before anything else.
    TotpSetUpRequired = "totp_set_up_required",
    /// The current password is wrong or missing.
    CurrentPasswordWrong = "current_password_wrong",
    /// The code that should confirm a second factor is wrong.
    TotpConfirmationWrong = "totp_confirmation_wrong",
    /// A link for one's own new password: the current password is known, and is asked for.
    ResetOfOneself = "reset_of_oneself",
    /// Staff only.
    StaffOnly = "staff_only",
    /// Administrators only.
    AdministratorsOnly = "administrators_only",
    /// Only administrators may assign in bulk.
    BulkAssignAdministratorsOnly = "bulk_assign_administrators_only",
    /// Only administrators may unassign in bulk.
    BulkUnassignAdministratorsOnly = "bulk_unassign_administrators_only",
    /// Only a superuser may create, appoint or change a superuser.
    SuperuserOnly = "superuser_only",
    /// The caller does not hold the opportunity.
    NotYourOpportunity = "not_your_opportunity",
    /// The caller may read the contact, but not change it.
    NotYourContact = "not_your_contact",
    /// Only administrators may assign to others.
    SelfAssignOnly = "self_assign_only",
    /// Only administrators may reassign an opportunity.
    HandOverAdministratorsOnly = "hand_over_administrators_only",
    /// Only administrators may set a contact's responsible user.
    ResponsibleAdministratorsOnly = "responsible_administrators_only",
    /// Only members of a team that allows it may pause themselves and enter their own absences.
    SelfServiceRequired = "self_service_required",
    /// Only administrators may enter another's absence.
    OwnAbsencesOnly = "own_absences_only",

    /// The new password is one of the commonest, or the account's own address.
    PasswordTooCommon {
        /// The field that holds it.
        field: &'static str,
    } = "password_too_common",
    /// The new password is the present one.
    PasswordUnchanged {
        /// The field that holds it.
        field: &'static str,
    } = "password_unchanged",

    /// The list of ids is empty or missing.
    ListEmpty = "list_empty",
    /// The list of ids is over the maximum.
    ListTooLong {
        /// The maximum.
        max: usize,
    } = "list_too_long",
    /// The list has duplicate ids.
    ListHasDuplicates {
        /// The duplicates, normalised if they are UUIDs.
        ids: Vec<String>,
    } = "list_has_duplicates",
    /// `count` of a random assignment is not a number from 1 to 100.
    RandomCountInvalid = "random_count_invalid",
    /// The assignee of a random assignment is not assignable.
    RandomAssigneeInvalid = "random_assignee_invalid",

    /// The assignee is missing or unknown.
    AssigneeNotFound = "assignee_not_found",
    /// The assignee is inactive.
    AssigneeInactive = "assignee_inactive",
    /// The assignee's role is not assignable.
    AssigneeRoleNotAssignable {
        /// The assignable roles.
        roles: Roles,
    } = "assignee_role_not_assignable",
    /// No such opportunity, or the viewer may not see it.
    OpportunityNotFound = "opportunity_not_found",
    /// No such contact, or the viewer may not see it.
    ContactNotFound = "contact_not_found",
    /// No such user.
    UserNotFound = "user_not_found",
    /// No such session, or it has ended.
    SessionNotFound = "session_not_found",
    /// The user has no second factor, or none that waits to be confirmed.
    TotpNotFound = "totp_not_found",
    /// No such operation.
    OperationNotFound = "operation_not_found",

    /// The caller has received as many opportunities today as the daily quota allows.
    DailyQuotaReached {
        /// The quota.
        quota: i64,
    } = "daily_quota_reached",
    /// Somebody else holds it.
    OpportunityTaken = "opportunity_taken",
    /// The contact already has an opportunity.
    ContactHasOpportunity {
        /// Which.
        opportunity: OpportunityId,
    } = "contact_has_opportunity",
    /// A contact with a live opportunity cannot be deleted.
    ContactInUse {
        /// The opportunity.
        opportunity: OpportunityId,
    } = "contact_in_use",
    /// A user with this address exists.
    EmailTaken = "email_taken",
    /// The user has a second factor already.
    TotpExists = "totp_exists",
    /// The last active administrator cannot be deleted, demoted or deactivated.
    LastAdministrator = "last_administrator",
    /// The responsible user does not exist or is inactive.
    ResponsibleNotFound {
        /// Which.
        user: UserId,
    } = "responsible_not_found",
    /// The person was erased, and asked for nothing since.
    PersonErased = "person_erased",
    /// The contact does not want to be contacted.
    DoNotContact = "do_not_contact",
    /// A user who is not deleted is not erased.
    UserNotDeleted = "user_not_deleted",
    /// The change would leave the contact without any field that can name it.
    ContactWithoutName = "contact_without_name",
    /// The whole operation is already undone.
    AlreadyUndone = "already_undone",
    /// Creations, imports and deletions cannot be undone.
    NotUndoable = "not_undoable",
    /// All-or-nothing: some items failed, so that none was executed.
    NothingDone {
        /// The failed items with their reasons.
        failed: Vec<ItemFailure>,
    } = "nothing_done",
    /// The client's version is not the current one.
    PreconditionFailed = "precondition_failed",
    /// No such job.
    JobNotFound = "job_not_found",
    /// The job has ended.
    JobEnded = "job_ended",
    /// The job has not ended yet.
    JobRunning = "job_running",
    /// The job finished normally, or its details have been removed.
    JobNotResumable = "job_not_resumable",
    /// Too many jobs are queued or running.
    TooManyJobs = "too_many_jobs",
    /// No such import.
    ImportNotFound = "import_not_found",
    /// The import has not ended yet.
    ImportRunning = "import_running",
    /// The import is already undone.
    ImportUndone = "import_undone",
    /// Too many imports have not ended.
    TooManyImports = "too_many_imports",
    /// No such webhook.
    WebhookNotFound = "webhook_not_found",
    /// The maximum number of webhooks is reached.
    TooManyWebhooks {
        /// The maximum.
        max: u64,
    } = "too_many_webhooks",
    /// The webhook is inactive.
    WebhookInactive = "webhook_inactive",
    /// No such delivery.
    DeliveryNotFound = "delivery_not_found",
    /// No such team.
    TeamNotFound = "team_not_found",
    /// The user is no member of the team.
    MemberNotFound = "member_not_found",
    /// Another team has this name, whatever its case.
    TeamNameTaken = "team_name_taken",
    /// No such absence, or the viewer may not see it.
    AbsenceNotFound = "absence_not_found",
    /// The absence would not end after it starts.
    AbsenceEndsFirst = "absence_ends_first",
    /// No such rotation, or its team was deleted.
    RotationNotFound = "rotation_not_found",
    /// Nobody but whom turns are credited to is in the rotation.
    NobodyPays = "nobody_pays",

    /// The page would be larger than an answer may be.
    PageTooLarge = "page_too_large",

    /// The idempotency key was used with a different request.
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
