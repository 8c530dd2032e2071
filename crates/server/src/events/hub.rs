//! Polls the end of the feed, once for all streams of this process.

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

/// Shortest time between two polls: under many writes, one poll serves them all.
const POLL_MIN: Duration = Duration::from_millis(10);

/// Wakes streams when the feed has new events. It polls only while somebody reads.
#[derive(Debug)]
pub struct FeedHub {
    end: watch::Sender<FeedPosition>,
    is_polling: Mutex<bool>,
}

impl Default for FeedHub {
    fn default() -> Self {
        Self { end: watch::Sender::new(FeedPosition::default()), is_polling: Mutex::new(false) }
    }
}

impl FeedHub {
    /// A receiver that sees each new end of the feed.
    pub fn subscribe(&self, app: &App) -> watch::Receiver<FeedPosition> {
        let mut is_polling = self.is_polling.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_polling {
            *is_polling = true;
            tokio::spawn(poll(app.clone()));
        }
        self.end.subscribe()
    }

    /// Whether nobody reads any more, and polling ends; the next reader starts it again.
    fn stop_if_unread(&self) -> bool {
        let mut is_polling = self.is_polling.lock().unwrap_or_else(PoisonError::into_inner);
        *is_polling = self.end.receiver_count() > 0;
        !*is_polling
    }
}

async fn poll(app: App) {
    let mut writes = app.wake.watch_writes();
    while !app.feed.stop_if_unread() && !app.stopping.is_cancelled() {
        writes.borrow_and_update();
        match app.store.feed_end().await {
            Ok(end) => {
                app.feed.end.send_if_modified(|known| std::mem::replace(known, end) != end);
                // A write of this process ends the wait; those of others are found when it is over.
                if timeout(POLL, writes.changed()).await.is_ok() {
                    app.pause(POLL_MIN).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the end of the feed could not be read");
                app.pause(PAUSE).await;
            }
        }
    }
}
