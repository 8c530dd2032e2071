//! An array for each property that lists filter by, indexed by row number.

use reparto_domain::opportunities::{OpportunityFilter, OpportunitySort};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::lists::{self, Bits, Facts, Holders, Order, Searches, SortKey, order_index};
use rusqlite::Connection;

use super::feed::Touched;
use crate::{engine::Conn as _, mirror::question::Question, statements::statements};

statements! {
    // The keys in the order of the four orders.
    PLACE = "SELECT id, detected_at, score, priority, created_at FROM opportunities WHERE seq = ?1";
}

/// The mirror itself: all live rows, as of one snapshot.
#[derive(Debug)]
pub(super) struct Columns {
    pub facts: Vec<Facts>,
    /// The holder's seq, 0 for nobody.
    pub holders: Vec<u32>,
    /// The contact's seq.
    pub contacts: Vec<u32>,
    pub orders: [Order; 4],
    /// `None`: there is no room for the texts of contacts, or they are yet to be read.
    pub searches: Option<Searches>,
    /// Touched rows that were not read yet.
    pub backlog: Touched,
    /// The contacts that change while the texts of all are read.
    pub late: Option<Vec<i64>>,
    /// The epoch of the feed that it belongs to.
    pub epoch: u64,
}

impl Columns {
    pub(super) const fn order(&self, sort: OpportunitySort) -> &Order {
        &self.orders[order_index(sort)]
    }

    pub(super) fn bytes(&self) -> usize {
        let columns = self.facts.capacity() * 2 + (self.holders.capacity() + self.contacts.capacity()) * 4;
        columns
            + self.orders.iter().map(Order::bytes).sum::<usize>()
            + self.searches.as_ref().map_or(0, Searches::bytes)
    }

    /// All live rows.
    pub(super) fn live(&self) -> Bits {
        lists::scan(&self.facts, &self.holders, &OpportunityFilter::default(), Holders::Any)
    }

    /// The matching rows; `None` if all match. `found`: the contacts of the search.
    pub(super) fn matching(
        &self,
        conn: &Connection,
        question: &Question,
        found: Option<&Bits>,
    ) -> StoreResult<Option<Bits>> {
        if question.filter.is_counted() && !question.needs_hot() {
            return Ok(None);
        }
        let mut matching = lists::scan(&self.facts, &self.holders, &question.filter, question.holders);
        if question.has_times() {
            let order = self.order(OpportunitySort::DetectedAt);
            let within = order.within(places(conn, OpportunitySort::DetectedAt), &question.filter)?;
            let mut noticed = Bits::new(self.facts.len());
            for row in &order.rows()[within] {
                noticed.insert(*row);
            }
            matching.intersect(&noticed);
        }
        if let Some(found) = found {
            matching.retain(|row| self.contacts.get(row as usize).is_some_and(|contact| found.has(*contact)));
        }
        Ok(Some(matching))
    }
}

/// The sort keys of rows in an order. Ids and times never change.
pub(super) fn places(conn: &Connection, sort: OpportunitySort) -> impl Fn(u32) -> StoreResult<SortKey> {
    let before = order_index(sort);
    move |seq| {
        let place = conn.opt(PLACE, [seq], |row| {
            let id = row.next()?;
            row.skip(before);
            Ok(SortKey { id, key: row.next()? })
        })?;
        place.ok_or_else(|| StoreError::Internal(format!("opportunities.seq {seq} is in the mirror alone")))
    }
}
