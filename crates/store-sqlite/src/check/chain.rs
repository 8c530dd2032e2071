//! Replays the history of every opportunity: each operation must start from the state that the previous one left, and
//! the last one must lead to the state in the hot row.

use std::{collections::HashMap, ops::RangeInclusive};

use reparto_domain::{Status, operations::OperationKind};
use reparto_store::StoreResult;
use reparto_store_rows::numbers::signed;
use rusqlite::{Connection, params};

use super::{
    Findings,
    times::{self, Activity},
};
use crate::{
    engine::Conn as _,
    items::{self, Item},
    rows::value,
    statements::statements,
};

/// The number of opportunities replayed at a time, which bounds the memory (56 bytes for each).
const WINDOW: i64 = 1_000_000;

/// The state of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    holder: Option<i64>,
    status: Status,
    last: i64,
    effective: i64,
    deleted: bool,
}

/// The replayed state of an opportunity, and since when it has had it.
type Replayed = Option<(State, i64)>;

statements! {
    HIGHEST = "SELECT max(coalesce((SELECT max(seq) FROM assignments), 0), \
        coalesce((SELECT max(seq) FROM opportunities), 0))";
    OPERATIONS = "SELECT seq, kind, item_count, new_holder, undoes, items, at FROM operations ORDER BY seq";
    ITEMS = "SELECT items FROM operations WHERE seq = ?1";
    HOT = "SELECT seq, holder, status, last_operation, effective_operation, deleted FROM assignments \
        WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq";
}

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let highest = conn.count(HIGHEST, [])?;
    let activity = Activity::read(conn)?;
    let mut first = 1;
    loop {
        window(conn, findings, &activity, first, highest)?;
        first += WINDOW;
        if first > highest {
            return Ok(());
        }
    }
}

/// An operation as it is replayed.
struct Step {
    seq: i64,
    kind: OperationKind,
    item_count: i64,
    new_holder: Option<i64>,
    undoes: Option<i64>,
    items: Vec<u8>,
    at: i64,
}

fn window(
    conn: &Connection,
    findings: &mut Findings,
    activity: &Activity,
    first: i64,
    highest: i64,
) -> StoreResult<()> {
    let last = highest.min(first + WINDOW - 1);
    let mut states: Vec<Replayed> = vec![None; usize::try_from(last - first + 1).unwrap_or(0)];
    conn.each(OPERATIONS, [], |row| {
        let (seq, kind) = (row.next()?, row.next()?);
        let Some(kind) = OperationKind::from_number(kind) else {
            findings.add("operation_kind_known", format!("operation {seq} has kind {kind}"));
            return Ok(true);
        };
        let (item_count, new_holder, undoes) = (row.next()?, row.next()?, row.next()?);
        let (items, at) = (row.next()?, row.next()?);
        let step = Step { seq, kind, item_count, new_holder, undoes, items, at };
        replay(conn, findings, activity, &step, first..=last, highest, &mut states)?;
        Ok(true)
    })?;
    compare(conn, findings, first, last, &states)
}

/// Applies the items of one operation to the states of the window.
fn replay(
    conn: &Connection,
    findings: &mut Findings,
    activity: &Activity,
    step: &Step,
    window: RangeInclusive<i64>,
    highest: i64,
    states: &mut [Replayed],
) -> StoreResult<()> {
    let Ok(items) = items::unpack(&step.items) else {
        findings.add("operation_items_readable", format!("the items of operation {} cannot be read", step.seq));
        return Ok(());
    };
    // Invariants of the operation as a whole are checked once, in the first window.
    if *window.start() == 1 {
        whole(findings, step, &items, highest);
    }
    let undone = if step.kind == OperationKind::Undo { undone(conn, step)? } else { HashMap::new() };
    for item in items {
        if !window.contains(&item.opportunity) {
            continue;
        }
        let Some(state) =
            usize::try_from(item.opportunity - window.start()).ok().and_then(|place| states.get_mut(place))
        else {
            continue;
        };
        follow(findings, step, &item, state.map(|(state, _)| state));
        in_order(conn, findings, activity, step, &item, *state)?;
        let mut effective = step.seq;
        if step.kind == OperationKind::Undo {
            match undone.get(&item.opportunity) {
                Some(before) => {
                    effective = before.effective_operation;
                    if (before.holder, before.status) != (item.holder, item.status) {
                        findings.add(
                            "undo_gives_back",
                            format!(
                                "operation {} did not give assignment {} back as it was",
                                step.seq, item.opportunity
                            ),
                        );
                    }
                }
                None => findings.add(
                    "undo_gives_back",
                    format!(
                        "operation {} undid assignment {}, which is not in what it undid",
                        step.seq, item.opportunity
                    ),
                ),
            }
        }
        let left = State {
            holder: item.holder,
            status: item.status,
            last: step.seq,
            effective,
            deleted: step.kind == OperationKind::Delete,
        };
        *state = Some((left, step.at));
    }
    Ok(())
}

/// An operation's counts and holder must match its items.
fn whole(findings: &mut Findings, step: &Step, items: &[Item], highest: i64) {
    if signed(items.len()) != step.item_count {
        findings.add(
            "operation_item_count",
            format!("operation {} says {} items and has {}", step.seq, step.item_count, items.len()),
        );
    }
    if step.new_holder.is_some() && items.iter().any(|item| item.holder != step.new_holder) {
        findings.add("operation_new_holder", format!("operation {} gave to others than its new_holder", step.seq));
    }
    for item in items.iter().filter(|item| !(1..=highest).contains(&item.opportunity)) {
        findings.add(
            "chain_whole",
            format!("operation {} names assignment {}, which does not exist", step.seq, item.opportunity),
        );
    }
}

/// The state of each item before the undone operation, which the undo restores.
fn undone(conn: &Connection, step: &Step) -> StoreResult<HashMap<i64, items::Before>> {
    let blob: Option<Vec<u8>> = match step.undoes {
        Some(seq) => conn.opt(ITEMS, [seq], value)?,
        None => None,
    };
    let items = blob.map(|blob| items::unpack(&blob)).and_then(Result::ok).unwrap_or_default();
    Ok(items.into_iter().filter_map(|item| item.before.map(|before| (item.opportunity, before))).collect())
}

/// An item must start from the state that the previous operation left.
fn follow(findings: &mut Findings, step: &Step, item: &Item, state: Option<State>) {
    let makes = matches!(step.kind, OperationKind::Create | OperationKind::Import);
    let follows = match (item.before, state) {
        (None, None) => makes,
        (Some(before), Some(state)) => {
            !makes
                && !state.deleted
                && (before.holder, before.status) == (state.holder, state.status)
                && (before.last_operation, before.effective_operation) == (state.last, state.effective)
        }
        _ => false,
    };
    if !follows {
        let left = match state {
            Some(state) => format!("operation {} left", state.last),
            None => "nothing before it left".to_owned(),
        };
        findings.add(
            "chain_whole",
            format!("operation {} found assignment {} otherwise than {left} it", step.seq, item.opportunity),
        );
    }
}

/// A step must not be earlier than the previous one, nor than the opportunity, and must not assign to an inactive user.
fn in_order(
    conn: &Connection,
    findings: &mut Findings,
    activity: &Activity,
    step: &Step,
    item: &Item,
    before: Replayed,
) -> StoreResult<()> {
    let (seq, opportunity) = (step.seq, item.opportunity);
    match before {
        Some((state, at)) if step.at < at => findings.add(
            "history_in_order",
            format!(
                "operation {seq} on assignment {opportunity} is earlier than operation {}, which it follows",
                state.last
            ),
        ),
        None if times::created(conn, opportunity)?.is_some_and(|created| step.at < created) => {
            findings.add("history_in_order", format!("opportunity {opportunity} is younger than its operation {seq}"));
        }
        _ => {}
    }
    if let Some(holder) = item.holder
        && item.before.and_then(|before| before.holder) != Some(holder)
        && activity.was_inactive(holder, step.at)
    {
        findings.add(
            "given_while_active",
            format!("operation {seq} gave assignment {opportunity} to user {holder}, who was inactive then"),
        );
    }
    Ok(())
}

/// The hot rows must equal the final states of the history.
fn compare(conn: &Connection, findings: &mut Findings, first: i64, last: i64, states: &[Replayed]) -> StoreResult<()> {
    let mut next = first;
    conn.each(HOT, params![first, last], |row| {
        let seq: i64 = row.next()?;
        orphans(findings, states, first, next, seq);
        next = seq + 1;
        let present = State {
            holder: row.next()?,
            status: row.number(Status::from_number)?,
            last: row.next()?,
            effective: row.next()?,
            deleted: row.next()?,
        };
        match usize::try_from(seq - first).ok().and_then(|place| states.get(place).copied()).flatten() {
            None => findings.add("chain_begins", format!("assignment {seq} has no history")),
            Some((state, _)) if state != present => {
                findings.add(
                    "chain_leads_to_present",
                    format!("assignment {seq} is not what operation {} left", state.last),
                );
            }
            Some(_) => {}
        }
        Ok(true)
    })?;
    orphans(findings, states, first, next, last + 1);
    Ok(())
}

/// Reports history of assignments that do not exist.
fn orphans(findings: &mut Findings, states: &[Replayed], first: i64, from: i64, to: i64) {
    for seq in from..to {
        if usize::try_from(seq - first).ok().and_then(|place| states.get(place).copied()).flatten().is_some() {
            findings.add("chain_leads_to_present", format!("assignment {seq} has a history and no row"));
        }
    }
}
