//! All live rows as of one moment: an array for each property that lists filter or sort by, indexed by row number.

use std::{collections::BTreeSet, convert::Infallible};

use reparto_domain::{
    OpportunityId,
    cursor::OpportunityCursor,
    opportunities::{OpportunityFilter, OpportunityQuery, OpportunitySort},
};
use reparto_store_rows::{
    lists::{Bits, Facts, Holders, Order, Searches, SortKey, order_index, scan},
    numbers,
};
use uuid::Uuid;

use super::Page;
use crate::engine::errors::{Db, Fault};

/// The memory of a mirror for each row, in bytes: facts, holder, contact, id, two times and its position in each order.
pub(super) const ROW_BYTES: usize = 2 + 4 + 4 + 16 + 2 * 8 + 4 * 4;

/// A row's own facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Without the status, which comes from operations.
    pub facts: Facts,
    pub contact: u32,
    pub id: [u8; 16],
    /// In microseconds.
    pub detected_at: i64,
    /// In microseconds.
    pub created_at: i64,
}

/// A change of the holder or status of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub row: usize,
    /// 0: nobody.
    pub holder: u32,
    pub status: i64,
}

/// The mirror itself.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub facts: Vec<Facts>,
    /// Rows are sorted in the orders by the score and priority in `facts`.
    pub holders: Vec<u32>,
    pub contacts: Vec<u32>,
    pub ids: Vec<[u8; 16]>,
    pub detected_at: Vec<i64>,
    pub created_at: Vec<i64>,
    pub orders: [Order; 4],
    /// `None`: there is no room for the texts of contacts, or they are yet to be read.
    pub searches: Option<Searches>,
    /// Counts its changes, so that it is written to a file only after some.
    pub changes: u64,
    /// The server's run and the files of the tables that it was read from.
    pub tables: Vec<u8>,
    /// The run of the server that it belongs to.
    pub server: i64,
    /// The oldest transaction whose changes of opportunities may not be included.
    pub facts_since: u64,
    /// Like `facts_since`, for the texts of contacts.
    pub contacts_since: u64,
    /// The newest operation included.
    pub newest: i64,
    /// Earlier operations that were not visible, and may still appear.
    pub missing: BTreeSet<i64>,
}

/// A row's number as an index.
pub(super) fn number(row: i64) -> Db<usize> {
    row_number(row).map(|number| number as usize)
}

/// The number of a row, as orders and sets of rows keep it.
pub(super) fn row_number(row: i64) -> Db<u32> {
    u32::try_from(row).map_err(|_| Fault::inconsistent(format!("a row's number {row} is too high for a mirror")))
}

impl Columns {
    /// Empty; the rows are to be read from a snapshot of the run `server`, whose oldest transaction is `oldest`, and
    /// which shows all operations up to `operation`.
    pub(super) fn of(server: i64, oldest: u64, operation: i64) -> Self {
        Self { server, facts_since: oldest, contacts_since: oldest, newest: operation, ..Self::default() }
    }

    /// The number of rows it has capacity for.
    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// How many live rows there are.
    pub(super) fn live(&self) -> usize {
        self.orders[0].rows().len()
    }

    pub(super) fn bytes(&self) -> usize {
        let row = ROW_BYTES - 4 * 4;
        self.facts.capacity() * row
            + self.orders.iter().map(Order::bytes).sum::<usize>()
            + self.searches.as_ref().map_or(0, Searches::bytes)
    }

    fn place(&self, sort: OpportunitySort, row: u32) -> SortKey {
        let at = row as usize;
        let key = match sort {
            OpportunitySort::DetectedAt => self.detected_at[at],
            OpportunitySort::CreatedAt => self.created_at[at],
            OpportunitySort::Score => self.facts[at].score(),
            OpportunitySort::Priority => self.facts[at].priority(),
        };
        SortKey { key, id: self.ids[at] }
    }

    fn places(&self, sort: OpportunitySort) -> impl Fn(u32) -> Result<SortKey, Infallible> {
        move |row| Ok(self.place(sort, row))
    }

    /// The rows that match a filter and have one of these holders; `found`: the contacts of its search.
    pub(super) fn matching(&self, filter: &OpportunityFilter, whose: Holders, found: Option<&Bits>) -> Bits {
        let mut matching = scan(&self.facts, &self.holders, filter, whose);
        if filter.detected_from.is_some() || filter.detected_to.is_some() {
            let order = &self.orders[order_index(OpportunitySort::DetectedAt)];
            let Ok(within) = order.within(self.places(OpportunitySort::DetectedAt), filter);
            let mut noticed = Bits::new(self.len());
            for row in &order.rows()[within] {
                noticed.insert(*row);
            }
            matching.intersect(&noticed);
        }
        if let Some(found) = found {
            matching.retain(|row| self.contacts.get(row as usize).is_some_and(|contact| found.has(*contact)));
        }
        matching
    }

    /// The page of a query; `found`: the contacts of its search.
    pub(super) fn page(&self, query: &OpportunityQuery, whose: Holders, found: Option<&Bits>) -> Page {
        let filter = &query.filter;
        let all_match = whose == Holders::Any && filter.status.is_none() && filter.is_counted();
        let matching = (!all_match).then(|| self.matching(filter, whose, found));
        let order = &self.orders[order_index(query.sort)];
        let Ok(part) = order.page(self.places(query.sort), query, matching.as_ref());
        let last = part
            .seqs
            .last()
            .filter(|_| part.more)
            .and_then(|seq| Some(self.place(query.sort, u32::try_from(*seq).ok()?)));
        let next = last.map(|last| OpportunityCursor {
            sort: query.sort,
            descending: query.descending,
            key: last.key,
            id: OpportunityId::from_uuid(Uuid::from_bytes(last.id)),
        });
        Page { part, next }
    }

    /// Adds a row during a build; the orders are built at the end.
    pub(super) fn put(&mut self, row: usize, record: &Record) {
        self.make_room(row);
        self.facts[row] = record.facts.with_status_of(self.facts[row]);
        self.contacts[row] = record.contact;
        self.ids[row] = record.id;
        self.detected_at[row] = record.detected_at;
        self.created_at[row] = record.created_at;
    }

    /// Builds the orders.
    pub(super) fn sort(&mut self) {
        for sort in OpportunitySort::ALL {
            let live = (0..numbers::row(self.len())).filter(|row| self.facts[*row as usize].is_live());
            let mut rows: Vec<(SortKey, u32)> = live.map(|row| (self.place(sort, row), row)).collect();
            rows.sort_unstable_by(|(a, _), (b, _)| b.key.cmp(&a.key).then(a.id.cmp(&b.id)));
            let spare = rows.len() / 64;
            let mut order = Vec::with_capacity(rows.len() + spare);
            order.extend(rows.into_iter().map(|(_, row)| row));
            self.orders[order_index(sort)] = Order::new(order);
        }
    }

    /// Applies the current state of rows; those without a record no longer exist.
    pub(super) fn change(&mut self, records: &[(usize, Option<Record>)]) {
        if let Some(last) = records.iter().map(|(row, _)| *row).max() {
            self.make_room(last);
        }
        let mut moved: [Vec<u32>; 4] = Default::default();
        for (row, now) in records {
            for sort in OpportunitySort::ALL {
                let before = self.facts[*row].is_live().then(|| self.place(sort, numbers::row(*row)));
                let after = now.map(|now| now.place(sort));
                if before != after {
                    moved[order_index(sort)].push(numbers::row(*row));
                }
            }
        }
        for sort in OpportunitySort::ALL {
            self.orders[order_index(sort)].remove(&moved[order_index(sort)]);
        }
        for (row, now) in records {
            match now {
                Some(now) => self.put(*row, now),
                None => self.facts[*row] = Facts::default().with_status_of(self.facts[*row]),
            }
        }
        for sort in OpportunitySort::ALL {
            let moved = &mut moved[order_index(sort)];
            moved.retain(|row| self.facts[*row as usize].is_live());
            let mut order = std::mem::take(&mut self.orders[order_index(sort)]);
            let Ok(()) = order.insert(|row| Ok::<SortKey, Infallible>(self.place(sort, row)), moved);
            self.orders[order_index(sort)] = order;
        }
    }

    /// Applies a change of holder or status.
    pub(super) fn apply(&mut self, change: Change) {
        self.make_room(change.row);
        self.facts[change.row] = self.facts[change.row].with_status(change.status);
        self.holders[change.row] = change.holder;
    }

    /// Makes room for rows up to this one.
    pub(super) fn make_room(&mut self, row: usize) {
        let length = self.len();
        if row < length {
            return;
        }
        let room = row + 1 - length + if self.facts.capacity() <= row { length / 32 } else { 0 };
        self.facts.reserve_exact(room);
        self.holders.reserve_exact(room);
        self.contacts.reserve_exact(room);
        self.ids.reserve_exact(room);
        self.detected_at.reserve_exact(room);
        self.created_at.reserve_exact(room);
        self.facts.resize(row + 1, Facts::default());
        self.holders.resize(row + 1, 0);
        self.contacts.resize(row + 1, 0);
        self.ids.resize(row + 1, [0; 16]);
        self.detected_at.resize(row + 1, 0);
        self.created_at.resize(row + 1, 0);
    }
}

impl Record {
    fn place(&self, sort: OpportunitySort) -> SortKey {
        let key = match sort {
            OpportunitySort::DetectedAt => self.detected_at,
            OpportunitySort::CreatedAt => self.created_at,
            OpportunitySort::Score => self.facts.score(),
            OpportunitySort::Priority => self.facts.priority(),
        };
        SortKey { key, id: self.id }
    }
}
