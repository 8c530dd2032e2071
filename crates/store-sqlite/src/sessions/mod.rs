//! Sessions, and the validity of tokens.

pub(crate) mod refresh;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use reparto_domain::{
    AuditId, Authority, Caller, Origin, Refusal, SessionId, Timestamp, UserId, Viewer,
    audit::{EntityType, action},
    guessing::{self, Guess, Guessed, Outcome},
    limits::{Counted, Window},
    second_factor::SealedSecret,
    sessions::{Credentials, OpenSession, RefreshSession, SignedIn, StoredSecret, TokenHash},
    users::PasswordHash,
    values::EmailAddress,
};
use reparto_store::{NewSession, Sessions, StoreResult};
use reparto_store_rows::secrets;
use rusqlite::{Connection, params};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::{
    SqliteStore, accounts, actor,
    audit::{self, By, Entry},
    engine::Conn as _,
    rows::Reader,
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
    OF_ADDRESS = "SELECT id, email FROM users WHERE email_key = ?1 AND deleted_at IS NULL";
    ALIVE = "SELECT s.seq, s.id, u.seq, u.email FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq \
        JOIN users u ON u.seq = s.user_seq WHERE t.hash = ?1 AND s.ended_at IS NULL";
    // Where a session was used from is of no use once it has ended.
    END = "UPDATE sessions SET ended_at = ?2, ip_address = NULL, user_agent = NULL WHERE seq = ?1 AND ended_at IS NULL";
    END_ALL = "UPDATE sessions SET ended_at = ?2, ip_address = NULL, user_agent = NULL \
        WHERE user_seq = ?1 AND ended_at IS NULL";
    END_OTHERS = "UPDATE sessions SET ended_at = ?2, ip_address = NULL, user_agent = NULL \
        WHERE user_seq = ?1 AND ended_at IS NULL AND id <> ?3";
    SECRET = "SELECT value FROM secrets WHERE name = ?1";
    PREDECESSORS = "SELECT name, value FROM secrets WHERE name > ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name DESC";
    RENAME = "UPDATE secrets SET name = ?2 WHERE name = ?1";
    DROP = "DELETE FROM secrets WHERE name = ?1 OR substr(name, 1, length(?2)) = ?2";
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

    async fn session_failed(&self, email: &str, origin: Origin, at: Timestamp) -> StoreResult<bool> {
        let Some(email) = EmailAddress::new(email) else { return Ok(false) };
        self.write(move |conn| failed(conn, &email, &origin, at)).await
    }

    async fn session_failed_unknown(
        &self,
        entry: AuditId,
        count: u64,
        origin: Origin,
        at: Timestamp,
    ) -> StoreResult<()> {
        self.write(move |conn| audit::record_unknown(conn, entry, count, &origin, at)).await
    }

    async fn session_attempt(&self, _: &str, _: &[Window], _: Timestamp) -> StoreResult<Option<Counted>> {
        // Only one process serves a file.
        Ok(None)
    }

    async fn guess_count(&self, _: &Guessed, _: Timestamp) -> StoreResult<Option<Guess>> {
        // As above.
        Ok(None)
    }

    async fn guess_settle(&self, _: &Guessed, _: guessing::Counted, _: Outcome, _: Timestamp) -> StoreResult<()> {
        Ok(())
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

    async fn secret_predecessors(&self, name: &str, now: Timestamp) -> StoreResult<Vec<(StoredSecret, Timestamp)>> {
        let name = name.to_owned();
        self.read(move |conn| predecessors(conn, &name, now)).await
    }

    async fn secret_replace(&self, secret: StoredSecret, accepted_until: Option<Timestamp>) -> StoreResult<()> {
        self.write(move |conn| replace_secret(conn, &secret, accepted_until)).await
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
fn failed(conn: &Connection, email: &EmailAddress, origin: &Origin, at: Timestamp) -> StoreResult<bool> {
    let found = conn.opt(OF_ADDRESS, [email.key()], |row| Ok((row.next::<[u8; 16]>()?, row.next::<String>()?)))?;
    let Some((user, email)) = found else { return Ok(false) };
    let by = By { seq: None, email: &email, origin, at };
    record(conn, by, action::LOGIN_FAILED, EntityType::User, Some(user))?;
    Ok(true)
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

/// Ends every session of a user but one.
pub(crate) fn end_others(conn: &Connection, user: i64, kept: Option<SessionId>, at: Timestamp) -> StoreResult<()> {
    // No session has an empty id.
    let kept = kept.map_or_else(Vec::new, |kept| kept.as_bytes().to_vec());
    conn.run(END_OTHERS, params![user, at.micros(), kept])?;
    Ok(())
}

fn secret(conn: &Connection, name: &str) -> StoreResult<Option<StoredSecret>> {
    conn.opt(SECRET, [name], |row| {
        Ok(StoredSecret { name: name.to_owned(), value: SecretString::from(row.next::<String>()?) })
    })
}

fn predecessors(conn: &Connection, name: &str, now: Timestamp) -> StoreResult<Vec<(StoredSecret, Timestamp)>> {
    let found = conn.all(PREDECESSORS, params![secrets::predecessor(name, now), secrets::prefix(name)], |row| {
        Ok((row.next::<String>()?, row.next::<String>()?))
    })?;
    let read = |(name, value): (String, String)| {
        let until = secrets::until(&name)?;
        Some((StoredSecret { name, value: SecretString::from(value) }, until))
    };
    Ok(found.into_iter().filter_map(read).collect())
}

fn replace_secret(conn: &Connection, secret: &StoredSecret, until: Option<Timestamp>) -> StoreResult<()> {
    match until {
        Some(until) => conn.run(RENAME, params![secret.name, secrets::predecessor(&secret.name, until)])?,
        None => conn.run(DROP, params![secret.name, secrets::prefix(&secret.name)])?,
    };
    conn.run(KEEP, params![secret.name, secret.value.expose_secret()])?;
    Ok(())
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
    audit::record_by(conn, by, &Entry { action, entity, entity_id, operation: None, details: json!({}).into() })
}
