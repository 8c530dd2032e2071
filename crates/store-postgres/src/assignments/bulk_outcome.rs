//! What the statement for bulk requests answers, read into outcomes and refusals.

use std::collections::HashMap;

use reparto_domain::{
    OperationId, Refusal, Status, Timestamp,
    opportunities::{BulkItem, BulkOutcome, ItemError, ItemFailure},
    users::Person,
};
use reparto_store::StoreResult;
use tokio_postgres::Row;

use super::{bulk::Bulk, refusals::fault};
use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    operations::people::people,
    rows::Reader,
};

/// What the statement decided on a member.
pub(super) struct Decided {
    /// The number of a refusal; see [`super::refusals`].
    pub refusal: i32,
    /// The seq of the acting user.
    pub actor: Option<i64>,
    at: Timestamp,
    written: bool,
    /// Of those that succeed, in the order of the request: their statuses, where these are not all the same.
    statuses: Option<Vec<i16>>,
    /// Of those that succeed: who holds them now, for a dry run.
    taken: Vec<Option<i64>>,
    /// Those that were found, where not all succeed.
    found: Option<Found>,
}

/// The opportunities of a request that exist, each with its place in the request, counted from 0.
struct Found {
    places: Vec<usize>,
    faults: Vec<i16>,
    holders: Vec<Option<i64>>,
}

impl Found {
    /// The holders of those that fail because of them.
    fn held(&self) -> impl Iterator<Item = &Option<i64>> {
        let held = |(fault, _): &(&i16, &Option<i64>)| **fault == fault::HELD;
        self.faults.iter().zip(&self.holders).filter(held).map(|(_, holder)| holder)
    }
}

/// Reads what was decided on each member, in their order.
pub(super) fn decided(rows: &[Row], members: &[&Bulk]) -> Db<Vec<Decided>> {
    let mut starts = Vec::with_capacity(members.len());
    let mut start = 0;
    for bulk in members {
        starts.push(start);
        start += bulk.ids.len();
    }
    let mut decided: Vec<Option<Decided>> = members.iter().map(|_| None).collect();
    for row in rows {
        let mut row = Reader::new(row);
        let number: i32 = row.next()?;
        let index = usize::try_from(number - 1).ok().filter(|index| *index < members.len());
        let index = index.ok_or_else(|| Fault::inconsistent("a bulk request was answered that nobody made"))?;
        decided[index] = Some(one(row, starts[index])?);
    }
    let all: Option<Vec<Decided>> = decided.into_iter().collect();
    all.ok_or_else(|| Fault::inconsistent("a bulk request gave no row"))
}

fn one(mut row: Reader<'_>, start: usize) -> Db<Decided> {
    let (refusal, actor, at, written) = (row.next()?, row.next()?, row.time()?, row.next()?);
    let (statuses, taken) = (row.next()?, row.next::<Option<_>>()?.unwrap_or_default());
    let found = match row.next::<Option<Vec<i64>>>()? {
        None => {
            row.skip(2);
            None
        }
        Some(places) => {
            let place = |place: &i64| usize::try_from(*place - 1).ok().and_then(|place| place.checked_sub(start));
            let places: Option<Vec<usize>> = places.iter().map(place).collect();
            let places = places.ok_or_else(|| Fault::inconsistent("a bulk request gave the item of another"))?;
            Some(Found { places, faults: row.next()?, holders: row.next()? })
        }
    };
    Ok(Decided { refusal, actor, at, written, statuses, taken, found })
}

/// The outcome or the refusal of each member. Names that answers need are read in one query; there is none where all
/// items succeeded.
pub(super) async fn outcomes(
    conn: &mut Conn,
    members: &[&Bulk],
    operations: &[OperationId],
    decided: &[Decided],
) -> Db<Vec<StoreResult<BulkOutcome>>> {
    let held = decided.iter().filter_map(|decided| decided.found.as_ref()).flat_map(Found::held);
    let taken = decided.iter().flat_map(|decided| &decided.taken);
    let named: Vec<i64> = held.chain(taken).filter_map(|holder| *holder).collect();
    let people = people(conn, named).await?;
    let outcome = |((bulk, operation), decided): ((&&Bulk, &OperationId), &Decided)| {
        outcome(bulk, *operation, decided, &people).map_err(|fault| fault.into_store(true))
    };
    Ok(members.iter().zip(operations).zip(decided).map(outcome).collect())
}

fn outcome(bulk: &Bulk, operation: OperationId, decided: &Decided, people: &HashMap<i64, Person>) -> Db<BulkOutcome> {
    if let Some(refusal) = bulk.refusal(decided.refusal) {
        return Err(refusal.into());
    }
    let failures = failures(bulk, decided.found.as_ref(), people)?;
    let mut statuses = decided.statuses.iter().flatten();
    let (mut done, mut failed) = (Vec::with_capacity(bulk.ids.len()), Vec::new());
    for (requested, error) in bulk.ids.iter().zip(failures) {
        match (error, requested.id) {
            (Some(error), _) => failed.push(ItemFailure { sent: requested.sent.clone(), error }),
            (None, Some(id)) => {
                let status = match &decided.statuses {
                    None => bulk.status,
                    Some(_) => statuses.next().and_then(|status| Status::from_number(i64::from(*status))),
                };
                let status = status.ok_or_else(|| Fault::inconsistent("a bulk request gave an item no status"))?;
                done.push(BulkItem { id, assigned_to_id: bulk.holder(), status, updated_at: decided.at });
            }
            (None, None) => return Err(Fault::inconsistent("a bulk request changed an item that is none")),
        }
    }
    if bulk.mode.all_or_nothing && !failed.is_empty() {
        return Err(Refusal::NothingDone { failed }.into());
    }
    let taken_from = taken_from(&decided.taken, people)?;
    Ok(BulkOutcome { operation: decided.written.then_some(operation), done, failed, taken_from })
}

/// For each item of a request, in order, why it failed.
fn failures(bulk: &Bulk, found: Option<&Found>, people: &HashMap<i64, Person>) -> Db<Vec<Option<ItemError>>> {
    let Some(Found { places, faults, holders }) = found else { return Ok(vec![None; bulk.ids.len()]) };
    let mut failures = vec![Some(ItemError::NotFound); bulk.ids.len()];
    for ((place, fault), holder) in places.iter().zip(faults).zip(holders) {
        let of = failures.get_mut(*place);
        *of.ok_or_else(|| Fault::inconsistent("a bulk request gave the item of another"))? = match *fault {
            fault::NONE => None,
            fault::UNWANTED => Some(ItemError::DoNotContact),
            _ => {
                let holder = holder.map(|seq| known(people, seq)).transpose()?;
                Some(ItemError::HeldByAnother { holder: holder.map(|person| (person.id, person.name.clone())) })
            }
        };
    }
    Ok(failures)
}

/// How many items each current holder would lose, largest number first.
fn taken_from(taken: &[Option<i64>], people: &HashMap<i64, Person>) -> Db<Vec<(Option<Person>, u64)>> {
    let mut counts: HashMap<Option<i64>, u64> = HashMap::new();
    for holder in taken {
        *counts.entry(*holder).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(holder, n)| (std::cmp::Reverse(*n), *holder));
    counts.into_iter().map(|(holder, n)| Ok((holder.map(|seq| known(people, seq).cloned()).transpose()?, n))).collect()
}

fn known(people: &HashMap<i64, Person>, seq: i64) -> Db<&Person> {
    people.get(&seq).ok_or_else(|| Fault::inconsistent(format!("users has no row with seq {seq}")))
}
