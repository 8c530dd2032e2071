//! PgBouncer in front of a server, in transaction pooling mode.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use tokio_postgres::{Config, config::Host};
use uuid::Uuid;

use crate::{binaries::Account, own::free_port, own::sql};

/// The message if it is missing.
const MISSING: &str = "PgBouncer was not found. Install it (Debian, Ubuntu: `apt-get install pgbouncer`; macOS: `brew install pgbouncer`)";

/// The maximum time until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A PgBouncer that ends with the value. It has few server connections, so that clients really share them.
#[derive(Debug)]
pub struct Pooler {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Pooler {
    /// Starts one in front of the server of this URL, with this many connections to it.
    pub async fn before(url: &str, connections: usize) -> Result<Self, String> {
        let config: Config = url.parse().map_err(|error| format!("not a database URL: {error}"))?;
        let host = match config.get_hosts().first() {
            Some(Host::Unix(folder)) => folder.display().to_string(),
            Some(Host::Tcp(host)) => host.clone(),
            None => return Err("the URL names no host".to_owned()),
        };
        let server_port = config.get_ports().first().copied().unwrap_or(5432);
        let user = config.get_user().unwrap_or("postgres").to_owned();
        let database = config.get_dbname().unwrap_or("postgres").to_owned();
        let password = config.get_password().map(|p| format!(" password={}", String::from_utf8_lossy(p)));
        let (account, port) = (Account::choose()?, free_port()?);
        let name = Uuid::new_v4().simple().to_string();
        let folder = std::env::temp_dir().join(format!("reparto-pool-{}", &name[..12]));
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        let text = format!(
            "[databases]\n{database} = host={host} port={server_port} dbname={database} user={user}{}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 500\n\
             server_login_retry = 1\nlog_connections = 0\nlog_disconnections = 0\nlogfile = {}/log\n",
            password.unwrap_or_default(),
            folder.display(),
        );
        fs::write(folder.join("pgbouncer.ini"), text).map_err(failed)?;
        for path in [&folder, &folder.join("pgbouncer.ini")] {
            account.own(path)?;
        }
        let program =
            ["/usr/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/usr/bin/pgbouncer"];
        let program = program.into_iter().map(Path::new).find(|path| path.exists()).ok_or(MISSING)?;
        let child = account
            .command(program)
            .arg("--quiet")
            .arg(folder.join("pgbouncer.ini"))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let url = format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable");
        let mut pooler = Self { child, folder, url };
        pooler.until_it_answers().await?;
        Ok(pooler)
    }

    /// The URL for clients.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn until_it_answers(&mut self) -> Result<(), String> {
        let answers = async {
            loop {
                match sql(&self.url, "SELECT 1").await {
                    Ok(_) => return Ok(()),
                    Err(error) if self.child.try_wait().is_ok_and(|ended| ended.is_some()) => return Err(error),
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        match tokio::time::timeout(PATIENCE, answers).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("PgBouncer ended: {error}\n{}", log())),
            Err(_) => Err(format!("PgBouncer does not answer\n{}", log())),
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
