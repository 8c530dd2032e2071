//! Polls the end of the feed, once for all streams of this process.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reparto_domain::events::FeedPosition;
use reparto_store::Store;
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::background::{
    pace::{PAUSE, POLL, pause},
    wake::Wake,
};

/// Shortest time between two polls: under many writes, one poll serves them all.
const POLL_MIN: Duration = Duration::from_millis(10);

/// Wakes streams when the feed has new events. It polls only while somebody reads.
pub struct FeedHub {
    store: Arc<dyn Store>,
    wake: Arc<Wake>,
    stopping: CancellationToken,
    end: watch::Sender<FeedPosition>,
    is_polling: Mutex<bool>,
}

impl FeedHub {
    /// Nobody reads yet. Polling ends with the service.
    pub fn new(store: Arc<dyn Store>, wake: Arc<Wake>, stopping: CancellationToken) -> Self {
        let end = watch::Sender::new(FeedPosition::default());
        Self { store, wake, stopping, end, is_polling: Mutex::new(false) }
    }

    /// A receiver that sees each new end of the feed.
    pub fn subscribe(self: &Arc<Self>) -> watch::Receiver<FeedPosition> {
        let mut is_polling = self.is_polling.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_polling {
            *is_polling = true;
            tokio::spawn(poll(Arc::clone(self)));
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

async fn poll(hub: Arc<FeedHub>) {
    let mut writes = hub.wake.watch_writes();
    while !hub.stop_if_unread() && !hub.stopping.is_cancelled() {
        writes.borrow_and_update();
        match hub.store.feed_end().await {
            Ok(end) => {
                hub.end.send_if_modified(|known| std::mem::replace(known, end) != end);
                // A write of this process ends the wait; those of others are found when it is over.
                if timeout(POLL, writes.changed()).await.is_ok() {
                    pause(&hub.stopping, POLL_MIN).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the end of the feed could not be read");
                pause(&hub.stopping, PAUSE).await;
            }
        }
    }
}
