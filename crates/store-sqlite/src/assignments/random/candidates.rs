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

/// So many rows of the hot table are read one after the other in the time of one row of an index range, with the hot row
/// that is looked up for it.
const SCANNED: u64 = 8;

/// An index of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    Score,
    Priority,
    DetectedAt,
}

/// From where candidates are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// All hot rows, one after the other.
    Hot,
    /// The filter's range of an index.
    Range(Index),
}

/// The cheapest way to the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    from: Source,
    /// No more candidates than this.
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
        (Source::Hot, false) => format!("SELECT a.seq FROM assignments a WHERE {free}"),
        (Source::Hot, true) => format!(
            "SELECT a.seq FROM assignments a CROSS JOIN opportunities o ON o.seq = a.seq WHERE {free} AND {MATCHES}"
        ),
        (Source::Range(of), _) => format!(
            "SELECT o.seq FROM opportunities o INDEXED BY {} CROSS JOIN assignments a ON a.seq = o.seq \
             WHERE o.deleted_at IS NULL AND {} AND {free} AND {MATCHES}",
            index(of),
            range(of)
        ),
    }
}

fn counted(from: Source) -> String {
    format!("SELECT count(*) FROM ({} LIMIT {COUNT_BOUND})", listed(from, true))
}

fn length(of: Index) -> String {
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM opportunities o INDEXED BY {} WHERE o.deleted_at IS NULL AND {} \
         LIMIT :compared)",
        index(of),
        range(of)
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

const fn index(of: Index) -> &'static str {
    match of {
        Index::Score => "opportunities_score",
        Index::Priority => "opportunities_priority",
        Index::DetectedAt => "opportunities_detected_at",
    }
}

const fn range(of: Index) -> &'static str {
    match of {
        Index::Score => "o.score BETWEEN :min_score AND :max_score",
        Index::Priority => "o.priority = :priority",
        Index::DetectedAt => "o.detected_at BETWEEN :detected_from AND :detected_to",
    }
}

#[cfg(test)]
pub(in crate::assignments) fn built_statements() -> Vec<(&'static str, String)> {
    let indexes = [Index::Score, Index::Priority, Index::DetectedAt];
    let sources = [Source::Hot].into_iter().chain(indexes.map(Source::Range));
    let mut all = vec![("PROBE", probe(true)), ("PROBE", probe(false)), ("LISTED", listed(Source::Hot, false))];
    all.extend(indexes.map(|of| ("LENGTH", length(of))));
    all.extend(sources.clone().map(|from| ("LISTED", listed(from, true))));
    all.extend(sources.map(|from| ("COUNTED", counted(from))));
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
    fn of(&self, of: Index) -> Vec<(&'static str, &dyn ToSql)> {
        let names: &[&str] = match of {
            Index::Score => &[":min_score", ":max_score"],
            Index::Priority => &[":priority"],
            Index::DetectedAt => &[":detected_from", ":detected_to"],
        };
        self.all().into_iter().filter(|(name, _)| names.contains(name)).collect()
    }
}

/// The cheapest way, among this many hot rows.
pub(super) fn plan(conn: &Connection, filter: &RandomFilter, hot: u64) -> StoreResult<Plan> {
    let (mut best, mut cost) = (Plan { from: Source::Hot, rows: u64::MAX }, hot / SCANNED);
    let bound = Bound::new(filter);
    for (of, filtered) in [
        (Index::Score, filter.min_score.is_some() || filter.max_score.is_some()),
        (Index::Priority, filter.priority.is_some()),
        (Index::DetectedAt, filter.detected_from.is_some() || filter.detected_to.is_some()),
    ] {
        if !filtered || cost == 0 {
            continue;
        }
        // No further than the best so far: a longer range cannot win.
        let compared = signed(cost.min(COMPARED));
        let mut values = bound.of(of);
        values.push((":compared", &compared));
        let rows: i64 = conn.one(&length(of), values.as_slice(), value)?;
        if rows < compared {
            let rows = rows.unsigned_abs();
            (best, cost) = (Plan { from: Source::Range(of), rows }, rows);
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
