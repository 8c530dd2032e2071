//! What the service does besides answering requests: it executes jobs, writes imports, sends webhooks, and records what
//! was read. Every replica does all of it; the database decides which replica executes and sends what.

pub mod expire;
pub mod pace;
pub mod wake;

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use tokio::{task::JoinHandle, time::timeout};

use self::pace::PAUSE;
use crate::{imports, jobs::runner, state::App, webhooks::dispatcher};

/// How often the signing keys are read again.
const KEYS_EVERY: Duration = Duration::from_secs(15);

/// How often texts and keys of another version are looked for.
const FOLD_EVERY: Duration = Duration::from_mins(1);

/// How long the tasks may take to finish their present work.
const GRACE: Duration = Duration::from_secs(15);

/// The running tasks.
#[derive(Debug)]
#[must_use = "tasks that nobody waits for end in the middle of their work"]
pub struct Background(Vec<JoinHandle<()>>);

impl Background {
    /// Starts the tasks, which run until [`App::stop`].
    pub fn start(app: &App) -> Self {
        let runner = supervised(app.clone(), "jobs", |app| async move { runner::run(&app).await });
        let imports = supervised(app.clone(), "imports", |app| async move { imports::runner::run(&app).await });
        let dispatcher = supervised(app.clone(), "webhooks", |app| async move { dispatcher::run(&app).await });
        let keys = supervised(app.clone(), "keys", |app| async move { reload_keys(&app).await });
        let looks =
            supervised(app.clone(), "looks", |app| async move { app.looks.keep(&*app.clock, &app.stopping).await });
        let folding = supervised(app.clone(), "folding", |app| async move { fold_anew(&app).await });
        let small = [tokio::spawn(keys), tokio::spawn(looks), tokio::spawn(folding)];
        Self([tokio::spawn(runner), tokio::spawn(imports), tokio::spawn(dispatcher)].into_iter().chain(small).collect())
    }

    /// Waits until each task has finished its present work. One that does not in time is aborted; its lease expires.
    pub async fn finish(self) {
        for mut task in self.0 {
            if timeout(GRACE, &mut task).await.is_err() {
                tracing::warn!("a background task did not finish in time and was aborted");
                task.abort();
            }
        }
    }
}

/// Reads the signing keys again and again, so that a key that was replaced signs nothing any more.
async fn reload_keys(app: &App) {
    while !app.stopping.is_cancelled() {
        app.pause(KEYS_EVERY).await;
        if let Err(error) = app.reload_keys().await {
            tracing::debug!(%error, "the signing keys could not be read again");
        }
    }
}

/// Makes search texts and keys anew that another version made: at start, and what a replica that is not exchanged yet
/// writes later. It pauses for as long as each step took: half of the time is left to requests that write.
async fn fold_anew(app: &App) {
    let mut rows = 0;
    while !app.stopping.is_cancelled() {
        let started = Instant::now();
        match app.store.fold_anew().await {
            Ok(0) => {
                if rows > 0 {
                    tracing::info!(rows, "search texts and keys were made anew");
                }
                rows = 0;
                app.pause(FOLD_EVERY).await;
            }
            Ok(some) => {
                rows += some;
                app.pause(started.elapsed()).await;
            }
            Err(error) => {
                tracing::warn!(%error, "search texts and keys could not be made anew");
                app.pause(FOLD_EVERY).await;
            }
        }
    }
}

/// Runs a task that must not end before the service does: after a panic, which is logged, it starts again.
async fn supervised<F: Future<Output = ()>>(app: App, name: &'static str, task: impl Fn(App) -> F) {
    while AssertUnwindSafe(task(app.clone())).catch_unwind().await.is_err() {
        tracing::error!(task = name, "a background task panicked and starts again");
        app.pause(PAUSE).await;
    }
}
