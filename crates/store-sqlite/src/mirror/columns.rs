//! What lists filter by, one array each, by the number of the row.

use std::ops::Range;

use reparto_domain::{Priority, Score, Status, opportunities::OpportunitySort};
use reparto_store::StoreResult;
use rusqlite::Connection;

use super::{
    bits::Bits,
    feed::Touched,
    found::Searches,
    order::{Order, Walk},
};
use crate::list::question::{Holders, Question};

/// Score, priority, status, attempts left and whether the row is there at all, in fourteen bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Facts(u16);

const SCORE: u16 = 0x7f;
const PRIORITY: (u32, u16) = (7, 0b11);
const STATUS: (u32, u16) = (9, 0b111);
const LEFT: (u32, u16) = (12, 1);
const LIVE: (u32, u16) = (13, 1);

impl Facts {
    /// A live row whose status is not known yet.
    pub(super) const fn new(score: i64, priority: i64, attempts_left: bool) -> Self {
        let facts = (score as u16 & SCORE) | (priority as u16 & PRIORITY.1) << PRIORITY.0;
        Self(facts | (STATUS.1 << STATUS.0) | (attempts_left as u16) << LEFT.0 | LIVE.1 << LIVE.0)
    }

    pub(super) const fn with_status(self, status: i64) -> Self {
        Self(self.0 & !(STATUS.1 << STATUS.0) | (status as u16 & STATUS.1) << STATUS.0)
    }

    /// The same row with the status of another.
    pub(super) const fn with_status_of(self, other: Self) -> Self {
        Self(self.0 & !(STATUS.1 << STATUS.0) | other.0 & STATUS.1 << STATUS.0)
    }

    pub(super) const fn is_live(self) -> bool {
        self.0 & LIVE.1 << LIVE.0 != 0
    }

    /// Whether the row stands elsewhere in this order than a row of these other facts.
    pub(super) const fn moves(self, other: Self, sort: OpportunitySort) -> bool {
        match sort {
            OpportunitySort::Score => (self.0 ^ other.0) & SCORE != 0,
            OpportunitySort::Priority => (self.0 ^ other.0) & PRIORITY.1 << PRIORITY.0 != 0,
            OpportunitySort::DetectedAt | OpportunitySort::CreatedAt => false,
        }
    }
}

/// Which facts match: a row's must be `value` under `mask`, with a score from `low` to `low + span`.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    mask: u16,
    value: u16,
    low: u16,
    span: u16,
}

impl Wanted {
    fn new(question: &Question) -> Self {
        let filter = &question.filter;
        let (mut mask, mut value) = (LIVE.1 << LIVE.0, LIVE.1 << LIVE.0);
        let parts = [
            (STATUS, filter.status.map(Status::number)),
            (PRIORITY, filter.priority.map(Priority::number)),
            (LEFT, filter.attempts_left.map(i16::from)),
        ];
        for ((shift, bits), wanted) in parts {
            if let Some(wanted) = wanted {
                mask |= bits << shift;
                value |= (wanted as u16 & bits) << shift;
            }
        }
        let low = filter.min_score.map_or(0, Score::get) as u16;
        let high = filter.max_score.map_or(100, Score::get) as u16;
        Self { mask, value, low, span: high.saturating_sub(low) }
    }

    /// 1 or 0: without a branch, eight rows and more are looked at in one instruction.
    #[inline]
    fn allows(self, facts: Facts) -> u8 {
        u8::from(facts.0 & self.mask == self.value) & u8::from((facts.0 & SCORE).wrapping_sub(self.low) <= self.span)
    }
}

/// The mirror itself: all live rows as of one moment.
#[derive(Debug)]
pub(super) struct Columns {
    pub facts: Vec<Facts>,
    /// Who holds it: the user's number, 0 for nobody.
    pub holders: Vec<u32>,
    /// The number of its contact.
    pub contacts: Vec<u32>,
    pub orders: [Order; 4],
    pub searches: Searches,
    /// Touched rows that were not read yet.
    pub backlog: Touched,
    /// Of which life of the feed it is.
    pub epoch: u64,
}

impl Columns {
    pub(super) const fn order(&self, sort: OpportunitySort) -> &Order {
        &self.orders[place_of(sort)]
    }

    pub(super) fn bytes(&self) -> usize {
        let columns = self.facts.capacity() * 2 + (self.holders.capacity() + self.contacts.capacity()) * 4;
        columns + self.orders.iter().map(Order::bytes).sum::<usize>() + self.searches.bytes()
    }

    /// The rows that match; `None` where all do. `found`: the contacts of the search.
    pub(super) fn matching(
        &self,
        conn: &Connection,
        question: &Question,
        found: Option<&Bits>,
    ) -> StoreResult<Option<Bits>> {
        if question.filter.is_counted() && !question.needs_hot() {
            return Ok(None);
        }
        let wanted = Wanted::new(question);
        let holder = match question.holders {
            Holders::User(user) | Holders::NobodyOr(user) => user as u32,
            Holders::Any | Holders::Nobody | Holders::None => 0,
        };
        let mut matching = match question.holders {
            Holders::Any => self.scan(|facts, _| wanted.allows(facts)),
            Holders::Nobody | Holders::User(_) => {
                self.scan(|facts, held| wanted.allows(facts) & u8::from(held == holder))
            }
            Holders::NobodyOr(_) => {
                self.scan(|facts, held| wanted.allows(facts) & (u8::from(held == 0) | u8::from(held == holder)))
            }
            Holders::None => Bits::default(),
        };
        if question.has_times() {
            let within = self.within(conn, question)?;
            let mut noticed = Bits::new(self.facts.len());
            for row in &self.order(OpportunitySort::DetectedAt).rows()[within] {
                noticed.insert(*row);
            }
            matching.intersect(&noticed);
        }
        if let Some(found) = found {
            matching.retain(|row| self.contacts.get(row as usize).is_some_and(|contact| found.has(*contact)));
        }
        Ok(Some(matching))
    }

    /// The rows for which `is_wanted` says 1, and not 0.
    fn scan(&self, is_wanted: impl Fn(Facts, u32) -> u8) -> Bits {
        let (facts, last_facts) = self.facts.as_chunks();
        let (holders, last_holders) = self.holders.as_chunks();
        let mut words: Vec<u64> =
            facts.iter().zip(holders).map(|(facts, holders)| word(facts, holders, &is_wanted)).collect();
        if !last_facts.is_empty() {
            let (mut facts, mut holders) = ([Facts::default(); 64], [0; 64]);
            facts[..last_facts.len()].copy_from_slice(last_facts);
            holders[..last_holders.len()].copy_from_slice(last_holders);
            words.push(word(&facts, &holders, &is_wanted));
        }
        Bits::of(words)
    }

    /// Where the rows noticed within the bounds stand, in their own order.
    fn within(&self, conn: &Connection, question: &Question) -> StoreResult<Range<usize>> {
        let order = self.order(OpportunitySort::DetectedAt);
        let first = match question.filter.detected_to {
            Some(to) => order.partition(conn, |place| place.key <= to.micros())?,
            None => 0,
        };
        let end = match question.filter.detected_from {
            Some(from) => order.partition(conn, |place| place.key < from.micros())?,
            None => order.rows().len(),
        };
        Ok(first..end.max(first))
    }

    /// A walk through the matching rows in an order.
    pub(super) fn walk<'a>(&'a self, sort: OpportunitySort, descending: bool, matching: Option<&'a Bits>) -> Walk<'a> {
        let rows = self.order(sort).rows();
        Walk { rows, descending, matching, total: matching.map_or(rows.len(), Bits::len) }
    }
}

/// One bit for each of 64 rows.
fn word(facts: &[Facts; 64], holders: &[u32; 64], is_wanted: impl Fn(Facts, u32) -> u8) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let mut wanted = [0; 64];
    for ((wanted, facts), holder) in wanted.iter_mut().zip(facts).zip(holders) {
        *wanted = is_wanted(*facts, *holder);
    }
    let (eights, _) = wanted.as_chunks();
    let together = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(TOGETHER) >> 56;
    eights.iter().rev().fold(0, |word, eight| word << 8 | together(eight))
}

pub(super) const fn place_of(sort: OpportunitySort) -> usize {
    match sort {
        OpportunitySort::DetectedAt => 0,
        OpportunitySort::Score => 1,
        OpportunitySort::Priority => 2,
        OpportunitySort::CreatedAt => 3,
    }
}
