//! The items of an operation, stored as arrays in its row: a bulk request is one row of history, not a hundred.

use reparto_domain::Status;
pub(crate) use reparto_store_rows::operations::{Before, Item};

use crate::{
    engine::errors::{Db, Fault},
    rows::{Reader, meaningless},
};

/// The columns of the items of `operations p`.
macro_rules! item_columns {
    () => {
        "p.item_seqs, p.previous_holders, p.previous_statuses, p.previous_operations, p.previous_effectives, \
         p.new_holder, p.new_holders, p.new_status, p.new_statuses"
    };
}
pub(crate) use item_columns;

/// The items in the next columns; see [`item_columns`].
pub(crate) fn items(row: &mut Reader<'_>) -> Db<Vec<Item>> {
    let seqs: Vec<i64> = row.next()?;
    let holders: Vec<Option<i64>> = row.next()?;
    let statuses: Vec<Option<i16>> = row.next()?;
    let (operations, effectives): (Vec<Option<i64>>, Vec<Option<i64>>) = (row.next()?, row.next()?);
    let new_holder: Option<i64> = row.next()?;
    let new_holders: Option<Vec<Option<i64>>> = row.next()?;
    let new_status: Option<i16> = row.next()?;
    let new_statuses: Option<Vec<i16>> = row.next()?;
    let whole = [holders.len(), statuses.len(), operations.len(), effectives.len()].iter().all(|n| *n == seqs.len())
        && new_holders.as_ref().is_none_or(|all| all.len() == seqs.len())
        && new_statuses.as_ref().is_none_or(|all| all.len() == seqs.len());
    if !whole {
        return Err(Fault::inconsistent("operations: arrays of one row differ in length"));
    }
    let status = |number: i16| Status::from_number(number.into()).ok_or_else(|| meaningless("status"));
    let mut items = Vec::with_capacity(seqs.len());
    for (place, opportunity) in seqs.into_iter().enumerate() {
        let before = match (statuses[place], operations[place], effectives[place]) {
            (Some(number), Some(last_operation), Some(effective_operation)) => {
                Some(Before { holder: holders[place], status: status(number)?, last_operation, effective_operation })
            }
            _ => None,
        };
        let holder = new_holders.as_ref().map_or(new_holder, |all| all[place]);
        let number = new_statuses.as_ref().map(|all| all[place]).or(new_status);
        let number = number.ok_or_else(|| Fault::inconsistent("operations: a row without a new status"))?;
        items.push(Item { opportunity, before, holder, status: status(number)? });
    }
    Ok(items)
}
