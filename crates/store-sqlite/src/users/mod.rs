//! Users.

mod list;
pub(crate) mod rows;
#[cfg(test)]
mod tests;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Role, UserId,
    page::Page,
    users::{NewUser, PasswordHash, Person, PersonFilter, User, UserChanges, UserDeleted, UserFilter, UserQuery},
};
use reparto_store::{StoreResult, Users};

use crate::SqliteStore;

#[async_trait]
impl Users for SqliteStore {
    async fn user_create(&self, caller: &Caller, user: NewUser) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| write::create(conn, caller, &user)).await
    }

    async fn user_get(&self, id: UserId) -> StoreResult<User> {
        self.read(move |conn| rows::find(conn, id).map(|(_, user)| user)).await
    }

    async fn user_list(&self, query: UserQuery) -> StoreResult<Page<User>> {
        self.read(move |conn| list::list(conn, &query)).await
    }

    async fn user_count(&self, filter: UserFilter) -> StoreResult<u64> {
        self.read(move |conn| list::count(conn, &filter)).await
    }

    async fn user_update(&self, caller: &Caller, id: UserId, changes: UserChanges) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| write::update(conn, caller, id, &changes)).await
    }

    async fn user_set_role(&self, caller: &Caller, id: UserId, role: Role) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| write::set_role(conn, caller, id, role)).await
    }

    async fn user_set_active(&self, caller: &Caller, id: UserId, active: bool) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| write::set_active(conn, caller, id, active)).await
    }

    async fn user_set_password(&self, caller: &Caller, id: UserId, password: PasswordHash) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| write::set_password(conn, caller, id, &password)).await
    }

    async fn user_delete(&self, caller: &Caller, id: UserId) -> StoreResult<UserDeleted> {
        self.write_for(caller, move |conn, caller| write::delete(conn, caller, id)).await
    }

    async fn person_list(&self, filter: PersonFilter) -> StoreResult<Vec<Person>> {
        self.read(move |conn| list::people(conn, &filter)).await
    }

    async fn person_get(&self, id: UserId) -> StoreResult<Person> {
        self.read(move |conn| list::one_person(conn, id)).await
    }
}
