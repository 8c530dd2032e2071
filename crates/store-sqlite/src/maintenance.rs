//! Care of the database.

use async_trait::async_trait;
use reparto_domain::Timestamp;
use reparto_store::{Finding, Maintenance, Statistics, StoreResult};

use crate::{SqliteStore, check, error::Sql as _, expire, statements::statements};

statements! {
    READY = "SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1)";
}

#[async_trait]
impl Maintenance for SqliteStore {
    fn engine(&self) -> &'static str {
        "sqlite"
    }

    async fn ready(&self) -> StoreResult<()> {
        self.read(|conn| conn.prepare_cached(READY).sql()?.query_row([], |_| Ok(())).sql()).await
    }

    async fn check(&self, limit: usize) -> StoreResult<Vec<Finding>> {
        self.read(move |conn| check::check(conn, limit)).await
    }

    async fn expire(&self, now: Timestamp) -> StoreResult<u64> {
        self.write(move |conn| expire::expire(conn, now)).await
    }

    async fn trim(&self, now: Timestamp, jobs: Timestamp, deliveries: Timestamp) -> StoreResult<u64> {
        self.write(move |conn| Ok(crate::jobs::trim(conn, now, jobs)? + crate::webhooks::trim(conn, deliveries)?)).await
    }

    async fn statistics(&self) -> StoreResult<Statistics> {
        Ok(Statistics {
            waiting: self.waiting() as u64,
            bytes: std::fs::metadata(self.path()).ok().map(|file| file.len()),
            wal_bytes: Some(self.wal_bytes()),
        })
    }

    async fn close(&self) {
        self.shut_down().await;
    }
}
