//! Free rows that match a filter: whether one is, how many there are, all of them.

use std::sync::LazyLock;

use reparto_domain::opportunities::{COUNT_BOUND, RandomFilter};
use reparto_store::StoreResult;
use reparto_store_rows::{names::named, numbers::signed};
use rusqlite::{Connection, ToSql, named_params};

use crate::{
    engine::Conn as _,
    rows::{amount, value},
};

/// How far the rows of an index range are counted to find the shortest one.
const COMPARED: u64 = 50_000;

/// From which index candidates are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Free,
    Score,
    Priority,
    DetectedAt,
}

/// The index with the shortest range, and the number of rows in it (counted up to a bound).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    from: Source,
    /// Rows to look at.
    pub rows: u64,
}

/// The condition for a free row: unassigned, not deleted, pending, of a contact who may be contacted.
static IS_FREE: LazyLock<String> = LazyLock::new(|| {
    named("a.status = {status.pending} AND a.holder IS NULL AND a.deleted = 0 AND a.do_not_contact = 0")
});
const MATCHES: &str = "o.score BETWEEN :min_score AND :max_score AND (:priority IS NULL OR o.priority = :priority) \
    AND o.detected_at BETWEEN :detected_from AND :detected_to";

fn listed(from: Source, facts: bool) -> String {
    let free = IS_FREE.as_str();
    match (from, facts) {
        (Source::Free, false) => {
            format!("SELECT a.seq FROM assignments a INDEXED BY assignments_status_holder WHERE {free}")
        }
        (Source::Free, true) => format!(
            "SELECT a.seq FROM assignments a INDEXED BY assignments_status_holder \
             CROSS JOIN opportunities o ON o.seq = a.seq WHERE {free} AND {MATCHES}"
        ),
        (_, _) => format!(
            "SELECT o.seq FROM opportunities o INDEXED BY {} CROSS JOIN assignments a ON a.seq = o.seq \
             WHERE o.deleted_at IS NULL AND {} AND {free} AND {MATCHES}",
            index(from),
            range(from)
        ),
    }
}

fn counted(from: Source) -> String {
    format!("SELECT count(*) FROM ({} LIMIT {COUNT_BOUND})", listed(from, true))
}

fn length(from: Source) -> String {
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM opportunities o INDEXED BY {} WHERE o.deleted_at IS NULL AND {} \
         LIMIT :compared)",
        index(from),
        range(from)
    )
}

fn probe(facts: bool) -> String {
    let free = IS_FREE.as_str();
    if facts {
        format!(
            "SELECT 1 FROM assignments a CROSS JOIN opportunities o ON o.seq = a.seq WHERE a.seq = :seq AND {free} \
             AND {MATCHES}"
        )
    } else {
        format!("SELECT 1 FROM assignments a WHERE a.seq = :seq AND {free}")
    }
}

const fn index(from: Source) -> &'static str {
    match from {
        Source::Free => "assignments_status_holder",
        Source::Score => "opportunities_score",
        Source::Priority => "opportunities_priority",
        Source::DetectedAt => "opportunities_detected_at",
    }
}

fn range(from: Source) -> &'static str {
    match from {
        Source::Free => &IS_FREE,
        Source::Score => "o.score BETWEEN :min_score AND :max_score",
        Source::Priority => "o.priority = :priority",
        Source::DetectedAt => "o.detected_at BETWEEN :detected_from AND :detected_to",
    }
}

#[cfg(test)]
pub(in crate::assignments) fn built_statements() -> Vec<(&'static str, String)> {
    let facts = [Source::Score, Source::Priority, Source::DetectedAt];
    let mut all = vec![("PROBE", probe(true)), ("PROBE", probe(false)), ("LISTED", listed(Source::Free, false))];
    all.extend(facts.map(|from| ("LENGTH", length(from))));
    all.extend([Source::Free].into_iter().chain(facts).map(|from| ("LISTED", listed(from, true))));
    all.extend([Source::Free].into_iter().chain(facts).map(|from| ("COUNTED", counted(from))));
    all
}

/// The values of a filter as they are bound.
struct Bound {
    min_score: i64,
    max_score: i64,
    priority: Option<i16>,
    detected_from: i64,
    detected_to: i64,
}

impl Bound {
    fn new(filter: &RandomFilter) -> Self {
        Self {
            min_score: filter.min_score.map_or(0, reparto_domain::Score::get),
            max_score: filter.max_score.map_or(100, reparto_domain::Score::get),
            priority: filter.priority.map(reparto_domain::Priority::number),
            detected_from: filter.detected_from.map_or(i64::MIN, reparto_domain::Timestamp::micros),
            detected_to: filter.detected_to.map_or(i64::MAX, reparto_domain::Timestamp::micros),
        }
    }

    /// The values by name.
    fn all(&self) -> Vec<(&'static str, &dyn ToSql)> {
        named_params! {
            ":min_score": self.min_score,
            ":max_score": self.max_score,
            ":priority": self.priority,
            ":detected_from": self.detected_from,
            ":detected_to": self.detected_to,
        }
        .to_vec()
    }

    /// Those that a range needs.
    fn of(&self, from: Source) -> Vec<(&'static str, &dyn ToSql)> {
        let names: &[&str] = match from {
            Source::Free => &[],
            Source::Score => &[":min_score", ":max_score"],
            Source::Priority => &[":priority"],
            Source::DetectedAt => &[":detected_from", ":detected_to"],
        };
        self.all().into_iter().filter(|(name, _)| names.contains(name)).collect()
    }
}

/// The index whose range is shortest.
pub(super) fn plan(conn: &Connection, filter: &RandomFilter, free: u64) -> StoreResult<Plan> {
    let mut best = Plan { from: Source::Free, rows: free };
    let bound = Bound::new(filter);
    for (from, filtered) in [
        (Source::Score, filter.min_score.is_some() || filter.max_score.is_some()),
        (Source::Priority, filter.priority.is_some()),
        (Source::DetectedAt, filter.detected_from.is_some() || filter.detected_to.is_some()),
    ] {
        if !filtered || best.rows == 0 {
            continue;
        }
        // No further than the best so far: a longer range cannot win.
        let compared = signed(best.rows.min(COMPARED));
        let mut values = bound.of(from);
        values.push((":compared", &compared));
        let rows: i64 = conn.one(&length(from), values.as_slice(), value)?;
        if rows < compared {
            best = Plan { from, rows: rows.unsigned_abs() };
        }
    }
    Ok(best)
}

/// All of them.
pub(super) fn list(conn: &Connection, filter: &RandomFilter, plan: Plan) -> StoreResult<Vec<i64>> {
    let facts = !filter.is_empty();
    let bound = Bound::new(filter);
    let values = if facts { bound.all() } else { Vec::new() };
    conn.all(&listed(plan.from, facts), values.as_slice(), value)
}

/// How many, up to [`COUNT_BOUND`].
pub(super) fn count(conn: &Connection, filter: &RandomFilter, plan: Plan) -> StoreResult<u64> {
    let bound = Bound::new(filter);
    conn.one(&counted(plan.from), bound.all().as_slice(), amount)
}

/// Whether a row is currently free and matches.
pub(super) fn is_free(conn: &Connection, filter: &RandomFilter, seq: i64) -> StoreResult<bool> {
    let facts = !filter.is_empty();
    let bound = Bound::new(filter);
    let mut values = if facts { bound.all() } else { Vec::new() };
    values.push((":seq", &seq));
    Ok(conn.opt(&probe(facts), values.as_slice(), |_| Ok(()))?.is_some())
}
