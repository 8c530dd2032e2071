//! The first run: a database without users, and the one-time token for creating the first administrator.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Refusal, Timestamp,
    sessions::TokenHash,
    users::{NewUser, User},
};
use reparto_store::{FIRST_RUN_SECONDS, FIRST_RUN_TOKENS, FirstRun, StoreResult};
use reparto_store_rows::{first_run::secret_name, numbers::signed};

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::{Conn, read, transact},
    },
    statements::statements,
    users,
};

statements! {
    /// Later statements see everything committed by previous holders of the lock.
    ONE_AT_A_TIME = "SELECT FROM locks WHERE name = 'users' FOR UPDATE";
    NEEDED = "SELECT NOT EXISTS (SELECT FROM users)";
    KEPT = "SELECT EXISTS (SELECT FROM secrets WHERE name = $1 AND created_at > $2)";
    KEEP = "INSERT INTO secrets (name, value, created_at) VALUES ($1, '', $2) ON CONFLICT (name) DO NOTHING";
    DROP_OLD = "DELETE FROM secrets WHERE starts_with(name, 'first_run:') AND name NOT IN ( \
        SELECT name FROM secrets WHERE starts_with(name, 'first_run:') ORDER BY created_at DESC, name LIMIT $1)";
}

#[async_trait]
impl FirstRun for PostgresStore {
    async fn first_run_needed(&self) -> StoreResult<bool> {
        read!(self, conn => needed(conn))
    }

    async fn first_run_offer(&self, token: TokenHash, at: Timestamp) -> StoreResult<bool> {
        transact!(self, tx => offer(tx, token, at))
    }

    async fn first_run_check(&self, token: TokenHash, at: Timestamp) -> StoreResult<()> {
        read!(self, conn => check(conn, token, at))
    }

    async fn first_run_create(&self, caller: &Caller, token: TokenHash, user: NewUser) -> StoreResult<User> {
        transact!(self, tx => create(tx, caller, token, &user))
    }
}

async fn needed(conn: &mut Conn) -> Db<bool> {
    Ok(conn.one(NEEDED, &[]).await?.try_get(0)?)
}

async fn offer(tx: &mut Conn, token: TokenHash, at: Timestamp) -> Db<bool> {
    tx.run(ONE_AT_A_TIME, &[]).await?;
    let needed = needed(tx).await?;
    if needed {
        tx.run(KEEP, &[&Text(&secret_name(token)), &At(at)]).await?;
    }
    drop_all_but(tx, if needed { FIRST_RUN_TOKENS } else { 0 }).await?;
    Ok(needed)
}

async fn create(tx: &mut Conn, caller: &Caller, token: TokenHash, user: &NewUser) -> Db<User> {
    tx.run(ONE_AT_A_TIME, &[]).await?;
    check(tx, token, caller.at).await?;
    drop_all_but(tx, 0).await?;
    users::write::create_first(tx, caller, user).await
}

/// Deletes all tokens except the newest `stay`.
async fn drop_all_but(tx: &mut Conn, stay: usize) -> Db<()> {
    tx.run(DROP_OLD, &[&signed(stay)]).await
}

async fn check(conn: &mut Conn, token: TokenHash, at: Timestamp) -> Db<()> {
    if !needed(conn).await? {
        return Err(Refusal::FirstRunOver.into());
    }
    let since = At(at.plus_seconds(-FIRST_RUN_SECONDS));
    let kept: bool = conn.one(KEPT, &[&Text(&secret_name(token)), &since]).await?.try_get(0)?;
    if kept { Ok(()) } else { Err(Refusal::FirstRunTokenInvalid.into()) }
}
