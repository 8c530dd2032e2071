//! What the maintained counts say about a query.

use std::collections::BTreeMap;

use reparto_store::StoreResult;
use reparto_store_rows::lists::Holders;
use rusqlite::Connection;

use crate::{counts, mirror::question::Question};

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Live opportunities.
    pub live: u64,
    /// Those with the requested status and holder.
    pub matching: u64,
}

pub(super) fn read(conn: &Connection, question: &Question) -> StoreResult<Counts> {
    let mut counts = Counts::default();
    each(conn, question, |_, n, matches| {
        counts.live += n;
        counts.matching += if matches { n } else { 0 };
    })?;
    Ok(counts)
}

/// The number of matches by holder (0: nobody).
pub(super) fn by_holder(conn: &Connection, question: &Question) -> StoreResult<BTreeMap<i64, u64>> {
    let mut counts = BTreeMap::new();
    each(conn, question, |holder, n, matches| {
        if matches {
            *counts.entry(holder).or_default() += n;
        }
    })?;
    Ok(counts)
}

/// Passes on each count: its holder, its number, and whether its status and holder match the query.
fn each(conn: &Connection, question: &Question, mut tell: impl FnMut(i64, u64, bool)) -> StoreResult<()> {
    let asked = question.filter.status.map(|status| i64::from(status.number()));
    counts::each(conn, |status, holder, n| {
        let held = match question.holders {
            Holders::Any => true,
            Holders::Nobody => holder == 0,
            Holders::User(user) => holder == user,
            Holders::NobodyOr(user) => holder == 0 || holder == user,
            Holders::Nothing => false,
        };
        tell(holder, n, held && asked.is_none_or(|asked| asked == status));
    })
}
