//! A cluster for a single test.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio_postgres::{NoTls, SimpleQueryMessage};
use uuid::Uuid;

use crate::{
    binaries::{Account, folder},
    cluster::{initialize, lockable, run, socket_url},
};

/// Writes survive the end of the server's processes: no restart, however rough, loses anything. Only a power failure
/// would, which no test has.
const SETTINGS: &str = "\
max_connections = 100
shared_buffers = 64MB
fsync = off
wal_level = replica
max_wal_senders = 5
log_min_messages = warning
logging_collector = off
";

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are terminated with a message.
    Fast,
    /// All processes are killed at once; the next start recovers from the log.
    Immediate,
}

/// A server for a single test, which may be restarted, configured and copied. It is removed with the value, or by
/// itself if the test is killed. Its superuser `reparto` needs no password on the socket.
#[derive(Debug)]
pub struct OwnCluster {
    programs: PathBuf,
    account: Account,
    root: PathBuf,
    port: u16,
    /// The lock whose release tells that the test was killed.
    _use: File,
}

impl OwnCluster {
    /// Starts one.
    pub fn start() -> Result<Self, String> {
        Self::with("", &[])
    }

    /// Starts one with these lines of configuration and these files in its data folder.
    pub fn with(settings: &str, files: &[(&str, &str)]) -> Result<Self, String> {
        let cluster = Self::place()?;
        initialize(&cluster.programs, cluster.account, &cluster.data())?;
        for (name, text) in files {
            cluster.put(name, text)?;
        }
        cluster.configure(settings)?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// A streaming replica of this one.
    pub fn replica(&self) -> Result<Self, String> {
        let replica = Self::place()?;
        run(self
            .account
            .command(&self.programs.join("pg_basebackup"))
            .args(["--username=reparto", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--host"])
            .arg(&self.root)
            .arg("--port")
            .arg(self.port.to_string())
            .arg("--pgdata")
            .arg(replica.data()))?;
        replica.configure("")?;
        replica.launch()?;
        Ok(replica)
    }

    /// The URL of its maintenance database, via its socket.
    pub fn url(&self) -> String {
        socket_url(&self.root, self.port)
    }

    /// The port on the loopback interface on which it also listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Stops it and starts it again.
    pub fn restart(&self, how: Stop) -> Result<(), String> {
        let mode = if how == Stop::Fast { "fast" } else { "immediate" };
        self.control(&["restart", "--wait", "--silent", "--mode", mode])
    }

    /// Its log of warnings and errors.
    pub fn log(&self) -> String {
        fs::read_to_string(self.root.join("log")).unwrap_or_default()
    }

    /// Executes statements in the maintenance database and returns the first value of the last row, if there is one.
    pub async fn sql(&self, text: &str) -> Result<Option<String>, String> {
        sql(&self.url(), text).await
    }

    fn place() -> Result<Self, String> {
        let (programs, account) = (folder()?, Account::choose()?);
        // Short, because socket paths are limited in length.
        let name = Uuid::new_v4().simple().to_string();
        let root = std::env::temp_dir().join(format!("reparto-own-{}", &name[..12]));
        fs::create_dir_all(&root).map_err(|error| format!("{}: {error}", root.display()))?;
        account.own(&root)?;
        let users = lockable(&root.join("users"))?;
        users.lock_shared().map_err(|error| format!("{}: {error}", root.display()))?;
        let cluster = Self { programs, account, root, port: free_port()?, _use: users };
        cluster.watch()?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Writes a file owned by the cluster's account.
    fn put(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.data().join(name);
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        fs::write(&path, text).map_err(failed)?;
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, private).map_err(failed)?;
        self.account.own(&path)
    }

    fn configure(&self, more: &str) -> Result<(), String> {
        // A copy has the settings of its original, and the source to stream from; later lines win.
        let before = fs::read_to_string(self.data().join("postgresql.auto.conf")).unwrap_or_default();
        let (root, port) = (self.root.display(), self.port);
        let settings = format!(
            "{before}\n{SETTINGS}unix_socket_directories = '{root}'\nlisten_addresses = '127.0.0.1'\nport = {port}\n{more}\n"
        );
        self.put("postgresql.auto.conf", &settings)
    }

    fn launch(&self) -> Result<(), String> {
        self.control(&["start", "--wait", "--silent"])
    }

    fn control(&self, args: &[&str]) -> Result<(), String> {
        run(self
            .account
            .command(&self.programs.join("pg_ctl"))
            .args(args)
            .arg("-D")
            .arg(self.data())
            .arg("-l")
            .arg(self.root.join("log")))
        .map_err(|error| format!("{error}\n{}", self.log()))
    }

    /// Starts a separate process that cleans up once nobody holds `users`, that is, if the test was killed.
    fn watch(&self) -> Result<(), String> {
        let script = r#"cd /
while sleep 15; do
    [ -e "$2/users" ] || exit 0
    if flock --nonblock "$2/users" true; then
        "$1/pg_ctl" stop --mode=immediate --silent -D "$2/data" >/dev/null 2>&1
        rm -rf "$2"
        exit 0
    fi
done"#;
        let mut command = self.account.command(Path::new("/bin/sh"));
        command.arg("-c").arg(script).arg("reparto-own-postgres").arg(&self.programs).arg(&self.root);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(|_| ()).map_err(|error| format!("cannot start the clean-up process: {error}"))
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        let _ = self.control(&["stop", "--wait", "--silent", "--mode", "immediate"]);
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Executes statements and returns the first value of the last row, if there is one.
pub async fn sql(url: &str, text: &str) -> Result<Option<String>, String> {
    let said = |error: tokio_postgres::Error| {
        let cause = error.as_db_error().map(|cause| format!(": {}", cause.message())).unwrap_or_default();
        format!("{text}: {error}{cause}")
    };
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(said)?;
    let connection = tokio::spawn(connection);
    let messages = client.simple_query(text).await.map_err(said)?;
    drop(client);
    let _ = connection.await;
    let last = messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
        _ => None,
    });
    Ok(last.flatten())
}

/// A transaction that stays open until the value is dropped.
#[derive(Debug)]
pub struct Held(tokio_postgres::Client);

impl Held {
    /// Begins one and executes these statements in it.
    pub async fn new(url: &str, text: &str) -> Result<Self, String> {
        let said = |error: tokio_postgres::Error| format!("{text}: {error}");
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(said)?;
        tokio::spawn(connection);
        client.batch_execute(&format!("BEGIN; {text}")).await.map_err(said)?;
        Ok(Self(client))
    }

    /// Executes one more statement in it.
    pub async fn sql(&self, text: &str) -> Result<(), String> {
        self.0.batch_execute(text).await.map_err(|error| format!("{text}: {error}"))
    }
}

/// A currently unused port of the loopback interface.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
