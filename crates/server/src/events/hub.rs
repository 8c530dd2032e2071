//! Where the feed ends, asked once for all streams of this process.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reparto_domain::events::FeedPosition;
use tokio::{sync::watch, time::timeout};

use crate::{
    background::{PAUSE, POLL},
    state::App,
};

/// The least time between two looks: under many writes, one look serves them all.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Tells streams when the feed goes on. It asks only while somebody reads.
#[derive(Debug)]
pub struct FeedHub {
    end: watch::Sender<FeedPosition>,
    is_asking: Mutex<bool>,
}

impl Default for FeedHub {
    fn default() -> Self {
        Self { end: watch::Sender::new(FeedPosition::default()), is_asking: Mutex::new(false) }
    }
}

impl FeedHub {
    /// Sees each move of the feed's end.
    pub fn subscribe(&self, app: &App) -> watch::Receiver<FeedPosition> {
        let mut is_asking = self.is_asking.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_asking {
            *is_asking = true;
            tokio::spawn(ask(app.clone()));
        }
        self.end.subscribe()
    }

    /// Whether nobody reads any more; who comes after that starts the asking again.
    fn rest(&self) -> bool {
        let mut is_asking = self.is_asking.lock().unwrap_or_else(PoisonError::into_inner);
        *is_asking = self.end.receiver_count() > 0;
        !*is_asking
    }
}

async fn ask(app: App) {
    let mut writes = app.wake.watch_writes();
    while !app.feed.rest() && !app.stopping.is_cancelled() {
        writes.borrow_and_update();
        match app.store.feed_end().await {
            Ok(end) => {
                app.feed.end.send_if_modified(|known| std::mem::replace(known, end) != end);
                // A write of this process ends the wait; those of others are found when it is over.
                if timeout(POLL, writes.changed()).await.is_ok() {
                    app.pause(LOOK_EVERY).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the end of the feed could not be read");
                app.pause(PAUSE).await;
            }
        }
    }
}
