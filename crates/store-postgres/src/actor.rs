//! Who acts and who is given something: rows that the transaction holds until it ends.
//!
//! Whoever relies on a user's rights holds the user's row `FOR KEY SHARE`; whoever changes rights (role, activity,
//! deletion, a new password) takes it `FOR UPDATE` first. So the two are in an order, while a sign-in or an edit of a
//! profile, which change no right, wait for nobody: an `UPDATE` by itself does not conflict with `KEY SHARE`.

use reparto_domain::{
    Authority, Caller, Refusal, Role, Roles, Timestamp, UserId, audit::SYSTEM_ACTOR, opportunities::Assignee,
};

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

/// Who acts: a user whose authority holds until the transaction ends, or the system.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// The user's seq; `None`: the system.
    pub seq: Option<i64>,
    /// The user's id; `None`: the system.
    pub id: Option<UserId>,
    /// The present role; the system has the highest.
    pub role: Role,
    /// Address, for the audit log.
    pub email: String,
}

impl Actor {
    /// The operator, or the service itself.
    pub(crate) fn system() -> Self {
        Self { seq: None, id: None, role: Role::Superuser, email: SYSTEM_ACTOR.to_owned() }
    }

    /// Passes staff, refuses others.
    pub(crate) fn require_staff(&self) -> Db<()> {
        if self.role.is_staff() { Ok(()) } else { Err(Refusal::StaffOnly.into()) }
    }

    /// Passes administrators, refuses others with this refusal.
    pub(crate) fn require_administrator(&self, refusal: Refusal) -> Db<()> {
        if self.role.is_administrator() { Ok(()) } else { Err(refusal.into()) }
    }
}

/// A user who may be given opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The user's seq.
    pub seq: i64,
    /// The user's id.
    pub id: UserId,
    /// What the user is called.
    pub name: String,
    /// When the user was last changed, by a reactivation perhaps. Nothing is given to them before.
    pub updated_at: Timestamp,
}

statements! {
    HELD = "SELECT seq, email, role, is_active AND deleted_at IS NULL, token_generation, tokens_valid_from \
        FROM users WHERE id = $1 FOR KEY SHARE";
    SEEN = "SELECT seq, email, role, is_active AND deleted_at IS NULL, token_generation, tokens_valid_from \
        FROM users WHERE id = $1";
    GIVEN = "SELECT seq, email, full_name, first_name, last_name, updated_at, role, is_active FROM users \
        WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE";
}

/// The caller, if what the token said still holds; else a 401 refusal. It goes on holding until the transaction ends.
pub(crate) async fn authorize(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    authority(tx, &caller.authority, HELD).await
}

/// As [`authorize`], at this moment only.
pub(crate) async fn look_up(conn: &mut Conn, of: &Authority) -> Db<Actor> {
    authority(conn, of, SEEN).await
}

async fn authority(conn: &mut Conn, authority: &Authority, statement: &str) -> Db<Actor> {
    let Authority::User { id, issued_at, generation } = *authority else { return Ok(Actor::system()) };
    let found = conn.opt(statement, &[&id.uuid()]).await?.ok_or(Refusal::AccountInactive)?;
    let mut row = Reader::new(&found);
    let actor = Actor { seq: Some(row.next()?), id: Some(id), email: row.next()?, role: row.role()? };
    if !row.next::<bool>()? {
        return Err(Refusal::AccountInactive.into());
    }
    if holds(issued_at, generation, row.next()?, row.time_or_none()?) {
        Ok(actor)
    } else {
        Err(Refusal::TokenRevoked.into())
    }
}

/// Whether a token of this generation still holds. Another backend's token has none and says when it was issued, to
/// the second: one of the very second in which the password changed may be older than the change, and is refused.
fn holds(issued_at: Timestamp, generation: Option<i64>, present: i64, valid_from: Option<Timestamp>) -> bool {
    match generation {
        Some(generation) => generation == present,
        None => valid_from.is_none_or(|from| issued_at >= from),
    }
}

/// The user who is to hold something, where that may be; else one of the refusals about the assignee.
pub(crate) async fn user_for_assignment(tx: &mut Conn, assignee: Assignee, assignable: &Roles) -> Db<Holder> {
    let Assignee::User(id) = assignee else { return Err(Refusal::AssigneeNotFound.into()) };
    let found = tx.opt(GIVEN, &[&id.uuid()]).await?.ok_or(Refusal::AssigneeNotFound)?;
    let mut row = Reader::new(&found);
    let seq = row.next()?;
    let email: &str = row.next()?;
    let holder = Holder { seq, id, name: row.called(email)?, updated_at: row.time()? };
    let role = row.role()?;
    if !row.next::<bool>()? {
        return Err(Refusal::AssigneeInactive.into());
    }
    if assignable.contains(role) {
        Ok(holder)
    } else {
        Err(Refusal::AssigneeRoleNotAssignable { roles: assignable.clone() }.into())
    }
}
