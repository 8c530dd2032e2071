//! What the service does beside answering: it carries jobs out and sends webhooks. Every replica does both; the
//! database decides who does what.

pub mod wake;

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt as _;
use tokio::{task::JoinHandle, time::timeout};

use crate::{jobs::runner, state::App, webhooks::dispatcher};

/// How often a task looks for work that another replica left.
pub const POLL: Duration = Duration::from_millis(500);

/// How long a task waits after a failure.
pub const PAUSE: Duration = Duration::from_secs(1);

/// How long the tasks may take to finish what they are at.
const GRACE: Duration = Duration::from_secs(15);

/// The tasks under way.
#[derive(Debug)]
#[must_use = "tasks that nobody stops end in the middle of what they are at"]
pub struct Background(Vec<JoinHandle<()>>);

impl Background {
    /// Starts them; they go on until [`App::stop`].
    pub fn start(app: &App) -> Self {
        let runner = supervised(app.clone(), "jobs", |app| async move { runner::run(&app).await });
        let dispatcher = supervised(app.clone(), "webhooks", |app| async move { dispatcher::run(&app).await });
        Self(vec![tokio::spawn(runner), tokio::spawn(dispatcher)])
    }

    /// Waits until each has finished what it was at; whoever does not in time is cut off, and its lease passes.
    pub async fn finish(self) {
        for mut task in self.0 {
            if timeout(GRACE, &mut task).await.is_err() {
                tracing::warn!("a background task did not finish in time and was cut off");
                task.abort();
            }
        }
    }
}

/// Runs a task that must not end before the service does: a panic is logged, and it begins anew.
async fn supervised<F: Future<Output = ()>>(app: App, name: &'static str, task: impl Fn(App) -> F) {
    while AssertUnwindSafe(task(app.clone())).catch_unwind().await.is_err() {
        tracing::error!(task = name, "a background task panicked and begins anew");
        app.pause(PAUSE).await;
    }
}
