//! Picking free opportunities uniformly at random, as fast among ten million as among ten thousand.
//!
//! `seq` is dense, so a random number up to the highest one denotes a row. Rows that are not free (or do not match) are
//! rejected, which leaves every free row equally likely. Where lists are in memory, the free rows are known there, and
//! drawn from. Without that, if few rows are free, sampling would take too long: then the table of hot rows, or a range
//! of an index, is read for all free rows, and these are drawn from.

mod candidates;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles, Status,
    audit::{EntityType, action},
    effective_at,
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{AssignRandom, RandomFilter, RandomOutcome},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{names::named, numbers::signed};
use rusqlite::Connection;
use serde_json::json;

use crate::{
    actor::{Actor, administrator, authorize},
    assignee::{Holder, user_for_assignment},
    audit,
    engine::Conn as _,
    hot::{self, NewOperation},
    idempotency,
    items::Item,
    mirror::Mirror,
    opportunities::list,
    rows::value,
    statements::statements,
};

#[cfg(test)]
pub(super) use candidates::built_statements;

/// Up to this many free rows are listed; more than that are sampled.
const LISTED: u64 = 20_000;
/// How many more rows than wanted are taken from those in memory, for some may be assigned before the pick.
const SPARE: usize = 100;
/// The maximum number of samples before the rows are listed after all.
const SAMPLES: u32 = 30_000;

statements! {
    // Less those whose contacts do not want to be contacted, who are few: their index is small.
    COUNT_FREE => named("SELECT coalesce((SELECT sum(n) FROM assignment_counts \
            WHERE status = {status.pending} AND holder = 0), 0) \
        - (SELECT count(*) FROM opportunities o CROSS JOIN assignments a ON a.seq = o.seq \
            WHERE o.do_not_contact = 1 AND a.status = {status.pending} AND a.holder IS NULL AND a.deleted = 0)");
    HIGHEST = "SELECT coalesce(max(seq), 0) FROM assignments";
    ID = "SELECT id FROM opportunities WHERE seq = ?1";
}

/// Candidates found on a reader, shortly before the pick.
#[derive(Debug)]
pub(super) struct Found {
    /// Free matching rows: either all of them, in any order, or some, in random order.
    rows: Vec<i64>,
    /// Whether these are all free matching rows.
    all: bool,
    /// Their number, if it was counted.
    available: u64,
}

/// Looks for candidates. The connection's transaction must not have read anything yet.
pub(super) fn seek(conn: &Connection, caller: &Caller, command: &AssignRandom, mirror: &Mirror) -> StoreResult<Found> {
    // First, because it opens the snapshot; nobody learns of it before the caller's rights are checked.
    let free = list::in_memory(conn, &command.filter.of_free(), mirror)?;
    authorize(conn, caller)?.require_administrator(Refusal::AdministratorsOnly)?;
    if let Some(free) = free {
        let mut random = StdRng::seed_from_u64(command.seed);
        let rows = free.sample(&mut random, command.count as usize + SPARE);
        let available = free.len() as u64;
        return Ok(Found {
            all: rows.len() as u64 == available,
            rows: rows.into_iter().map(i64::from).collect(),
            available,
        });
    }
    let free = number(conn, &COUNT_FREE)?;
    let plan = candidates::plan(conn, &command.filter, number(conn, HIGHEST)?)?;
    if plan.rows.min(free) <= LISTED {
        let rows = candidates::list(conn, &command.filter, plan)?;
        return Ok(Found { available: rows.len() as u64, rows, all: true });
    }
    let available = if command.filter.is_empty() { free } else { candidates::count(conn, &command.filter, plan)? };
    let wanted = command.count as usize;
    let mut rows = Vec::with_capacity(wanted);
    let mut random = StdRng::seed_from_u64(command.seed);
    sample(conn, &command.filter, &mut random, SAMPLES, wanted, &mut rows)?;
    if rows.len() < wanted {
        let rows = candidates::list(conn, &command.filter, plan)?;
        return Ok(Found { available: rows.len() as u64, rows, all: true });
    }
    Ok(Found { rows, all: false, available })
}

/// Picks and assigns.
pub(super) fn assign(
    conn: &Connection,
    caller: &Caller,
    command: &AssignRandom,
    assignable: &Roles,
    found: &Found,
    keyed: Option<&Keyed<RandomOutcome>>,
) -> StoreResult<Answer<RandomOutcome>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let holder = user_for_assignment(conn, command.assignee, assignable).map_err(|error| match error {
            StoreError::Refused(_) => StoreError::Refused(Refusal::RandomAssigneeInvalid),
            other => other,
        })?;
        let available = if command.filter.is_empty() { number(conn, &COUNT_FREE)? } else { found.available };
        let picked = pick(conn, command, found)?;
        write(conn, caller, &actor, command, &holder, &picked, available)
    })
}

/// Picks currently free rows uniformly.
fn pick(conn: &Connection, command: &AssignRandom, found: &Found) -> StoreResult<Vec<i64>> {
    // A different random stream from the reader's, or the same rows would be sampled again.
    let mut random = StdRng::seed_from_u64(command.seed.rotate_left(32) ^ 0x9e37_79b9_7f4a_7c15);
    let wanted = command.count as usize;
    let mut picked = Vec::with_capacity(wanted);
    if found.all {
        draw(conn, &command.filter, &mut random, found.rows.clone(), wanted, &mut picked)?;
        return Ok(picked);
    }
    for &row in &found.rows {
        if picked.len() == wanted {
            break;
        }
        if candidates::is_free(conn, &command.filter, row)? {
            picked.push(row);
        }
    }
    // Replaces candidates that were assigned meanwhile.
    sample(conn, &command.filter, &mut random, SAMPLES / 10, wanted, &mut picked)?;
    if picked.len() < wanted {
        let plan = candidates::plan(conn, &command.filter, number(conn, HIGHEST)?)?;
        let rows = candidates::list(conn, &command.filter, plan)?;
        draw(conn, &command.filter, &mut random, rows, wanted, &mut picked)?;
    }
    Ok(picked)
}

/// Samples free rows until there are as many as wanted, or `samples` is used up.
fn sample(
    conn: &Connection,
    filter: &RandomFilter,
    random: &mut StdRng,
    samples: u32,
    wanted: usize,
    rows: &mut Vec<i64>,
) -> StoreResult<()> {
    let highest = number(conn, HIGHEST)?;
    if highest == 0 {
        return Ok(());
    }
    let mut taken: HashSet<i64> = rows.iter().copied().collect();
    for _ in 0..samples {
        if rows.len() >= wanted {
            break;
        }
        let row = signed(random.random_range(1..=highest));
        if !taken.contains(&row) && candidates::is_free(conn, filter, row)? {
            taken.insert(row);
            rows.push(row);
        }
    }
    Ok(())
}

/// Draws from a list without replacement, until there are as many as wanted.
fn draw(
    conn: &Connection,
    filter: &RandomFilter,
    random: &mut StdRng,
    mut list: Vec<i64>,
    wanted: usize,
    picked: &mut Vec<i64>,
) -> StoreResult<()> {
    let taken: HashSet<i64> = picked.iter().copied().collect();
    while picked.len() < wanted && !list.is_empty() {
        let row = list.swap_remove(random.random_range(0..list.len()));
        if !taken.contains(&row) && candidates::is_free(conn, filter, row)? {
            picked.push(row);
        }
    }
    Ok(())
}

fn write(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    command: &AssignRandom,
    holder: &Holder,
    picked: &[i64],
    available: u64,
) -> StoreResult<RandomOutcome> {
    let (mut changed, mut ids): (Vec<Item>, Vec<OpportunityId>) = (Vec::new(), Vec::new());
    let mut at = effective_at(caller.at, [holder.updated_at]);
    for &row in picked {
        let hot = hot::by_seq(conn, row)?
            .ok_or_else(|| StoreError::Inconsistent(format!("assignments has no row with seq {row}")))?;
        at = effective_at(at, [hot.updated_at]);
        changed.push(hot.becomes(Some(holder.seq), Status::Assigned));
        let id = conn.opt(ID, [row], value)?;
        let id = id.ok_or_else(|| StoreError::Inconsistent(format!("opportunities has no row with seq {row}")))?;
        ids.push(OpportunityId::from_bytes(id));
    }
    let caller = &Caller { at, ..caller.clone() };
    let operation = NewOperation::new(OperationKind::AssignRandom, actor.seq, at);
    let seq = if changed.is_empty() { None } else { Some(hot::record(conn, &operation, &changed, None)?) };
    let entry = audit::Entry {
        action: action::ASSIGN_RANDOM,
        entity: EntityType::Opportunity,
        entity_id: None,
        operation: seq,
        details: json!({
            "assigned_to_id": holder.id,
            "requested_count": command.count,
            "assigned_count": ids.len(),
        })
        .into(),
    };
    audit::record(conn, caller, actor, &entry)?;
    Ok(RandomOutcome {
        operation: seq.map(|_| operation.id),
        available: available.max(ids.len() as u64),
        ids,
        assignee: (holder.id, holder.name.clone()),
        at,
    })
}

fn number(conn: &Connection, statement: &str) -> StoreResult<u64> {
    let number: i64 = conn.one(statement, [], value)?;
    Ok(u64::try_from(number).unwrap_or(0))
}
