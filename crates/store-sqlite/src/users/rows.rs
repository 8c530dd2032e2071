//! Reading and writing a user's row.

use reparto_domain::{
    Refusal, Role, Timestamp, UserId,
    users::{NewUser, PasswordHash, User},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    columns::{self, USER_MADE, USER_WRITTEN},
    contacts::folded,
    user_columns,
    users::UserKeys,
};
use rusqlite::{Connection, params};
use secrecy::ExposeSecret as _;

use crate::{
    accounts,
    engine::{
        Conn as _,
        errors::{into_store_error, violates_unique},
    },
    rows::{Reader, value},
    statements::statements,
};

statements! {
    FIND = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1 AND u.deleted_at IS NULL");
    INSERT => columns::insert('?', "users", &[&USER_WRITTEN[..], &USER_MADE].concat());
    UPDATE => columns::update('?', "users", &USER_WRITTEN);
    ANOTHER = "SELECT EXISTS (SELECT 1 FROM users WHERE role IN (?1, ?2) AND is_active = 1 AND deleted_at IS NULL \
        AND seq <> ?3)";
    END_TOKENS = "UPDATE users SET token_generation = token_generation + 1, tokens_valid_from = ?2 WHERE seq = ?1";
    SET_PASSWORD = "UPDATE users SET password = ?2, updated_at = max(updated_at, ?3), must_change_password = ?4 \
        WHERE seq = ?1";
    // Nobody signs in as a deleted user, so nothing is left to guess.
    DELETE = "UPDATE users SET deleted_at = ?2, updated_at = ?2, password = '' WHERE seq = ?1";
}

/// The seq and the user in the next columns; see [`user_columns`].
pub(crate) fn user(row: &mut Reader<'_>) -> StoreResult<(i64, User)> {
    let seq = row.next()?;
    let user = User {
        id: UserId::from_bytes(row.next()?),
        email: row.next()?,
        full_name: row.next()?,
        first_name: row.next()?,
        last_name: row.next()?,
        phone_number: row.next()?,
        avatar_url: row.next()?,
        is_active: row.next()?,
        is_verified: row.next()?,
        role: row.role()?,
        preferred_language: row.next()?,
        daily_lead_quota: row.next()?,
        last_login: row.time_or_none()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    };
    Ok((seq, user))
}

/// A user who is not deleted, and its seq.
pub(crate) fn find(conn: &Connection, id: UserId) -> StoreResult<(i64, User)> {
    conn.opt(FIND, [id.as_bytes()], user)?.ok_or_else(|| Refusal::UserNotFound.into())
}

/// Inserts a user.
pub(super) fn insert(conn: &Connection, new: &NewUser, quota: i64, at: Timestamp) -> StoreResult<()> {
    let profile = &new.profile;
    let keys = UserKeys::new(
        new.email.as_str(),
        [&profile.full_name, &profile.first_name, &profile.last_name].map(Option::as_deref),
        profile.phone_number.as_deref(),
    );
    conn.prepared(&INSERT)?
        .execute(params![
            new.email.as_str(),
            new.email.key(),
            keys.name,
            keys.search_text,
            folded(),
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
            new.id.as_bytes(),
            new.password.0.expose_secret(),
            at.micros(),
        ])
        .map_err(taken)?;
    Ok(())
}

/// Writes all columns of a user that an edit may change.
pub(super) fn update(conn: &Connection, seq: i64, user: &User, at: Timestamp) -> StoreResult<()> {
    let keys = UserKeys::new(
        &user.email,
        [&user.full_name, &user.first_name, &user.last_name].map(Option::as_deref),
        user.phone_number.as_deref(),
    );
    conn.prepared(&UPDATE)?
        .execute(params![
            user.email,
            user.email.to_lowercase(),
            keys.name,
            keys.search_text,
            folded(),
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
pub(crate) fn end_tokens(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.run(END_TOKENS, params![seq, at.micros()])?;
    crate::sessions::end_all(conn, seq, at)
}

/// Sets the hash of a password, and whether it must be changed at the next sign-in. A link for a new password ends.
pub(crate) fn set_password(
    conn: &Connection,
    seq: i64,
    password: &PasswordHash,
    must_change: bool,
    at: Timestamp,
) -> StoreResult<()> {
    conn.run(SET_PASSWORD, params![seq, password.0.expose_secret(), at.micros(), must_change])?;
    accounts::reset::withdraw(conn, seq)
}

/// Marks a user as deleted.
pub(super) fn delete(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.run(DELETE, params![seq, at.micros()])?;
    accounts::reset::withdraw(conn, seq)?;
    accounts::factor::forget(conn, seq)?;
    Ok(())
}

/// Whether an active administrator is left without this user.
pub(super) fn another_administrator(conn: &Connection, seq: i64) -> StoreResult<bool> {
    conn.one(ANOTHER, params![Role::Superuser.as_str(), Role::Admin.as_str(), seq], value)
}

fn taken(error: rusqlite::Error) -> StoreError {
    if violates_unique(&error, "users.email_key") { Refusal::EmailTaken.into() } else { into_store_error(error) }
}
