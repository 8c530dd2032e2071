//! Everything that is kept about one person.

use reparto_domain::{
    Caller, ContactId, ImportId, OpportunityId, Refusal,
    audit::{EntityType, action},
    erasures::{Everything, EverythingExtent, EverythingImport, EverythingOpportunity, EverythingReading},
    imports::ImportOutcome,
};
use reparto_store::StoreResult;
use reparto_store_rows::{contact_columns, imports::read_cells};
use rusqlite::Connection;
use serde_json::json;

use crate::{actor::administrator, audit, engine::Conn as _, operations, opportunities, statements::statements};

statements! {
    IMPORTS = "SELECT i.id, i.name, i.created_at, r.line, r.outcome, r.cells FROM import_rows r \
        JOIN imports i ON i.seq = r.import WHERE r.contact = ?1 ORDER BY r.import DESC, r.number";
    FIND = concat!("SELECT c.seq, ", contact_columns!(), " FROM contacts c WHERE c.id = ?1");
    OPPORTUNITIES = "SELECT o.seq, o.id, a.last_operation, a.deleted FROM opportunities o \
            CROSS JOIN assignments a ON a.seq = o.seq WHERE o.contact_seq = ?1 AND o.deleted_at IS NULL \
        UNION ALL \
        SELECT o.seq, o.id, a.last_operation, a.deleted FROM opportunities o \
            CROSS JOIN assignments a ON a.seq = o.seq WHERE o.contact_seq = ?1 AND o.deleted_at IS NOT NULL";
}

/// How much was found, for the entry in the audit log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    opportunities: usize,
    audit_entries: u64,
}

impl Found {
    pub(super) fn of(everything: &Everything) -> Self {
        Self { opportunities: everything.opportunities.len(), audit_entries: everything.audit_total }
    }
}

/// Records that everything was read when `newest` was the newest erasure. Records nothing, and returns false, where somebody
/// was erased since: what was read may show them.
pub(super) fn record(
    conn: &Connection,
    caller: &Caller,
    id: ContactId,
    (found, newest): (Found, i64),
) -> StoreResult<bool> {
    if super::newest(conn)? != newest {
        return Ok(false);
    }
    let actor = administrator(conn, caller)?;
    let entry = audit::Entry {
        action: action::CONTACT_EVERYTHING_READ,
        entity: EntityType::Contact,
        entity_id: Some(*id.as_bytes()),
        operation: None,
        details: json!({ "opportunities": found.opportunities, "audit_entries": found.audit_entries }).into(),
    };
    audit::record(conn, caller, &actor, &entry)?;
    Ok(true)
}

/// Reads so much of everything.
pub(super) fn read(
    conn: &Connection,
    caller: &Caller,
    id: ContactId,
    extent: EverythingExtent,
) -> StoreResult<Everything> {
    administrator(conn, caller)?;
    let found = conn.opt(FIND, [id.as_bytes()], |row| Ok((row.next::<i64>()?, row.contact()?)))?;
    let (seq, contact) = found.ok_or(Refusal::ContactNotFound)?;
    let own: Vec<(i64, [u8; 16], i64, bool)> =
        conn.all(OPPORTUNITIES, [seq], |row| Ok((row.next()?, row.next()?, row.next()?, row.next()?)))?;
    let mut reading = EverythingReading::new(extent);
    let (mut opportunities, mut entities) = (Vec::new(), vec![*id.as_bytes()]);
    for (seq, id, last_operation, is_deleted) in own {
        let opportunity = opportunities::by_seq(conn, seq)?;
        reading.opportunity(&opportunity)?;
        let history = operations::history_for(conn, (seq, last_operation), &mut reading)?;
        opportunities.push(EverythingOpportunity { opportunity, is_deleted, history });
        entities.push(*OpportunityId::from_bytes(id).as_bytes());
    }
    let (audit, audit_total) = audit::about(conn, &entities, &mut reading)?;
    let imports = conn.all(IMPORTS, [seq], |row| {
        let import = EverythingImport {
            import_id: ImportId::from_bytes(row.next()?),
            name: row.next()?,
            at: row.time()?,
            line: row.amount()?,
            outcome: row.number(ImportOutcome::from_number)?,
            cells: read_cells(row.next::<Option<String>>()?.as_deref())?,
        };
        reading.import(&import)?;
        Ok(import)
    })?;
    let history_total = reading.history_total();
    Ok(Everything { contact, opportunities, history_total, audit, audit_total, imports })
}

#[cfg(test)]
mod tests {
    use reparto_domain::{
        contacts::ContactFields,
        erasures::{Erase, IfErased},
    };

    use super::*;
    use crate::{
        erasures::{contact::erase, newest},
        testing::{database, one, system},
    };

    #[test]
    fn what_was_read_before_somebody_was_erased_is_not_given_out() {
        let (_folder, conn) = database();
        let fields = ContactFields { first_name: Some("Zulema".into()), ..ContactFields::default() };
        let made = crate::contacts::create(&conn, &system(0), &fields, IfErased::Refuse, None).unwrap();
        let id = made.fresh().unwrap().id;
        let look = || (read(&conn, &system(1), id, EverythingExtent::Whole).unwrap(), newest(&conn).unwrap());
        let (before, seen) = look();
        let command = Erase { reason: None, key: "c2VjcmV0IG9mIHRoZSB0ZXN0cw==".to_owned().into() };
        erase(&conn, &system(2), id, &command, None).unwrap();
        let recorded =
            |everything: &Everything, seen| record(&conn, &system(3), id, (Found::of(everything), seen)).unwrap();
        let entries = || one::<i64>(&conn, "SELECT count(*) FROM audit_logs WHERE action = 'contact_everything_read'");
        assert!(!recorded(&before, seen));
        assert_eq!(entries(), 0);
        let (after, seen) = look();
        assert!(recorded(&after, seen));
        assert_eq!((entries(), after.contact.fields.first_name), (1, None));
    }
}
