//! Everything that is kept about one person.

use reparto_domain::{
    Caller, ContactId, ImportId, OpportunityId, Refusal,
    audit::{EntityType, action},
    erasures::{Everything, EverythingExtent, EverythingImport, EverythingOpportunity, EverythingReading},
    imports::ImportOutcome,
};
use reparto_store_rows::imports::read_cells;
use serde_json::json;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    actor::administrator,
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

/// Reads so much of everything, and records that it was read.
pub(super) async fn read(tx: &mut Conn, caller: &Caller, id: ContactId, extent: EverythingExtent) -> Db<Everything> {
    let actor = administrator(tx, caller).await?;
    let found = tx.opt(FIND, &[&id.uuid()]).await?.ok_or(Refusal::ContactNotFound)?;
    let mut row = Reader::new(&found);
    let (seq, contact) = (row.next::<i64>()?, contact(&mut row)?);
    let mut reading = EverythingReading::new(extent);
    let (mut opportunities, mut entities) = (Vec::new(), vec![id.uuid()]);
    for row in tx.all(OPPORTUNITIES, &[&seq]).await? {
        let mut row = Reader::new(&row);
        let (seq, id): (i64, Uuid) = (row.next()?, row.next()?);
        let (last_operation, is_deleted): (i64, bool) = (row.next()?, row.next()?);
        let opportunity =
            by_seqs(tx, vec![seq]).await?.pop().ok_or_else(|| Fault::inconsistent("an opportunity without a row"))?;
        let id = OpportunityId::from_uuid(id);
        reading.opportunity(&opportunity)?;
        let history = operations::history_for(tx, id, (seq, last_operation), &mut reading).await?;
        opportunities.push(EverythingOpportunity { opportunity, is_deleted, history });
        entities.push(id.uuid());
    }
    let (audit, audit_total) = audit::about(tx, entities, &mut reading).await?;
    let caller = &tx.taking_effect(caller, []);
    let entry = audit::Entry {
        action: action::CONTACT_EVERYTHING_READ,
        entity: EntityType::Contact,
        entity_id: Some(id.uuid()),
        operation: None,
        details: json!({ "opportunities": opportunities.len(), "audit_entries": audit_total }).into(),
    };
    audit::record(tx, caller, &actor, &entry).await?;
    let mut imports = Vec::new();
    let take = |row: &Row| {
        let row = import(row)?;
        reading.import(&row)?;
        imports.push(row);
        Ok(())
    };
    tx.each(IMPORTS, &[&seq], true, take).await?;
    let history_total = reading.history_total();
    Ok(Everything { contact, opportunities, history_total, audit, audit_total, imports })
}
