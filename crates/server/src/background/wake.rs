//! Who waits in this process is told at once that there is something new. What other processes do is found by asking
//! the database now and then.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, watch};

/// Tells those who wait.
#[derive(Debug)]
pub struct Wake {
    job: Notify,
    requests: AtomicU64,
    written: watch::Sender<u64>,
    moved: watch::Sender<u64>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            job: Notify::new(),
            requests: AtomicU64::new(0),
            written: watch::Sender::new(0),
            moved: watch::Sender::new(0),
        }
    }
}

impl Wake {
    /// A request has written something, perhaps.
    pub fn written(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.wrote();
    }

    /// How many requests have written so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn wrote(&self) {
        self.written.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Sees each write.
    pub fn watch_writes(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// A job was made.
    pub fn job_made(&self) {
        self.job.notify_one();
    }

    /// Until a job is made; at once if one was since the last time.
    pub async fn until_job(&self) {
        self.job.notified().await;
    }

    /// A chunk of a job was carried out, or a job ended.
    pub fn job_moved(&self) {
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
        self.wrote();
    }

    /// Sees each move of a job.
    pub fn watch_jobs(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }
}
