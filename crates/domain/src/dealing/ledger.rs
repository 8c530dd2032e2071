//! The ledger of a rotation: events, and what they add up to.
//!
//! Balances are kept beside the events for speed; they are nothing but the events' sum, which can be made anew and compared.
//! An event names the version of the rotation it was made with (members, places, weights) and who was credited, so that a
//! later change of the team, of hours or of time zones changes nothing of what was decided.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    balances::{self, Booking, ONE_LEAD},
    choice::Contender,
};
use crate::{UserId, values::named_values};

named_values! {
    /// The kind of an event.
    LedgerEventKind {
        /// A lead was dealt with many others.
        Deal = 0 "deal",
        /// A lead was dealt when it arrived, or from the backlog.
        AutoDeal = 1 "auto_deal",
        /// A lead went to whom its contact belongs: no turn.
        Sticky = 2 "sticky",
        /// A turn of an earlier event was taken back.
        Undo = 3 "undo",
        /// Somebody moved a dealt lead to another person by hand.
        Move = 4 "move",
        /// A receiver gave the lead back.
        GiveBack = 5 "give_back",
        /// The receiver did not work the lead in time.
        Missed = 6 "missed",
        /// Turns were credited by hand.
        Credit = 7 "credit",
        /// Somebody became a member.
        Join = 8 "join",
        /// Somebody is no longer a member.
        Leave = 9 "leave",
        /// Turns of an absence were made up for.
        CatchUp = 10 "catch_up",
    }
}

/// The members of a rotation from some event on. Versions are never changed.
///
/// `U` names a user: a [`UserId`], or the number of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster<U = UserId> {
    /// The members by their places.
    pub members: Vec<U>,
    /// The weight of each.
    pub weights: Vec<u32>,
}

impl<U> Default for Roster<U> {
    fn default() -> Self {
        Self { members: Vec::new(), weights: Vec::new() }
    }
}

impl<U: Copy + Ord> Roster<U> {
    /// The index of a member.
    pub fn index(&self, user: U) -> Option<usize> {
        self.members.iter().position(|member| *member == user)
    }

    /// The indices of all members but one; of all for an index behind the last.
    fn others(&self, of: usize) -> Vec<usize> {
        (0..self.members.len()).filter(|member| *member != of).collect()
    }

    /// The events that a change to another roster is: who left, and who joined. Places and weights are none.
    pub fn turnover(&self, after: &Self) -> Vec<(LedgerEventKind, U)> {
        let missing = |from: &Self, of: &Self, kind| {
            let missing = of.members.iter().copied().filter(|user| from.index(*user).is_none());
            missing.map(|user| (kind, user)).collect::<Vec<_>>()
        };
        let mut events = missing(after, self, LedgerEventKind::Leave);
        events.extend(missing(self, after, LedgerEventKind::Join));
        events
    }
}

/// A change of what members are owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A lead: everyone eligible is credited, the receiver debited.
    Turn {
        /// The index of the receiver.
        to: usize,
        /// The lead's value in millionths.
        value: i64,
        /// The indices of those who are credited, ascending.
        eligible: Vec<usize>,
    },
    /// A lead that takes no turn.
    NoTurn {
        /// The index of the receiver.
        to: usize,
    },
    /// The turn of an event is taken back.
    Back {
        /// The number of the event.
        event: u64,
    },
    /// The turn of an event goes over to another member: who had it is credited, who takes it over is debited.
    Moved {
        /// The number of the event.
        event: u64,
        /// The index of the member who takes it over.
        to: usize,
    },
    /// Turns are given, which the others pay by weight.
    Credit {
        /// The index of whom they are given to.
        to: usize,
        /// How many, in millionths of a lead.
        turns: i64,
    },
    /// Somebody became a member of this version.
    Join,
    /// Somebody is no longer a member of this version: what they are owed, or owe, is spread over the others by weight.
    Leave,
    /// Nothing, but it is told.
    Nothing,
}

/// An event, as far as balances depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEvent {
    /// Its number in the rotation, from 1.
    pub number: u64,
    /// The version it was made with.
    pub version: u32,
    /// What it changes.
    pub change: Change,
}

/// What a rotation keeps of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// What they are owed, in millionths of a lead.
    pub balance: i64,
    /// What value they are owed, in millionths.
    pub value_balance: i64,
    /// The number of leads that were dealt to them and not taken back.
    pub dealt: i64,
    /// The value of these, in millionths.
    pub dealt_value: i64,
    /// The number of the event that last gave them a lead; 0: none.
    pub last_event: u64,
}

impl Account {
    /// The member as a choice needs it.
    pub const fn contender(&self, open: u32, in_a_row: u32) -> Contender {
        Contender {
            balance: self.balance,
            value_balance: self.value_balance,
            open,
            last_event: self.last_event,
            in_a_row,
        }
    }
}

/// Why events do not fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLedger {
    /// An event names a version that there is not.
    #[error("event {0} names a version that does not exist")]
    UnknownVersion(u64),
    /// An event names a member whom its version does not have.
    #[error("event {0} names a member whom its version does not have")]
    UnknownMember(u64),
    /// An event takes back one that is no turn, or was taken back already.
    #[error("event {0} takes back a turn that is not there")]
    NoSuchTurn(u64),
    /// Numbers are not in sequence.
    #[error("event {0} is out of sequence")]
    OutOfSequence(u64),
}

/// A turn that was taken and not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken<U> {
    version: u32,
    to: U,
    value: i64,
    eligible: Vec<usize>,
}

/// The sum of a rotation's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger<U = UserId> {
    versions: BTreeMap<u32, Arc<Roster<U>>>,
    accounts: BTreeMap<U, Account>,
    turns: BTreeMap<u64, Taken<U>>,
    events: u64,
    row: Option<(U, u32)>,
}

/// What is kept of a rotation beside its events: enough to go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<U = UserId> {
    /// The number of its newest version.
    pub version: u32,
    /// The members of that version.
    pub roster: Roster<U>,
    /// What is kept of each user who ever was a member.
    pub accounts: BTreeMap<U, Account>,
    /// The number of events.
    pub events: u64,
    /// Who was dealt the newest leads, and how many one after the other.
    pub row: Option<(U, u32)>,
}

impl<U: Copy + Ord> Ledger<U> {
    /// Without events, of these versions: the first has the number 1.
    pub fn new(versions: Vec<Roster<U>>) -> Self {
        let versions = (1..).zip(versions.into_iter().map(Arc::new)).collect();
        Self { versions, accounts: BTreeMap::new(), turns: BTreeMap::new(), events: 0, row: None }
    }

    /// Goes on with what is kept. Turns that were taken before are not known, and cannot be taken back here.
    pub fn resumed(kept: Kept<U>) -> Self {
        Self {
            versions: BTreeMap::from([(kept.version, Arc::new(kept.roster))]),
            accounts: kept.accounts,
            turns: BTreeMap::new(),
            events: kept.events,
            row: kept.row,
        }
    }

    /// Adds a version for the events that follow, and returns its number.
    pub fn add_version(&mut self, roster: Roster<U>) -> u32 {
        let number = self.versions.last_key_value().map_or(1, |(last, _)| last + 1);
        self.versions.insert(number, Arc::new(roster));
        number
    }

    /// The number of events.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// What is kept of each user who ever was a member.
    pub const fn accounts(&self) -> &BTreeMap<U, Account> {
        &self.accounts
    }

    /// Who was dealt the newest leads, and how many one after the other.
    pub const fn row(&self) -> Option<(U, u32)> {
        self.row
    }

    /// How many turns were taken and not taken back.
    pub fn turns(&self) -> i64 {
        self.accounts.values().map(|account| account.dealt).sum()
    }

    /// The mean value of all turns taken and not taken back, in millionths; `None` if there are none.
    pub fn mean_value(&self) -> Option<i64> {
        let turns = Some(self.turns()).filter(|turns| *turns > 0)?;
        Some(self.accounts.values().map(|account| account.dealt_value).sum::<i64>() / turns)
    }

    fn roster(&self, version: u32) -> Option<&Arc<Roster<U>>> {
        self.versions.get(&version)
    }

    /// Adds an event. If it does not fold, nothing is changed.
    pub fn add(&mut self, event: &LedgerEvent) -> Result<(), BrokenLedger> {
        let number = event.number;
        if number != self.events + 1 {
            return Err(BrokenLedger::OutOfSequence(number));
        }
        let roster = Arc::clone(self.roster(event.version).ok_or(BrokenLedger::UnknownVersion(number))?);
        let member = |at: usize| roster.members.get(at).copied().ok_or(BrokenLedger::UnknownMember(number));
        match &event.change {
            Change::Turn { to, value, eligible } => {
                let user = member(*to)?;
                if eligible.iter().any(|at| *at >= roster.members.len()) {
                    return Err(BrokenLedger::UnknownMember(number));
                }
                let taken = Taken { version: event.version, to: user, value: *value, eligible: eligible.clone() };
                self.book(&taken, false);
                self.turns.insert(number, taken);
                self.account(user).last_event = number;
                self.row = match self.row {
                    Some((last, row)) if last == user => Some((user, row + 1)),
                    _ => Some((user, 1)),
                };
            }
            Change::NoTurn { to } => {
                member(*to)?;
            }
            Change::Back { event } => {
                let taken = self.turns.remove(event).ok_or(BrokenLedger::NoSuchTurn(number))?;
                self.book(&taken, true);
            }
            Change::Moved { event, to } => {
                let to = member(*to)?;
                let mut taken = self.turns.remove(event).ok_or(BrokenLedger::NoSuchTurn(number))?;
                self.book(&taken, true);
                taken.to = to;
                self.book(&taken, false);
                self.turns.insert(*event, taken);
            }
            Change::Credit { to, turns } => {
                let user = member(*to)?;
                self.credit(&roster, user, *turns);
            }
            Change::Join | Change::Leave | Change::Nothing => {}
        }
        self.events = number;
        // Whoever left owes nothing and is owed nothing, whatever is taken back. Other changes are the members' alone.
        if !matches!(event.change, Change::Leave | Change::Back { .. } | Change::Moved { .. }) {
            return Ok(());
        }
        let left: Vec<U> = self.accounts.keys().copied().filter(|user| roster.index(*user).is_none()).collect();
        for user in left {
            self.settle(user, &roster);
        }
        Ok(())
    }

    fn account(&mut self, user: U) -> &mut Account {
        self.accounts.entry(user).or_default()
    }

    /// Books a turn, or takes it back.
    fn book(&mut self, taken: &Taken<U>, is_back: bool) {
        let Some(roster) = self.roster(taken.version).map(Arc::clone) else { return };
        self.change(&roster, taken.to, |turns, values, receiver| {
            for (balances, points) in [(turns, ONE_LEAD), (values, taken.value)] {
                let booking = Booking { points, eligible: &taken.eligible, receiver };
                if is_back {
                    booking.unbook(balances, &roster.weights);
                } else {
                    booking.book(balances, &roster.weights);
                }
            }
        });
        let times = if is_back { -1 } else { 1 };
        let account = self.account(taken.to);
        account.dealt += times;
        account.dealt_value += times * taken.value;
    }

    /// Credits turns to a user, which the other members pay.
    fn credit(&mut self, roster: &Roster<U>, user: U, amount: i64) {
        self.change(roster, user, |turns, _, to| {
            balances::credit(turns, amount, to, &roster.others(to), &roster.weights);
        });
    }

    /// Spreads what somebody who left is owed, or owes, over the members.
    fn settle(&mut self, user: U, roster: &Roster<U>) {
        self.change(roster, user, |turns, values, who| {
            for balances in [turns, values] {
                balances::leave(balances, who, &roster.others(who), &roster.weights);
            }
        });
    }

    /// Changes what the members of a roster are owed, in turns and in value, and with them one user: given by the index of
    /// a member, or by the one behind the last for a user who is not among them.
    fn change(&mut self, roster: &Roster<U>, user: U, change: impl FnOnce(&mut [i64], &mut [i64], usize)) {
        let mut users = roster.members.clone();
        let index = roster.index(user).unwrap_or_else(|| {
            users.push(user);
            users.len() - 1
        });
        let accounts = users.iter().map(|user| self.accounts.get(user).copied().unwrap_or_default());
        let (mut turns, mut values): (Vec<i64>, Vec<i64>) =
            accounts.map(|account| (account.balance, account.value_balance)).unzip();
        change(&mut turns, &mut values, index);
        for (user, (turns, values)) in users.into_iter().zip(turns.into_iter().zip(values)) {
            let account = self.account(user);
            (account.balance, account.value_balance) = (turns, values);
        }
    }
}

#[cfg(test)]
mod tests;
