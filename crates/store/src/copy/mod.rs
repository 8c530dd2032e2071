//! Copying a whole database into another: what a store does to be the source of a copy, or its target. The copy itself,
//! from beginning to end, and the list of tables are in `reparto-store-rows`.

mod value;

use async_trait::async_trait;

pub use value::{Before, Item, Key, Kind, Row, Table, Value};

use crate::StoreResult;

/// What a store does to be copied, and to be copied into.
#[async_trait]
pub trait Copying: Send + Sync {
    /// Everything as it is at this moment, until the value is dropped.
    async fn copy_source(&self) -> StoreResult<Box<dyn CopySource>>;

    /// How far the unfinished copy into this database got; `None`: there is none.
    async fn copy_place(&self) -> StoreResult<Option<String>>;

    /// The name of a table that has rows already; `None` where there is none: only then may a copy begin.
    async fn copy_occupied(&self) -> StoreResult<Option<&'static str>>;

    /// Writes rows of a table, which it does not have yet, and that the copy has got to `to`, in one transaction.
    /// `false`, and nothing is written, where it had not got to `from` (somebody else copies too).
    async fn copy_import(
        &self,
        table: &'static Table,
        rows: Vec<Row>,
        from: Option<&str>,
        to: &str,
    ) -> StoreResult<bool>;

    /// Makes what follows from the rows: counts, numbers of sequences. It may be called again.
    async fn copy_complete(&self) -> StoreResult<()>;

    /// Ends the copy: from now on the database is like any other.
    async fn copy_end(&self) -> StoreResult<()>;

    /// Whether texts can hold the character U+0000; else it is kept as U+FFFD.
    fn copy_holds_nul(&self) -> bool;
}

/// A database as it was at one moment.
#[async_trait]
pub trait CopySource: Send {
    /// At most `limit` rows of a table after a key, in the order of the key; fewer only at its end.
    async fn rows(&mut self, table: &'static Table, after: Option<&[Key]>, limit: usize) -> StoreResult<Vec<Row>>;

    /// The newest operation, audit entry and session, by seq: what is written later makes one of them larger.
    async fn newest(&mut self) -> StoreResult<Vec<i64>>;

    /// How many rows there are in all, about: for the progress.
    async fn about(&mut self) -> StoreResult<u64>;
}
