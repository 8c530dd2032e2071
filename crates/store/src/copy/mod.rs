//! Copying a whole database into another: what a store does to be the source of a copy, or its target. The copy itself,
//! from beginning to end, and the list of tables are in `reparto-store-rows`.

mod value;

use async_trait::async_trait;

pub use value::{Before, Item, Key, Kind, Row, Table, Value};

use crate::StoreResult;

/// What a store provides as the source and the target of a copy.
#[async_trait]
pub trait Copying: Send + Sync {
    /// Opens a snapshot of the database, held until the value is dropped.
    async fn copy_source(&self) -> StoreResult<Box<dyn CopySource>>;

    /// The progress of the unfinished copy into this database; `None` if there is none.
    async fn copy_progress(&self) -> StoreResult<Option<String>>;

    /// The name of a table that has rows. A copy may begin only if there is none.
    async fn copy_nonempty_table(&self) -> StoreResult<Option<&'static str>>;

    /// Writes new rows of a table and advances the progress to `to`, in one transaction. Writes nothing and returns
    /// `false` if the progress was not `from` (another copy is under way).
    async fn copy_import(
        &self,
        table: &'static Table,
        rows: Vec<Row>,
        from: Option<&str>,
        to: &str,
    ) -> StoreResult<bool>;

    /// Rebuilds what is derived from the rows: counts and sequences. Idempotent.
    async fn copy_complete(&self) -> StoreResult<()>;

    /// Ends the copy, so that the database can be served.
    async fn copy_finish(&self) -> StoreResult<()>;

    /// Whether texts can hold the character U+0000; otherwise it is stored as U+FFFD.
    fn copy_supports_nul(&self) -> bool;
}

/// A snapshot of a database.
#[async_trait]
pub trait CopySource: Send {
    /// Returns at most `limit` rows of a table after a key, ordered by key; fewer only at the end.
    async fn rows(&mut self, table: &'static Table, after: Option<&[Key]>, limit: usize) -> StoreResult<Vec<Row>>;

    /// The highest seq of operations, audit entries and sessions: any later write increases one of them.
    async fn newest(&mut self) -> StoreResult<Vec<i64>>;

    /// The approximate total number of rows, for showing progress.
    async fn estimated_rows(&mut self) -> StoreResult<u64>;
}
