//! How rotations are stored: settings and rosters as JSON, who was eligible as bits; and their ledgers, which the domain
//! adds up: an engine reads what is kept, opens a [`Book`], and writes what it is when it is closed.

use std::collections::BTreeMap;

use reparto_domain::{
    RotationId,
    dealing::ledger::{Account, Change, Kept, Ledger, LedgerEvent, LedgerEventKind, Roster},
    rotations::{RotationSettings, credited},
};
use reparto_store::{StoreError, StoreResult};

use crate::{
    json::{from_text, meaningless, to_text},
    kept::Fault,
    numbers::{counted, signed},
};

/// Settings as they are stored.
pub fn settings_text(settings: &RotationSettings) -> StoreResult<String> {
    to_text(settings)
}

/// Stored settings.
pub fn settings(text: &str) -> StoreResult<RotationSettings> {
    from_text(text, "text of settings")
}

/// Members with weights, by place, as they are stored.
pub fn roster_text(roster: &Roster<i64>) -> StoreResult<String> {
    let pairs: Vec<(i64, u32)> = roster.members.iter().copied().zip(roster.weights.iter().copied()).collect();
    to_text(&pairs)
}

/// Stored members with weights, by place.
pub fn roster(text: &str) -> StoreResult<Roster<i64>> {
    from_text(text, "list of members").map(roster_of)
}

/// Members with weights, by place.
pub fn roster_of(pairs: Vec<(i64, u32)>) -> Roster<i64> {
    let (members, weights) = pairs.into_iter().unzip();
    Roster { members, weights }
}

/// A stored number of a version.
pub fn version(number: i64) -> StoreResult<u32> {
    u32::try_from(number).map_err(|_| meaningless("number of a version"))
}

/// What is kept in a rotation's row of the sum of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of its newest version.
    pub version: i64,
    /// The number of its events.
    pub events: i64,
    /// The mean value of the leads that it dealt, in millionths; 0: none.
    pub mean_value: i64,
    /// How many these are.
    pub value_count: i64,
    /// Who was dealt the newest leads.
    pub last_receiver: Option<i64>,
    /// How many one after the other.
    pub in_a_row: i64,
}

impl Head {
    fn of(version: u32, ledger: &Ledger<i64>) -> Self {
        let row = ledger.row();
        Self {
            version: version.into(),
            events: signed(ledger.events()),
            mean_value: ledger.mean_value().unwrap_or(0),
            value_count: ledger.turns(),
            last_receiver: row.map(|(user, _)| user),
            in_a_row: row.map_or(0, |(_, row)| row.into()),
        }
    }

    /// Who was dealt the newest leads, and how many one after the other.
    pub fn row(&self) -> Option<(i64, u32)> {
        self.last_receiver.map(|user| (user, u32::try_from(self.in_a_row).unwrap_or(u32::MAX)))
    }

    /// The mean value of the leads that it dealt; `None`: none.
    pub fn mean(&self) -> Option<i64> {
        (self.value_count > 0).then_some(self.mean_value)
    }
}

/// An event that a book has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookedEvent {
    /// Its number.
    pub number: i64,
    /// What it is.
    pub kind: LedgerEventKind,
    /// The user that it is about.
    pub user: i64,
    /// Its points, in millionths.
    pub points: i64,
}

/// What has to be written of a book.
#[derive(Debug)]
pub struct Booked {
    /// The rotation's row.
    pub head: Head,
    /// The new version, if there is one.
    pub roster: Option<Roster<i64>>,
    /// The new events.
    pub events: Vec<BookedEvent>,
    /// The accounts that changed, by user.
    pub accounts: Vec<(i64, Account)>,
}

/// The ledger of a rotation, open for more events. Users are numbers of rows.
#[derive(Debug)]
pub struct Book {
    ledger: Ledger<i64>,
    version: u32,
    roster: Roster<i64>,
    is_new_version: bool,
    before: BTreeMap<i64, Account>,
    events: Vec<BookedEvent>,
}

impl Book {
    /// Opens the ledger with what is kept of it.
    pub fn open(head: &Head, roster: Roster<i64>, accounts: BTreeMap<i64, Account>) -> StoreResult<Self> {
        let version = version(head.version)?;
        let (events, row) = (counted(head.events), head.row());
        let kept = Kept { version, roster: roster.clone(), accounts: accounts.clone(), events, row };
        let ledger = Ledger::resumed(kept);
        Ok(Self { ledger, version, roster, is_new_version: false, before: accounts, events: Vec::new() })
    }

    /// Makes a new version, of these members.
    pub fn renew(&mut self, roster: Roster<i64>) -> StoreResult<()> {
        let turnover = self.roster.turnover(&roster);
        self.version = self.ledger.add_version(roster.clone());
        (self.roster, self.is_new_version) = (roster, true);
        for (kind, user) in turnover {
            let change = if kind == LedgerEventKind::Join { Change::Join } else { Change::Leave };
            self.add(kind, user, 0, change)?;
        }
        Ok(())
    }

    /// Like [`Book::renew`], if these are not its members as they stand.
    pub fn follow(&mut self, roster: Roster<i64>) -> StoreResult<()> {
        if roster == self.roster { Ok(()) } else { self.renew(roster) }
    }

    /// The members of the newest version.
    pub const fn roster(&self) -> &Roster<i64> {
        &self.roster
    }

    /// Credits turns to a user, in millionths, which the others pay.
    pub fn credit(&mut self, user: i64, turns: i64) -> StoreResult<()> {
        let to = credited(&self.roster, user)?;
        self.add(LedgerEventKind::Credit, user, turns, Change::Credit { to, turns })
    }

    fn add(&mut self, kind: LedgerEventKind, user: i64, points: i64, change: Change) -> StoreResult<()> {
        let number = self.ledger.events() + 1;
        let added = self.ledger.add(&LedgerEvent { number, version: self.version, change });
        added.map_err(|error| StoreError::Inconsistent(error.to_string()))?;
        self.events.push(BookedEvent { number: signed(number), kind, user, points });
        Ok(())
    }

    /// What has to be written; `None`: nothing.
    pub fn close(self) -> Option<Booked> {
        if !self.is_new_version && self.events.is_empty() {
            return None;
        }
        let account = |(user, account): (&i64, &Account)| (*user, *account);
        let changed = |(user, account): &(i64, Account)| self.before.get(user).copied().unwrap_or_default() != *account;
        let accounts = self.ledger.accounts().iter().map(account).filter(changed).collect();
        let head = Head::of(self.version, &self.ledger);
        Some(Booked { head, roster: self.is_new_version.then_some(self.roster), events: self.events, accounts })
    }
}

/// An event as it is stored, as far as balances depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number.
    pub number: i64,
    /// What it is.
    pub kind: i64,
    /// The version it was made with.
    pub version: i64,
    /// The user that it is about.
    pub user: Option<i64>,
    /// Its points, in millionths.
    pub points: i64,
    /// The value, in millionths.
    pub value: i64,
    /// Who was credited: one bit for each member of the version.
    pub eligible: Option<Vec<u8>>,
    /// The number of the event whose turn it takes back, or moves.
    pub cancels: Option<i64>,
}

/// The members whose bits are set: the lowest of the first byte is the first member's.
pub fn eligible(bits: &[u8]) -> Vec<usize> {
    (0..bits.len() * 8).filter(|at| bits[at / 8] >> (at % 8) & 1 == 1).collect()
}

/// The bits of these members.
pub fn eligible_bits(eligible: &[usize]) -> Vec<u8> {
    let mut bits = vec![0; eligible.iter().max().map_or(0, |last| last / 8 + 1)];
    for at in eligible {
        bits[at / 8] |= 1 << (at % 8);
    }
    bits
}

impl StoredEvent {
    /// What it changes, with the members of its version; `None` if that means nothing.
    fn change(&self, roster: &Roster<i64>) -> Option<Change> {
        let to = || roster.index(self.user?);
        let cancelled = self.cancels.map(counted);
        Some(match (LedgerEventKind::from_number(self.kind)?, cancelled) {
            (LedgerEventKind::Deal | LedgerEventKind::AutoDeal, None) => {
                Change::Turn { to: to()?, value: self.value, eligible: eligible(self.eligible.as_deref()?) }
            }
            (LedgerEventKind::Sticky, None) => Change::NoTurn { to: to()? },
            (LedgerEventKind::Move, Some(event)) if self.user.is_some() => Change::Moved { event, to: to()? },
            (
                LedgerEventKind::Undo | LedgerEventKind::Move | LedgerEventKind::GiveBack | LedgerEventKind::Missed,
                Some(event),
            ) => Change::Back { event },
            (LedgerEventKind::GiveBack | LedgerEventKind::Missed | LedgerEventKind::Undo, None) => Change::Nothing,
            (LedgerEventKind::Credit | LedgerEventKind::CatchUp, None) => {
                Change::Credit { to: to()?, turns: self.points }
            }
            (LedgerEventKind::Join, None) => Change::Join,
            (LedgerEventKind::Leave, None) => Change::Leave,
            _ => return None,
        })
    }
}

/// The invariant that what is kept of a rotation is the sum of its events.
pub const FOLD: &str = "rotation_is_its_events";

/// The events of a rotation, added up anew.
#[derive(Debug)]
pub struct Fold {
    id: RotationId,
    ledger: Ledger<i64>,
    rosters: Vec<Roster<i64>>,
    broken: Option<String>,
}

impl Fold {
    /// Of a rotation with these versions: number, settings and members, ascending.
    pub fn new(id: RotationId, versions: &[(i64, String, String)]) -> Self {
        let (mut rosters, mut broken) = (Vec::new(), None);
        for (expected, (number, text, members)) in (1..).zip(versions) {
            let read = settings(text).and_then(|_| roster(members));
            match read {
                Ok(read) if *number == expected => rosters.push(read),
                Ok(_) => broken = broken.or_else(|| Some(format!("there is no version {expected}"))),
                Err(error) => broken = broken.or_else(|| Some(format!("version {number}: {error}"))),
            }
        }
        Self { id, ledger: Ledger::new(rosters.clone()), rosters, broken }
    }

    /// Adds the next event.
    pub fn add(&mut self, stored: &StoredEvent) {
        if self.broken.is_some() {
            return;
        }
        let number = stored.number;
        let place = stored.version.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let change = match place.and_then(|place| self.rosters.get(place)) {
            None => Err(format!("event {number} names a version that does not exist")),
            Some(roster) => stored.change(roster).ok_or_else(|| format!("event {number} means nothing")),
        };
        let event = change.and_then(|change| {
            let version = version(stored.version).map_err(|error| error.to_string())?;
            Ok(LedgerEvent { number: counted(number), version, change })
        });
        let added = event.and_then(|event| self.ledger.add(&event).map_err(|error| error.to_string()));
        self.broken = added.err();
    }

    /// What is wrong with what is kept: the rotation's row, and the accounts by user.
    pub fn compare(self, head: &Head, accounts: &BTreeMap<i64, Account>) -> Fault {
        let found = |what: String| Some((FOLD, format!("rotation {}: {what}", self.id)));
        if let Some(broken) = self.broken {
            return found(broken);
        }
        let versions = self.rosters.len();
        let sum = u32::try_from(versions).map(|version| Head::of(version, &self.ledger));
        if sum != Ok(*head) {
            return found(format!("its row says {head:?}, its {versions} versions and its events {sum:?}"));
        }
        let users = self.ledger.accounts().keys().chain(accounts.keys());
        for user in users {
            let of = |accounts: &BTreeMap<i64, Account>| accounts.get(user).copied().unwrap_or_default();
            let (kept, sum) = (of(accounts), of(self.ledger.accounts()));
            if kept != sum {
                return found(format!("{kept:?} is kept of user {user}, its events give {sum:?}"));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
