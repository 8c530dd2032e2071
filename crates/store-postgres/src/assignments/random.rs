//! Picking free opportunities uniformly at random, as fast among ten million as among ten thousand.
//!
//! `seq` is dense, so a random number up to the highest one denotes a row. Rows that are not free (or do not match) are
//! rejected, which leaves every free row equally likely. Where lists are in memory, the free rows are known there, and
//! drawn from. Without that, if few rows are free, sampling would take too long: then all free rows are listed by reading
//! the table, and drawn from that list. Rows are locked as they are picked, and rows locked by another
//! request are skipped: concurrent requests never pick the same row and never wait for each other.

#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::LazyLock};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{AssignRandom, COUNT_BOUND, RandomFilter, RandomOutcome},
};
use reparto_store::StoreError;
use reparto_store_rows::{
    names::named,
    numbers::{counted, length, signed},
};
use serde_json::json;
use tokio_postgres::Row;

use crate::{
    PostgresStore,
    actor::{Actor, administrator},
    assignee::{Holder, user_for_assignment},
    audit, counts,
    engine::{
        errors::{Db, Fault},
        params::At,
        tx::Conn,
    },
    hot::{self, Hot, NewOperation},
    idempotency::once,
    mirror,
    sql::Conditions,
    statements::statements,
};

/// The maximum number of samples per round, and in total, before the free rows are listed instead.
const SAMPLES: u64 = 10_000;
const SAMPLES_TOTAL: u64 = 100_000;
/// How many more rows than wanted are taken from those in memory, for others may pick some at the same time.
const SPARE: usize = 400;

statements! {
    HIGHEST = "SELECT coalesce(max(seq), 0) FROM assignments";
    // Free, but of contacts who do not want to be contacted: these are few, and their index is small.
    UNWANTED => named("SELECT count(*) FROM opportunities o JOIN assignments a ON a.seq = o.seq WHERE o.do_not_contact \
        AND NOT a.deleted AND a.status = {status.pending} AND a.holder IS NULL");
    IDS = "SELECT o.id FROM unnest($1::bigint[]) WITH ORDINALITY AS p (seq, place) JOIN opportunities o ON o.seq = p.seq \
        ORDER BY p.place";
}

/// The condition for a free row: unassigned, not deleted, pending, of a contact who may be contacted.
static IS_FREE: LazyLock<String> = LazyLock::new(|| {
    named("NOT a.deleted AND a.status = {status.pending} AND a.holder IS NULL AND NOT a.do_not_contact")
});

/// Candidates that were found in memory, shortly before the pick.
#[derive(Debug)]
pub(super) struct Found {
    /// Free matching rows, in random order.
    rows: Vec<i64>,
    /// Whether these are all free matching rows.
    all: bool,
    /// How many there are.
    available: u64,
}

/// Looks for candidates in memory. `None`: lists are not in memory.
pub(super) async fn seek(store: &PostgresStore, command: &AssignRandom) -> Option<Found> {
    let (rows, available) = mirror::sample(store, command, command.count as usize + SPARE).await?;
    Some(Found { all: rows.len() as u64 == available, rows: rows.into_iter().map(i64::from).collect(), available })
}

pub(super) async fn assign(
    tx: &mut Conn,
    caller: &Caller,
    command: &AssignRandom,
    assignable: &Roles,
    found: Option<&Found>,
    keyed: Option<&Keyed<RandomOutcome>>,
) -> Db<Answer<RandomOutcome>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, execute(tx, caller, &actor, command, assignable, found))
}

async fn execute(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    command: &AssignRandom,
    assignable: &Roles,
    found: Option<&Found>,
) -> Db<RandomOutcome> {
    let holder = user_for_assignment(tx, command.assignee, assignable).await.map_err(|fault| match fault {
        Fault::Store(StoreError::Refused(_)) => Refusal::RandomAssigneeInvalid.into(),
        other => other,
    })?;
    let (picked, available) = pick(tx, command, found).await?;
    write(tx, caller, actor, command, &holder, &picked, available).await
}

/// Free rows, picked uniformly and locked, and the number of rows they were picked from.
async fn pick(tx: &mut Conn, command: &AssignRandom, found: Option<&Found>) -> Db<(Vec<Hot>, u64)> {
    let filter = &command.filter;
    let mut random = StdRng::seed_from_u64(command.seed);
    let wanted = command.count as usize;
    let mut picked = Vec::with_capacity(wanted);
    if let Some(found) = found {
        draw(tx, filter, &mut random, found.rows.clone(), wanted, &mut picked).await?;
        if found.all || picked.len() == wanted {
            let available = found.available.max(picked.len() as u64);
            return Ok((picked, available));
        }
        // Others took nearly all that were proposed. The rest is picked as if none had been.
    }
    let highest = counted(tx.count(HIGHEST, &[]).await?);
    let (available, listed) = if filter.is_empty() {
        let free = counts::held(tx, &[Status::Pending.number()], 0).await?;
        let free = free.saturating_sub(counted(tx.count(&UNWANTED, &[]).await?));
        // Compares costs: a sample costs about as much as twenty listed rows, and hits a free row with probability
        // free/highest.
        let listing_is_cheap = free * free <= 20 * (wanted as u64) * highest.max(1);
        (free, if listing_is_cheap { Some(list(tx, filter, None).await?) } else { None })
    } else {
        let found = list(tx, filter, Some(COUNT_BOUND + 1)).await?;
        let complete = found.len() as u64 <= COUNT_BOUND;
        ((found.len() as u64).min(COUNT_BOUND), complete.then_some(found))
    };
    if let Some(listed) = listed {
        draw(tx, filter, &mut random, listed, wanted, &mut picked).await?;
    } else {
        // The expected number of samples per hit, as far as it is known.
        let first = if filter.is_empty() {
            (wanted as u64 * highest * 5 / 4 / available.max(1) + 10).min(SAMPLES)
        } else {
            2 * wanted as u64
        };
        sample(tx, filter, &mut random, highest, first, wanted, &mut picked).await?;
        if picked.len() < wanted {
            let listed = list(tx, filter, None).await?;
            draw(tx, filter, &mut random, listed, wanted, &mut picked).await?;
        }
    }
    let available = available.max(picked.len() as u64);
    Ok((picked, available))
}

/// Samples free rows until there are as many as wanted, or `samples` is used up.
async fn sample(
    tx: &mut Conn,
    filter: &RandomFilter,
    random: &mut StdRng,
    highest: u64,
    first: u64,
    wanted: usize,
    picked: &mut Vec<Hot>,
) -> Db<()> {
    let mut sampled: HashSet<i64> = picked.iter().map(|hot| hot.seq).collect();
    let (mut samples, mut next) = (0, first);
    while picked.len() < wanted && samples < SAMPLES_TOTAL && (sampled.len() as u64) < highest / 2 {
        let mut seqs = Vec::with_capacity(length(next));
        for _ in 0..next {
            let seq = signed(random.random_range(1..=highest));
            if sampled.insert(seq) {
                seqs.push(seq);
            }
        }
        samples += next;
        let before = picked.len();
        lock(tx, filter, seqs, wanted, picked).await?;
        // As many more as this round's hit rate suggests, and some to spare.
        let hits = (picked.len() - before).max(1) as u64;
        next = (next * (wanted - picked.len()) as u64 * 5 / 4 / hits + 10).min(SAMPLES);
    }
    Ok(())
}

/// Draws from a list without replacement, until there are as many as wanted.
async fn draw(
    tx: &mut Conn,
    filter: &RandomFilter,
    random: &mut StdRng,
    mut list: Vec<i64>,
    wanted: usize,
    picked: &mut Vec<Hot>,
) -> Db<()> {
    let taken: HashSet<i64> = picked.iter().map(|hot| hot.seq).collect();
    list.retain(|seq| !taken.contains(seq));
    list.shuffle(random);
    let mut rest = list.as_slice();
    while picked.len() < wanted && !rest.is_empty() {
        let (some, others) = rest.split_at(rest.len().min(2 * wanted));
        lock(tx, filter, some.to_vec(), wanted, picked).await?;
        rest = others;
    }
    Ok(())
}

/// Locks rows that are free and not locked by others, in this order, until there are as many as wanted.
async fn lock(tx: &mut Conn, filter: &RandomFilter, seqs: Vec<i64>, wanted: usize, picked: &mut Vec<Hot>) -> Db<()> {
    let mut conditions = matching(filter);
    let seqs = conditions.bind(seqs);
    let limit = conditions.bind(signed(wanted - picked.len()));
    let sql = format!(
        "SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.deleted, a.updated_at, \
            a.do_not_contact \
         FROM unnest({seqs}::bigint[]) WITH ORDINALITY AS p (seq, place) \
         JOIN assignments a ON a.seq = p.seq{} WHERE {} ORDER BY p.place LIMIT {limit} \
         FOR NO KEY UPDATE OF a SKIP LOCKED",
        facts(filter),
        conditions.sql()
    );
    let rows: Vec<Row> = conditions.query_prepared(tx, &sql).await?;
    for row in &rows {
        picked.push(hot::hot(row)?);
    }
    Ok(())
}

/// Free matching rows, in any order, at most `limit`.
async fn list(tx: &mut Conn, filter: &RandomFilter, limit: Option<u64>) -> Db<Vec<i64>> {
    let mut conditions = matching(filter);
    let limit = limit.map(|limit| format!(" LIMIT {}", conditions.bind(signed(limit)))).unwrap_or_default();
    let sql = format!("SELECT a.seq FROM assignments a{} WHERE {}{limit}", facts(filter), conditions.sql());
    let rows = conditions.query(tx, &sql).await?;
    let mut seqs = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Db<Vec<i64>>>()?;
    // Sorted, so that a seed gives the same result whatever the server's order.
    seqs.sort_unstable();
    Ok(seqs)
}

const fn facts(filter: &RandomFilter) -> &'static str {
    let RandomFilter { min_score, max_score, priority, detected_from, detected_to } = filter;
    if min_score.is_none()
        && max_score.is_none()
        && priority.is_none()
        && detected_from.is_none()
        && detected_to.is_none()
    {
        ""
    } else {
        " JOIN opportunities o ON o.seq = a.seq AND o.deleted_at IS NULL"
    }
}

fn matching(filter: &RandomFilter) -> Conditions<'static> {
    let mut conditions = Conditions::new(&IS_FREE);
    if let Some(score) = filter.min_score {
        conditions.and("o.score >= ?", score.number());
    }
    if let Some(score) = filter.max_score {
        conditions.and("o.score <= ?", score.number());
    }
    if let Some(priority) = filter.priority {
        conditions.and("o.priority = ?", priority.number());
    }
    if let Some(from) = filter.detected_from {
        conditions.and("o.detected_at >= ?", At(from));
    }
    if let Some(to) = filter.detected_to {
        conditions.and("o.detected_at <= ?", At(to));
    }
    conditions
}

async fn write(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    command: &AssignRandom,
    holder: &Holder,
    picked: &[Hot],
    available: u64,
) -> Db<RandomOutcome> {
    let changed: Vec<_> = picked.iter().map(|hot| hot.becomes(Some(holder.seq), Status::Assigned)).collect();
    let seqs: Vec<i64> = picked.iter().map(|hot| hot.seq).collect();
    let follows = picked.iter().map(|hot| hot.updated_at).chain([holder.updated_at]);
    let caller = &tx.taking_effect(caller, follows);
    let operation = NewOperation::new(OperationKind::AssignRandom, actor.seq, caller.at);
    let (mut ids, mut seq) = (Vec::new(), None);
    if !picked.is_empty() {
        seq = Some(hot::record(tx, &operation, &changed, None).await?);
        for row in tx.all(IDS, &[&seqs]).await? {
            ids.push(OpportunityId::from_uuid(row.try_get(0)?));
        }
    }
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
    audit::record(tx, caller, actor, &entry).await?;
    Ok(RandomOutcome {
        operation: seq.map(|_| operation.id),
        available,
        ids,
        assignee: (holder.id, holder.name.clone()),
        at: caller.at,
    })
}
