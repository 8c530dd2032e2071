//! Everything that is kept about one person.

use reparto_domain::{
    Caller, ContactId, ImportId, OpportunityId, Refusal,
    audit::{EntityType, action},
    erasures::{Everything, EverythingImport, EverythingOpportunity},
    imports::ImportOutcome,
};
use reparto_store_rows::imports::read_cells;
use serde_json::json;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    actor::authorize,
    audit,
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    operations,
    opportunities::by_seqs,
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

statements! {
    IMPORTS = "SELECT i.id, i.name, i.created_at, r.line, r.outcome, r.cells FROM import_rows r \
        JOIN imports i ON i.seq = r.import WHERE r.contact = $1 ORDER BY r.import DESC, r.number";
    FIND = concat!("SELECT c.seq, ", contact_columns!(), " FROM contacts c WHERE c.id = $1");
    OPPORTUNITIES = "SELECT o.seq, o.id, a.last_operation, a.deleted FROM opportunities o \
            JOIN assignments a ON a.seq = o.seq WHERE o.contact_seq = $1 AND o.deleted_at IS NULL \
        UNION ALL SELECT o.seq, o.id, a.last_operation, a.deleted FROM opportunities o \
            JOIN assignments a ON a.seq = o.seq WHERE o.contact_seq = $1 AND o.deleted_at IS NOT NULL \
        ORDER BY seq DESC";
}

fn import(row: &Row) -> Db<EverythingImport> {
    let mut row = Reader::new(row);
    Ok(EverythingImport {
        import_id: ImportId::from_uuid(row.next()?),
        name: row.next()?,
        at: row.time()?,
        line: row.amount()?,
        outcome: row.number(ImportOutcome::from_number)?,
        cells: read_cells(row.next()?)?,
    })
}

/// Reads everything, and records that it was read.
pub(super) async fn read(tx: &mut Conn, caller: &Caller, id: ContactId) -> Db<Everything> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    let found = tx.opt(FIND, &[&id.uuid()]).await?.ok_or(Refusal::ContactNotFound)?;
    let mut row = Reader::new(&found);
    let (seq, contact) = (row.next::<i64>()?, contact(&mut row)?);
    let (mut opportunities, mut entities) = (Vec::new(), vec![id.uuid()]);
    for row in tx.all(OPPORTUNITIES, &[&seq]).await? {
        let mut row = Reader::new(&row);
        let (seq, id): (i64, Uuid) = (row.next()?, row.next()?);
        let (last_operation, is_deleted): (i64, bool) = (row.next()?, row.next()?);
        let opportunity =
            by_seqs(tx, vec![seq]).await?.pop().ok_or_else(|| Fault::inconsistent("an opportunity without a row"))?;
        let id = OpportunityId::from_uuid(id);
        let history = operations::whole_history(tx, id, seq, last_operation).await?;
        opportunities.push(EverythingOpportunity { opportunity, is_deleted, history });
        entities.push(id.uuid());
    }
    let audit = audit::about(tx, entities).await?;
    let caller = &tx.taking_effect(caller, []);
    let entry = audit::Entry {
        action: action::CONTACT_EVERYTHING_READ,
        entity: EntityType::Contact,
        entity_id: Some(id.uuid()),
        operation: None,
        details: json!({ "opportunities": opportunities.len(), "audit_entries": audit.len() }).into(),
    };
    audit::record(tx, caller, &actor, &entry).await?;
    let imports = tx.all(IMPORTS, &[&seq]).await?.iter().map(import).collect::<Db<_>>()?;
    Ok(Everything { contact, opportunities, audit, imports })
}
