//! Import of leads: each row finds or creates a contact, and adds an opportunity.

mod contacts;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles, Timestamp,
    audit::{EntityType, action},
    erasures::IfErased,
    imports::{self, ImportCounts, ImportMode, ImportRow, Placed, RowError, RowOutcome, RowResult},
    operations::OperationKind,
};
use reparto_store::{Imports, StoreResult};
use reparto_store_rows::{
    columns::{self, OPPORTUNITY_IMPORTED},
    numbers::signed,
};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    SqliteStore,
    actor::{self, Actor},
    audit::{self, Entry},
    engine::Conn as _,
    hot::{self, NewOperation},
    items::Item,
    rows::{time, value},
    statements::statements,
};

#[async_trait]
impl Imports for SqliteStore {
    async fn import_rows(
        &self,
        caller: &Caller,
        rows: Vec<ImportRow>,
        mode: ImportMode,
        assignable: &Roles,
    ) -> StoreResult<Vec<RowResult>> {
        let assignable = assignable.clone();
        self.write_for(caller, move |conn, caller| import(conn, caller, &rows, mode, &assignable)).await
    }
}

statements! {
    HOLDER = "SELECT seq, role, is_active FROM users WHERE email_key = ?1 AND deleted_at IS NULL";
    CHANGED = "SELECT updated_at FROM users WHERE email_key = ?1 AND deleted_at IS NULL";
    DO_NOT_CONTACT = "SELECT do_not_contact_since IS NOT NULL FROM contacts WHERE seq = ?1";
    INSERT => columns::insert('?', "opportunities", &OPPORTUNITY_IMPORTED);
}

/// Imports rows; see [`Imports::import_rows`]. A dry run, and a strict import that failed, are rolled back here, so
/// that the outcomes can still be returned.
pub(crate) fn import(
    conn: &Connection,
    caller: &Caller,
    rows: &[ImportRow],
    mode: ImportMode,
    assignable: &Roles,
) -> StoreResult<Vec<RowResult>> {
    let actor = actor::authorize(conn, caller)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    let caller = &caller.taking_effect(caller.at, follows(conn, rows)?);
    conn.command("SAVEPOINT import")?;
    let run = Import {
        conn,
        caller,
        actor: &actor,
        assignable,
        strict: mode.strict,
        holders: HashMap::new(),
        if_erased: mode.if_erased,
        marked: Vec::new(),
    };
    let (outcomes, whole) = run.all(rows)?;
    if mode.dry_run || !whole {
        conn.command("ROLLBACK TO import")?;
    }
    conn.command("RELEASE import")?;
    Ok(outcomes)
}

/// The times that the import follows: the last changes of the assignees, and the given creation times.
fn follows(conn: &Connection, rows: &[ImportRow]) -> StoreResult<Vec<Timestamp>> {
    let mut follows: Vec<Timestamp> = rows.iter().filter_map(|row| row.fixed).map(|fixed| fixed.created_at).collect();
    let holders: HashSet<String> =
        rows.iter().filter_map(|row| row.holder_email.as_deref()).map(imports::holder_key).collect();
    for key in holders {
        follows.extend(conn.opt(CHANGED, [key], time)?);
    }
    Ok(follows)
}

/// An import under way.
struct Import<'a> {
    conn: &'a Connection,
    caller: &'a Caller,
    actor: &'a Actor,
    assignable: &'a Roles,
    strict: bool,
    /// Users by address, cached as they occur.
    holders: HashMap<String, Result<i64, RowError>>,
    if_erased: IfErased,
    /// New opportunities of contacts who do not want to be contacted.
    marked: Vec<i64>,
}

impl Import<'_> {
    /// Imports every row, and writes the operation, the counts and the audit entry. Returns whether it succeeded: a
    /// strict import ends with the first error.
    fn all(mut self, rows: &[ImportRow]) -> StoreResult<(Vec<RowResult>, bool)> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut items = Vec::new();
        for row in rows {
            let outcome = self.row(row, &mut items)?;
            let failed = matches!(outcome.outcome, RowOutcome::Skipped(_));
            outcomes.push(outcome);
            if failed && self.strict {
                return Ok((outcomes, false));
            }
        }
        self.finish(&outcomes, &items)?;
        Ok((outcomes, true))
    }

    fn row(&mut self, row: &ImportRow, items: &mut Vec<Item>) -> StoreResult<RowResult> {
        if let Some(error) = row.refused() {
            return Ok(RowOutcome::Skipped(error).into());
        }
        let holder = match row.holder_email.as_deref().map(|email| self.holder(email)).transpose()? {
            Some(Err(error)) => return Ok(RowOutcome::Skipped(error).into()),
            Some(Ok(seq)) => Some(seq),
            None => None,
        };
        let Some(found) = contacts::find_or_create(self.conn, self.caller, self.actor, row, self.if_erased)? else {
            return Ok(RowOutcome::Skipped(RowError::PersonErased).into());
        };
        if found.has_opportunity {
            let outcome = if found.changed { RowOutcome::Completed } else { RowOutcome::AlreadyThere };
            return Ok(RowResult { outcome, left_out: found.left_out, withheld: false });
        }
        let opportunity = self.opportunity(found.seq, row)?;
        let do_not_contact = self.conn.one(DO_NOT_CONTACT, [found.seq], value)?;
        if do_not_contact {
            self.marked.push(opportunity);
        }
        let Placed { holder, status, withheld } = row.place(holder, do_not_contact);
        items.push(Item { opportunity, before: None, holder, status });
        let outcome = if found.created { RowOutcome::Created } else { RowOutcome::OpportunityAdded };
        Ok(RowResult { outcome, left_out: found.left_out, withheld })
    }

    /// The user with this address, if they are assignable.
    fn holder(&mut self, email: &str) -> StoreResult<Result<i64, RowError>> {
        let key = imports::holder_key(email);
        if let Some(known) = self.holders.get(&key) {
            return Ok(known.clone());
        }
        let found = self.conn.opt(HOLDER, [&key], |row| Ok((row.next()?, row.role()?, row.next()?)))?;
        let holder = imports::holder(email, found, self.assignable);
        self.holders.insert(key, holder.clone());
        Ok(holder)
    }

    /// Inserts the opportunity of a row; returns its seq.
    fn opportunity(&self, contact: i64, row: &ImportRow) -> StoreResult<i64> {
        let successful = row.successful_attempt();
        let created_at = row.fixed.map_or(self.caller.at, |fixed| fixed.created_at);
        let id = row.fixed.map_or_else(OpportunityId::new, |fixed| fixed.opportunity);
        self.conn.run(
            &INSERT,
            params![
                id.as_bytes(),
                contact,
                row.detected_at.unwrap_or(self.caller.at).micros(),
                row.score.get(),
                row.priority.number(),
                row.detection_reason.as_str(),
                json!(row.attempts).to_string(),
                signed(row.attempts.len()),
                successful.is_some(),
                successful,
                row.notes,
                created_at.micros(),
                self.caller.at.micros(),
            ],
        )?;
        Ok(self.conn.last_insert_rowid())
    }

    fn finish(&self, outcomes: &[RowResult], items: &[Item]) -> StoreResult<()> {
        let counts = ImportCounts::of(outcomes);
        crate::contacts::write::count(self.conn, signed(counts.created))?;
        let operation = if items.is_empty() {
            None
        } else {
            let mut operation = NewOperation::new(OperationKind::Import, self.actor.seq, self.caller.at);
            operation.failed = counts.skipped;
            Some(hot::record(self.conn, &operation, items, None)?)
        };
        for seq in &self.marked {
            hot::mark_do_not_contact(self.conn, *seq)?;
        }
        let details = json!(counts);
        let entry = Entry {
            action: action::IMPORT,
            entity: EntityType::Opportunity,
            entity_id: None,
            operation,
            details: details.into(),
        };
        audit::record(self.conn, self.caller, self.actor, &entry)
    }
}
