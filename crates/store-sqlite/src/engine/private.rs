//! Files that their owner alone can read: they hold personal data, and the key that signs tokens.

use std::{
    fs::{self, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Read and written by the owner.
const OWNER: u32 = 0o600;

/// The endings of the files that SQLite keeps beside a database. It gives each the permissions of the database.
const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes a file that is not there yet, whatever the umask.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(OWNER).open(path).map(drop)
}

/// Takes everybody else's rights to a database and its side files away. An operator who reads a warning may act too
/// late, and nothing that reads a database in use directly reads it rightly: so it is done, and said. A database of
/// another owner stays as it is, which is said too.
pub(crate) fn tighten(path: &Path) {
    let sides = SIDES.into_iter().map(|ending| with_ending(path, ending));
    for path in std::iter::once(path.to_owned()).chain(sides) {
        let Ok(about) = fs::metadata(&path) else { continue };
        let mode = about.permissions().mode() & 0o777;
        let others_may = 0o077;
        if mode & others_may == 0 {
            continue;
        }
        let (file, mode) = (path.display(), format!("{mode:04o}"));
        match fs::set_permissions(&path, Permissions::from_mode(OWNER)) {
            Ok(()) => tracing::warn!(%file, mode, "others could use a file of the database; now its owner alone can"),
            Err(error) => {
                tracing::warn!(%file, mode, %error, "others can use a file of the database: chmod it to 0600");
            }
        }
    }
}

/// The path with this ending.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_taken_from_others_with_its_side_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reparto.db");
        let files = ["", "-wal", "-shm", "-journal"].map(|ending| with_ending(&path, ending));
        for file in &files {
            fs::write(file, "").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        }
        tighten(&path);
        for file in &files {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, OWNER, "{}", file.display());
        }
    }
}
