//! Erasing the person of a contact.

use std::collections::{BTreeMap, HashSet};

use reparto_domain::{
    Caller, ContactId, OpportunityId, Refusal,
    audit::{EntityType, action},
    contacts::{Contact, ContactFields},
    effective_at,
    erasures::{Erase, Erased, ErasedEntity, Traces, without_notes},
    idempotency::{Answer, Keyed},
    opportunities::Attempts,
    text::remove_note,
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    contact_columns,
    contacts::{Keys, Written},
    erasures::without_cells,
    names::named,
};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{bare_entries, known, remember};
use crate::{
    actor::administrator,
    assignments::ChunkItem,
    audit,
    contacts::{index::IndexChanges, write},
    engine::Conn as _,
    idempotency::once,
    items::Items,
    jobs,
    operations::{Noted, noted},
    rows::value,
    statements::statements,
};

statements! {
    FIND = concat!("SELECT c.seq, c.search_text, ", contact_columns!(), " FROM contacts c WHERE c.id = ?1");
    OPPORTUNITIES = "SELECT o.seq, o.id, o.attempts, a.last_operation, a.updated_at FROM opportunities o \
            CROSS JOIN assignments a ON a.seq = o.seq WHERE o.contact_seq = ?1 AND o.deleted_at IS NULL \
        UNION ALL \
        SELECT o.seq, o.id, o.attempts, a.last_operation, a.updated_at FROM opportunities o \
            CROSS JOIN assignments a ON a.seq = o.seq WHERE o.contact_seq = ?1 AND o.deleted_at IS NOT NULL";
    ERASED = "UPDATE contacts SET erased_at = ?2 WHERE seq = ?1";
    CLEAR = "UPDATE opportunities SET detection_reason = '{}', attempts = ?2, notes = NULL, do_not_contact = 1, \
        updated_at = ?3, revision = revision + 1 WHERE seq = ?1";
    HOT = "UPDATE assignments SET do_not_contact = 1, updated_at = ?2 WHERE seq = ?1";
    UNNOTE = "UPDATE operations SET note = NULL WHERE seq = ?1";
    NOTES = "SELECT notes FROM opportunities WHERE seq = ?1";
    REWRITE = "UPDATE opportunities SET notes = ?2, revision = revision + 1 WHERE seq = ?1";
    UNNOTE_SINGLE = "UPDATE jobs SET note = NULL WHERE id = ?1 AND total <= 1";
    UNNOTE_JOB = "UPDATE jobs SET note = NULL WHERE seq = ?1";
    JOBS = "SELECT seq, total, note FROM jobs WHERE note IS NOT NULL";
    CHUNKS = "SELECT items FROM job_chunks WHERE job = ?1";
    // Answers that an earlier version stored do not say whose data they show.
    ANSWERS = "DELETE FROM idempotency_keys WHERE contact = ?1 OR (contact IS NULL AND (etag IS NOT NULL \
        OR location LIKE '/api/crm/contacts/%'))";
    EXPORTS => named("SELECT c.seq, c.items, c.output FROM job_chunks c JOIN jobs j ON j.seq = c.job \
        WHERE j.kind = {job.export} AND c.output IS NOT NULL");
    EXPORT = "UPDATE job_chunks SET output = ?2 WHERE seq = ?1";
    // What imports keep of the rows about the person, and rows of nobody known that name the person.
    IMPORTED = "UPDATE import_rows SET cells = NULL, details = NULL WHERE contact = ?1";
    LOOSE = "SELECT import, number, cells FROM import_rows WHERE contact IS NULL AND cells IS NOT NULL";
    NAMED = "SELECT seq, name FROM imports WHERE name IS NOT NULL";
    UNNAME = "UPDATE imports SET name = NULL WHERE seq = ?1";
    IMPORT_ANSWERS = "DELETE FROM idempotency_keys WHERE location LIKE '/api/crm/imports/%'";
    // The file itself is of no use any more once its import has ended.
    PIECES = "DELETE FROM import_pieces WHERE import IN (SELECT id FROM imports WHERE finished_at IS NOT NULL)";
    LOOSE_ROW = "UPDATE import_rows SET cells = NULL, details = NULL WHERE import = ?1 AND number = ?2";
}

/// An opportunity of the person.
struct Own {
    seq: i64,
    id: OpportunityId,
    attempts: Attempts,
    last_operation: i64,
}

/// Erases; see [`Erasures::contact_erase`](reparto_store::Erasures::contact_erase).
pub(crate) fn erase(
    conn: &Connection,
    caller: &Caller,
    id: ContactId,
    erase: &Erase,
    keyed: Option<&Keyed<Erased>>,
) -> StoreResult<Answer<Erased>> {
    let actor = administrator(conn, caller)?;
    once(conn, caller, &actor, keyed, |conn| {
        let found = conn.opt(FIND, [id.as_bytes()], |row| {
            let (seq, search_text): (i64, String) = (row.next()?, row.next()?);
            Ok((seq, search_text, row.contact()?))
        })?;
        let (seq, search_text, contact) = found.ok_or(Refusal::ContactNotFound)?;
        let mut at = effective_at(caller.at, [contact.updated_at]);
        let own = conn.all(OPPORTUNITIES, [seq], |row| {
            let (seq, id, attempts) = (row.next()?, OpportunityId::from_bytes(row.next()?), row.json()?);
            let last_operation = row.next()?;
            at = effective_at(at, [row.time()?]);
            Ok(Own { seq, id, attempts, last_operation })
        })?;
        let caller = &Caller { at, ..caller.clone() };
        let traces = Traces::of_contact(&contact.fields);
        notes(conn, &own, &traces)?;
        without_job_notes(conn, &own, &traces)?;
        known::keep(conn, erase, seq, &Keys::of(&contact.fields), at)?;
        empty(conn, (seq, &search_text), &contact, Written { responsible: None, by: actor.seq, at })?;
        for opportunity in &own {
            let attempts = json!(without_notes(&opportunity.attempts)).to_string();
            conn.run(CLEAR, params![opportunity.seq, attempts, at.micros()])?;
            conn.run(HOT, params![opportunity.seq, at.micros()])?;
        }
        let mut audit_entries = bare_entries(conn, id.as_bytes())?;
        for opportunity in &own {
            audit_entries += bare_entries(conn, opportunity.id.as_bytes())?;
        }
        conn.run(ANSWERS, [id.as_bytes()])?;
        exports(conn, &own)?;
        imported(conn, seq, &traces)?;
        let reason = traces.reason_to_keep(erase.reason.as_deref());
        let erased_at = remember(conn, ErasedEntity::Contact, id.as_bytes(), at, (actor.seq, reason))?;
        conn.run(ERASED, params![seq, erased_at.micros()])?;
        let opportunities = own.len() as u64;
        let entry = audit::Entry {
            action: action::CONTACT_ERASED,
            entity: EntityType::Contact,
            entity_id: Some(*id.as_bytes()),
            operation: None,
            details: json!({ "reason": reason, "opportunities": opportunities, "audit_entries": audit_entries }).into(),
        };
        audit::record(conn, caller, &actor, &entry)?;
        Ok(Erased { erased_at, opportunities, audit_entries })
    })
}

/// Empties the contact's row. A deleted one is not in the search index.
fn empty(conn: &Connection, (seq, search_text): (i64, &str), contact: &Contact, written: Written) -> StoreResult<()> {
    let nothing = ContactFields::default();
    let mut index = IndexChanges::default();
    write::update(conn, seq, &nothing, search_text, written, &mut index)?;
    if contact.is_deleted { Ok(()) } else { index.apply(conn) }
}

/// Takes notes out of operations and jobs: those about the person alone, and those about several that name the person,
/// which leave the others' notes, too.
fn notes(conn: &Connection, own: &[Own], traces: &Traces) -> StoreResult<()> {
    let seqs: HashSet<i64> = own.iter().map(|opportunity| opportunity.seq).collect();
    let mut found: BTreeMap<i64, Noted> = BTreeMap::new();
    for opportunity in own {
        for noted in noted(conn, opportunity.seq, opportunity.last_operation)? {
            found.insert(noted.seq, noted);
        }
    }
    for noted in found.values() {
        let items = Items::new(&noted.items)?.map(|item| Ok(item?.opportunity)).collect::<StoreResult<Vec<i64>>>()?;
        let others: Vec<i64> = items.into_iter().filter(|item| !seqs.contains(item)).collect();
        if let Some(job) = noted.job {
            conn.run(UNNOTE_SINGLE, [job.as_bytes()])?;
        }
        let Some(note) = noted.note.as_deref() else { continue };
        if !others.is_empty() && !traces.are_in(note) {
            continue;
        }
        conn.run(UNNOTE, [noted.seq])?;
        for other in others {
            let present: Option<String> = conn.one(NOTES, [other], value)?;
            let left = remove_note(present.as_deref(), note);
            if left != present {
                conn.run(REWRITE, params![other, left])?;
            }
        }
    }
    Ok(())
}

/// Takes notes out of jobs that name the person, and out of those about an opportunity of theirs alone that have written
/// none yet, or never will: they have no operation that leads to them.
fn without_job_notes(conn: &Connection, own: &[Own], traces: &Traces) -> StoreResult<()> {
    let with_notes = conn.all(JOBS, [], |row| {
        let (seq, total): (i64, u64) = (row.next()?, row.amount()?);
        Ok((seq, total <= 1, traces.are_in(row.text()?)))
    })?;
    for (seq, is_of_one, names_them) in with_notes {
        if names_them || (is_of_one && is_about(conn, seq, own)?) {
            conn.run(UNNOTE_JOB, [seq])?;
        }
    }
    Ok(())
}

/// Whether an item of the job is one of these opportunities.
fn is_about(conn: &Connection, job: i64, own: &[Own]) -> StoreResult<bool> {
    let chunks = conn.all(CHUNKS, [job], |row| jobs::packed::unpack(row.bytes()?))?;
    Ok(chunks.iter().flatten().any(|item| is_own(item, own)))
}

fn is_own(item: &ChunkItem, own: &[Own]) -> bool {
    matches!(item, ChunkItem::Seq(seq) if own.iter().any(|own| own.seq == *seq))
}

/// Takes out what imports keep of the rows that name the person, their names that do, and their files.
fn imported(conn: &Connection, contact: i64, traces: &Traces) -> StoreResult<()> {
    conn.run(IMPORTED, [contact])?;
    conn.run(PIECES, [])?;
    let imports = conn.all(NAMED, [], |row| Ok((row.next::<i64>()?, traces.are_in(row.text()?))))?;
    let renamed: Vec<i64> = imports.into_iter().filter_map(|(seq, names_them)| names_them.then_some(seq)).collect();
    for seq in &renamed {
        conn.run(UNNAME, [seq])?;
    }
    if !renamed.is_empty() {
        conn.run(IMPORT_ANSWERS, [])?;
    }
    let mut named = Vec::new();
    conn.each(LOOSE, [], |row| {
        let place: (i64, i64) = (row.next()?, row.next()?);
        if traces.are_in(row.text()?) {
            named.push(place);
        }
        Ok(true)
    })?;
    for (import, number) in named {
        conn.run(LOOSE_ROW, [import, number])?;
    }
    Ok(())
}

/// Empties the person's rows in the files of exports.
fn exports(conn: &Connection, own: &[Own]) -> StoreResult<()> {
    let ids: HashSet<String> = own.iter().map(|opportunity| opportunity.id.to_string()).collect();
    let mut rewritten = Vec::new();
    conn.each(&EXPORTS, [], |row| {
        let seq: i64 = row.next()?;
        let items = jobs::packed::unpack(row.bytes()?)?;
        if items.iter().any(|item| is_own(item, own))
            && let Some(output) = without_cells(row.bytes()?, &ids)?
        {
            rewritten.push((seq, output));
        }
        Ok(true)
    })?;
    for (seq, output) in rewritten {
        conn.run(EXPORT, params![seq, output])?;
    }
    Ok(())
}
