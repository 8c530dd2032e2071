//! Imports.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Roles,
    imports::{ImportMode, ImportRow, RowResult},
};

use crate::StoreResult;

/// Imports of leads.
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
}
