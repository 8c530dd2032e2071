//! Reading and writing a user's row.

use reparto_domain::{
    Refusal, Role, Timestamp, UserId,
    fold::{fold, search_text},
    users::{NewUser, PasswordHash, User, display_name},
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use secrecy::ExposeSecret as _;

use crate::{
    error::{Sql as _, broke, violates_unique},
    rows,
};

/// The columns of `users u` that make a [`User`].
pub(super) const USER_COLUMNS: &str = "u.id, u.email, u.full_name, u.first_name, u.last_name, u.phone_number, \
     u.avatar_url, u.is_active, u.is_verified, u.role, u.preferred_language, u.daily_lead_quota, u.last_login, \
     u.created_at, u.updated_at";

/// The user in the first columns; see [`USER_COLUMNS`].
pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId::from_bytes(row.get(0)?),
        email: row.get(1)?,
        full_name: row.get(2)?,
        first_name: row.get(3)?,
        last_name: row.get(4)?,
        phone_number: row.get(5)?,
        avatar_url: row.get(6)?,
        is_active: row.get(7)?,
        is_verified: row.get(8)?,
        role: rows::role(row, 9)?,
        preferred_language: row.get(10)?,
        daily_lead_quota: row.get(11)?,
        last_login: rows::time_or_none(row, 12)?,
        created_at: rows::time(row, 13)?,
        updated_at: rows::time(row, 14)?,
    })
}

/// A user who is not deleted, and its seq.
pub(super) fn find(conn: &Connection, id: UserId) -> StoreResult<(i64, User)> {
    conn.prepare_cached(&format!("SELECT {USER_COLUMNS}, u.seq FROM users u WHERE u.id = ?1 AND u.deleted_at IS NULL"))
        .sql()?
        .query_row([id.as_bytes()], |row| Ok((row.get(15)?, user(row)?)))
        .optional()
        .sql()?
        .ok_or_else(|| Refusal::UserNotFound.into())
}

/// Inserts a user.
pub(super) fn insert(conn: &Connection, new: &NewUser, quota: i64, at: Timestamp) -> StoreResult<()> {
    let profile = &new.profile;
    let keys = Keys::new(
        new.email.as_str(),
        [&profile.full_name, &profile.first_name, &profile.last_name].map(Option::as_deref),
        profile.phone_number.as_deref(),
    );
    conn.prepare_cached(INSERT)
        .sql()?
        .execute(params![
            new.id.as_bytes(),
            new.email.as_str(),
            new.email.key(),
            keys.name,
            keys.search_text,
            new.password.0.expose_secret(),
            profile.full_name,
            profile.first_name,
            profile.last_name,
            profile.phone_number,
            profile.avatar_url,
            profile.preferred_language,
            quota,
            new.role.as_str(),
            new.is_active,
            new.is_verified,
            at.micros(),
        ])
        .map_err(taken)?;
    Ok(())
}

/// Writes everything of a user that an edit may change, anew.
pub(super) fn update(conn: &Connection, seq: i64, user: &User, at: Timestamp) -> StoreResult<()> {
    let keys = Keys::new(
        &user.email,
        [&user.full_name, &user.first_name, &user.last_name].map(Option::as_deref),
        user.phone_number.as_deref(),
    );
    conn.prepare_cached(UPDATE)
        .sql()?
        .execute(params![
            user.email,
            user.email.to_lowercase(),
            keys.name,
            keys.search_text,
            user.full_name,
            user.first_name,
            user.last_name,
            user.phone_number,
            user.avatar_url,
            user.preferred_language,
            user.daily_lead_quota,
            user.role.as_str(),
            user.is_active,
            user.is_verified,
            at.micros(),
            seq,
        ])
        .map_err(taken)?;
    Ok(())
}

/// Ends the user's sessions and starts a new generation of tokens.
pub(super) fn end_tokens(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.prepare_cached(
        "UPDATE users SET token_generation = token_generation + 1, tokens_valid_from = ?2 WHERE seq = ?1",
    )
    .sql()?
    .execute(params![seq, at.micros()])
    .sql()?;
    crate::sessions::end_all(conn, seq, at)
}

/// Sets the hash of a password.
pub(super) fn set_password(conn: &Connection, seq: i64, password: &PasswordHash, at: Timestamp) -> StoreResult<()> {
    conn.prepare_cached("UPDATE users SET password = ?2, updated_at = ?3 WHERE seq = ?1")
        .sql()?
        .execute(params![seq, password.0.expose_secret(), at.micros()])
        .sql()?;
    Ok(())
}

/// Marks a user as deleted.
pub(super) fn delete(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.prepare_cached("UPDATE users SET deleted_at = ?2, updated_at = ?2 WHERE seq = ?1")
        .sql()?
        .execute(params![seq, at.micros()])
        .sql()?;
    Ok(())
}

/// Whether an active administrator is left when this user no longer is one.
pub(super) fn another_administrator(conn: &Connection, seq: i64) -> StoreResult<bool> {
    conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM users WHERE role IN (?1, ?2) AND is_active = 1 AND deleted_at IS NULL \
         AND seq <> ?3)",
    )
    .sql()?
    .query_row(params![Role::Superuser.as_str(), Role::Admin.as_str(), seq], |row| row.get(0))
    .sql()
}

/// What lists of users sort by and search through.
struct Keys {
    name: String,
    search_text: String,
}

impl Keys {
    fn new(email: &str, [full, first, last]: [Option<&str>; 3], phone: Option<&str>) -> Self {
        let name = display_name(full, first, last, email);
        let mut fields = vec![name.as_str()];
        for part in [first, last, Some(email), phone].into_iter().flatten() {
            if !fields.contains(&part) {
                fields.push(part);
            }
        }
        Self { search_text: search_text(fields), name: fold(&name) }
    }
}

fn taken(error: rusqlite::Error) -> StoreError {
    if violates_unique(&error, "users.email_key") { Refusal::EmailTaken.into() } else { broke(error) }
}

const INSERT: &str = "
    INSERT INTO users (id, email, email_key, name_key, search_text, password, full_name, first_name, last_name,
                       phone_number, avatar_url, preferred_language, daily_lead_quota, role, is_active, is_verified,
                       created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17)";

const UPDATE: &str = "
    UPDATE users SET email = ?1, email_key = ?2, name_key = ?3, search_text = ?4, full_name = ?5, first_name = ?6,
                     last_name = ?7, phone_number = ?8, avatar_url = ?9, preferred_language = ?10,
                     daily_lead_quota = ?11, role = ?12, is_active = ?13, is_verified = ?14, updated_at = ?15
    WHERE seq = ?16";
