//! The events of a rotation's ledger, as they are read, and turns that are credited by hand.

use crate::{
    OperationId, OpportunityId, Timestamp, UserId,
    dealing::{balances::ONE_LEAD, ledger::LedgerEventKind},
};

/// The most turns that can be credited, or taken, at once, in millionths.
pub const CREDIT_MAX: i64 = 100 * ONE_LEAD;

/// The longest reason of a credit, in characters.
pub const CREDIT_REASON_MAX: usize = 2_000;

/// The command to credit turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// To whom; `None`: somebody unknown.
    pub user: Option<UserId>,
    /// How many turns they are owed more, in millionths; negative: less.
    pub turns: i64,
    /// Why.
    pub reason: String,
}

/// An event as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationEvent {
    /// Its number in the rotation, from 1.
    pub number: u64,
    /// What it is.
    pub kind: LedgerEventKind,
    /// The version of the rotation it was made with.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// Who did it; `None`: the system.
    pub actor: Option<UserId>,
    /// The display name of who did it.
    pub actor_name: Option<String>,
    /// The operation that it came with.
    pub operation: Option<OperationId>,
    /// The lead that it is about.
    pub opportunity: Option<OpportunityId>,
    /// Whom it gives something, or who joined or left.
    pub user: Option<UserId>,
    /// Their display name.
    pub user_name: Option<String>,
    /// The turns that a lead takes, or that are credited, in millionths.
    pub points: i64,
    /// The value of the lead, in millionths.
    pub value: i64,
    /// The number of the event whose turn it takes back, or moves.
    pub cancels: Option<u64>,
    /// Why turns were credited; `None` also where the user was erased since.
    pub reason: Option<String>,
}
