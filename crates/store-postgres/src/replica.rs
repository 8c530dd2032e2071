//! Whether a streaming replica may answer. For each page the primary is asked how far its log is written, and the
//! replica answers once it has replayed that: whatever anybody was told before, by whichever process, is on the page.
//! One look at a number is all that the primary has to do with it. A replica that lags is waited for, but only some
//! moments, and not at all while it is known to lag: then the primary answers.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::Pool;
use reparto_store::StoreResult;
use tokio::time::Instant;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    PostgresStore,
    engine::{
        errors::from_pg,
        params::Text,
        tx::{Conn, ask},
    },
    statements::statements,
};

statements! {
    // What was committed and answered is flushed, unless commits do not wait for that.
    PRIMARY = "SELECT (CASE WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn() \
        ELSE pg_current_wal_flush_lsn() END)::text";
    // What is no replica has nothing to replay.
    REPLICA = "SELECT coalesce(pg_last_wal_replay_lsn() >= ($1::text)::pg_lsn, NOT pg_is_in_recovery())";
}

/// How long is waited between looks whether a replica has caught up: a healthy one is some milliseconds behind.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(8),
    Duration::from_millis(16),
    Duration::from_millis(32),
];

/// How long a replica that could not be reached is left alone: finding that out may take seconds.
const AWAY: Duration = Duration::from_secs(5);

/// A replica, and how it was found last.
pub(crate) struct Replica {
    pool: Pool,
    tls: MakeRustlsConnect,
    /// Whether it had not caught up the last time: then it is not waited for.
    lags: AtomicBool,
    away_until: Mutex<Option<Instant>>,
}

impl Replica {
    pub(crate) const fn new(pool: Pool, tls: MakeRustlsConnect) -> Self {
        Self { pool, tls, lags: AtomicBool::new(false), away_until: Mutex::new(None) }
    }

    /// Hands out no more connections.
    pub(crate) fn close(&self) {
        self.pool.close();
    }

    fn is_away(&self) -> bool {
        let until = *self.away_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn leave_alone(&self) {
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + AWAY);
    }

    /// A connection on which all can be read that was written before; `None` where the primary is to answer.
    pub(crate) async fn up_to_date(&self, store: &PostgresStore) -> Option<Conn> {
        if self.is_away() {
            return None;
        }
        let Ok(object) = self.pool.get().await else {
            self.leave_alone();
            return None;
        };
        let mut conn = Conn::to_replica(object, store.inner(), self.tls.clone());
        match self.has_caught_up(store, &mut conn).await {
            Ok(caught_up) => {
                self.lags.store(!caught_up, Ordering::Relaxed);
                caught_up.then_some(conn)
            }
            Err(error) => {
                tracing::debug!(%error, "a replica could not be asked");
                None
            }
        }
    }

    async fn has_caught_up(&self, store: &PostgresStore, replica: &mut Conn) -> StoreResult<bool> {
        let written: String = ask!(store, conn => async { Ok(conn.one(PRIMARY, &[]).await?.try_get(0)?) })?;
        let mut pauses = PAUSES.iter().take(if self.lags.load(Ordering::Relaxed) { 0 } else { PAUSES.len() });
        loop {
            let row = replica.one(REPLICA, &[&Text(&written)]).await.map_err(|fault| fault.into_store(false))?;
            if row.try_get(0).map_err(|error| from_pg(&error, false))? {
                return Ok(true);
            }
            let Some(pause) = pauses.next() else { return Ok(false) };
            tokio::time::sleep(*pause).await;
        }
    }
}
