//! Sessions, and the validity of tokens.

pub(crate) mod attempts;
pub(crate) mod refresh;

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
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore, accounts, actor,
    audit::{self, By, Entry},
    engine::{
        errors::{Db, Fault},
        params::{At, Bytes, Text, opt},
        tx::{Conn, read, transact},
    },
    rows::Reader,
    statements::statements,
    users,
};

#[async_trait]
impl Sessions for PostgresStore {
    async fn session_viewer(&self, authority: &Authority) -> StoreResult<Viewer> {
        read!(self, conn => viewer(conn, authority))
    }

    async fn session_credentials(&self, email: &EmailAddress) -> StoreResult<Option<Credentials>> {
        read!(self, conn => credentials(conn, &email.key()))
    }

    async fn session_open(&self, command: OpenSession) -> StoreResult<SignedIn> {
        transact!(self, tx => open(tx, &command))
    }

    async fn session_failed(&self, email: &str, origin: Origin, at: Timestamp) -> StoreResult<bool> {
        let Some(email) = EmailAddress::new(email) else { return Ok(false) };
        transact!(self, tx => failed(tx, &email, &origin, at))
    }

    async fn session_failed_unknown(
        &self,
        entry: AuditId,
        count: u64,
        origin: Origin,
        at: Timestamp,
    ) -> StoreResult<()> {
        transact!(self, tx => audit::record_unknown(tx, entry, count, &origin, at))
    }

    async fn session_attempt(&self, subject: &str, windows: &[Window], now: Timestamp) -> StoreResult<Option<Counted>> {
        transact!(self, tx => attempts::count(tx, subject, windows, now)).map(Some)
    }

    async fn guess_count(&self, guessed: &Guessed, now: Timestamp) -> StoreResult<Option<Guess>> {
        transact!(self, tx => attempts::guess(tx, guessed, now)).map(Some)
    }

    async fn guess_settle(
        &self,
        guessed: &Guessed,
        counted: guessing::Counted,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreResult<()> {
        transact!(self, tx => attempts::settle(tx, guessed, counted, outcome, now))
    }

    async fn session_refresh(&self, command: RefreshSession) -> StoreResult<SignedIn> {
        // A refusal that ends a session is a change that must be committed, so it is returned as a value.
        let exchanged = transact!(self, tx => refresh::refresh(tx, &command))?;
        exchanged.map_err(Into::into)
    }

    async fn session_close(&self, token: TokenHash, origin: Origin, at: Timestamp) -> StoreResult<()> {
        transact!(self, tx => close(tx, token, &origin, at))
    }

    async fn session_close_all(&self, caller: &Caller) -> StoreResult<()> {
        transact!(self, tx => close_all(tx, caller))
    }

    async fn secret_predecessors(&self, name: &str, now: Timestamp) -> StoreResult<Vec<(StoredSecret, Timestamp)>> {
        read!(self, conn => predecessors(conn, name, now))
    }

    async fn secret_replace(&self, secret: StoredSecret, accepted_until: Option<Timestamp>) -> StoreResult<()> {
        transact!(self, tx => replace_secret(tx, &secret, accepted_until))
    }

    async fn secret_get_or_create(&self, candidate: StoredSecret) -> StoreResult<StoredSecret> {
        transact!(self, tx => get_or_create_secret(tx, &candidate))
    }
}

statements! {
    CREDENTIALS = "SELECT u.id, u.email, u.password, f.secret FROM users u LEFT JOIN second_factors f \
        ON f.user_seq = u.seq AND f.confirmed_at IS NOT NULL \
        WHERE u.email_key = $1 AND u.deleted_at IS NULL AND u.is_active";
    SIGNING_IN = "SELECT u.seq, u.role, u.token_generation, u.email, u.must_change_password, u.password \
        FROM users u WHERE u.id = $1 AND u.is_active AND u.deleted_at IS NULL FOR KEY SHARE";
    OPEN = "INSERT INTO sessions (id, user_seq, created_at, last_used_at, ip_address, user_agent, second_factor) \
        VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING seq";
    LOGGED_IN = "UPDATE users SET last_login = $2 WHERE seq = $1";
    // Locked, so that the entries about a user are in order of time; this does not block assignments to the user.
    OF_ADDRESS = "SELECT id, email FROM users WHERE email_key = $1 AND deleted_at IS NULL FOR NO KEY UPDATE";
    ABOUT_ONESELF = "SELECT FROM users WHERE seq = $1 FOR NO KEY UPDATE";
    ALIVE = "SELECT s.seq, s.id, u.seq, u.email FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq \
        JOIN users u ON u.seq = s.user_seq WHERE t.hash = $1 AND s.ended_at IS NULL";
    // Where a session was used from is of no use once it has ended.
    END = "UPDATE sessions SET ended_at = $2, ip_address = NULL, user_agent = NULL \
        WHERE seq = $1 AND ended_at IS NULL RETURNING seq";
    END_ALL = "UPDATE sessions SET ended_at = $2, ip_address = NULL, user_agent = NULL \
        WHERE user_seq = $1 AND ended_at IS NULL";
    END_OTHERS = "UPDATE sessions SET ended_at = $2, ip_address = NULL, user_agent = NULL \
        WHERE user_seq = $1 AND ended_at IS NULL AND id <> $3";
    SECRET = "SELECT value FROM secrets WHERE name = $1";
    PREDECESSORS = "SELECT name, value FROM secrets WHERE name > $1 COLLATE \"C\" AND starts_with(name, $2) \
        ORDER BY name COLLATE \"C\" DESC";
    RENAME = "UPDATE secrets SET name = $2 WHERE name = $1";
    DROP = "DELETE FROM secrets WHERE name = $1 OR starts_with(name, $2)";
    KEEP = "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

async fn viewer(conn: &mut Conn, authority: &Authority) -> Db<Viewer> {
    Ok(actor::look_up(conn, authority).await?.standing()?.viewer)
}

async fn credentials(conn: &mut Conn, email_key: &str) -> Db<Option<Credentials>> {
    conn.opt(CREDENTIALS, &[&Text(email_key)]).await?.map(|row| read_credentials(&row)).transpose()
}

/// The credentials in a row: id, address, password, secret of the confirmed second factor.
pub(crate) fn read_credentials(row: &Row) -> Db<Credentials> {
    let mut row = Reader::new(row);
    Ok(Credentials {
        user: UserId::from_uuid(row.next()?),
        email: row.next()?,
        password: PasswordHash(SecretString::from(row.next::<String>()?)),
        second_factor: row.next::<Option<String>>()?.map(SealedSecret),
    })
}

async fn open(tx: &mut Conn, command: &OpenSession) -> Db<SignedIn> {
    let found = tx.opt(SIGNING_IN, &[&command.user.uuid()]).await?.ok_or(Refusal::CredentialsInvalid)?;
    let mut row = Reader::new(&found);
    let (seq, role, generation): (i64, _, i64) = (row.next()?, row.role()?, row.next()?);
    let (email, must_change_password): (String, bool) = (row.next()?, row.next()?);
    if row.next::<&str>()? != command.password.0.expose_secret() {
        return Err(Refusal::CredentialsInvalid.into());
    }
    let by = By { seq: Some(seq), email: &email, origin: &command.origin, at: command.at };
    let second_factor = accounts::factor::shown(tx, command.user, by, command.second_factor).await?;
    let session = NewSession { id: command.id, token: command.token, expires_at: command.expires_at };
    start(tx, seq, session, second_factor, by).await?;
    tx.run(LOGGED_IN, &[&seq, &At(command.at)]).await?;
    record(tx, by, action::LOGIN, EntityType::Session, Some(command.id.uuid())).await?;
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
pub(crate) async fn start(tx: &mut Conn, user: i64, session: NewSession, second_factor: bool, by: By<'_>) -> Db<()> {
    let (ip, agent) = (opt(&by.origin.ip), by.user_agent().map(Text));
    let seq = tx.count(OPEN, &[&session.id.uuid(), &user, &At(by.at), &ip, &agent, &second_factor]).await?;
    refresh::issue(tx, seq, session.token, by.at, session.expires_at).await?;
    Ok(())
}

/// The entry is about the user with this address, if there is one, but has no actor.
async fn failed(tx: &mut Conn, email: &EmailAddress, origin: &Origin, at: Timestamp) -> Db<bool> {
    let Some(found) = tx.opt(OF_ADDRESS, &[&Text(&email.key())]).await? else { return Ok(false) };
    let mut row = Reader::new(&found);
    let (user, email): (Uuid, String) = (row.next()?, row.next()?);
    let by = By { seq: None, email: &email, origin, at };
    record(tx, by, action::LOGIN_FAILED, EntityType::User, Some(user)).await?;
    Ok(true)
}

async fn close(tx: &mut Conn, token: TokenHash, origin: &Origin, at: Timestamp) -> Db<()> {
    let Some(found) = tx.opt(ALIVE, &[&Bytes(&token.0)]).await? else { return Ok(()) };
    let mut row = Reader::new(&found);
    let (session, id, user, email): (i64, Uuid, i64, String) = (row.next()?, row.next()?, row.next()?, row.next()?);
    if !end(tx, session, at).await? {
        return Ok(());
    }
    let by = By { seq: Some(user), email: &email, origin, at };
    record(tx, by, action::LOGOUT, EntityType::Session, Some(id)).await
}

async fn close_all(tx: &mut Conn, caller: &Caller) -> Db<()> {
    let actor = actor::authorize(tx, caller).await?;
    let (Some(seq), Some(id)) = (actor.seq, actor.id) else { return Ok(()) };
    tx.run(ABOUT_ONESELF, &[&seq]).await?;
    users::rows::end_tokens(tx, seq, caller.at).await?;
    let by = By { seq: Some(seq), email: &actor.email, origin: &caller.origin, at: caller.at };
    record(tx, by, action::LOGOUT_ALL, EntityType::User, Some(id.uuid())).await
}

/// Ends one session; returns whether it was still open.
pub(crate) async fn end(tx: &mut Conn, session: i64, at: Timestamp) -> Db<bool> {
    Ok(tx.opt(END, &[&session, &At(at)]).await?.is_some())
}

/// Ends every session of a user.
pub(crate) async fn end_all(tx: &mut Conn, user: i64, at: Timestamp) -> Db<()> {
    tx.run(END_ALL, &[&user, &At(at)]).await
}

/// Ends every session of a user but one.
pub(crate) async fn end_others(tx: &mut Conn, user: i64, kept: Option<SessionId>, at: Timestamp) -> Db<()> {
    tx.run(END_OTHERS, &[&user, &At(at), &kept.map_or_else(Uuid::nil, SessionId::uuid)]).await
}

async fn predecessors(conn: &mut Conn, name: &str, now: Timestamp) -> Db<Vec<(StoredSecret, Timestamp)>> {
    let (first, prefix) = (secrets::predecessor(name, now), secrets::prefix(name));
    let mut found = Vec::new();
    for row in conn.all(PREDECESSORS, &[&Text(&first), &Text(&prefix)]).await? {
        let (name, value): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if let Some(until) = secrets::until(&name) {
            found.push((StoredSecret { name, value: SecretString::from(value) }, until));
        }
    }
    Ok(found)
}

async fn replace_secret(tx: &mut Conn, secret: &StoredSecret, until: Option<Timestamp>) -> Db<()> {
    let name = Text(&secret.name);
    match until {
        Some(until) => tx.run(RENAME, &[&name, &Text(&secrets::predecessor(&secret.name, until))]).await?,
        None => tx.run(DROP, &[&name, &Text(&secrets::prefix(&secret.name))]).await?,
    }
    tx.run(KEEP, &[&name, &Text(secret.value.expose_secret())]).await
}

async fn get_or_create_secret(tx: &mut Conn, candidate: &StoredSecret) -> Db<StoredSecret> {
    let name = Text(&candidate.name);
    let mut found = tx.opt(SECRET, &[&name]).await?;
    if found.is_none() {
        // Waits for a replica that is storing one at the same time; the next query then finds it.
        tx.run(KEEP, &[&name, &Text(candidate.value.expose_secret())]).await?;
        found = tx.opt(SECRET, &[&name]).await?;
    }
    let found = found.ok_or_else(|| Fault::inconsistent("secrets: a row that was just kept is gone"))?;
    Ok(StoredSecret { name: candidate.name.clone(), value: SecretString::from(found.try_get::<_, String>(0)?) })
}

pub(crate) async fn record(
    tx: &mut Conn,
    by: By<'_>,
    action: &'static str,
    entity: EntityType,
    entity_id: Option<Uuid>,
) -> Db<()> {
    audit::record_by(tx, by, &Entry { action, entity, entity_id, operation: None, details: json!({}).into() }).await
}
