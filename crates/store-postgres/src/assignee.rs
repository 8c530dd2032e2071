//! Assignees, whose rows stay locked until the transaction ends; see [`actor`](crate::actor).

use reparto_domain::{Refusal, Roles, opportunities::Assignee};
pub(crate) use reparto_store_rows::actor::Holder;

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    ASSIGNEE = "SELECT seq, email, full_name, first_name, last_name, updated_at, role, is_active FROM users \
        WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE";
}

/// The user to assign to, if they are assignable; otherwise one of the refusals about the assignee.
pub(crate) async fn user_for_assignment(tx: &mut Conn, assignee: Assignee, assignable: &Roles) -> Db<Holder> {
    let Assignee::User(id) = assignee else { return Err(Refusal::AssigneeNotFound.into()) };
    let found = tx.opt(ASSIGNEE, &[&id.uuid()]).await?.ok_or(Refusal::AssigneeNotFound)?;
    let mut row = Reader::new(&found);
    let seq = row.next()?;
    let email: &str = row.next()?;
    let holder = Holder { seq, id, name: row.called(email)?, updated_at: row.time()? };
    let role = row.role()?;
    assignable.require_assignable(role, row.next()?)?;
    Ok(holder)
}
