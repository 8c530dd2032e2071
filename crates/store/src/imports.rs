//! Imports.

use async_trait::async_trait;
use reparto_domain::{
    Caller, ImportId, Roles, Timestamp,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    imports::{
        Import, ImportBatch, ImportClaim, ImportMode, ImportRow, ImportRowQuery, ImportedRow, NewImport, RowResult,
    },
    page::CursorPage,
};

use crate::StoreResult;

/// Imports of leads. Administrators only.
///
/// A file that was sent is kept in pieces until its import has ended. A runner claims an import
/// ([`Imports::import_claim`]), reads the file, and writes its rows batch by batch ([`Imports::import_take`]). The rows of
/// a batch, what became of them and the import's counts are written in one transaction: whoever goes on after a crash
/// goes on behind the last batch. Claims expire with their lease.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Imports rows in one transaction, with one operation of kind `import` (for the rows that created an opportunity)
    /// and one audit entry. The outcomes are in the order of the rows. With `strict`, the first row with an error
    /// aborts the import: nothing is written, and the outcomes end with that row's.
    async fn import_rows(
        &self,
        caller: &Caller,
        rows: Vec<ImportRow>,
        mode: ImportMode,
        assignable: &Roles,
    ) -> StoreResult<Vec<RowResult>>;

    /// Keeps a piece (numbered from 0) of the file of an import to be created. Pieces whose import is not created are
    /// removed by [`Maintenance::expire`](crate::Maintenance::expire) after a while.
    async fn import_keep(&self, caller: &Caller, id: ImportId, piece: u64, bytes: Vec<u8>) -> StoreResult<()>;

    /// Creates an import of the file that was kept under its id. Too many at once:
    /// [`Refusal::TooManyImports`](reparto_domain::Refusal::TooManyImports).
    async fn import_create(
        &self,
        caller: &Caller,
        import: NewImport,
        keyed: Option<Keyed<Import>>,
    ) -> StoreResult<Answer<Import>>;

    /// Lists part of the imports, newest first.
    async fn import_list(
        &self,
        caller: &Caller,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Import, SequenceCursor>>;

    /// Returns an import.
    async fn import_get(&self, caller: &Caller, id: ImportId) -> StoreResult<Import>;

    /// Lists part of an import's rows, in the order of the file.
    async fn import_told(
        &self,
        caller: &Caller,
        id: ImportId,
        query: ImportRowQuery,
    ) -> StoreResult<CursorPage<ImportedRow, SequenceCursor>>;

    /// Claims an import for a runner until `lease`, the oldest first: one of at most `rows_max` rows. `None`: there is
    /// nothing to do.
    async fn import_claim(
        &self,
        runner: uuid::Uuid,
        now: Timestamp,
        lease: Timestamp,
        rows_max: u64,
    ) -> StoreResult<Option<ImportClaim>>;

    /// Returns a piece of the file of an import; `None` after the last one.
    async fn import_piece(&self, id: ImportId, piece: u64) -> StoreResult<Option<Vec<u8>>>;

    /// Writes rows of a claimed import, as one operation, with the current rights of its creator; if these are lost, the
    /// import fails. The lease is extended. A batch that was written before, or whose claim was lost, does nothing.
    /// Returns the import.
    async fn import_take(
        &self,
        id: ImportId,
        runner: uuid::Uuid,
        batch: ImportBatch,
        at: Timestamp,
        lease: Timestamp,
        assignable: &Roles,
    ) -> StoreResult<Import>;

    /// Ends a claimed import that cannot go on, with the code of the reason. Returns the import.
    async fn import_fail(
        &self,
        id: ImportId,
        runner: uuid::Uuid,
        code: &'static str,
        at: Timestamp,
    ) -> StoreResult<Import>;

    /// Extends a claim until `lease`. One that was lost, or whose import has ended, is not extended.
    async fn import_renew(&self, id: ImportId, runner: uuid::Uuid, lease: Timestamp) -> StoreResult<()>;

    /// Gives a claim back, so that another runner may go on at once.
    async fn import_release(&self, id: ImportId, runner: uuid::Uuid) -> StoreResult<()>;

    /// Begins the undo of an import that has ended: what it created and nobody has changed since is deleted, and each row
    /// says whether something of it stays. A small one is undone at once, of a larger one the first part; the rest is for
    /// [`Imports::import_undo_step`]. Not ended: [`Refusal::ImportRunning`](reparto_domain::Refusal::ImportRunning); a
    /// second time: [`Refusal::ImportUndone`](reparto_domain::Refusal::ImportUndone).
    async fn import_undo(
        &self,
        caller: &Caller,
        id: ImportId,
        keyed: Option<Keyed<Import>>,
    ) -> StoreResult<Answer<Import>>;

    /// Goes on with an undo that has not ended; `None`: there is none.
    async fn import_undo_step(&self, at: Timestamp) -> StoreResult<Option<Import>>;
}
