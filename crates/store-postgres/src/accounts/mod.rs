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
use secrecy::ExposeSecret as _;

use crate::{
    PostgresStore,
    actor::{self, Actor},
    audit::By,
    engine::{
        errors::Db,
        params::At,
        tx::{Conn, read, transact},
    },
    rows::Reader,
    sessions::{self, read_credentials},
    statements::statements,
    users,
};

statements! {
    SESSIONS = "SELECT s.id, s.created_at, coalesce(s.last_used_at, s.created_at), s.ip_address, s.user_agent \
        FROM sessions s WHERE s.user_seq = $1 AND s.ended_at IS NULL AND s.created_at > $2 \
        AND EXISTS (SELECT FROM refresh_tokens t WHERE t.session_seq = s.seq AND t.expires_at > $3) \
        ORDER BY 3 DESC, s.seq DESC";
    MINE = "SELECT seq FROM sessions WHERE id = $1 AND user_seq = $2";
    CREDENTIALS = "SELECT u.id, u.email, u.password, f.secret FROM users u LEFT JOIN second_factors f \
        ON f.user_seq = u.seq AND f.confirmed_at IS NOT NULL WHERE u.seq = $1";
    GENERATION = "SELECT token_generation FROM users WHERE seq = $1";
}

#[async_trait]
impl Accounts for PostgresStore {
    async fn account_standing(&self, authority: &Authority) -> StoreResult<Standing> {
        read!(self, conn => async { Ok(actor::look_up(conn, authority).await?.standing()?) })
    }

    async fn account_sessions(&self, caller: &Caller, began_after: Timestamp) -> StoreResult<Vec<OpenedSession>> {
        read!(self, conn => list(conn, caller, began_after))
    }

    async fn account_end_session(&self, caller: &Caller, id: SessionId) -> StoreResult<()> {
        transact!(self, tx => end_session(tx, caller, id))
    }

    async fn account_end_all(&self, caller: &Caller, user: UserId) -> StoreResult<()> {
        transact!(self, tx => end_all(tx, caller, user))
    }

    async fn account_credentials(&self, caller: &Caller) -> StoreResult<Credentials> {
        read!(self, conn => credentials(conn, caller))
    }

    async fn account_check_failed(&self, caller: &Caller) -> StoreResult<()> {
        transact!(self, tx => check_failed(tx, caller))
    }

    async fn account_change_password(&self, caller: &Caller, command: ChangePassword) -> StoreResult<SignedIn> {
        transact!(self, tx => change_password(tx, caller, &command))
    }

    async fn password_reset_offer(
        &self,
        caller: &Caller,
        user: UserId,
        token: TokenHash,
        expires_at: Timestamp,
    ) -> StoreResult<()> {
        transact!(self, tx => reset::offer(tx, caller, user, token, expires_at))
    }

    async fn password_reset_credentials(&self, token: TokenHash, at: Timestamp) -> StoreResult<Credentials> {
        read!(self, conn => reset::credentials(conn, token, at))
    }

    async fn password_reset(&self, command: ResetPassword) -> StoreResult<()> {
        transact!(self, tx => reset::reset(tx, &command))
    }

    async fn second_factor(&self, caller: &Caller) -> StoreResult<Option<SecondFactor>> {
        read!(self, conn => factor::find(conn, caller))
    }

    async fn second_factor_begin(&self, caller: &Caller, secret: SealedSecret) -> StoreResult<()> {
        transact!(self, tx => factor::begin(tx, caller, &secret))
    }

    async fn second_factor_confirm(&self, caller: &Caller, command: ConfirmSecondFactor) -> StoreResult<()> {
        transact!(self, tx => factor::confirm(tx, caller, &command))
    }

    async fn second_factor_remove(
        &self,
        caller: &Caller,
        user: UserId,
        current: Option<PasswordHash>,
    ) -> StoreResult<()> {
        transact!(self, tx => factor::remove(tx, caller, user, current.as_ref()))
    }
}

async fn list(conn: &mut Conn, caller: &Caller, began_after: Timestamp) -> Db<Vec<OpenedSession>> {
    let (seq, _) = actor::look_up(conn, &caller.authority).await?.oneself()?;
    let rows = conn.all(SESSIONS, &[&seq, &At(began_after), &At(caller.at)]).await?;
    let read = |row| {
        let mut row = Reader::new(row);
        Ok(OpenedSession {
            id: SessionId::from_uuid(row.next()?),
            created_at: row.time()?,
            last_used_at: row.time()?,
            ip_address: row.next()?,
            user_agent: row.next()?,
        })
    };
    rows.iter().map(read).collect()
}

async fn end_session(tx: &mut Conn, caller: &Caller, id: SessionId) -> Db<()> {
    let actor = actor::authorize(tx, caller).await?;
    let (seq, _) = actor.oneself()?;
    let found = tx.opt(MINE, &[&id.uuid(), &seq]).await?.ok_or(Refusal::SessionNotFound)?;
    let caller = &tx.taking_effect(caller, []);
    if !sessions::end(tx, found.try_get(0)?, caller.at).await? {
        return Err(Refusal::SessionNotFound.into());
    }
    sessions::record(tx, by(caller, &actor), action::SESSION_DELETED, EntityType::Session, Some(id.uuid())).await
}

async fn end_all(tx: &mut Conn, caller: &Caller, user: UserId) -> Db<()> {
    users::write::one_at_a_time(tx).await?;
    let actor = actor::administrator(tx, caller).await?;
    let (seq, target) = users::rows::lock(tx, user).await?;
    actor.require_may_manage(target.role)?;
    let caller = &tx.taking_effect(caller, []);
    users::rows::end_tokens(tx, seq, caller.at).await?;
    sessions::record(tx, by(caller, &actor), action::LOGOUT_ALL, EntityType::User, Some(user.uuid())).await
}

async fn credentials(conn: &mut Conn, caller: &Caller) -> Db<Credentials> {
    let (seq, _) = actor::look_up(conn, &caller.authority).await?.oneself()?;
    read_credentials(&conn.one(CREDENTIALS, &[&seq]).await?)
}

async fn check_failed(tx: &mut Conn, caller: &Caller) -> Db<()> {
    let (actor, _, id) = locked(tx, caller).await?;
    let caller = &tx.taking_effect(caller, []);
    sessions::record(tx, by(caller, &actor), action::CHECK_FAILED, EntityType::User, Some(id.uuid())).await
}

/// The caller with their seq and id, whose row stays locked: other transactions that rely on their rights wait.
async fn locked(tx: &mut Conn, caller: &Caller) -> Db<(Actor, i64, UserId)> {
    users::write::one_at_a_time(tx).await?;
    let actor = actor::authorize(tx, caller).await?;
    let (seq, id) = actor.oneself()?;
    users::rows::lock(tx, id).await?;
    Ok((actor, seq, id))
}

/// The actor and origin of an entry.
fn by<'a>(caller: &'a Caller, actor: &'a Actor) -> By<'a> {
    By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at }
}

/// Refuses a caller whose password is another than the one that was verified.
async fn require_current(conn: &mut Conn, seq: i64, current: Option<&PasswordHash>) -> Db<()> {
    let stored = read_credentials(&conn.one(CREDENTIALS, &[&seq]).await?)?.password;
    let holds = current.is_some_and(|current| current.0.expose_secret() == stored.0.expose_secret());
    if holds { Ok(()) } else { Err(Refusal::CurrentPasswordWrong.into()) }
}

async fn change_password(tx: &mut Conn, caller: &Caller, command: &ChangePassword) -> Db<SignedIn> {
    let (actor, seq, user) = locked(tx, caller).await?;
    require_current(tx, seq, Some(&command.current)).await?;
    let caller = &tx.taking_effect(caller, []);
    users::rows::end_tokens(tx, seq, caller.at).await?;
    users::rows::set_password(tx, seq, &command.password, false, caller.at).await?;
    sessions::start(tx, seq, command.session, actor.second_factor, by(caller, &actor)).await?;
    sessions::record(tx, by(caller, &actor), action::PASSWORD_CHANGED, EntityType::User, Some(user.uuid())).await?;
    Ok(SignedIn {
        user,
        role: actor.role,
        generation: tx.count(GENERATION, &[&seq]).await?,
        session: command.session.id,
        session_began: caller.at,
        refresh_expires_at: command.session.expires_at,
        must_change_password: false,
        second_factor: actor.second_factor,
    })
}
