//! The first run: a database without any user, and the one-time token that makes the first administrator.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Refusal, Timestamp,
    sessions::TokenHash,
    users::{NewUser, User},
};
use reparto_store::{FIRST_RUN_TOKENS, FirstRun, StoreResult};
use rusqlite::{Connection, params};

use crate::{SqliteStore, error::Sql as _, statements::statements, users};

statements! {
    NEEDED = "SELECT NOT EXISTS (SELECT 1 FROM users)";
    KEPT = "SELECT EXISTS (SELECT 1 FROM secrets WHERE name = ?1)";
    KEEP = "INSERT INTO secrets (name, value, created_at) VALUES (?1, '', ?2) ON CONFLICT (name) DO NOTHING";
    /// `;` is what follows `:`.
    DROP_OLD = "
        DELETE FROM secrets WHERE name > 'first_run:' AND name < 'first_run;' AND name NOT IN (
            SELECT name FROM secrets WHERE name > 'first_run:' AND name < 'first_run;'
            ORDER BY created_at DESC, name LIMIT ?1)";
}

#[async_trait]
impl FirstRun for SqliteStore {
    async fn first_run_needed(&self) -> StoreResult<bool> {
        self.read(needed).await
    }

    async fn first_run_offer(&self, token: TokenHash, at: Timestamp) -> StoreResult<bool> {
        self.write(move |conn| offer(conn, token, at)).await
    }

    async fn first_run_check(&self, token: TokenHash) -> StoreResult<()> {
        self.read(move |conn| check(conn, token)).await
    }

    async fn first_run_create(&self, caller: &Caller, token: TokenHash, user: NewUser) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| {
            check(conn, token)?;
            drop_but(conn, 0)?;
            users::write::create_first(conn, caller, &user)
        })
        .await
    }
}

/// The name under which a token's hash is kept.
fn name(token: TokenHash) -> String {
    use std::fmt::Write as _;
    token.0.iter().fold("first_run:".to_owned(), |mut name, byte| {
        _ = write!(name, "{byte:02x}");
        name
    })
}

fn needed(conn: &Connection) -> StoreResult<bool> {
    conn.prepare_cached(NEEDED).sql()?.query_row([], |row| row.get(0)).sql()
}

fn offer(conn: &Connection, token: TokenHash, at: Timestamp) -> StoreResult<bool> {
    let needed = needed(conn)?;
    if needed {
        conn.prepare_cached(KEEP).sql()?.execute(params![name(token), at.micros()]).sql()?;
    }
    drop_but(conn, if needed { FIRST_RUN_TOKENS } else { 0 })?;
    Ok(needed)
}

/// Drops all tokens but the newest so many.
fn drop_but(conn: &Connection, stay: usize) -> StoreResult<()> {
    conn.prepare_cached(DROP_OLD).sql()?.execute([stay as i64]).sql()?;
    Ok(())
}

fn check(conn: &Connection, token: TokenHash) -> StoreResult<()> {
    if !needed(conn)? {
        return Err(Refusal::FirstRunOver.into());
    }
    let kept: bool = conn.prepare_cached(KEPT).sql()?.query_row([name(token)], |row| row.get(0)).sql()?;
    if kept { Ok(()) } else { Err(Refusal::FirstRunTokenInvalid.into()) }
}
