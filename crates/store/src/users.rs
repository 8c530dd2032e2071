//! Users.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Role, UserId,
    page::Page,
    users::{NewUser, PasswordHash, Person, PersonFilter, User, UserChanges, UserDeleted, UserFilter, UserQuery},
};

use crate::StoreResult;

/// Users. Only administrators may write; only superusers may create, appoint or change superusers. The last active
/// administrator cannot be deleted, demoted or deactivated.
#[async_trait]
pub trait Users: Send + Sync {
    /// Creates a user.
    async fn user_create(&self, caller: &Caller, user: NewUser) -> StoreResult<User>;

    /// Returns a user who is not deleted.
    async fn user_get(&self, id: UserId) -> StoreResult<User>;

    /// Lists part of the matching users.
    async fn user_list(&self, query: UserQuery) -> StoreResult<Page<User>>;

    /// Counts the matches.
    async fn user_count(&self, filter: UserFilter) -> StoreResult<u64>;

    /// Updates a user.
    async fn user_update(&self, caller: &Caller, id: UserId, changes: UserChanges) -> StoreResult<User>;

    /// Changes a user's role, with immediate effect.
    async fn user_set_role(&self, caller: &Caller, id: UserId, role: Role) -> StoreResult<User>;

    /// Activates or deactivates a user. A deactivation ends the user's sessions and starts a new token generation.
    async fn user_set_active(&self, caller: &Caller, id: UserId, active: bool) -> StoreResult<User>;

    /// Sets a user's password, ends the user's sessions and starts a new token generation. A password that another user
    /// set must be changed at the next sign-in; one's own is changed by
    /// [`Accounts::account_change_password`](crate::Accounts::account_change_password) alone (else
    /// [`Refusal::CurrentPasswordWrong`](reparto_domain::Refusal::CurrentPasswordWrong)).
    async fn user_set_password(&self, caller: &Caller, id: UserId, password: PasswordHash) -> StoreResult<User>;

    /// Soft-deletes a user: rights, sessions and sign-in end, the password's hash and the second factor are gone, and the
    /// address becomes free. Open opportunities stay with the user.
    async fn user_delete(&self, caller: &Caller, id: UserId) -> StoreResult<UserDeleted>;

    /// Lists people, ordered by name.
    async fn person_list(&self, filter: PersonFilter) -> StoreResult<Vec<Person>>;

    /// Returns a person who is not deleted.
    async fn person_get(&self, id: UserId) -> StoreResult<Person>;
}
