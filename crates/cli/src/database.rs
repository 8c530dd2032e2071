//! Which database, and opening it.

use std::{fmt, path::PathBuf, sync::Arc};

use clap::{Args, builder::FalseyValueParser, value_parser};
use reparto_domain::{CallerClock, Clock, SystemClock};
use reparto_store::Store;
use reparto_store_postgres::{Options as PostgresOptions, PostgresStore, Statements};
use reparto_store_sqlite::{Lists, Options as SqliteOptions, SqliteStore};
use secrecy::{ExposeSecret as _, SecretString};

use crate::failure::Failure;

/// The database as it was named. It may hold a password, so it shows itself only where it cannot.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

/// What a name of a database means.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres,
}

/// How to use a PostgreSQL server; without effect on SQLite.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "PostgreSQL")]
pub struct PostgresArgs {
    /// Connections at most
    #[arg(long, env = "REPARTO_POOL_SIZE", default_value_t = 16, value_parser = value_parser!(u16).range(1..=1_000), value_name = "N")]
    pub pool_size: u16,
    /// A streaming replica for list pages; who has just written still reads their own writes
    #[arg(long, env = "REPARTO_READ_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub read_database_url: Option<DatabaseUrl>,
    /// Prepare no statements: for a proxy that pools transactions and does not keep them
    #[arg(long, env = "REPARTO_NO_PREPARED_STATEMENTS", value_parser = FalseyValueParser::new())]
    pub no_prepared_statements: bool,
}

/// How lists are found, on any database.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Lists")]
pub struct ListArgs {
    /// Megabytes that lists may keep in memory (for each opportunity some 100 bytes on SQLite and 130 on PostgreSQL, from 20,000 on); 0 is nothing
    #[arg(long, env = "REPARTO_LIST_MEMORY", default_value_t = 1_024, value_parser = value_parser!(u32).range(0..=65_536), value_name = "MB")]
    pub list_memory: u32,
    /// Folder for a file with what lists are found in, so that they are fast as soon as the process starts; for PostgreSQL (with SQLite it lies beside the database)
    #[arg(long, env = "REPARTO_CACHE_DIR", value_name = "FOLDER")]
    pub cache_dir: Option<PathBuf>,
}

impl ListArgs {
    const fn lists(&self) -> Lists {
        Lists::with_budget((self.list_memory as usize) << 20)
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(SecretString::from(url))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parse() {
            Ok(Database::Sqlite(path)) => write!(f, "sqlite:{}", path.display()),
            Ok(Database::Postgres) => f.write_str("postgres://…"),
            Err(_) => f.write_str("…"),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl DatabaseUrl {
    /// What it means.
    pub fn parse(&self) -> Result<Database, Failure> {
        let url = self.0.expose_secret();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(':') || path.contains(['?', '\0']) {
                return Err(Failure::new(
                    "--database-url: sqlite: is followed by the path of a file, as in sqlite:reparto.db",
                ));
            }
            return Ok(Database::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Database::Postgres);
        }
        Err(Failure::new("--database-url: must be sqlite:PATH or postgres://…"))
    }

    /// Opens it. With `migrate`, one that is not there is made (SQLite) and an older schema brought up to date.
    pub async fn open(&self, migrate: bool) -> Result<Arc<dyn Store>, Failure> {
        self.open_as(migrate, None, false, Arc::new(SystemClock)).await
    }

    /// As [`DatabaseUrl::open`], to serve from.
    pub async fn open_with(
        &self,
        migrate: bool,
        how: Option<(&PostgresArgs, &ListArgs)>,
    ) -> Result<Arc<dyn Store>, Failure> {
        self.open_as(migrate, how, false, Arc::new(SystemClock)).await
    }

    /// As [`DatabaseUrl::open`], also where a copy into it is unfinished.
    pub async fn open_to_copy_into(&self) -> Result<Arc<dyn Store>, Failure> {
        self.open_as(true, None, true, Arc::new(SystemClock)).await
    }

    /// As [`DatabaseUrl::open`], for data of the past: what is written has the caller's time, not the present one.
    pub async fn open_for_past(&self) -> Result<Arc<dyn Store>, Failure> {
        self.open_as(true, None, false, Arc::new(CallerClock)).await
    }

    async fn open_as(
        &self,
        migrate: bool,
        how: Option<(&PostgresArgs, &ListArgs)>,
        unfinished_copy: bool,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn Store>, Failure> {
        match self.parse()? {
            Database::Sqlite(path) => {
                let lists = how.map_or(Lists::Sql, |(_, lists)| lists.lists());
                // Who serves alone has lists, and leaves them to the next process.
                let keep_lists = how.is_some();
                let options =
                    SqliteOptions { migrate, unfinished_copy, lists, keep_lists, clock, ..SqliteOptions::new(path) };
                // Opening reads, locks and perhaps migrates: work for a thread that may wait.
                let store = tokio::task::spawn_blocking(move || SqliteStore::open(options))
                    .await
                    .map_err(|error| Failure::new(format!("the database could not be opened: {error}")))??;
                Ok(Arc::new(store))
            }
            Database::Postgres => {
                let mut options =
                    PostgresOptions { migrate, unfinished_copy, clock, ..PostgresOptions::new(self.0.expose_secret()) };
                if let Some((how, lists)) = how {
                    options.lists = lists.lists();
                    options.lists_at_once = true;
                    options.cache_dir = lists.cache_dir.clone().filter(|folder| !folder.as_os_str().is_empty());
                    options.pool_size = how.pool_size.into();
                    options.read_url = how.read_database_url.as_ref().map(|url| url.0.clone());
                    if how.no_prepared_statements {
                        options.statements = Statements::Unprepared;
                    }
                }
                Ok(Arc::new(PostgresStore::connect(options).await?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Database, Failure> {
        DatabaseUrl::from(url.to_owned()).parse()
    }

    #[test]
    fn a_database_is_a_sqlite_file_or_postgresql() {
        for (url, path) in [("sqlite:a.db", "a.db"), ("sqlite:/x/a.db", "/x/a.db"), ("sqlite:///x/a.db", "/x/a.db")] {
            assert!(matches!(parse(url), Ok(Database::Sqlite(found)) if found.as_os_str() == path), "{url}");
        }
        assert!(matches!(parse("postgres://u@h/d"), Ok(Database::Postgres)));
        for url in ["", "a.db", "sqlite:", "sqlite::memory:", "mysql://h/d"] {
            assert!(parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn no_password_of_a_database_is_shown() {
        for url in ["postgres://u:hunter2@h/d", "postgers://u:hunter2@h/d"] {
            let url = DatabaseUrl::from(url.to_owned());
            let shown = format!("{url} {url:?} {:?}", url.parse());
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
