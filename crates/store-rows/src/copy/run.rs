//! A copy from beginning to end.

use std::collections::BTreeMap;

use reparto_store::{
    Finding, Store, StoreError, StoreResult,
    copy::{CopySource, Key, Row, Table, Value},
};
use serde::{Deserialize, Serialize};

use super::{digest::Digest, tables::TABLES};

/// Why a copy was not made, or not finished.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The databases.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The source is itself an unfinished copy.
    #[error("the source holds an unfinished copy: finish that first")]
    SourceUnfinished,
    /// The target has data of its own.
    #[error("the target is not empty (there are rows in {0}): a copy goes into an empty database")]
    NotEmpty(&'static str),
    /// What was copied already is not what the source has.
    #[error(
        "the target holds an unfinished copy of another database, or of this one as it was before it changed \
         ({0} differs): remove the target and begin again"
    )]
    Changed(&'static str),
    /// Somebody else copies into the same target.
    #[error("another copy into this target is under way")]
    Another,
    /// What arrived is not what was sent.
    #[error("{table} differs after the copy: {source_rows} rows in the source, {target_rows} in the target")]
    Differs {
        /// The table.
        table: &'static str,
        /// How many rows the source has.
        source_rows: u64,
        /// How many rows the target has.
        target_rows: u64,
    },
    /// The target breaks an invariant.
    #[error("the copy breaks {} invariants, the first: {}", .0.len(), .0.first().map_or_else(String::new, |finding| format!("{}: {}", finding.invariant, finding.detail)))]
    Unsound(Vec<Finding>),
}

/// How far a copy has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A part that is there already was compared with the source: rows of a table so far.
    Compared(&'static str, u64),
    /// Rows of a table that are copied so far.
    Copied(&'static str, u64),
    /// What was written is read again: rows of a table so far.
    Verified(&'static str, u64),
    /// Every invariant of the target is checked.
    Checking,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Rows and checksum of each table, the same on both sides.
    pub tables: Vec<(&'static str, Digest)>,
    /// Rows that an earlier run had copied already.
    pub resumed: u64,
    /// Texts in which U+0000 became U+FFFD, since the target cannot hold it.
    pub replaced: u64,
    /// Whether the source was written to after the moment of which this is a copy.
    pub written_since: bool,
}

/// How far a table got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    after: Option<Vec<Key>>,
    digest: Digest,
    whole: bool,
}

/// How far each table got, as it is kept in the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Places(BTreeMap<String, Place>);

impl Places {
    fn stored(&self) -> StoreResult<String> {
        serde_json::to_string(self).map_err(|error| StoreError::Internal(format!("the place of a copy: {error}")))
    }

    fn read(stored: &str) -> StoreResult<Self> {
        serde_json::from_str(stored)
            .map_err(|error| StoreError::Inconsistent(format!("unfinished_copy.place cannot be read: {error}")))
    }

    fn of(&self, table: &Table) -> Place {
        self.0.get(table.name).cloned().unwrap_or_default()
    }
}

/// Copies everything from one store into another, which must be empty or hold an unfinished copy of the same source,
/// verifies what arrived, and ends. `told` is told how far it has got.
pub async fn copy(
    from: &dyn Store,
    to: &dyn Store,
    told: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Copied, CopyError> {
    if from.copy_place().await?.is_some() {
        return Err(CopyError::SourceUnfinished);
    }
    let mut kept = to.copy_place().await?;
    let mut places = match &kept {
        Some(kept) => Places::read(kept)?,
        None => match to.copy_occupied().await? {
            Some(table) => return Err(CopyError::NotEmpty(table)),
            None => Places::default(),
        },
    };
    let mut source = from.copy_source().await?;
    let newest = source.newest().await?;
    let mut cleaner = Cleaner { holds_nul: to.copy_holds_nul(), replaced: 0 };
    let mut resumed = 0;
    for table in TABLES {
        let place = places.of(table);
        if place.digest.rows > 0 || place.whole {
            compare(source.as_mut(), table, &place, &mut cleaner, told).await?;
            resumed += place.digest.rows;
        }
    }
    for table in TABLES {
        let mut place = places.of(table);
        while !place.whole {
            let rows = page(source.as_mut(), table, place.after.as_deref(), &mut cleaner).await?;
            place.whole = rows.len() < table.page;
            for row in &rows {
                place.digest.add(table, row);
            }
            if let Some(last) = rows.last() {
                place.after = Some(key(table, last)?);
            }
            places.0.insert(table.name.to_owned(), place.clone());
            let now = places.stored()?;
            if !to.copy_import(table, rows, kept.as_deref(), &now).await? {
                return Err(CopyError::Another);
            }
            kept = Some(now);
            told(Progress::Copied(table.name, place.digest.rows));
        }
    }
    drop(source);
    to.copy_complete().await?;
    let tables = verify(to, &places, told).await?;
    told(Progress::Checking);
    let mut findings = to.check(20).await?;
    findings.retain(|finding| !finding.is_note());
    if !findings.is_empty() {
        return Err(CopyError::Unsound(findings));
    }
    to.copy_end().await?;
    let written_since = from.copy_source().await?.newest().await? != newest;
    Ok(Copied { tables, resumed, replaced: cleaner.replaced, written_since })
}

/// The rows and checksum of each table of a store.
pub async fn digests(store: &dyn Store) -> StoreResult<Vec<(&'static str, Digest)>> {
    let mut source = store.copy_source().await?;
    let mut digests = Vec::new();
    for table in TABLES {
        digests.push((table.name, whole(source.as_mut(), table, &|_| ()).await?));
    }
    Ok(digests)
}

async fn whole(
    source: &mut dyn CopySource,
    table: &'static Table,
    told: &(dyn Fn(u64) + Send + Sync),
) -> StoreResult<Digest> {
    let (mut digest, mut after) = (Digest::default(), None);
    loop {
        let rows = source.rows(table, after.as_deref(), table.page).await?;
        for row in &rows {
            digest.add(table, row);
        }
        told(digest.rows);
        match rows.last() {
            Some(last) if rows.len() == table.page => after = Some(key(table, last)?),
            _ => return Ok(digest),
        }
    }
}

/// Compares what the target has of a table with what the source has at the same place.
async fn compare(
    source: &mut dyn CopySource,
    table: &'static Table,
    place: &Place,
    cleaner: &mut Cleaner,
    told: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), CopyError> {
    let (mut digest, mut after) = (Digest::default(), None::<Vec<Key>>);
    let mut end = false;
    while digest.rows < place.digest.rows && !end {
        let wanted = usize::try_from(place.digest.rows - digest.rows).unwrap_or(usize::MAX).min(table.page);
        let mut rows = source.rows(table, after.as_deref(), wanted).await?;
        cleaner.clean(&mut rows);
        end = rows.len() < wanted;
        for row in &rows {
            digest.add(table, row);
        }
        if let Some(last) = rows.last() {
            after = Some(key(table, last)?);
        }
        told(Progress::Compared(table.name, digest.rows));
    }
    // What came in between changes the sum, and the key at the end; a whole table has nothing behind it.
    let grown = place.whole && !source.rows(table, after.as_deref(), 1).await?.is_empty();
    if digest != place.digest || after != place.after || grown {
        return Err(CopyError::Changed(table.name));
    }
    Ok(())
}

/// Reads the target again and compares it with what was sent.
async fn verify(
    to: &dyn Store,
    places: &Places,
    told: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Vec<(&'static str, Digest)>, CopyError> {
    let mut target = to.copy_source().await?;
    let mut digests = Vec::new();
    for table in TABLES {
        let sent = places.of(table).digest;
        let arrived = whole(target.as_mut(), table, &|rows| told(Progress::Verified(table.name, rows))).await?;
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

/// Takes out of texts what the target cannot hold.
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
