//! Lists of opportunities: pages and cursors, and totals that do not scan.

use reparto_domain::{
    OpportunityId, Priority, Score, Status, Timestamp,
    caller::Visibility,
    cursor::OpportunityCursor,
    opportunities::{
        COUNT_BOUND, OfContact, OfImport, OpportunityFilter, OpportunityPage, OpportunityQuery, OpportunitySort,
        Position,
    },
};
use reparto_store_rows::{
    lists::Holders,
    names::named,
    numbers::{length, signed},
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::by_seqs;
use crate::{
    counts,
    engine::{errors::Db, params::At, tx::Conn},
    mirror::{Page, question::holders},
    rows::Reader,
    sql::Conditions,
};

/// The tables that the conditions need, and the conditions.
fn conditions<'a>(filter: &'a OpportunityFilter, holders: &Holders) -> (&'static str, Conditions<'a>) {
    let mut conditions = Conditions::new("o.deleted_at IS NULL");
    let mut hot = *holders != Holders::Any;
    match holders {
        Holders::Any => {}
        Holders::Nobody => conditions.and_that("a.holder IS NULL"),
        Holders::User(user) => conditions.and("a.holder = ?", *user),
        Holders::NobodyOr(user) => conditions.and("(a.holder IS NULL OR a.holder = ?)", *user),
        Holders::Nothing => conditions.and_that("false"),
    }
    match filter.contact {
        None => {}
        Some(OfContact::Contact(id)) => {
            conditions.and("o.contact_seq = (SELECT k.seq FROM contacts k WHERE k.id = ?)", id.uuid());
        }
        Some(OfContact::Unknown) => conditions.and_that("false"),
    }
    match filter.import {
        None => {}
        Some(OfImport::Import(id)) => {
            let created = "o.seq IN (SELECT r.opportunity FROM import_rows r WHERE r.outcome = {row.created} \
                AND r.import = (SELECT i.seq FROM imports i WHERE i.id = ?))";
            conditions.and(&named(created), id.uuid());
        }
        Some(OfImport::Unknown) => conditions.and_that("false"),
    }
    if let Some(status) = filter.status {
        hot = true;
        conditions.and("a.status = ?", status.number());
    }
    if hot {
        conditions.and_that("NOT a.deleted");
    }
    if let Some(priority) = filter.priority.map(Priority::number) {
        conditions.and("o.priority = ?", priority);
    }
    if let Some(score) = filter.min_score.map(Score::number) {
        conditions.and("o.score >= ?", score);
    }
    if let Some(score) = filter.max_score.map(Score::number) {
        conditions.and("o.score <= ?", score);
    }
    if let Some(from) = filter.detected_from {
        conditions.and("o.detected_at >= ?", At(from));
    }
    if let Some(to) = filter.detected_to {
        conditions.and("o.detected_at <= ?", At(to));
    }
    match filter.attempts_left {
        None => {}
        Some(true) => conditions.and_that(&named("o.attempt_count < {attempts.max} AND NOT o.call_completed")),
        Some(false) => conditions.and_that(&named("(o.attempt_count >= {attempts.max} OR o.call_completed)")),
    }
    match filter.do_not_contact {
        None => {}
        Some(true) => conditions.and_that("o.do_not_contact"),
        Some(false) => conditions.and_that("NOT o.do_not_contact"),
    }
    if let Some(search) = &filter.search {
        conditions.and_that("o.contact_seq IN (SELECT c.seq FROM contacts c WHERE true");
        conditions.and_found("c.search_text", search);
        conditions.close();
    }
    let tables = if hot { "opportunities o JOIN assignments a ON a.seq = o.seq" } else { "opportunities o" };
    (tables, conditions)
}

/// The tables and conditions of all that match, for an administrator; `o` are the opportunities.
pub(crate) async fn matching<'a>(conn: &mut Conn, filter: &'a OpportunityFilter) -> Db<(&'static str, Conditions<'a>)> {
    let query = OpportunityQuery {
        visibility: Visibility::All,
        filter: filter.clone(),
        sort: OpportunitySort::default(),
        descending: true,
        position: Position::Page(1),
        limit: 1,
    };
    let holders = holders(conn, &query).await?;
    Ok(conditions(filter, &holders))
}

fn statuses(one: Option<Status>) -> Vec<i16> {
    one.map_or_else(|| Status::ALL.iter().map(|status| status.number()).collect(), |status| vec![status.number()])
}

/// The number of matches, and whether it is exact.
async fn total(conn: &mut Conn, filter: &OpportunityFilter, holders: &Holders) -> Db<(u64, bool)> {
    if filter.is_counted() {
        let statuses = statuses(filter.status);
        let total = match holders {
            Holders::Any => counts::all(conn, &statuses).await?,
            Holders::Nobody => counts::of(conn, &statuses, &[0]).await?,
            Holders::User(user) => counts::of(conn, &statuses, &[*user]).await?,
            Holders::NobodyOr(user) => counts::of(conn, &statuses, &[0, *user]).await?,
            Holders::Nothing => 0,
        };
        return Ok((total, true));
    }
    let (tables, mut conditions) = conditions(filter, holders);
    let bound = conditions.bind(signed(COUNT_BOUND + 1));
    let sql =
        format!("SELECT count(*) FROM (SELECT FROM {tables} WHERE {} LIMIT {bound}) AS counted", conditions.sql());
    let counted = conditions.count(conn, &sql).await?;
    Ok((counted.min(COUNT_BOUND), counted <= COUNT_BOUND))
}

/// A page of the opportunities that match.
pub(super) async fn page(conn: &mut Conn, query: &OpportunityQuery) -> Db<OpportunityPage> {
    let holders = holders(conn, query).await?;
    let (total, exact) = total(conn, &query.filter, &holders).await?;
    let (offset, after) = match query.position {
        Position::Page(number) => (number.saturating_sub(1).saturating_mul(query.limit), None),
        Position::After(cursor) => (0, Some(cursor)),
    };
    if exact && offset >= total {
        return Ok(OpportunityPage { items: Vec::new(), total, total_is_exact: true, next: None });
    }
    // A page beyond the middle is read from the other end.
    let backwards = exact && after.is_none() && offset > total / 2;
    let (skip, take) = if backwards {
        let take = query.limit.min(total - offset);
        (total - offset - take, take)
    } else {
        (offset, query.limit + 1)
    };
    let mut found = walk(conn, query, &holders, after, backwards, skip, take).await?;
    if backwards {
        found.reverse();
    }
    let more = if backwards { offset + take < total } else { found.len() as u64 > query.limit };
    found.truncate(length(query.limit));
    let next = found.last().filter(|_| more).map(|last| OpportunityCursor {
        sort: query.sort,
        descending: query.descending,
        key: last.key,
        id: last.id,
    });
    let items = by_seqs(conn, found.into_iter().map(|place| place.seq).collect()).await?;
    Ok(OpportunityPage { items, total, total_is_exact: exact, next })
}

/// The page of rows that were found in memory.
pub(super) async fn found(conn: &mut Conn, page: &Page) -> Db<OpportunityPage> {
    let items = by_seqs(conn, page.part.seqs.clone()).await?;
    Ok(OpportunityPage { items, total: page.part.total, total_is_exact: true, next: page.next })
}

/// A row of a page: its seq, and its place in the order.
struct Place {
    seq: i64,
    key: i64,
    id: OpportunityId,
}

async fn walk(
    conn: &mut Conn,
    query: &OpportunityQuery,
    holders: &Holders,
    after: Option<OpportunityCursor>,
    backwards: bool,
    skip: u64,
    take: u64,
) -> Db<Vec<Place>> {
    let (tables, mut conditions) = conditions(&query.filter, holders);
    let column = match query.sort {
        OpportunitySort::DetectedAt => "o.detected_at",
        OpportunitySort::Score => "o.score",
        OpportunitySort::Priority => "o.priority",
        OpportunitySort::CreatedAt => "o.created_at",
    };
    if let Some(cursor) = after {
        // Rows with the same key are in order of id, in the opposite direction; the first condition lets the index scan
        // start there.
        let (key, id) = (bind_key(&mut conditions, query.sort, cursor.key), conditions.bind(cursor.id.uuid()));
        let (beyond, ties) = if query.descending { ("<", ">") } else { (">", "<") };
        let condition = format!("{column} {beyond}= {key} AND ({column} {beyond} {key} OR o.id {ties} {id})");
        conditions.and_that(&condition);
    }
    let (direction, ties) = if query.descending == backwards { ("ASC", "DESC") } else { ("DESC", "ASC") };
    let limit = conditions.bind(signed(take));
    let offset = conditions.bind(signed(skip));
    let sql = format!(
        "SELECT o.seq, o.id, {column} FROM {tables} WHERE {} ORDER BY {column} {direction}, o.id {ties} \
         LIMIT {limit} OFFSET {offset}",
        conditions.sql()
    );
    conditions.query(conn, &sql).await?.iter().map(|row| place(row, query.sort)).collect()
}

fn bind_key(conditions: &mut Conditions<'_>, sort: OpportunitySort, key: i64) -> String {
    match sort {
        OpportunitySort::DetectedAt | OpportunitySort::CreatedAt => conditions.bind(At(Timestamp::from_micros(key))),
        OpportunitySort::Score | OpportunitySort::Priority => {
            let end = if key < 0 { i16::MIN } else { i16::MAX };
            conditions.bind(i16::try_from(key).unwrap_or(end))
        }
    }
}

fn place(row: &Row, sort: OpportunitySort) -> Db<Place> {
    let mut row = Reader::new(row);
    let (seq, id) = (row.next()?, OpportunityId::from_uuid(row.next::<Uuid>()?));
    let key = match sort {
        OpportunitySort::DetectedAt | OpportunitySort::CreatedAt => row.time()?.micros(),
        OpportunitySort::Score | OpportunitySort::Priority => i64::from(row.next::<i16>()?),
    };
    Ok(Place { seq, key, id })
}
