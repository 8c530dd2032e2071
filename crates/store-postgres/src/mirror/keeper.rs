//! Making the mirror when a list first needs it, and keeping it while lists are asked for.

use std::{
    sync::{MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use reparto_domain::Status;
use reparto_store::StoreResult;
use reparto_store_rows::lists::Lists;
use tokio::task::JoinHandle;

use super::{
    Mirror,
    build::{self, Made},
    catch_up, write,
};
use crate::{PostgresStore, counts, engine::tx::ask, store::Inner};

/// The least time between two times that a mirror is made, and how many times as long as making it took.
const REST: Duration = Duration::from_secs(2);
const REST_TIMES: u32 = 3;
/// When to try again what did not go.
const AGAIN: Duration = Duration::from_secs(60);
/// How often what others write is taken over where no list asks for it: a list that comes later has less to read.
const STEP: Duration = Duration::from_secs(1);
/// So long after the last list the mirror goes.
const IDLE: Duration = Duration::from_mins(10);

/// What is known of the making.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// When a list last needed a mirror.
    pub used: Option<Instant>,
    /// When it was last looked at up to where operations are final.
    pub settled_at: Option<Instant>,
    rest_until: Option<Instant>,
    task: Option<JoinHandle<()>>,
}

#[cfg(test)]
impl Keeping {
    /// Whether none is to be made for some time.
    pub(super) fn rests(&self) -> bool {
        self.rest_until.is_some_and(|until| until > Instant::now())
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Mirror {
    pub(super) fn keeping(&self) -> MutexGuard<'_, Keeping> {
        self.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A list needs a mirror and there is none; whether there is one now.
pub(super) async fn wanted(store: &PostgresStore) -> StoreResult<bool> {
    let mirror = store.mirror();
    match mirror.lists {
        Lists::Sql => Ok(false),
        Lists::Always => {
            // One makes it, the others wait for it.
            let _looking = mirror.looked.lock().await;
            if !mirror.exists()
                && let Made::Columns(columns) = build::made(store).await?
            {
                *write(&mirror.columns) = Some(*columns);
            }
            Ok(true)
        }
        Lists::Mirror { fewest, .. } => {
            if !mirror.may_begin() {
                return Ok(false);
            }
            let all: Vec<i16> = Status::ALL.iter().map(|status| status.number()).collect();
            if ask!(store, conn => counts::all(conn, &all))? < fewest {
                mirror.keeping().rest_until = Some(Instant::now() + REST);
                return Ok(false);
            }
            let mut keeping = mirror.keeping();
            if keeping.task.as_ref().is_none_or(JoinHandle::is_finished) {
                keeping.used = Some(Instant::now());
                keeping.task = Some(tokio::spawn(keep(store.weak())));
            }
            Ok(false)
        }
    }
}

impl Mirror {
    fn may_begin(&self) -> bool {
        let keeping = self.keeping();
        keeping.task.as_ref().is_none_or(JoinHandle::is_finished)
            && keeping.rest_until.is_none_or(|until| until <= Instant::now())
    }

    fn rest(&self, time: Duration) {
        self.keeping().rest_until = Some(Instant::now() + time);
    }
}

/// Makes the mirror and keeps it as long as lists need it, or until it is given up.
async fn keep(inner: Weak<Inner>) {
    {
        let Some(store) = PostgresStore::of(&inner) else { return };
        let (mirror, started) = (store.mirror(), Instant::now());
        match build::made(&store).await {
            Ok(Made::Columns(columns)) => {
                let took = started.elapsed();
                tracing::debug!(rows = columns.live(), bytes = columns.bytes(), ?took, "a mirror of lists was made");
                mirror.rest(REST.max(took * REST_TIMES));
                let mut held = write(&mirror.columns);
                if mirror.is_open() {
                    *held = Some(*columns);
                }
            }
            Ok(Made::TooMany(rows)) => {
                let limit = mirror.most();
                tracing::info!(rows, limit, "lists are found by SQL: a mirror would take more memory than it may");
                mirror.rest(AGAIN);
            }
            Err(error) => {
                tracing::warn!(%error, "a mirror of lists could not be made");
                mirror.rest(AGAIN);
            }
        }
    }
    loop {
        tokio::time::sleep(STEP).await;
        let Some(store) = PostgresStore::of(&inner) else { return };
        let mirror = store.mirror();
        let is_idle = mirror.keeping().used.is_none_or(|used| used.elapsed() > IDLE);
        if is_idle || !mirror.is_open() {
            *write(&mirror.columns) = None;
        }
        if !mirror.exists() {
            return;
        }
        if let Err(error) = catch_up::up_to_date(&store).await {
            tracing::debug!(%error, "the mirror of lists was not brought up to date");
        }
    }
}
