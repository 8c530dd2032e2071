//! Users.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Role, UserId,
    page::Page,
    users::{NewUser, PasswordHash, Person, PersonFilter, User, UserChanges, UserDeleted, UserFilter, UserQuery},
};

use crate::StoreResult;

/// Users. Writing is for administrators; only a superuser makes, appoints or changes a superuser. The last active
/// administrator can be neither removed, demoted nor deactivated.
#[async_trait]
pub trait Users: Send + Sync {
    /// Creates a user.
    async fn user_create(&self, caller: &Caller, user: NewUser) -> StoreResult<User>;

    /// A user who is not deleted.
    async fn user_get(&self, id: UserId) -> StoreResult<User>;

    /// A part of the users who match.
    async fn user_list(&self, query: UserQuery) -> StoreResult<Page<User>>;

    /// How many match.
    async fn user_count(&self, filter: UserFilter) -> StoreResult<u64>;

    /// Changes a user.
    async fn user_update(&self, caller: &Caller, id: UserId, changes: UserChanges) -> StoreResult<User>;

    /// Gives a user another role; it counts at once.
    async fn user_set_role(&self, caller: &Caller, id: UserId, role: Role) -> StoreResult<User>;

    /// Activates or deactivates. A deactivation ends the user's sessions and starts a new generation of tokens.
    async fn user_set_active(&self, caller: &Caller, id: UserId, active: bool) -> StoreResult<User>;

    /// Sets a password, ends the user's sessions and starts a new generation of tokens.
    async fn user_set_password(&self, caller: &Caller, id: UserId, password: PasswordHash) -> StoreResult<User>;

    /// Deletes a user softly: rights, sessions and sign-in end; the address is free again. Open opportunities stay.
    async fn user_delete(&self, caller: &Caller, id: UserId) -> StoreResult<UserDeleted>;

    /// People, by name.
    async fn person_list(&self, filter: PersonFilter) -> StoreResult<Vec<Person>>;

    /// A person who is not deleted.
    async fn person_get(&self, id: UserId) -> StoreResult<Person>;
}
