//! Sessions, and the validity of tokens.

pub(crate) mod refresh;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use reparto_domain::{
    Authority, Caller, Origin, Refusal, Timestamp, UserId, Viewer,
    audit::{EntityType, action},
    limits::{Counted, Window},
    second_factor::SealedSecret,
    sessions::{Credentials, OpenSession, RefreshSession, SignedIn, StoredSecret, TokenHash},
    users::PasswordHash,
    values::EmailAddress,
};
use reparto_store::{NewSession, Sessions, StoreResult};
use reparto_store_rows::text::first_characters;
use rusqlite::{Connection, params};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::{
    SqliteStore, accounts, actor,
    audit::{self, By, Entry},
    engine::Conn as _,
    rows::{Reader, value},
    statements::statements,
    users,
};

statements! {
    CREDENTIALS = "SELECT u.id, u.email, u.password, f.secret FROM users u LEFT JOIN second_factors f \
        ON f.user_seq = u.seq AND f.confirmed_at IS NOT NULL \
        WHERE u.email_key = ?1 AND u.deleted_at IS NULL AND u.is_active = 1";
    SIGNING_IN = "SELECT u.seq, u.role, u.token_generation, u.email, u.must_change_password, f.last_step, u.password \
        FROM users u LEFT JOIN second_factors f ON f.user_seq = u.seq AND f.confirmed_at IS NOT NULL \
        WHERE u.id = ?1 AND u.is_active = 1 AND u.deleted_at IS NULL";
    OPEN = "INSERT INTO sessions (id, user_seq, created_at, last_used_at, ip_address, user_agent, second_factor) \
        VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)";
    LOGGED_IN = "UPDATE users SET last_login = ?2 WHERE seq = ?1";
    OF_ADDRESS = "SELECT id FROM users WHERE email_key = ?1 AND deleted_at IS NULL";
    ALIVE = "SELECT s.seq, s.id, u.seq, u.email FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq \
        JOIN users u ON u.seq = s.user_seq WHERE t.hash = ?1 AND s.ended_at IS NULL";
    // Where a session was used from is of no use once it has ended.
    END = "UPDATE sessions SET ended_at = ?2, ip_address = NULL, user_agent = NULL WHERE seq = ?1 AND ended_at IS NULL";
    END_ALL = "UPDATE sessions SET ended_at = ?2, ip_address = NULL, user_agent = NULL \
        WHERE user_seq = ?1 AND ended_at IS NULL";
    SECRET = "SELECT value FROM secrets WHERE name = ?1";
    KEEP = "INSERT INTO secrets (name, value, created_at) VALUES (?1, ?2, CAST(unixepoch('now', 'subsec') * \
        1000000 AS INTEGER)) ON CONFLICT (name) DO NOTHING";
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn session_viewer(&self, authority: &Authority) -> StoreResult<Viewer> {
        let authority = *authority;
        self.read(move |conn| viewer(conn, &authority)).await
    }

    async fn session_credentials(&self, email: &EmailAddress) -> StoreResult<Option<Credentials>> {
        let key = email.key();
        self.read(move |conn| credentials(conn, &key)).await
    }

    async fn session_open(&self, command: OpenSession) -> StoreResult<SignedIn> {
        self.write(move |conn| open(conn, &command)).await
    }

    async fn session_failed(&self, email: &str, origin: Origin, at: Timestamp) -> StoreResult<()> {
        let email = first_characters(email, EmailAddress::MAX).to_owned();
        self.write(move |conn| failed(conn, &email, &origin, at)).await
    }

    async fn session_attempt(&self, _: &str, _: &[Window], _: Timestamp) -> StoreResult<Option<Counted>> {
        // Only one process serves a file.
        Ok(None)
    }

    async fn session_refresh(&self, command: RefreshSession) -> StoreResult<SignedIn> {
        // A refusal that ends a session is a change that must be committed, so it is returned as a value.
        let exchanged = self.write(move |conn| refresh::refresh(conn, &command)).await?;
        exchanged.map_err(Into::into)
    }

    async fn session_close(&self, token: TokenHash, origin: Origin, at: Timestamp) -> StoreResult<()> {
        self.write(move |conn| close(conn, token, &origin, at)).await
    }

    async fn session_close_all(&self, caller: &Caller) -> StoreResult<()> {
        self.write_for(caller, close_all).await
    }

    async fn secret_get_or_create(&self, candidate: StoredSecret) -> StoreResult<StoredSecret> {
        let name = candidate.name.clone();
        match self.read(move |conn| secret(conn, &name)).await? {
            Some(kept) => Ok(kept),
            None => self.write(move |conn| get_or_create_secret(conn, &candidate)).await,
        }
    }
}

fn viewer(conn: &Connection, authority: &Authority) -> StoreResult<Viewer> {
    Ok(actor::authority(conn, authority)?.standing()?.viewer)
}

fn credentials(conn: &Connection, email_key: &str) -> StoreResult<Option<Credentials>> {
    conn.opt(CREDENTIALS, [email_key], read_credentials)
}

/// The credentials in the next columns: id, address, password, secret of the confirmed second factor.
pub(crate) fn read_credentials(row: &mut Reader<'_>) -> StoreResult<Credentials> {
    Ok(Credentials {
        user: UserId::from_bytes(row.next()?),
        email: row.next()?,
        password: PasswordHash(SecretString::from(row.next::<String>()?)),
        second_factor: row.next::<Option<String>>()?.map(SealedSecret),
    })
}

fn open(conn: &Connection, command: &OpenSession) -> StoreResult<SignedIn> {
    let found = conn.opt(SIGNING_IN, [command.user.as_bytes()], |row| {
        let (seq, role, generation): (i64, _, i64) = (row.next()?, row.role()?, row.next()?);
        let (email, must_change, last_step): (String, bool, Option<i64>) = (row.next()?, row.next()?, row.next()?);
        Ok((seq, role, generation, email, must_change, last_step, row.text()? == command.password.0.expose_secret()))
    })?;
    let Some((seq, role, generation, email, must_change_password, last_step, true)) = found else {
        return Err(Refusal::CredentialsInvalid.into());
    };
    let by = By { seq: Some(seq), email: &email, origin: &command.origin, at: command.at };
    let second_factor = accounts::factor::shown(conn, command.user, by, last_step, command.second_factor)?;
    let session = NewSession { id: command.id, token: command.token, expires_at: command.expires_at };
    start(conn, seq, session, second_factor, by)?;
    conn.run(LOGGED_IN, params![seq, command.at.micros()])?;
    record(conn, by, action::LOGIN, EntityType::Session, Some(*command.id.as_bytes()))?;
    Ok(SignedIn {
        user: command.user,
        role,
        generation,
        session: command.id,
        session_began: command.at,
        refresh_expires_at: command.expires_at,
        must_change_password,
        second_factor,
    })
}

/// Stores a session that begins now, with its first refresh token.
pub(crate) fn start(
    conn: &Connection,
    user: i64,
    session: NewSession,
    second_factor: bool,
    by: By<'_>,
) -> StoreResult<()> {
    let at = by.at.micros();
    let seq =
        conn.insert(OPEN, params![session.id.as_bytes(), user, at, by.origin.ip, by.user_agent(), second_factor])?;
    refresh::issue(conn, seq, session.token, by.at, session.expires_at)?;
    Ok(())
}

/// The entry is about the user with this address, if there is one, but has no actor.
fn failed(conn: &Connection, email: &str, origin: &Origin, at: Timestamp) -> StoreResult<()> {
    let user: Option<[u8; 16]> = conn.opt(OF_ADDRESS, [email.trim().to_lowercase()], value)?;
    record(conn, By { seq: None, email, origin, at }, action::LOGIN_FAILED, EntityType::User, user)
}

fn close(conn: &Connection, token: TokenHash, origin: &Origin, at: Timestamp) -> StoreResult<()> {
    let alive = conn.opt(ALIVE, [token.0], |row| {
        Ok((row.next::<i64>()?, row.next::<[u8; 16]>()?, row.next::<i64>()?, row.next::<String>()?))
    })?;
    let Some((session, id, user, email)) = alive else { return Ok(()) };
    end(conn, session, at)?;
    let by = By { seq: Some(user), email: &email, origin, at };
    record(conn, by, action::LOGOUT, EntityType::Session, Some(id))
}

fn close_all(conn: &Connection, caller: &Caller) -> StoreResult<()> {
    let actor = actor::authorize(conn, caller)?;
    let (Some(seq), Some(id)) = (actor.seq, actor.id) else { return Ok(()) };
    users::rows::end_tokens(conn, seq, caller.at)?;
    let by = By { seq: Some(seq), email: &actor.email, origin: &caller.origin, at: caller.at };
    record(conn, by, action::LOGOUT_ALL, EntityType::User, Some(*id.as_bytes()))
}

/// Ends one session.
pub(crate) fn end(conn: &Connection, session: i64, at: Timestamp) -> StoreResult<()> {
    conn.run(END, params![session, at.micros()])?;
    Ok(())
}

/// Ends every session of a user.
pub(crate) fn end_all(conn: &Connection, user: i64, at: Timestamp) -> StoreResult<()> {
    conn.run(END_ALL, params![user, at.micros()])?;
    Ok(())
}

fn secret(conn: &Connection, name: &str) -> StoreResult<Option<StoredSecret>> {
    conn.opt(SECRET, [name], |row| {
        Ok(StoredSecret { name: name.to_owned(), value: SecretString::from(row.next::<String>()?) })
    })
}

fn get_or_create_secret(conn: &Connection, candidate: &StoredSecret) -> StoreResult<StoredSecret> {
    conn.run(KEEP, params![candidate.name, candidate.value.expose_secret()])?;
    secret(conn, &candidate.name)?
        .ok_or_else(|| reparto_store::StoreError::Inconsistent("secrets: a row that was just kept is gone".to_owned()))
}

pub(crate) fn record(
    conn: &Connection,
    by: By<'_>,
    action: &'static str,
    entity: EntityType,
    entity_id: Option<[u8; 16]>,
) -> StoreResult<()> {
    audit::record_by(conn, by, &Entry { action, entity, entity_id, operation: None, details: json!({}) })
}
