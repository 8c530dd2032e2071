//! The schema and its versions.

use reparto_store::{StoreError, StoreResult};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::{from_pg, unavailable};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The newest schema that this program knows.
pub(crate) fn known() -> u32 {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or(0)
        .unsigned_abs()
}

/// The key of the advisory lock for migrations: any number that nobody else uses.
const MIGRATION_LOCK: i64 = 0x5245_5041_5254_4f01;

/// Migrates the schema, or verifies that it is up to date.
pub(crate) async fn run(config: &Config, tls: &MakeRustlsConnect, migrate: bool) -> StoreResult<()> {
    let client = connect(config, tls).await?;
    if !migrate {
        return match version(&client).await? {
            Some(found) if found >= known() => accept(&client, found).await,
            found => Err(StoreError::OlderSchema { found: found.unwrap_or(0), known: known() }),
        };
    }
    // Replicas that start at the same time take turns. The lock is held by a transaction of another connection: a
    // session lock would not survive a proxy that pools transactions.
    let gate = connect(config, tls).await?;
    let taken = format!(
        "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
    );
    gate.batch_execute(&taken).await.map_err(|error| from_pg(&error, false))?;
    let outcome = migrate_exclusively(client).await;
    // An error here does not matter: the connection is dropped, which releases the lock.
    let _ = gate.batch_execute("COMMIT").await;
    outcome
}

async fn migrate_exclusively(mut client: Client) -> StoreResult<()> {
    match version(&client).await? {
        Some(found) if found > known() => return accept(&client, found).await,
        None if is_somebody_elses(&client).await? => {
            return Err(StoreError::Damaged("the database holds tables of another program".to_owned()));
        }
        _ => {}
    }
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await.map_err(|e| from_pg(&e, false))?;
    let report = embedded::migrations::runner().run_async(&mut client).await;
    report.map(|_| ()).map_err(|error| match error.kind() {
        refinery::error::Kind::DivergentVersion(applied, _) | refinery::error::Kind::MissingVersion(applied) => {
            StoreError::Damaged(format!("migration {applied} is not the one that this program knows"))
        }
        _ => StoreError::Internal(format!("migration failed: {error}")),
    })
}

/// Whether this program may run on a schema at least as new as its own: a newer schema states its compatibility.
async fn accept(client: &Client, found: u32) -> StoreResult<()> {
    if found == known() {
        return Ok(());
    }
    let row = client.query_one("SELECT max(oldest) FROM schema_support", &[]).await;
    let oldest: Option<i32> = row.and_then(|row| row.try_get(0)).map_err(|error| from_pg(&error, false))?;
    if oldest.is_some_and(|oldest| i64::from(oldest) <= i64::from(known())) {
        tracing::info!(found, known = known(), "the schema is newer and lets this program run");
        Ok(())
    } else {
        Err(StoreError::NewerSchema { found, known: known() })
    }
}

/// The database's schema version; `None` if it has no schema.
async fn version(client: &Client) -> StoreResult<Option<u32>> {
    let there = client.query_one("SELECT to_regclass('refinery_schema_history') IS NOT NULL", &[]).await;
    if !there.and_then(|row| row.try_get::<_, bool>(0)).map_err(|error| from_pg(&error, false))? {
        return Ok(None);
    }
    let row = client.query_one("SELECT max(version)::bigint FROM refinery_schema_history", &[]).await;
    let version: Option<i64> = row.and_then(|row| row.try_get(0)).map_err(|error| from_pg(&error, false))?;
    let number = |version| {
        u32::try_from(version).map_err(|_| StoreError::Damaged(format!("there is no version {version} of a schema")))
    };
    version.map(number).transpose()
}

async fn is_somebody_elses(client: &Client) -> StoreResult<bool> {
    let row = client
        .query_one("SELECT to_regclass('users') IS NOT NULL OR to_regclass('opportunities') IS NOT NULL", &[])
        .await;
    row.and_then(|row| row.try_get(0)).map_err(|error| from_pg(&error, false))
}

/// A connection outside the pool.
async fn connect(config: &Config, tls: &MakeRustlsConnect) -> StoreResult<Client> {
    let (client, connection) = config.connect(tls.clone()).await.map_err(|error| match from_pg(&error, false) {
        StoreError::Internal(reason) => unavailable(&reason),
        other => other,
    })?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the migrating connection ended");
        }
    });
    Ok(client)
}

/// A fingerprint of the schema, from the names and texts of all migrations.
pub fn schema_fingerprint() -> String {
    let migrations = embedded::migrations::runner();
    let sum =
        migrations.get_migrations().iter().fold(0_u64, |sum, migration| sum.rotate_left(7) ^ migration.checksum());
    format!("{sum:016x}")
}
