//! Who acts, looked up in the transaction that acts on it.

use reparto_domain::{Authority, Caller, Refusal, Role, UserId, audit::SYSTEM_ACTOR};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _};

use crate::{error::Sql as _, rows};

/// Who acts: a user whose authority holds at this moment, or the system.
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
    pub fn system() -> Self {
        Self { seq: None, id: None, role: Role::Superuser, email: SYSTEM_ACTOR.to_owned() }
    }

    /// Passes staff, refuses others.
    pub fn require_staff(&self) -> StoreResult<()> {
        if self.role.is_staff() { Ok(()) } else { Err(Refusal::StaffOnly.into()) }
    }

    /// Passes administrators, refuses others with this refusal.
    pub fn require_administrator(&self, refusal: Refusal) -> StoreResult<()> {
        if self.role.is_administrator() { Ok(()) } else { Err(refusal.into()) }
    }
}

/// The caller, if what the token said still holds in this transaction; else a 401 refusal.
pub(crate) fn authorize(conn: &Connection, caller: &Caller) -> StoreResult<Actor> {
    authority(conn, &caller.authority)
}

/// As [`authorize`], for an authority alone.
pub(crate) fn authority(conn: &Connection, authority: &Authority) -> StoreResult<Actor> {
    let Authority::User { id, issued_at, generation } = *authority else { return Ok(Actor::system()) };
    let mut statement = conn.prepare_cached(AUTHORITY).sql()?;
    let found = statement
        .query_row([id.as_bytes()], |row| {
            let actor = Actor { seq: Some(row.get(0)?), id: Some(id), role: rows::role(row, 1)?, email: row.get(5)? };
            Ok((actor, row.get::<_, bool>(2)?, row.get::<_, i64>(3)?, rows::time_or_none(row, 4)?))
        })
        .optional()
        .sql()?;
    let Some((actor, true, present, valid_from)) = found else { return Err(Refusal::AccountInactive.into()) };
    let holds = match generation {
        Some(generation) => generation == present,
        // Another backend's token says when it was issued, to the second: one of the very second in which the
        // password changed may be older than the change, and is refused.
        None => valid_from.is_none_or(|from| issued_at >= from),
    };
    if holds { Ok(actor) } else { Err(StoreError::Refused(Refusal::TokenRevoked)) }
}

const AUTHORITY: &str = "
    SELECT seq, role, is_active AND deleted_at IS NULL, token_generation, tokens_valid_from, email
    FROM users WHERE id = ?1";

/// A user as an actor with the rights of this moment, for what goes on without a token (a job's chunk). Who is inactive
/// or deleted is refused.
pub(crate) fn present(conn: &Connection, seq: i64) -> StoreResult<Actor> {
    let mut statement = conn.prepare_cached(PRESENT).sql()?;
    let found = statement
        .query_row([seq], |row| {
            let actor = Actor {
                seq: Some(seq),
                id: Some(UserId::from_bytes(row.get(0)?)),
                role: rows::role(row, 1)?,
                email: row.get(3)?,
            };
            Ok((actor, row.get::<_, bool>(2)?))
        })
        .optional()
        .sql()?;
    match found {
        Some((actor, true)) => Ok(actor),
        _ => Err(Refusal::AccountInactive.into()),
    }
}

const PRESENT: &str = "
    SELECT id, role, is_active AND deleted_at IS NULL, email FROM users WHERE seq = ?1";
