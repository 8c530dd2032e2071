//! Who waits in this process is told at once that there is something new. What other processes do is found by asking
//! the database now and then.

use tokio::sync::{Notify, watch};

/// Tells those who wait.
#[derive(Debug)]
pub struct Wake {
    job: Notify,
    written: watch::Sender<u64>,
    moved: watch::Sender<u64>,
}

impl Default for Wake {
    fn default() -> Self {
        Self { job: Notify::new(), written: watch::Sender::new(0), moved: watch::Sender::new(0) }
    }
}

impl Wake {
    /// Something was written, perhaps.
    pub fn written(&self) {
        self.written.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// How often something was written so far.
    pub fn writes(&self) -> u64 {
        *self.written.borrow()
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
        self.written();
    }

    /// Sees each move of a job.
    pub fn watch_jobs(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }
}
