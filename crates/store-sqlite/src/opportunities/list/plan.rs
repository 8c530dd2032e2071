//! Chooses the fastest way to the rows of a page. Costs are numbers of rows read; a rough estimate is enough.

#![expect(clippy::cast_precision_loss, reason = "costs are estimates")]

use reparto_domain::opportunities::OpportunitySort;
use reparto_store::StoreResult;
use rusqlite::Connection;

use super::{
    counts::Counts,
    sql::{self, Values},
};
use crate::mirror::question::Question;
use crate::{engine::Conn as _, rows::amount, search::indexed};

/// Where a statement starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Driver {
    /// The index of the sort order, which returns the rows in order.
    Order,
    /// The table of hot rows, one after the other.
    Hot,
    /// A range of another sort key's index.
    Facts(OpportunitySort),
    /// The contacts found by the search.
    Search,
    /// The only opportunity of a contact.
    Contact,
    /// The rows of an import.
    Import,
}

/// The cost of a hot row that is passed over where the table is read from its beginning to its end.
const SCANNED: f64 = 0.15;

/// How far the contacts found by a search are counted.
const SEARCHED: i64 = 20_000;

/// The number of contacts found by the search; `None` if there is no search, or the index does not support it.
pub(super) fn search_size(conn: &Connection, question: &Question) -> StoreResult<Option<u64>> {
    let Some(words) = question.filter.search.as_ref().and_then(indexed) else { return Ok(None) };
    let values = Values::default().with_text(":match", words).with(":limit", SEARCHED);
    conn.one(sql::SEARCHED, values.bound(sql::SEARCHED).as_slice(), amount).map(Some)
}

/// The cheapest driver for this many rows. `any_order`: the rows need not be in order (they are only counted).
pub(super) fn cheapest(
    question: &Question,
    counts: &Counts,
    found: Option<u64>,
    wanted: u64,
    any_order: bool,
) -> Driver {
    if question.contact.is_some() {
        return Driver::Contact;
    }
    if question.import.is_some() {
        return Driver::Import;
    }
    let live = counts.live.max(1) as f64;
    let hot = counts.matching as f64 / live;
    let filter = &question.filter;
    let scores = match (filter.min_score, filter.max_score) {
        (None, None) => 1.0,
        (low, high) => {
            (high.map_or(100, reparto_domain::Score::get) - low.map_or(0, reparto_domain::Score::get) + 1).max(0) as f64
                / 101.0
        }
    };
    let priority = if filter.priority.is_some() { 0.25 } else { 1.0 };
    let times = match (filter.detected_from, filter.detected_to) {
        (None, None) => 1.0,
        (Some(_), Some(_)) => 0.1,
        _ => 0.5,
    };
    let attempts = match filter.attempts_left {
        None => 1.0,
        Some(true) => 0.9,
        Some(false) => 0.1,
    };
    let unwanted = if filter.do_not_contact == Some(true) { 0.01 } else { 1.0 };
    let search = match (&filter.search, found) {
        (None, _) => 1.0,
        (Some(_), Some(found)) => (found as f64 / live).min(1.0),
        (Some(_), None) => 0.05,
    };
    let matching = (hot * scores * priority * times * attempts * unwanted * search * live).max(1.0);
    // The number of rows in the range of each driver, and the cost of each row.
    let ranges = [
        (Driver::Facts(OpportunitySort::Score), question.has_scores(), scores * live),
        (Driver::Facts(OpportunitySort::Priority), filter.priority.is_some(), priority * live),
        (Driver::Facts(OpportunitySort::DetectedAt), question.has_times(), times * live),
        (Driver::Search, found.is_some(), search * live),
    ];
    let own_range = match question.sort {
        OpportunitySort::DetectedAt => times,
        OpportunitySort::Score => scores,
        OpportunitySort::Priority => priority,
        OpportunitySort::CreatedAt => 1.0,
    } * live;
    let row = |driver: Driver| {
        let hot = if question.needs_hot() && driver != Driver::Hot { 1.0 } else { 0.0 };
        let facts = match driver {
            Driver::Order => question.needs_facts(question.sort),
            Driver::Facts(sort) => !any_order || question.needs_facts(sort),
            Driver::Hot => !any_order || question.needs_facts(OpportunitySort::CreatedAt),
            Driver::Search | Driver::Contact | Driver::Import => true,
        };
        let contact = if filter.search.is_some() && driver != Driver::Search { 1.5 } else { 0.0 };
        0.1 + hot + contact + if facts { 1.5 } else { 0.0 }
    };
    // If the rows come in order, or need not, the scan ends as soon as it has enough.
    let walked = |range: f64| (wanted as f64 * range / matching).min(range);
    let mut best = (Driver::Order, walked(own_range) * row(Driver::Order));
    if question.needs_hot() {
        // Only the rows with the holder and the status are looked at further; those are counted, and need no estimate.
        let part = if any_order { walked(live) / live } else { 1.0 };
        let cost = part * (SCANNED * live + row(Driver::Hot) * counts.matching as f64);
        if cost < best.1 {
            best = (Driver::Hot, cost);
        }
    }
    for (driver, offered, range) in ranges {
        let ordered = any_order || driver == Driver::Facts(question.sort);
        let cost = row(driver) * if ordered { walked(range) } else { range };
        if offered && driver != Driver::Facts(question.sort) && cost < best.1 {
            best = (driver, cost);
        }
    }
    best.0
}
