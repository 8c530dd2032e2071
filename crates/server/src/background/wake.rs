//! Wakes tasks of this process as soon as there is something new. What other processes do is found by polling the
//! database.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, watch};

/// Signals to the tasks that wait for jobs or writes.
#[derive(Debug)]
pub struct Wake {
    job: Notify,
    import: Notify,
    requests: AtomicU64,
    written: watch::Sender<u64>,
    progressed: watch::Sender<u64>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            job: Notify::new(),
            import: Notify::new(),
            requests: AtomicU64::new(0),
            written: watch::Sender::new(0),
            progressed: watch::Sender::new(0),
        }
    }
}

impl Wake {
    /// Signals that a request may have written something.
    pub fn written(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.wrote();
    }

    /// Number of requests that may have written so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn wrote(&self) {
        self.written.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A receiver that sees each write.
    pub fn watch_writes(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Signals that a job was created.
    pub fn announce_job(&self) {
        self.job.notify_one();
    }

    /// Waits until a job is created; returns at once if one was since the last call.
    pub async fn job_created(&self) {
        self.job.notified().await;
    }

    /// Signals that an import was taken in, or is to be undone, to all that wait for one.
    pub fn announce_import(&self) {
        self.import.notify_waiters();
    }

    /// Waits until an import is announced.
    pub async fn import_announced(&self) {
        self.import.notified().await;
    }

    /// Signals that a job or an import has progressed or ended.
    pub fn job_progressed(&self) {
        self.progressed.send_modify(|count| *count = count.wrapping_add(1));
        self.wrote();
    }

    /// A receiver that sees each progress of a job.
    pub fn watch_jobs(&self) -> watch::Receiver<u64> {
        self.progressed.subscribe()
    }
}
