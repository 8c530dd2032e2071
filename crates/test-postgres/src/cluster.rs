//! One cluster for all test processes of a run.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use crate::binaries::{Account, folder};

/// The cluster used by this process, held until the process ends.
struct Cluster {
    url: String,
    /// A shared lock on `users`; the cluster stays while one is held.
    _use: File,
}

/// The URL of the maintenance database of the shared cluster, which is started if necessary.
pub(crate) fn url() -> Result<String, String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    CLUSTER.get_or_init(start).as_ref().map(|cluster| cluster.url.clone()).map_err(Clone::clone)
}

/// The port in the socket's name, PostgreSQL's default.
const PORT: u16 = 5432;

/// A throwaway needs no durability.
const SETTINGS: &str = "\
listen_addresses = ''
max_connections = 300
shared_buffers = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum_naptime = 5s
log_min_messages = warning
logging_collector = off
";

fn start() -> Result<Cluster, String> {
    let programs = folder()?;
    let account = Account::choose()?;
    let root = std::env::temp_dir().join(format!("reparto-pg-{}", tag(&programs, account)));
    let place = |what: &str, error: &dyn std::fmt::Display| format!("{what} {}: {error}", root.display());
    fs::create_dir_all(&root).map_err(|error| place("cannot make", &error))?;
    account.own(&root)?;
    let door = lockable(&root.join("door"))?;
    door.lock().map_err(|error| place("cannot lock", &error))?;
    let users = lockable(&root.join("users"))?;
    users.lock_shared().map_err(|error| place("cannot lock", &error))?;
    let data = root.join("data");
    let running = account.command(&programs.join("pg_ctl")).arg("status").arg("-D").arg(&data).output();
    if !running.is_ok_and(|output| output.status.success()) {
        launch(&programs, account, &root, &data)?;
    }
    Ok(Cluster { url: socket_url(&root, PORT), _use: users })
}

fn launch(programs: &Path, account: Account, root: &Path, data: &Path) -> Result<(), String> {
    // The remains of a killed cluster are useless.
    let _ = fs::remove_dir_all(data);
    initialize(programs, account, data)?;
    let configuration = data.join("postgresql.auto.conf");
    let settings = format!("{SETTINGS}unix_socket_directories = '{}'\n", root.display());
    fs::write(&configuration, settings).map_err(|error| format!("{}: {error}", configuration.display()))?;
    account.own(&configuration)?;
    let log = root.join("log");
    run(account
        .command(&programs.join("pg_ctl"))
        .args(["start", "--wait", "--silent", "-D"])
        .arg(data)
        .arg("-l")
        .arg(&log))
    .map_err(|error| format!("{error}\n{}", fs::read_to_string(&log).unwrap_or_default()))?;
    watch(programs, account, root, data)
}

/// Creates an empty cluster whose superuser `reparto` needs no password.
pub(crate) fn initialize(programs: &Path, account: Account, data: &Path) -> Result<(), String> {
    run(account
        .command(&programs.join("initdb"))
        .args(["--username=reparto", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(data))
}

/// The URL of the maintenance database of the server whose socket (with this port) is in this folder.
pub(crate) fn socket_url(folder: &Path, port: u16) -> String {
    let folder = folder.to_string_lossy();
    let host = percent_encoding::utf8_percent_encode(&folder, percent_encoding::NON_ALPHANUMERIC);
    format!("postgres://reparto@{host}:{port}/postgres")
}

/// Starts a separate process that stops and deletes the cluster once no test process holds `users`.
fn watch(programs: &Path, account: Account, root: &Path, data: &Path) -> Result<(), String> {
    let script = r#"cd /
while sleep 15; do
    "$1/pg_ctl" status -D "$3" >/dev/null 2>&1 || exit 0
    if flock --nonblock "$2/door" flock --nonblock "$2/users" "$1/pg_ctl" stop --mode=immediate --silent -D "$3"; then
        rm -rf "$3" "$2/log"
        exit 0
    fi
done"#;
    let mut command = account.command(Path::new("/bin/sh"));
    command.arg("-c").arg(script).arg("reparto-test-postgres").arg(programs).arg(root).arg(data);
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(|_| ()).map_err(|error| format!("cannot start the clean-up process: {error}"))
}

/// Opens a lock file usable by any account.
pub(crate) fn lockable(path: &Path) -> Result<File, String> {
    let file = File::options().create(true).append(true).read(true).open(path);
    let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let _ = fs::set_permissions(path, open);
    Ok(file)
}

/// Distinguishes clusters that must not be shared, by version and account.
fn tag(programs: &Path, account: Account) -> String {
    let version: String = programs.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    match account {
        Account::Own => format!("{version}-{}", std::env::var("USER").unwrap_or_default()),
        Account::Other(uid, _) => format!("{version}-{uid}"),
    }
}

/// Runs a program to completion.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    command.current_dir("/").stdin(Stdio::null());
    // pg_ctl leaves the server running, which would keep a pipe open, so that its output must not be piped.
    let output = PathBuf::from(command.get_program());
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let result = if name == "pg_ctl" {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().map(|status| (status, Vec::new()))
    } else {
        command.output().map(|output| (output.status, output.stderr))
    };
    match result {
        Ok((status, _)) if status.success() => Ok(()),
        Ok((status, stderr)) => Err(format!("{name} failed ({status}): {}", String::from_utf8_lossy(&stderr).trim())),
        Err(error) => Err(format!("{name}: {error}")),
    }
}
