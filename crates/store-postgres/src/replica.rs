//! Decides whether a streaming replica may answer. For each page the primary is asked for its log position, and the
//! replica answers once it has replayed up to there, so that the page includes everything any process had confirmed
//! before. Reading a number is all the primary has to do. A lagging replica is waited for briefly, and not at all while
//! it is known to lag: then the primary answers.

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
        tx::{Conn, Settings, read},
    },
    statements::statements,
};

statements! {
    // Everything committed and confirmed has been flushed, unless commits are asynchronous.
    PRIMARY = "SELECT (CASE WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn() \
        ELSE pg_current_wal_flush_lsn() END)::text";
    // NULL if the server is not a replica.
    REPLICA = "SELECT coalesce(pg_last_wal_replay_lsn() >= ($1::text)::pg_lsn, NOT pg_is_in_recovery())";
}

/// The pauses between checks whether the replica has caught up: a healthy one is some milliseconds behind.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(8),
    Duration::from_millis(16),
    Duration::from_millis(32),
];

/// How long an unreachable replica is not tried again: finding out may take seconds.
const UNREACHABLE_FOR: Duration = Duration::from_secs(5);

/// A replica, and its last known state.
pub(crate) struct Replica {
    pool: Pool,
    tls: MakeRustlsConnect,
    /// Whether it lagged the last time: then it is not waited for.
    lags: AtomicBool,
    away_until: Mutex<Option<Instant>>,
}

impl Replica {
    pub(crate) const fn new(pool: Pool, tls: MakeRustlsConnect) -> Self {
        Self { pool, tls, lags: AtomicBool::new(false), away_until: Mutex::new(None) }
    }

    /// Closes the pool.
    pub(crate) fn close(&self) {
        self.pool.close();
    }

    fn is_unreachable(&self) -> bool {
        let until = *self.away_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn mark_unreachable(&self) {
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + UNREACHABLE_FOR);
    }

    /// A connection that shows all earlier writes; `None` if the primary must answer.
    pub(crate) async fn up_to_date(&self, store: &PostgresStore) -> Option<Conn> {
        if self.is_unreachable() {
            return None;
        }
        let Ok(object) = self.pool.get().await else {
            self.mark_unreachable();
            return None;
        };
        let mut conn = Conn::new(object, &Settings { tls: self.tls.clone(), ..store.settings().clone() });
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
        let written: String = read!(store, conn => async { Ok(conn.one(PRIMARY, &[]).await?.try_get(0)?) })?;
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
