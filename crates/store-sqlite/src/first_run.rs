//! The first run: a database without users, and the one-time token for creating the first administrator.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Refusal, Timestamp,
    sessions::TokenHash,
    users::{NewUser, User},
};
use reparto_store::{FIRST_RUN_SECONDS, FIRST_RUN_TOKENS, FirstRun, StoreResult};
use reparto_store_rows::{first_run::secret_name, numbers::signed};
use rusqlite::{Connection, params};

use crate::{SqliteStore, engine::Conn as _, rows::value, statements::statements, users};

statements! {
    NEEDED = "SELECT NOT EXISTS (SELECT 1 FROM users)";
    KEPT = "SELECT EXISTS (SELECT 1 FROM secrets WHERE name = ?1 AND created_at > ?2)";
    KEEP = "INSERT INTO secrets (name, value, created_at) VALUES (?1, '', ?2) ON CONFLICT (name) DO NOTHING";
    /// `;` is the character after `:`, so this is the end of the range.
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

    async fn first_run_check(&self, token: TokenHash, at: Timestamp) -> StoreResult<()> {
        self.read(move |conn| check(conn, token, at)).await
    }

    async fn first_run_create(&self, caller: &Caller, token: TokenHash, user: NewUser) -> StoreResult<User> {
        self.write_for(caller, move |conn, caller| {
            check(conn, token, caller.at)?;
            drop_all_but(conn, 0)?;
            users::write::create_first(conn, caller, &user)
        })
        .await
    }
}

fn needed(conn: &Connection) -> StoreResult<bool> {
    conn.one(NEEDED, [], value)
}

fn offer(conn: &Connection, token: TokenHash, at: Timestamp) -> StoreResult<bool> {
    let needed = needed(conn)?;
    if needed {
        conn.run(KEEP, params![secret_name(token), at.micros()])?;
    }
    drop_all_but(conn, if needed { FIRST_RUN_TOKENS } else { 0 })?;
    Ok(needed)
}

/// Deletes all tokens except the newest `stay`.
fn drop_all_but(conn: &Connection, stay: usize) -> StoreResult<()> {
    conn.run(DROP_OLD, [signed(stay)])?;
    Ok(())
}

fn check(conn: &Connection, token: TokenHash, at: Timestamp) -> StoreResult<()> {
    if !needed(conn)? {
        return Err(Refusal::FirstRunOver.into());
    }
    let kept: bool =
        conn.one(KEPT, params![secret_name(token), at.plus_seconds(-FIRST_RUN_SECONDS).micros()], value)?;
    if kept { Ok(()) } else { Err(Refusal::FirstRunTokenInvalid.into()) }
}
