//! Import of leads: each row finds or creates a contact, and adds an opportunity.
//!
//! Existing data about the rows is read by a few statements, the rows are processed in memory, and the results are
//! written by a few statements: a hundred thousand rows take no more round trips than a hundred.

pub(crate) mod read;
mod sort;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Refusal, Roles,
    audit::{EntityType, action},
    imports::{ImportCounts, ImportMode, ImportRow, RowResult},
    operations::OperationKind,
};
use reparto_store::{Imports, StoreResult};
use serde_json::json;

use crate::{
    PostgresStore,
    actor::{Actor, authorize},
    audit::{self, Entry},
    engine::{
        errors::Db,
        tx::{Conn, transact},
    },
    hot::{self, NewOperation},
};
use sort::{New, Sorted};

#[async_trait]
impl Imports for PostgresStore {
    async fn import_rows(
        &self,
        caller: &Caller,
        rows: Vec<ImportRow>,
        mode: ImportMode,
        assignable: &Roles,
    ) -> StoreResult<Vec<RowResult>> {
        transact!(self, tx => import(tx, caller, &rows, mode, assignable))
    }
}

async fn import(
    tx: &mut Conn,
    caller: &Caller,
    rows: &[ImportRow],
    mode: ImportMode,
    assignable: &Roles,
) -> Db<Vec<RowResult>> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    let mut known = read::known(tx, rows, assignable, mode.if_erased).await?;
    let created = rows.iter().filter_map(|row| row.fixed).map(|fixed| fixed.created_at);
    let caller = &tx.taking_effect(caller, std::mem::take(&mut known.follows).into_iter().chain(created));
    let sorted = sort::sort(rows, known, mode.strict);
    if mode.dry_run || !sorted.whole {
        return Ok(sorted.outcomes);
    }
    finish(tx, caller, &actor, rows, &sorted).await?;
    Ok(sorted.outcomes)
}

/// Writes the results, the operation and the audit entry.
async fn finish(tx: &mut Conn, caller: &Caller, actor: &Actor, rows: &[ImportRow], sorted: &Sorted) -> Db<()> {
    let items = write::all(tx, caller, actor, rows, sorted).await?;
    let counts = ImportCounts::of(&sorted.outcomes);
    let operation = if items.is_empty() {
        None
    } else {
        let mut operation = NewOperation::new(OperationKind::Import, actor.seq, caller.at);
        operation.failed = counts.skipped;
        Some(hot::record(tx, &operation, &items, None).await?)
    };
    let unwanted = |new: &New| sorted.contacts.get(new.contact).is_some_and(|c| c.fields.do_not_contact.is_some());
    let made = items.iter().zip(&sorted.opportunities);
    let marked: Vec<i64> = made.filter(|(_, new)| unwanted(new)).map(|(item, _)| item.opportunity).collect();
    if !marked.is_empty() {
        hot::mark_do_not_contact(tx, marked).await?;
    }
    let details = json!(counts);
    let entry = Entry {
        action: action::IMPORT,
        entity: EntityType::Opportunity,
        entity_id: None,
        operation,
        details: details.into(),
    };
    audit::record(tx, caller, actor, &entry).await
}
