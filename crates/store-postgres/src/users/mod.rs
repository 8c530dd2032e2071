//! Users.

mod list;
pub(crate) mod rows;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Role, UserId,
    page::Page,
    users::{NewUser, PasswordHash, Person, PersonFilter, User, UserChanges, UserDeleted, UserFilter, UserQuery},
};
use reparto_store::{StoreResult, Users};

use crate::{
    PostgresStore,
    engine::tx::{read, transact},
};

#[async_trait]
impl Users for PostgresStore {
    async fn user_create(&self, caller: &Caller, user: NewUser) -> StoreResult<User> {
        transact!(self, tx => write::create(tx, caller, &user))
    }

    async fn user_get(&self, id: UserId) -> StoreResult<User> {
        read!(self, conn => async { Ok(rows::find(conn, id).await?.1) })
    }

    async fn user_list(&self, query: UserQuery) -> StoreResult<Page<User>> {
        read!(self, conn => list::list(conn, &query))
    }

    async fn user_count(&self, filter: UserFilter) -> StoreResult<u64> {
        read!(self, conn => list::count(conn, &filter))
    }

    async fn user_update(&self, caller: &Caller, id: UserId, changes: UserChanges) -> StoreResult<User> {
        transact!(self, tx => write::update(tx, caller, id, &changes))
    }

    async fn user_set_role(&self, caller: &Caller, id: UserId, role: Role) -> StoreResult<User> {
        transact!(self, tx => write::set_role(tx, caller, id, role))
    }

    async fn user_set_active(&self, caller: &Caller, id: UserId, active: bool) -> StoreResult<User> {
        transact!(self, tx => write::set_active(tx, caller, id, active))
    }

    async fn user_set_password(&self, caller: &Caller, id: UserId, password: PasswordHash) -> StoreResult<User> {
        transact!(self, tx => write::set_password(tx, caller, id, &password))
    }

    async fn user_delete(&self, caller: &Caller, id: UserId) -> StoreResult<UserDeleted> {
        transact!(self, tx => write::delete(tx, caller, id))
    }

    async fn person_list(&self, filter: PersonFilter) -> StoreResult<Vec<Person>> {
        read!(self, conn => list::people(conn, &filter))
    }

    async fn person_get(&self, id: UserId) -> StoreResult<Person> {
        read!(self, conn => list::one_person(conn, id))
    }
}
