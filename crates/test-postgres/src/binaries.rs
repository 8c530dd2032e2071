//! Where PostgreSQL's programs are, and which account runs them.

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
};

/// The message if PostgreSQL is missing.
const MISSING: &str = "PostgreSQL's server programs (initdb, pg_ctl) were not found. Install PostgreSQL 13 or later \
    (Debian, Ubuntu: `apt-get install postgresql`; macOS: `brew install postgresql`), or set REPARTO_TEST_DATABASE_URL \
    to a server whose role may create databases";

/// The folder of the newest installed server programs.
pub(crate) fn folder() -> Result<PathBuf, String> {
    let mut candidates = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for root in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        let mut versions: Vec<PathBuf> =
            fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
        candidates.extend(versions.into_iter().map(|path| path.join("bin")));
    }
    candidates.push(PathBuf::from("/usr/bin"));
    candidates
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .ok_or_else(|| MISSING.to_owned())
}

fn version(path: &Path) -> u32 {
    let digits: String = path
        .file_name()
        .map(|name| name.to_string_lossy().chars().filter(char::is_ascii_digit).collect())
        .unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// The account that runs the server: PostgreSQL refuses to run as root.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Account {
    /// The account that runs the tests.
    Own,
    /// This user and group.
    Other(u32, u32),
}

impl Account {
    /// The tests' own account, unless that is root: then `postgres` or `nobody`.
    pub(crate) fn choose() -> Result<Self, String> {
        let own = fs::metadata("/proc/self").map_or(1, |metadata| metadata.uid());
        if own != 0 {
            return Ok(Self::Own);
        }
        let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
        let find = |name: &str| {
            users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
                [user, _, uid, gid, ..] if user == name => Some(Self::Other(uid.parse().ok()?, gid.parse().ok()?)),
                _ => None,
            })
        };
        find("postgres").or_else(|| find("nobody")).ok_or_else(|| {
            "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`: run the tests as another user".to_owned()
        })
    }

    /// A command that runs as this account.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Other(uid, gid) = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Makes this account the owner of a folder.
    pub(crate) fn own(self, path: &Path) -> Result<(), String> {
        match self {
            Self::Own => Ok(()),
            Self::Other(uid, gid) => std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(|error| format!("{}: {error}", path.display())),
        }
    }
}
