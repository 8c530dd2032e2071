//! Verifying every invariant of the stored data, in one snapshot. The server joins and sorts; memory use here is
//! bounded.

pub(crate) mod background;
mod contacts;
mod objects;
mod rotations;
pub(crate) mod rules;
mod teams;
pub(crate) mod times;

use std::collections::HashMap;

use reparto_store::{Finding, StoreResult};
use reparto_store_rows::{kept::Fault, names::named};

use crate::{
    PostgresStore,
    engine::{errors::Db, tx::Conn},
};

/// The findings, at most `limit` of each kind.
#[derive(Debug)]
struct Findings {
    limit: usize,
    found: Vec<Finding>,
    counts: HashMap<&'static str, usize>,
}

impl Findings {
    fn fault(&mut self, fault: Fault) {
        if let Some((invariant, detail)) = fault {
            self.add(invariant, detail);
        }
    }

    fn add(&mut self, invariant: &'static str, detail: impl Into<String>) {
        let count = self.counts.entry(invariant).or_default();
        if *count < self.limit {
            *count += 1;
            self.found.push(Finding { invariant, detail: detail.into() });
        }
    }
}

/// Every broken invariant, at most `limit` findings of each kind.
pub(crate) async fn check(store: &PostgresStore, limit: usize) -> StoreResult<Vec<Finding>> {
    let mut conn = store.snapshot().await?;
    let outcome = all(&mut conn, limit.max(1)).await;
    match conn.finish(outcome).await {
        Ok(outcome) => outcome,
        Err(again) => Err(again.0.into_store(false)),
    }
}

/// The rules that are statements.
fn rules() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    rules::RULES.iter().chain(background::RULES).chain(teams::RULES).chain(rotations::RULES).chain(times::RULES)
}

async fn all(conn: &mut Conn, limit: usize) -> Db<Vec<Finding>> {
    let mut findings = Findings { limit, found: Vec::new(), counts: HashMap::new() };
    for (invariant, sql) in rules() {
        let sql = format!("SELECT broken FROM ({}) AS found (broken) LIMIT {limit}", named(sql));
        for row in conn.all_once(&sql, &[]).await? {
            findings.add(invariant, row.try_get::<_, String>(0)?);
        }
    }
    contacts::check(conn, &mut findings).await?;
    objects::check(conn, &mut findings).await?;
    teams::check(conn, &mut findings).await?;
    rotations::check(conn, &mut findings).await?;
    Ok(findings.found)
}
