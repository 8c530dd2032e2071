//! Users and their own accounts: sessions, password, second factor.

pub(crate) mod factor;
pub(crate) mod reset;

use async_trait::async_trait;
use reparto_domain::{
    Authority, Caller, Refusal, SessionId, Timestamp, UserId,
    audit::{EntityType, action},
    second_factor::{ConfirmSecondFactor, SealedSecret, SecondFactor},
    sessions::{Credentials, OpenedSession, SignedIn, Standing, TokenHash},
    users::PasswordHash,
};
use reparto_store::{Accounts, ChangePassword, ResetPassword, StoreResult};
use rusqlite::{Connection, params};
use secrecy::ExposeSecret as _;

use crate::{
    SqliteStore, actor,
    audit::By,
    engine::Conn as _,
    rows::value,
    sessions::{self, read_credentials},
    statements::statements,
    users,
};

statements! {
    SESSIONS = "SELECT s.id, s.created_at, coalesce(s.last_used_at, s.created_at), s.ip_address, s.user_agent \
        FROM sessions s WHERE s.user_seq = ?1 AND s.ended_at IS NULL AND s.created_at > ?2 \
        AND EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.session_seq = s.seq AND t.expires_at > ?3) \
        ORDER BY 3 DESC, s.seq DESC";
    MINE = "SELECT seq FROM sessions WHERE id = ?1 AND user_seq = ?2 AND ended_at IS NULL";
    CREDENTIALS = "SELECT u.id, u.email, u.password, f.secret FROM users u LEFT JOIN second_factors f \
        ON f.user_seq = u.seq AND f.confirmed_at IS NOT NULL WHERE u.seq = ?1";
    GENERATION = "SELECT token_generation FROM users WHERE seq = ?1";
}

#[async_trait]
impl Accounts for SqliteStore {
    async fn account_standing(&self, authority: &Authority) -> StoreResult<Standing> {
        let authority = *authority;
        self.read(move |conn| Ok(actor::authority(conn, &authority)?.standing()?)).await
    }

    async fn account_sessions(&self, caller: &Caller, began_after: Timestamp) -> StoreResult<Vec<OpenedSession>> {
        let caller = caller.clone();
        self.read(move |conn| list(conn, &caller, began_after)).await
    }

    async fn account_end_session(&self, caller: &Caller, id: SessionId) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| end_session(conn, caller, id)).await
    }

    async fn account_end_all(&self, caller: &Caller, user: UserId) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| end_all(conn, caller, user)).await
    }

    async fn account_credentials(&self, caller: &Caller) -> StoreResult<Credentials> {
        let caller = caller.clone();
        self.read(move |conn| credentials(conn, &caller)).await
    }

    async fn account_check_failed(&self, caller: &Caller) -> StoreResult<()> {
        self.write_for(caller, check_failed).await
    }

    async fn account_change_password(&self, caller: &Caller, command: ChangePassword) -> StoreResult<SignedIn> {
        self.write_for(caller, move |conn, caller| change_password(conn, caller, &command)).await
    }

    async fn password_reset_offer(
        &self,
        caller: &Caller,
        user: UserId,
        token: TokenHash,
        expires_at: Timestamp,
    ) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| reset::offer(conn, caller, user, token, expires_at)).await
    }

    async fn password_reset_credentials(&self, token: TokenHash, at: Timestamp) -> StoreResult<Credentials> {
        self.read(move |conn| reset::credentials(conn, token, at)).await
    }

    async fn password_reset(&self, command: ResetPassword) -> StoreResult<()> {
        self.write(move |conn| reset::reset(conn, &command)).await
    }

    async fn second_factor(&self, caller: &Caller) -> StoreResult<Option<SecondFactor>> {
        let caller = caller.clone();
        self.read(move |conn| factor::find(conn, &caller)).await
    }

    async fn second_factor_begin(&self, caller: &Caller, secret: SealedSecret) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| factor::begin(conn, caller, &secret)).await
    }

    async fn second_factor_confirm(&self, caller: &Caller, command: ConfirmSecondFactor) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| factor::confirm(conn, caller, &command)).await
    }

    async fn second_factor_remove(
        &self,
        caller: &Caller,
        user: UserId,
        current: Option<PasswordHash>,
    ) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| factor::remove(conn, caller, user, current.as_ref())).await
    }
}

fn list(conn: &Connection, caller: &Caller, began_after: Timestamp) -> StoreResult<Vec<OpenedSession>> {
    let (seq, _) = actor::authorize(conn, caller)?.oneself()?;
    conn.all(SESSIONS, params![seq, began_after.micros(), caller.at.micros()], |row| {
        Ok(OpenedSession {
            id: SessionId::from_bytes(row.next()?),
            created_at: row.time()?,
            last_used_at: row.time()?,
            ip_address: row.next()?,
            user_agent: row.next()?,
        })
    })
}

fn end_session(conn: &Connection, caller: &Caller, id: SessionId) -> StoreResult<()> {
    let actor = actor::authorize(conn, caller)?;
    let (seq, _) = actor.oneself()?;
    let session = conn.opt(MINE, params![id.as_bytes(), seq], value)?.ok_or(Refusal::SessionNotFound)?;
    sessions::end(conn, session, caller.at)?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::record(conn, by, action::SESSION_DELETED, EntityType::Session, Some(*id.as_bytes()))
}

fn end_all(conn: &Connection, caller: &Caller, user: UserId) -> StoreResult<()> {
    let actor = actor::administrator(conn, caller)?;
    let (seq, target) = users::rows::find(conn, user)?;
    actor.require_may_manage(target.role)?;
    users::rows::end_tokens(conn, seq, caller.at)?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::record(conn, by, action::LOGOUT_ALL, EntityType::User, Some(*user.as_bytes()))
}

fn credentials(conn: &Connection, caller: &Caller) -> StoreResult<Credentials> {
    let (seq, _) = actor::authorize(conn, caller)?.oneself()?;
    conn.one(CREDENTIALS, [seq], read_credentials)
}

fn check_failed(conn: &Connection, caller: &Caller) -> StoreResult<()> {
    let actor = actor::authorize(conn, caller)?;
    let (_, id) = actor.oneself()?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::record(conn, by, action::CHECK_FAILED, EntityType::User, Some(*id.as_bytes()))
}

/// Refuses a caller whose password is another than the one that was verified.
pub(crate) fn require_current(conn: &Connection, seq: i64, current: Option<&PasswordHash>) -> StoreResult<()> {
    let stored = conn.one(CREDENTIALS, [seq], read_credentials)?.password;
    let holds = current.is_some_and(|current| current.0.expose_secret() == stored.0.expose_secret());
    if holds { Ok(()) } else { Err(Refusal::CurrentPasswordWrong.into()) }
}

fn change_password(conn: &Connection, caller: &Caller, command: &ChangePassword) -> StoreResult<SignedIn> {
    let actor = actor::authorize(conn, caller)?;
    let (seq, user) = actor.oneself()?;
    require_current(conn, seq, Some(&command.current))?;
    users::rows::end_tokens(conn, seq, caller.at)?;
    users::rows::set_password(conn, seq, &command.password, false, caller.at)?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::start(conn, seq, command.session, actor.second_factor, by)?;
    sessions::record(conn, by, action::PASSWORD_CHANGED, EntityType::User, Some(*user.as_bytes()))?;
    Ok(SignedIn {
        user,
        role: actor.role,
        generation: conn.one(GENERATION, [seq], value)?,
        session: command.session.id,
        session_began: caller.at,
        refresh_expires_at: command.session.expires_at,
        must_change_password: false,
        second_factor: actor.second_factor,
    })
}
