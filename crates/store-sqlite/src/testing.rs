//! Helpers for this crate's tests: a migrated database, and users.

use reparto_domain::{
    Authority, Caller, Origin, Role, Timestamp, UserId,
    users::{NewUser, PasswordHash, Profile},
    values::EmailAddress,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// The time at which tests begin.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_760_000_000);

/// A migrated database. Dropping the guard removes its folder.
pub(crate) fn database() -> (TempDir, Connection) {
    crate::engine::migrated()
}

/// The system, this many seconds after the start.
pub(crate) fn system(seconds: i64) -> Caller {
    Caller::system(START.plus_seconds(seconds))
}

/// A user as the caller, with a token of the first generation.
pub(crate) fn caller(user: UserId, seconds: i64) -> Caller {
    let at = START.plus_seconds(seconds);
    let authority = Authority::User { id: user, issued_at: at, generation: Some(0), session: None };
    Caller { authority, origin: Origin::default(), at }
}

/// The command to create an active user with this address and role.
pub(crate) fn new_user(email: &str, role: Role) -> NewUser {
    NewUser {
        id: UserId::new(),
        email: EmailAddress::new(email).unwrap(),
        password: PasswordHash("hash".to_owned().into()),
        profile: Profile::default(),
        role,
        is_active: true,
        is_verified: false,
    }
}

/// An active user with this role, created by the system.
pub(crate) fn user(conn: &Connection, email: &str, role: Role) -> UserId {
    crate::users::write::create(conn, &system(0), &new_user(email, role)).unwrap().id
}

/// The single number that a statement returns.
pub(crate) fn one<T: rusqlite::types::FromSql>(conn: &Connection, sql: &str) -> T {
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The refusal in a result.
pub(crate) fn refused<T: std::fmt::Debug>(result: reparto_store::StoreResult<T>) -> reparto_domain::Refusal {
    match result {
        Err(reparto_store::StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
