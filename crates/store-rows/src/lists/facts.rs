//! The filterable fields of a row, in two bytes.

use reparto_domain::{
    Priority, Score, Status,
    opportunities::{OpportunityFilter, OpportunitySort, Whose},
};

use super::Bits;

/// Score, priority, status, attempts left, whether the row exists and whether the contact is not to be contacted, in
/// fifteen bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts(pub(super) u16);

const SCORE: u16 = 0x7f;
const PRIORITY: (u32, u16) = (7, 0b11);
const STATUS: (u32, u16) = (9, 0b111);
const LEFT: (u32, u16) = (12, 1);
const LIVE: (u32, u16) = (13, 1);
const UNWANTED: (u32, u16) = (14, 1);

/// The bits of a number that the mask names.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the mask drops the rest anyway")]
const fn lowest_bits(number: i64, mask: u16) -> u16 {
    number as u16 & mask
}

impl Facts {
    /// A live row whose status is not known yet.
    pub const fn new(score: i64, priority: i64, attempts_left: bool) -> Self {
        let facts = lowest_bits(score, SCORE) | lowest_bits(priority, PRIORITY.1) << PRIORITY.0;
        Self(facts | (STATUS.1 << STATUS.0) | (attempts_left as u16) << LEFT.0 | LIVE.1 << LIVE.0)
    }

    /// The same row of a contact who does not want to be contacted, or of one who may be.
    #[must_use]
    pub const fn with_do_not_contact(self, do_not_contact: bool) -> Self {
        Self(self.0 & !(UNWANTED.1 << UNWANTED.0) | (do_not_contact as u16) << UNWANTED.0)
    }

    /// The same row with this status.
    #[must_use]
    pub const fn with_status(self, status: i64) -> Self {
        Self(self.0 & !(STATUS.1 << STATUS.0) | lowest_bits(status, STATUS.1) << STATUS.0)
    }

    /// The same row with the status of another.
    #[must_use]
    pub const fn with_status_of(self, other: Self) -> Self {
        Self(self.0 & !(STATUS.1 << STATUS.0) | other.0 & STATUS.1 << STATUS.0)
    }

    /// The score.
    pub const fn score(self) -> i64 {
        (self.0 & SCORE) as i64
    }

    /// The priority's number.
    pub const fn priority(self) -> i64 {
        (self.0 >> PRIORITY.0 & PRIORITY.1) as i64
    }

    /// Whether the row exists.
    pub const fn is_live(self) -> bool {
        self.0 & LIVE.1 << LIVE.0 != 0
    }

    /// Whether changing to the other facts moves the row in this order.
    pub const fn moves(self, other: Self, sort: OpportunitySort) -> bool {
        match sort {
            OpportunitySort::Score => (self.0 ^ other.0) & SCORE != 0,
            OpportunitySort::Priority => (self.0 ^ other.0) & PRIORITY.1 << PRIORITY.0 != 0,
            OpportunitySort::DetectedAt | OpportunitySort::CreatedAt => false,
        }
    }
}

/// A filter of facts: equal to `value` under `mask`, and with a score from `low` to `low + span`.
#[derive(Debug, Clone, Copy)]
struct FactFilter {
    mask: u16,
    value: u16,
    low: u16,
    span: u16,
}

impl FactFilter {
    fn new(filter: &OpportunityFilter) -> Self {
        let (mut mask, mut value) = (LIVE.1 << LIVE.0, LIVE.1 << LIVE.0);
        let parts = [
            (STATUS, filter.status.map(Status::number)),
            (PRIORITY, filter.priority.map(Priority::number)),
            (LEFT, filter.attempts_left.map(i16::from)),
            (UNWANTED, filter.do_not_contact.map(i16::from)),
        ];
        for ((shift, bits), wanted) in parts {
            if let Some(wanted) = wanted {
                mask |= bits << shift;
                value |= lowest_bits(wanted.into(), bits) << shift;
            }
        }
        let low = filter.min_score.map_or(0, Score::number).unsigned_abs();
        let high = filter.max_score.map_or(100, Score::number).unsigned_abs();
        Self { mask, value, low, span: high.saturating_sub(low) }
    }

    /// Returns 1 or 0: without branches, one instruction tests eight rows or more.
    #[inline]
    fn allows(self, facts: Facts) -> u8 {
        u8::from(facts.0 & self.mask == self.value) & u8::from((facts.0 & SCORE).wrapping_sub(self.low) <= self.span)
    }
}

/// A filter by holder, by the user's seq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// Any holder or none.
    Any,
    /// Unassigned.
    Nobody,
    /// Held by this user.
    User(i64),
    /// Held by this user, or unassigned.
    NobodyOr(i64),
    /// Nothing can match.
    Nothing,
}

impl Holders {
    /// The filter for a list; `seq` belongs to [`Whose::user`], `None`: there is no such user.
    pub fn of(whose: Whose, seq: Option<i64>) -> Self {
        match whose {
            Whose::Any => Self::Any,
            Whose::Nobody => Self::Nobody,
            Whose::User(_) => seq.map_or(Self::Nothing, Self::User),
            Whose::UserOrNobody(_) => seq.map_or(Self::Nobody, Self::NobodyOr),
            Whose::Nothing => Self::Nothing,
        }
    }
}

/// The rows that match the filter's status, priority, scores, attempts and wish not to be contacted, and the holder filter (0: nobody). The rest
/// of the filter is ignored.
pub fn scan(facts: &[Facts], holders: &[u32], filter: &OpportunityFilter, holder_filter: Holders) -> Bits {
    if filter.min_score.zip(filter.max_score).is_some_and(|(low, high)| low.get() > high.get()) {
        return Bits::default();
    }
    let wanted = FactFilter::new(filter);
    let holder = match holder_filter {
        // No row of a mirror has a holder whose number is higher, nor one with the greatest.
        Holders::User(user) | Holders::NobodyOr(user) => u32::try_from(user).unwrap_or(u32::MAX),
        Holders::Any | Holders::Nobody | Holders::Nothing => 0,
    };
    match holder_filter {
        Holders::Any => pass(facts, holders, |facts, _| wanted.allows(facts)),
        Holders::Nobody | Holders::User(_) => {
            pass(facts, holders, |facts, held| wanted.allows(facts) & u8::from(held == holder))
        }
        Holders::NobodyOr(_) => {
            pass(facts, holders, |facts, held| wanted.allows(facts) & (u8::from(held == 0) | u8::from(held == holder)))
        }
        Holders::Nothing => Bits::default(),
    }
}

/// The rows for which `is_wanted` returns 1 rather than 0.
fn pass(facts: &[Facts], holders: &[u32], is_wanted: impl Fn(Facts, u32) -> u8) -> Bits {
    let (facts, last_facts) = facts.as_chunks();
    let (holders, last_holders) = holders.as_chunks();
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

/// One bit for each of 64 rows.
fn word(facts: &[Facts; 64], holders: &[u32; 64], is_wanted: impl Fn(Facts, u32) -> u8) -> u64 {
    /// Gathers the lowest bits of eight bytes in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut wanted = [0; 64];
    for ((wanted, facts), holder) in wanted.iter_mut().zip(facts).zip(holders) {
        *wanted = is_wanted(*facts, *holder);
    }
    let (eights, _) = wanted.as_chunks();
    let gather = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
    eights.iter().rev().fold(0, |word, eight| word << 8 | gather(eight))
}
