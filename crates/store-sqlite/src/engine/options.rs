//! How a database is opened.

use std::{path::PathBuf, sync::Arc};

use reparto_domain::{Clock, SystemClock};
use reparto_store_rows::lists::Lists;

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; created if it does not exist.
    pub path: PathBuf,
    /// Whether to migrate the schema; otherwise an older one is refused.
    pub migrate: bool,
    /// The number of reading connections.
    pub readers: usize,
    /// The capacity of each queue (writes, reads); further requests are refused as busy.
    pub queue: usize,
    /// Whether to open a database with an unfinished copy in it: only the copy itself does.
    pub unfinished_copy: bool,
    /// How list pages are found.
    pub lists: Lists,
    /// Whether what lists are found in is kept in a file beside the database (`<path>-lists`) from one process to the next,
    /// and made at once where there is none: for the process that serves.
    pub keep_lists: bool,
    /// The clock for the time at which a write takes effect: read on the writer when the write is executed.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// Defaults: migrate, 4 readers, queues of 1,024, lists in memory, the system clock.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            migrate: true,
            readers: 4,
            queue: 1_024,
            unfinished_copy: false,
            lists: Lists::DEFAULT,
            keep_lists: false,
            clock: Arc::new(SystemClock),
        }
    }
}
