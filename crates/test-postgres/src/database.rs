//! A database for each test.

use std::{thread, time::Duration};

use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

/// The URL of a database on the server that tests use; only `host`, `user` and the like matter.
pub fn server_url() -> Result<String, String> {
    match std::env::var("REPARTO_TEST_DATABASE_URL") {
        Ok(url) if !url.is_empty() => Ok(url),
        _ => crate::cluster::url(),
    }
}

/// A database of a single test, dropped with the value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

/// The key of the advisory lock for creating the template.
const TEMPLATE_LOCK: i64 = 0x5245_5041_5254_4f02;

impl Database {
    /// Creates an empty database.
    pub async fn empty() -> Result<Self, String> {
        Self::create("template0").await
    }

    /// Creates a migrated database: a clone of the template with this fingerprint, which is filled by `migrate`, given
    /// its URL, if it does not exist yet.
    pub async fn fresh<F, R, E>(fingerprint: &str, migrate: F) -> Result<Self, String>
    where
        F: FnOnce(String) -> R,
        R: Future<Output = Result<(), E>>,
        E: std::fmt::Display,
    {
        let template = format!("reparto_template_{fingerprint}");
        ensure_template(&template, migrate).await?;
        Self::create(&template).await
    }

    async fn create(template: &str) -> Result<Self, String> {
        let server = server_url()?;
        let name = format!("reparto_test_{}", Uuid::new_v4().simple());
        let client = connect(&server).await?;
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        client.batch_execute(&create).await.map_err(|error| explain("cannot create a database", &error))?;
        Ok(Self { server, name })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // On a separate thread, because a test's runtime cannot block on itself.
        let dropped = thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            let _ = runtime.block_on(async {
                let client = connect(&server).await?;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                client.batch_execute(&drop).await.map_err(|error| explain("cannot drop a database", &error))
            });
        });
        let _ = dropped.join();
    }
}

async fn ensure_template<F, R, E>(template: &str, migrate: F) -> Result<(), String>
where
    F: FnOnce(String) -> R,
    R: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let server = server_url()?;
    let client = connect(&server).await?;
    if exists(&client, template).await? {
        return Ok(());
    }
    let lock = format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})");
    client.batch_execute(&lock).await.map_err(|error| explain("cannot lock", &error))?;
    if exists(&client, template).await? {
        return Ok(());
    }
    // Under another name until complete, so that the remains of a killed test are never taken for a template.
    let unfinished = format!("{template}_unfinished");
    let sql = format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)");
    client.batch_execute(&sql).await.map_err(|error| explain("cannot drop", &error))?;
    let sql = format!("CREATE DATABASE {unfinished} TEMPLATE template0");
    client.batch_execute(&sql).await.map_err(|error| explain("cannot create the template", &error))?;
    migrate(with_database(&server, &unfinished))
        .await
        .map_err(|error| format!("cannot migrate the template: {error}"))?;
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'");
    client.batch_execute(&end).await.map_err(|error| explain("cannot end connections", &error))?;
    let rename = format!("ALTER DATABASE {unfinished} RENAME TO {template}");
    client.batch_execute(&rename).await.map_err(|error| explain("cannot finish the template", &error))
}

async fn exists(client: &Client, name: &str) -> Result<bool, String> {
    let row = client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name]).await;
    row.map(|row| row.is_some()).map_err(|error| explain("cannot look for the template", &error))
}

async fn connect(url: &str) -> Result<Client, String> {
    let mut config: Config = url.parse().map_err(|error| format!("not a database URL: {error}"))?;
    config.connect_timeout(Duration::from_secs(10));
    let (client, connection) = config.connect(NoTls).await.map_err(|error| explain("cannot connect", &error))?;
    tokio::spawn(connection);
    Ok(client)
}

/// The URL with another database in it.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..end])
}

fn explain(what: &str, error: &tokio_postgres::Error) -> String {
    use std::error::Error as _;
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{what}: {error}{cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_in_a_url_is_replaced() {
        assert_eq!(with_database("postgres://u@%2Ftmp/postgres", "x"), "postgres://u@%2Ftmp/x");
        assert_eq!(with_database("postgres://u@h:5/a?sslmode=require", "x"), "postgres://u@h:5/x?sslmode=require");
        assert_eq!(with_database("postgres://u@h", "x"), "postgres://u@h/x");
    }
}
