//! Whether a streaming replica may answer: once it has replayed what this process wrote last, so that whoever just wrote
//! still reads their own writes. A replica that lags gets no questions; the primary answers them.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use reparto_store::StoreResult;

use super::{
    PostgresStore,
    params::Text,
    tx::{Conn, ask},
};
use crate::statements::statements;

statements! {
    PRIMARY = "SELECT pg_current_wal_insert_lsn()::text";
    // What is no replica has nothing to replay.
    REPLICA = "SELECT coalesce(pg_last_wal_replay_lsn() >= ($1::text)::pg_lsn, NOT pg_is_in_recovery())";
}

/// The place in the primary's log that must have been replayed.
#[derive(Debug, Default)]
pub(super) struct Needed {
    /// Whether something was written since the place was asked for.
    written: AtomicBool,
    place: Mutex<Option<String>>,
}

impl Needed {
    /// Something was written.
    pub(super) fn mark(&self) {
        self.written.store(true, Ordering::SeqCst);
    }
}

/// Whether the replica at the other end has replayed all that this process has written.
pub(super) async fn is_up_to_date(store: &PostgresStore, needed: &Needed, replica: &mut Conn) -> StoreResult<bool> {
    if needed.written.swap(false, Ordering::SeqCst) {
        let asked = ask!(store, conn => async { Ok(conn.one(PRIMARY, &[]).await?.try_get::<_, String>(0)?) });
        match asked {
            Ok(place) => *needed.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place),
            Err(error) => {
                needed.mark();
                return Err(error);
            }
        }
    }
    let place = needed.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(place) = place else { return Ok(true) };
    let row = replica.one(REPLICA, &[&Text(&place)]).await.map_err(|fault| fault.into_store(false))?;
    row.try_get(0).map_err(|error| super::errors::from_pg(&error, false))
}
