//! Runs a copy from beginning to end.

use std::collections::BTreeMap;

use reparto_store::{
    Finding, Store, StoreError, StoreResult,
    copy::{CopySource, Key, Row, Table, Value},
};
use serde::{Deserialize, Serialize};

use super::{digest::Digest, tables::TABLES};

/// Why a copy was not made or not finished.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The source is itself an unfinished copy.
    #[error("the source holds an unfinished copy: finish that first")]
    SourceUnfinished,
    /// The target has data of its own.
    #[error("the target is not empty (there are rows in {0}): a copy goes into an empty database")]
    NotEmpty(&'static str),
    /// The rows already copied differ from the source.
    #[error(
        "the target holds an unfinished copy of another database, or of this one as it was before it changed \
         ({0} differs): remove the target and begin again"
    )]
    Changed(&'static str),
    /// Another copy into the same target is under way.
    #[error("another copy into this target is under way")]
    Another,
    /// The copied rows differ from the source.
    #[error("{table} differs after the copy: {source_rows} rows in the source, {target_rows} in the target")]
    Differs {
        /// The table.
        table: &'static str,
        /// The number of rows in the source.
        source_rows: u64,
        /// The number of rows in the target.
        target_rows: u64,
    },
    /// The target breaks an invariant.
    #[error("the copy breaks {} invariants, the first: {}", .0.len(), .0.first().map_or_else(String::new, |finding| format!("{}: {}", finding.invariant, finding.detail)))]
    Unsound(Vec<Finding>),
}

/// The progress of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Comparing rows copied earlier with the source: table, rows so far.
    Compared(&'static str, u64),
    /// Copying: table, rows so far.
    Copied(&'static str, u64),
    /// Verifying the written rows: table, rows so far.
    Verified(&'static str, u64),
    /// Checking the invariants of the target.
    Checking,
}

/// The result of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Rows and checksum of each table, the same on both sides.
    pub tables: Vec<(&'static str, Digest)>,
    /// Rows copied by an earlier run.
    pub resumed: u64,
    /// The number of texts in which U+0000 was replaced by U+FFFD, since the target cannot hold it.
    pub replaced: u64,
    /// Whether the source has been written to since the snapshot that was copied.
    pub written_since: bool,
}

/// The progress in one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct TableProgress {
    after: Option<Vec<Key>>,
    digest: Digest,
    whole: bool,
}

/// The progress in each table, as stored in the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct CopyProgress(BTreeMap<String, TableProgress>);

impl CopyProgress {
    fn encode(&self) -> StoreResult<String> {
        serde_json::to_string(self).map_err(|error| StoreError::Internal(format!("the place of a copy: {error}")))
    }

    fn decode(stored: &str) -> StoreResult<Self> {
        serde_json::from_str(stored)
            .map_err(|error| StoreError::Inconsistent(format!("unfinished_copy.place cannot be read: {error}")))
    }

    fn of(&self, table: &Table) -> TableProgress {
        self.0.get(table.name).cloned().unwrap_or_default()
    }
}

/// Copies everything from one store into another, which must be empty or hold an unfinished copy of the same source,
/// and verifies the result. `report` is called at each step.
pub async fn copy(
    from: &dyn Store,
    to: &dyn Store,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Copied, CopyError> {
    if from.copy_progress().await?.is_some() {
        return Err(CopyError::SourceUnfinished);
    }
    let mut kept = to.copy_progress().await?;
    let mut progress = match &kept {
        Some(kept) => CopyProgress::decode(kept)?,
        None => match to.copy_nonempty_table().await? {
            Some(table) => return Err(CopyError::NotEmpty(table)),
            None => CopyProgress::default(),
        },
    };
    let mut source = from.copy_source().await?;
    let newest = source.newest().await?;
    let mut cleaner = Cleaner { holds_nul: to.copy_supports_nul(), replaced: 0 };
    let mut resumed = 0;
    for table in TABLES {
        let reached = progress.of(table);
        if reached.digest.rows > 0 || reached.whole {
            compare(source.as_mut(), table, &reached, &mut cleaner, report).await?;
            resumed += reached.digest.rows;
        }
    }
    for table in TABLES {
        let mut reached = progress.of(table);
        while !reached.whole {
            let rows = page(source.as_mut(), table, reached.after.as_deref(), &mut cleaner).await?;
            reached.whole = rows.len() < table.page;
            for row in &rows {
                reached.digest.add(table, row);
            }
            if let Some(last) = rows.last() {
                reached.after = Some(key(table, last)?);
            }
            progress.0.insert(table.name.to_owned(), reached.clone());
            let now = progress.encode()?;
            if !to.copy_import(table, rows, kept.as_deref(), &now).await? {
                return Err(CopyError::Another);
            }
            kept = Some(now);
            report(Progress::Copied(table.name, reached.digest.rows));
        }
    }
    drop(source);
    to.copy_complete().await?;
    let tables = verify(to, &progress, report).await?;
    report(Progress::Checking);
    let mut findings = to.check(20).await?;
    findings.retain(|finding| !finding.is_note());
    if !findings.is_empty() {
        return Err(CopyError::Unsound(findings));
    }
    to.copy_finish().await?;
    let written_since = from.copy_source().await?.newest().await? != newest;
    Ok(Copied { tables, resumed, replaced: cleaner.replaced, written_since })
}

/// The rows and checksum of each table of a store.
pub async fn digests(store: &dyn Store) -> StoreResult<Vec<(&'static str, Digest)>> {
    let mut source = store.copy_source().await?;
    let mut digests = Vec::new();
    for table in TABLES {
        digests.push((table.name, digest_table(source.as_mut(), table, &|_| ()).await?));
    }
    Ok(digests)
}

async fn digest_table(
    source: &mut dyn CopySource,
    table: &'static Table,
    report: &(dyn Fn(u64) + Send + Sync),
) -> StoreResult<Digest> {
    let (mut digest, mut after) = (Digest::default(), None);
    loop {
        let rows = source.rows(table, after.as_deref(), table.page).await?;
        for row in &rows {
            digest.add(table, row);
        }
        report(digest.rows);
        match rows.last() {
            Some(last) if rows.len() == table.page => after = Some(key(table, last)?),
            _ => return Ok(digest),
        }
    }
}

/// Compares the rows of a table that the target has with those of the source up to the same key.
async fn compare(
    source: &mut dyn CopySource,
    table: &'static Table,
    reached: &TableProgress,
    cleaner: &mut Cleaner,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), CopyError> {
    let (mut digest, mut after) = (Digest::default(), None::<Vec<Key>>);
    let mut end = false;
    while digest.rows < reached.digest.rows && !end {
        let wanted = usize::try_from(reached.digest.rows - digest.rows).unwrap_or(usize::MAX).min(table.page);
        let mut rows = source.rows(table, after.as_deref(), wanted).await?;
        cleaner.clean(&mut rows);
        end = rows.len() < wanted;
        for row in &rows {
            digest.add(table, row);
        }
        if let Some(last) = rows.last() {
            after = Some(key(table, last)?);
        }
        report(Progress::Compared(table.name, digest.rows));
    }
    // Rows inserted in between change the sum and the last key; a completed table has no rows after it.
    let grown = reached.whole && !source.rows(table, after.as_deref(), 1).await?.is_empty();
    if digest != reached.digest || after != reached.after || grown {
        return Err(CopyError::Changed(table.name));
    }
    Ok(())
}

/// Reads the target and compares it with the source.
async fn verify(
    to: &dyn Store,
    progress: &CopyProgress,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Vec<(&'static str, Digest)>, CopyError> {
    let mut target = to.copy_source().await?;
    let mut digests = Vec::new();
    for table in TABLES {
        let sent = progress.of(table).digest;
        let arrived =
            digest_table(target.as_mut(), table, &|rows| report(Progress::Verified(table.name, rows))).await?;
        if arrived != sent {
            return Err(CopyError::Differs { table: table.name, source_rows: sent.rows, target_rows: arrived.rows });
        }
        digests.push((table.name, arrived));
    }
    Ok(digests)
}

async fn page(
    source: &mut dyn CopySource,
    table: &'static Table,
    after: Option<&[Key]>,
    cleaner: &mut Cleaner,
) -> StoreResult<Vec<Row>> {
    let mut rows = source.rows(table, after, table.page).await?;
    cleaner.clean(&mut rows);
    Ok(rows)
}

fn key(table: &Table, row: &Row) -> StoreResult<Vec<Key>> {
    let key: Option<Vec<Key>> = row.iter().take(table.key).map(Value::key).collect();
    key.ok_or_else(|| StoreError::Inconsistent(format!("{}: a row without a key", table.name)))
}

/// Replaces characters that the target cannot hold.
struct Cleaner {
    holds_nul: bool,
    replaced: u64,
}

impl Cleaner {
    fn clean(&mut self, rows: &mut [Row]) {
        if self.holds_nul {
            return;
        }
        for value in rows.iter_mut().flatten() {
            if let Value::Text(text) = value
                && text.contains('\0')
            {
                *text = text.replace('\0', "\u{fffd}");
                self.replaced += 1;
            }
        }
    }
}
