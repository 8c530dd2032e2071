//! Building the mirror when a list first needs it, and maintaining it while lists are requested.

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
    build::{self, Built},
    cache, catch_up, write,
};
use crate::{PostgresStore, counts, engine::tx::read, store::Inner};

/// The minimum time between two builds of a mirror, and the minimum as a multiple of the time a build took.
const BUILD_PAUSE: Duration = Duration::from_secs(2);
const BUILD_PAUSE_TIMES: u32 = 3;
/// When to retry after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// How often the mirror is refreshed when no list is requested, so that a later list has less to read.
const STEP: Duration = Duration::from_secs(1);
/// The minimum time between two writes of its file.
const SAVE_EVERY: Duration = Duration::from_mins(5);
/// How long after the last list the mirror is dropped.
const IDLE: Duration = Duration::from_mins(10);

/// The state of the build.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// When a list last needed a mirror.
    pub used: Option<Instant>,
    /// When the final operations were last checked.
    pub settled_at: Option<Instant>,
    /// How many changes the mirror had when it was written to its file, or read from it.
    pub saved: Option<u64>,
    paused_until: Option<Instant>,
    task: Option<JoinHandle<()>>,
}

#[cfg(test)]
impl Keeping {
    /// Whether building is suspended for some time.
    pub(super) fn is_paused(&self) -> bool {
        self.paused_until.is_some_and(|until| until > Instant::now())
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

/// When a process begins to serve: takes a mirror over from a file, or begins to build one.
pub(crate) async fn begin(store: &PostgresStore) {
    let loaded = cache::load(store).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "lists were not read from a file");
        false
    });
    let mirror = store.mirror();
    if loaded {
        let mut keeping = mirror.keeping();
        keeping.used = Some(Instant::now());
        keeping.task = Some(tokio::spawn(keep(store.weak(), true)));
    } else if mirror.is_open()
        && let Err(error) = wanted(store).await
    {
        tracing::warn!(%error, "no mirror of lists is made yet");
    }
}

/// A list needs a mirror and there is none; whether there is one now.
pub(super) async fn wanted(store: &PostgresStore) -> StoreResult<bool> {
    let mirror = store.mirror();
    match mirror.lists {
        Lists::Sql => Ok(false),
        Lists::Always => {
            // One caller builds it, the others wait.
            let _refreshing = mirror.refreshed.lock().await;
            if !mirror.exists()
                && let Built::Columns(columns) = build::build(store).await?
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
            if read!(store, conn => counts::all(conn, &all))? < fewest {
                mirror.keeping().paused_until = Some(Instant::now() + BUILD_PAUSE);
                return Ok(false);
            }
            let mut keeping = mirror.keeping();
            if keeping.task.as_ref().is_none_or(JoinHandle::is_finished) {
                keeping.used = Some(Instant::now());
                keeping.task = Some(tokio::spawn(keep(store.weak(), false)));
            }
            Ok(false)
        }
    }
}

impl Mirror {
    fn may_begin(&self) -> bool {
        let keeping = self.keeping();
        keeping.task.as_ref().is_none_or(JoinHandle::is_finished)
            && keeping.paused_until.is_none_or(|until| until <= Instant::now())
    }

    fn pause(&self, time: Duration) {
        self.keeping().paused_until = Some(Instant::now() + time);
    }
}

/// Builds the mirror, or reads what one from a file lacks, and maintains it as long as lists need it, or until it is
/// dropped.
async fn keep(inner: Weak<Inner>, loaded: bool) {
    if !loaded {
        let Some(store) = PostgresStore::of(&inner) else { return };
        let (mirror, started) = (store.mirror(), Instant::now());
        match build::build(&store).await {
            Ok(Built::Columns(columns)) => {
                let took = started.elapsed();
                tracing::debug!(rows = columns.live(), bytes = columns.bytes(), ?took, "a mirror of lists was made");
                mirror.pause(BUILD_PAUSE.max(took * BUILD_PAUSE_TIMES));
                let mut held = write(&mirror.columns);
                if mirror.is_open() {
                    *held = Some(*columns);
                    mirror.keeping().saved = None;
                }
            }
            Ok(Built::TooMany(rows)) => {
                let limit = mirror.most();
                tracing::info!(rows, limit, "lists are found by SQL: a mirror would take more memory than it may");
                mirror.pause(RETRY_AFTER);
            }
            Err(error) => {
                tracing::warn!(%error, "a mirror of lists could not be made");
                mirror.pause(RETRY_AFTER);
            }
        }
    }
    let (mut save_at, mut lacks_texts) = (Instant::now(), loaded);
    loop {
        if lacks_texts {
            let Some(store) = PostgresStore::of(&inner) else { return };
            lacks_texts = false;
            if let Err(error) = cache::complete(&store).await {
                tracing::warn!(%error, "the texts of contacts were not read: they are searched by SQL");
                lacks_texts = true;
            }
        }
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
        if save_at <= Instant::now() {
            save_at = Instant::now() + SAVE_EVERY;
            if let Err(error) = cache::save(&store).await {
                tracing::warn!(%error, "lists were not written to a file");
            }
        }
    }
}
