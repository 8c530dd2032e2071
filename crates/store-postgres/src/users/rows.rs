//! Reading and writing a user's row.

use reparto_domain::{
    Refusal, Role, Timestamp, UserId,
    users::{NewUser, PasswordHash, User},
};
use reparto_store_rows::{
    columns::{self, USER_MADE, USER_WRITTEN},
    contacts::folded,
    user_columns,
    users::UserKeys,
};
use secrecy::ExposeSecret as _;
use tokio_postgres::Row;

use crate::{
    accounts,
    engine::{
        errors::{Db, Fault},
        params::{At, Text, opt},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

/// The seq and the user of a row; see [`user_columns`].
pub(crate) fn user(row: &Row) -> Db<(i64, User)> {
    let mut row = Reader::new(row);
    let seq = row.next()?;
    let user = User {
        id: UserId::from_uuid(row.next()?),
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

statements! {
    FIND = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL");
    LOCK = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL FOR UPDATE");
    INSERT => columns::insert('$', "users", &[&USER_WRITTEN[..], &USER_MADE].concat());
    UPDATE => columns::update('$', "users", &USER_WRITTEN);
    END_TOKENS = "UPDATE users SET token_generation = token_generation + 1, tokens_valid_from = $2 WHERE seq = $1";
    SET_PASSWORD = "UPDATE users SET password = $2, updated_at = greatest(updated_at, $3), must_change_password = $4 \
        WHERE seq = $1";
    // Nobody signs in as a deleted user, so nothing is left to guess.
    DELETE = "UPDATE users SET deleted_at = $2, updated_at = $2, password = '' WHERE seq = $1";
    ANOTHER = "SELECT EXISTS (SELECT FROM users WHERE role IN ($1, $2) AND is_active AND deleted_at IS NULL \
        AND seq <> $3)";
}

/// A user who is not deleted, and its seq.
pub(super) async fn find(conn: &mut Conn, id: UserId) -> Db<(i64, User)> {
    user(&conn.opt(FIND, &[&id.uuid()]).await?.ok_or(Refusal::UserNotFound)?)
}

/// Like [`find`], but locks the row until the transaction ends, so that transactions relying on the user's rights wait.
pub(crate) async fn lock(tx: &mut Conn, id: UserId) -> Db<(i64, User)> {
    user(&tx.opt(LOCK, &[&id.uuid()]).await?.ok_or(Refusal::UserNotFound)?)
}

/// Inserts a user.
pub(super) async fn insert(tx: &mut Conn, new: &NewUser, quota: i64, at: Timestamp) -> Db<()> {
    let profile = &new.profile;
    let keys = UserKeys::new(
        new.email.as_str(),
        [&profile.full_name, &profile.first_name, &profile.last_name].map(Option::as_deref),
        profile.phone_number.as_deref(),
    );
    tx.run(
        &INSERT,
        &[
            &Text(new.email.as_str()),
            &Text(&new.email.key()),
            &Text(&keys.name),
            &Text(&keys.search_text),
            &folded(),
            &opt(&profile.full_name),
            &opt(&profile.first_name),
            &opt(&profile.last_name),
            &opt(&profile.phone_number),
            &opt(&profile.avatar_url),
            &opt(&profile.preferred_language),
            &quota,
            &Text(new.role.as_str()),
            &new.is_active,
            &new.is_verified,
            &At(at),
            &new.id.uuid(),
            &Text(new.password.0.expose_secret()),
            &At(at),
        ],
    )
    .await
    .map_err(taken)?;
    Ok(())
}

/// Writes all columns of a user that an edit may change.
pub(super) async fn update(tx: &mut Conn, seq: i64, user: &User, at: Timestamp) -> Db<()> {
    let keys = UserKeys::new(
        &user.email,
        [&user.full_name, &user.first_name, &user.last_name].map(Option::as_deref),
        user.phone_number.as_deref(),
    );
    tx.run(
        &UPDATE,
        &[
            &Text(&user.email),
            &Text(&user.email.to_lowercase()),
            &Text(&keys.name),
            &Text(&keys.search_text),
            &folded(),
            &opt(&user.full_name),
            &opt(&user.first_name),
            &opt(&user.last_name),
            &opt(&user.phone_number),
            &opt(&user.avatar_url),
            &opt(&user.preferred_language),
            &user.daily_lead_quota,
            &Text(user.role.as_str()),
            &user.is_active,
            &user.is_verified,
            &At(at),
            &seq,
        ],
    )
    .await
    .map_err(taken)?;
    Ok(())
}

/// Ends the user's sessions and starts a new generation of tokens.
pub(crate) async fn end_tokens(tx: &mut Conn, seq: i64, at: Timestamp) -> Db<()> {
    tx.run(END_TOKENS, &[&seq, &At(at)]).await?;
    crate::sessions::end_all(tx, seq, at).await
}

/// Sets the hash of a password, and whether it must be changed at the next sign-in. A link for a new password ends.
pub(crate) async fn set_password(
    tx: &mut Conn,
    seq: i64,
    password: &PasswordHash,
    must_change: bool,
    at: Timestamp,
) -> Db<()> {
    tx.run(SET_PASSWORD, &[&seq, &Text(password.0.expose_secret()), &At(at), &must_change]).await?;
    accounts::reset::withdraw(tx, seq).await
}

/// Marks a user as deleted.
pub(super) async fn delete(tx: &mut Conn, seq: i64, at: Timestamp) -> Db<()> {
    tx.run(DELETE, &[&seq, &At(at)]).await?;
    accounts::reset::withdraw(tx, seq).await?;
    accounts::factor::forget(tx, seq).await?;
    Ok(())
}

/// Whether an active administrator is left without this user.
pub(super) async fn another_administrator(tx: &mut Conn, seq: i64) -> Db<bool> {
    let roles = (Text(Role::Superuser.as_str()), Text(Role::Admin.as_str()));
    Ok(tx.one(ANOTHER, &[&roles.0, &roles.1, &seq]).await?.try_get(0)?)
}

fn taken(fault: Fault) -> Fault {
    if fault.violated() == Some("users_email_key") { Refusal::EmailTaken.into() } else { fault }
}
