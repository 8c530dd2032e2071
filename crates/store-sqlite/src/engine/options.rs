//! How a database is opened.

use std::{path::PathBuf, sync::Arc};

use reparto_domain::{Clock, SystemClock};
use reparto_store_rows::lists::Lists;

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; created where it is not there.
    pub path: PathBuf,
    /// Whether to bring the schema up to date; else an older one is refused.
    pub migrate: bool,
    /// Reading connections.
    pub readers: usize,
    /// Writes that may wait, and questions that may; one more is refused as busy.
    pub queue: usize,
    /// Whether a database may be opened into which a copy is unfinished: only the copy itself does that.
    pub unfinished_copy: bool,
    /// How lists find their pages.
    pub lists: Lists,
    /// Tells when a write takes effect: read on the writer as the write is carried out.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual: migrate, 4 readers, 1,024 writes may wait, lists in memory, the machine's clock.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            migrate: true,
            readers: 4,
            queue: 1_024,
            unfinished_copy: false,
            lists: Lists::DEFAULT,
            clock: Arc::new(SystemClock),
        }
    }
}
