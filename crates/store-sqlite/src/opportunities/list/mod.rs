//! Pages of opportunities.
//!
//! The fastest way depends on the query: scanning the index of the sort order and reading each row's hot row, or
//! starting from a selective condition (a range of facts, a search, or status and holder, for which the hot rows are read
//! one after the other) and sorting the result. The maintained counts decide (see [`plan`]). If the number of matches is
//! known, a page in the second half is read from the other end.

mod counts;
mod plan;
mod sql;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use reparto_domain::{
    caller::Visibility,
    cursor::OpportunityCursor,
    opportunities::{
        COUNT_BOUND, Opportunity, OpportunityFilter, OpportunityPage, OpportunityQuery, OpportunitySort, Position,
    },
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    lists::Bits,
    numbers::{length, signed},
};
use rusqlite::Connection;

use super::by_seqs;
use crate::{
    counts as kept,
    engine::Conn as _,
    mirror::{Mirror, question::Question},
    rows::{amount, value},
};
use plan::Driver;
use sql::{Seek, Values};

/// A page of the matching opportunities. The connection's transaction must not have read anything yet.
pub(crate) fn page(conn: &Connection, query: &OpportunityQuery, mirror: &Mirror) -> StoreResult<OpportunityPage> {
    if mirror.is_for(query) {
        if let Some(part) = mirror.page(conn, query)? {
            let items = by_seqs(conn, &part.seqs)?;
            let next = items.last().filter(|_| part.more).map(|last| after(query, last));
            return Ok(OpportunityPage { items, total: part.total, total_is_exact: true, next });
        }
        mirror.wanted(kept::live(conn)?);
    }
    by_sql(conn, query)
}

/// The cursor of the page after this row.
fn after(query: &OpportunityQuery, last: &Opportunity) -> OpportunityCursor {
    let key = match query.sort {
        OpportunitySort::DetectedAt => last.detected_at.micros(),
        OpportunitySort::Score => last.score.get(),
        OpportunitySort::Priority => last.priority.number().into(),
        OpportunitySort::CreatedAt => last.created_at.micros(),
    };
    OpportunityCursor { sort: query.sort, descending: query.descending, key, id: last.id }
}

/// A page found by SQL.
pub(crate) fn by_sql(conn: &Connection, query: &OpportunityQuery) -> StoreResult<OpportunityPage> {
    let question = Question::new(conn, query)?;
    let counts = counts::read(conn, &question)?;
    if question.is_empty() || counts.matching == 0 {
        return Ok(OpportunityPage { items: Vec::new(), total: 0, total_is_exact: true, next: None });
    }
    let found = plan::search_size(conn, &question)?;
    let (total, exact) = if query.filter.is_counted() {
        (counts.matching, true)
    } else {
        let driver = plan::cheapest(&question, &counts, found, COUNT_BOUND, true);
        let counted = count(conn, &question, driver)?;
        (counted, counted <= COUNT_BOUND)
    };
    let total_shown = total.min(if exact { u64::MAX } else { COUNT_BOUND });
    let (seqs, more) = rows(conn, query, &question, &counts, found, exact.then_some(total))?;
    let items = by_seqs(conn, &seqs)?;
    let next = items.last().filter(|_| more).map(|last| after(query, last));
    Ok(OpportunityPage { items, total: total_shown, total_is_exact: exact, next })
}

/// The numbers of all matching opportunities, found in memory. The connection's transaction must not have read anything
/// yet. `None`: there is no mirror, or it does not have what the filter asks for.
pub(crate) fn in_memory(conn: &Connection, filter: &OpportunityFilter, mirror: &Mirror) -> StoreResult<Option<Bits>> {
    let query = everything(filter);
    if !mirror.is_for(&query) {
        return Ok(None);
    }
    let found = mirror.all(conn, &query)?;
    if found.is_none() {
        mirror.wanted(kept::live(conn)?);
    }
    Ok(found)
}

/// The seqs of all matching opportunities, in order of creation: the set of a job. One pass over the cheapest source.
pub(crate) fn matching(conn: &Connection, filter: &OpportunityFilter) -> StoreResult<Vec<i64>> {
    let question = Question::new(conn, &everything(filter))?;
    let counts = counts::read(conn, &question)?;
    if question.is_empty() || counts.matching == 0 {
        return Ok(Vec::new());
    }
    let found = plan::search_size(conn, &question)?;
    let driver = plan::cheapest(&question, &counts, found, u64::MAX, true);
    let sql = sql::all(&question, driver);
    let mut seqs: Vec<i64> = conn.all(&sql, Values::new(&question)?.bound(&sql).as_slice(), value)?;
    seqs.sort_unstable();
    Ok(seqs)
}

/// The number of matches by holder (0: nobody), if the maintained counts give it; see
/// [`OpportunityFilter::is_counted`].
pub(crate) fn counted_by_holder(conn: &Connection, filter: &OpportunityFilter) -> StoreResult<BTreeMap<i64, u64>> {
    counts::by_holder(conn, &Question::new(conn, &everything(filter))?)
}

/// The query for all matches, as seen by an administrator.
fn everything(filter: &OpportunityFilter) -> OpportunityQuery {
    OpportunityQuery {
        visibility: Visibility::All,
        filter: filter.clone(),
        sort: OpportunitySort::default(),
        descending: true,
        position: Position::Page(1),
        limit: 1,
    }
}

/// The number of matches, counted up to [`COUNT_BOUND`] plus one.
fn count(conn: &Connection, question: &Question, driver: Driver) -> StoreResult<u64> {
    let bound = signed(COUNT_BOUND) + 1;
    let values = Values::new(question)?.with(":limit", bound);
    let sql = sql::count(question, driver);
    conn.one(&sql, values.bound(&sql).as_slice(), amount)
}

/// The rows of the page, in order, and whether more follow.
fn rows(
    conn: &Connection,
    query: &OpportunityQuery,
    question: &Question,
    counts: &counts::Counts,
    found: Option<u64>,
    total: Option<u64>,
) -> StoreResult<(Vec<i64>, bool)> {
    let limit = query.limit.max(1);
    match query.position {
        Position::After(cursor) => {
            let driver = plan::cheapest(question, counts, found, limit + 1, false);
            let mut rows = Vec::new();
            // First the remaining rows with the same key, then those beyond it: two ranges of the index.
            for seek in [Seek::Tied, Seek::Beyond] {
                let wanted = limit + 1 - rows.len() as u64;
                if wanted > 0 {
                    let values = Values::new(question)?
                        .with(":limit", signed(wanted))
                        .with(":offset", 0)
                        .with(":key", cursor.key)
                        .with_id(cursor.id, seek);
                    rows.extend(run(conn, question, driver, seek, query.descending, &values)?);
                }
            }
            let more = rows.len() as u64 > limit;
            rows.truncate(length(limit));
            Ok((rows, more))
        }
        Position::Page(number) => {
            let offset = number.saturating_sub(1).saturating_mul(limit);
            if total.is_some_and(|total| offset >= total) {
                return Ok((Vec::new(), false));
            }
            match total {
                Some(total) if offset > total / 2 => {
                    let wanted = limit.min(total - offset);
                    let skipped = total - offset - wanted;
                    let driver = plan::cheapest(question, counts, found, skipped + wanted, false);
                    let values = Values::new(question)?.with(":limit", signed(wanted)).with(":offset", signed(skipped));
                    let mut rows = run(conn, question, driver, Seek::All, !query.descending, &values)?;
                    rows.reverse();
                    Ok((rows, skipped > 0))
                }
                _ => {
                    let driver = plan::cheapest(question, counts, found, offset.saturating_add(limit), false);
                    let offset = signed(offset);
                    let values = Values::new(question)?.with(":limit", signed(limit + 1)).with(":offset", offset);
                    let mut rows = run(conn, question, driver, Seek::All, query.descending, &values)?;
                    let more = rows.len() as u64 > limit;
                    rows.truncate(length(limit));
                    Ok((rows, more))
                }
            }
        }
    }
}

fn run(
    conn: &Connection,
    question: &Question,
    driver: Driver,
    seek: Seek,
    descending: bool,
    values: &Values,
) -> StoreResult<Vec<i64>> {
    let sql = sql::page(question, driver, seek, descending);
    conn.all(&sql, values.bound(&sql).as_slice(), value)
}
