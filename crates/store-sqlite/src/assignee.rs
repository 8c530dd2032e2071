//! Assignees, read in the transaction that relies on them.

use reparto_domain::{Refusal, Roles, opportunities::Assignee};
use reparto_store::StoreResult;
pub(crate) use reparto_store_rows::actor::Holder;
use rusqlite::Connection;

use crate::{engine::Conn as _, statements::statements};

statements! {
    ASSIGNEE = "SELECT seq, role, is_active, email, full_name, first_name, last_name, updated_at FROM users \
        WHERE id = ?1 AND deleted_at IS NULL";
}

/// The user to assign to, if they are assignable; otherwise one of the refusals about the assignee.
pub(crate) fn user_for_assignment(conn: &Connection, assignee: Assignee, assignable: &Roles) -> StoreResult<Holder> {
    let Assignee::User(id) = assignee else { return Err(Refusal::AssigneeNotFound.into()) };
    let found = conn.opt(ASSIGNEE, [id.as_bytes()], |row| {
        let (seq, role, is_active, email) = (row.next()?, row.role()?, row.next()?, row.text()?);
        let (name, updated_at) = (row.called(email)?, row.time()?);
        Ok((Holder { seq, id, name, updated_at }, role, is_active))
    })?;
    let (holder, role, is_active) = found.ok_or(Refusal::AssigneeNotFound)?;
    assignable.require_assignable(role, is_active)?;
    Ok(holder)
}
