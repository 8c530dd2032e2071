//! Copies of a database that is in use.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use reparto_store::StoreError;
use rusqlite::{Connection, OpenFlags, backup::Backup};

use crate::engine::{
    errors::IntoStore as _,
    identify,
    private::{self, with_ending},
};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file already exists, or cannot be read or written.
    #[error("{0}")]
    File(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn file(what: impl Into<String>) -> BackupError {
    BackupError::File(what.into())
}

/// Copies the database at `source` to `target` and returns the size of the copy in bytes. The copy is consistent: it is
/// made in one read transaction, which neither blocks writers nor is disturbed by them. It is renamed to `target` once
/// it is complete, verified and on disk; until then, and if anything fails, `target` is unchanged. An existing file is
/// replaced only with `force`.
pub fn backup(source: &Path, target: &Path, force: bool) -> Result<u64, BackupError> {
    if !source.is_file() {
        return Err(file(format!("{} is no database file", source.display())));
    }
    if target.exists() && !force {
        return Err(file(format!("{} is there already (--force replaces it)", target.display())));
    }
    if same_file(source, target) {
        return Err(file(format!("{} is the database itself", target.display())));
    }
    let unfinished = Unfinished(beside(target));
    copy(source, &unfinished.0)?;
    verify(&unfinished.0)?;
    let failed = |error: std::io::Error| file(format!("{}: {error}", target.display()));
    let size = File::open(&unfinished.0).and_then(|copy| copy.sync_all().and(copy.metadata())).map_err(failed)?.len();
    // A write-ahead log left behind by an earlier database of this name would be taken for part of this one.
    for rest in ["-wal", "-shm"] {
        remove_if_there(&with_ending(target, rest)).map_err(failed)?;
    }
    fs::rename(&unfinished.0, target).map_err(failed)?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(size)
}

fn copy(source: &Path, target: &Path) -> Result<(), BackupError> {
    let from = Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| file(format!("{} cannot be opened: {error}", source.display())))?;
    from.busy_timeout(std::time::Duration::from_secs(30)).into_store()?;
    from.pragma_update(None, "query_only", true).into_store()?;
    identify(&from, source)?;
    let failed = |error: std::io::Error| file(format!("{} cannot be written: {error}", target.display()));
    // What an earlier process of this number left behind.
    remove_if_there(target).map_err(failed)?;
    private::create(target).map_err(failed)?;
    let mut to =
        Connection::open(target).map_err(|error| file(format!("{} cannot be written: {error}", target.display())))?;
    {
        let backup = Backup::new(&from, &mut to).into_store()?;
        // All pages in one step, hence in one read transaction, so that no write makes it start over.
        backup.step(-1).into_store()?;
    }
    // A copy in one file, without a write-ahead log beside it.
    let _: String = to.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).into_store()?;
    Ok(to.close().map_err(|(_, error)| error).into_store()?)
}

fn verify(copy: &Path) -> Result<(), BackupError> {
    let conn = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).into_store()?;
    let verdict: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).into_store()?;
    if verdict != "ok" {
        return Err(StoreError::Damaged(format!("neither the copy is sound nor the database: {verdict}")).into());
    }
    Ok(())
}

/// A file that is removed unless it was renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        for path in [self.0.clone(), with_ending(&self.0, "-journal")] {
            if let Err(error) = remove_if_there(&path) {
                tracing::warn!(path = %path.display(), %error, "an unfinished backup could not be removed");
            }
        }
    }
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A name in the target's folder that only this process uses.
fn beside(target: &Path) -> PathBuf {
    with_ending(target, &format!(".unfinished-{}", std::process::id()))
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests;
