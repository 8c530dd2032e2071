//! Erasing the person of a contact.

use std::collections::{BTreeMap, HashSet};

use reparto_domain::{
    Caller, ContactId, OpportunityId, Refusal,
    audit::{EntityType, action},
    contacts::ContactFields,
    erasures::{Erase, Erased, ErasedEntity, Traces, without_notes},
    idempotency::{Answer, Keyed},
    opportunities::Attempts,
    text::remove_note,
};
use reparto_store_rows::{
    contacts::{Keys, Written},
    erasures::without_cells,
    names::named,
};
use serde_json::json;
use uuid::Uuid;

use super::{ALONE, bare_entries, known, remember};
use crate::{
    actor::{Actor, administrator},
    audit,
    contacts::write,
    engine::{
        errors::Db,
        params::{At, Bytes, Text},
        tx::Conn,
    },
    hot,
    idempotency::once,
    operations::{Noted, noted},
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

statements! {
    FIND = concat!("SELECT c.seq, ", contact_columns!(), " FROM contacts c WHERE c.id = $1 FOR UPDATE OF c");
    OPPORTUNITIES = "SELECT seq, id, attempts FROM opportunities WHERE contact_seq = $1 AND deleted_at IS NULL \
        UNION ALL SELECT seq, id, attempts FROM opportunities WHERE contact_seq = $1 AND deleted_at IS NOT NULL \
        ORDER BY seq";
    ERASED = "UPDATE contacts SET erased_at = $2 WHERE seq = $1";
    CLEAR = "UPDATE opportunities SET detection_reason = '{}', attempts = $2, notes = NULL, do_not_contact = true, \
        updated_at = $3, revision = revision + 1 WHERE seq = $1";
    HOT = "UPDATE assignments SET do_not_contact = true, updated_at = $2 WHERE seq = $1";
    UNNOTE = "UPDATE operations SET note = NULL WHERE seq = $1";
    NOTES = "SELECT notes FROM opportunities WHERE seq = $1 FOR NO KEY UPDATE";
    REWRITE = "UPDATE opportunities SET notes = $2, revision = revision + 1 WHERE seq = $1";
    UNNOTE_SINGLE = "UPDATE jobs SET note = NULL WHERE id = $1 AND total <= 1";
    UNNOTE_JOB = "UPDATE jobs SET note = NULL WHERE seq = $1";
    // Jobs that have a note, and whether each is about an opportunity of the person alone.
    JOBS = "SELECT j.seq, j.note, j.total <= 1 AND EXISTS ( \
            SELECT FROM job_chunks c WHERE c.job = j.seq AND c.ids && $1) FROM jobs j WHERE j.note IS NOT NULL";
    // Answers that an earlier version stored do not say whose data they show.
    ANSWERS = "DELETE FROM idempotency_keys WHERE contact = $1 OR (contact IS NULL AND (etag IS NOT NULL \
        OR location LIKE '/api/crm/contacts/%'))";
    EXPORTS => named("SELECT c.seq, c.output FROM job_chunks c JOIN jobs j ON j.seq = c.job \
        WHERE j.kind = {job.export} AND c.output IS NOT NULL AND c.ids && $1");
    EXPORT = "UPDATE job_chunks SET output = $2 WHERE seq = $1";
    // What imports keep of the rows about the person, and rows of nobody known that name the person.
    IMPORTED = "UPDATE import_rows SET cells = NULL, details = NULL WHERE contact = $1";
    LOOSE = "SELECT import, number, cells FROM import_rows WHERE contact IS NULL AND cells IS NOT NULL";
    NAMED = "SELECT seq, name FROM imports WHERE name IS NOT NULL";
    UNNAME = "UPDATE imports SET name = NULL WHERE seq = $1";
    IMPORT_ANSWERS = "DELETE FROM idempotency_keys WHERE location LIKE '/api/crm/imports/%'";
    // The file itself is of no use any more once its import has ended.
    PIECES = "DELETE FROM import_pieces p USING imports i WHERE i.id = p.import AND i.finished_at IS NOT NULL";
    LOOSE_ROW = "UPDATE import_rows SET cells = NULL, details = NULL WHERE import = $1 AND number = $2";
}

/// An opportunity of the person.
struct Own {
    seq: i64,
    id: OpportunityId,
    attempts: Attempts,
}

/// Erases; see [`Erasures::contact_erase`](reparto_store::Erasures::contact_erase).
pub(super) async fn erase(
    tx: &mut Conn,
    caller: &Caller,
    id: ContactId,
    erase: &Erase,
    keyed: Option<&Keyed<Erased>>,
) -> Db<Answer<Erased>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, execute(tx, caller, &actor, id, erase))
}

async fn execute(tx: &mut Conn, caller: &Caller, actor: &Actor, id: ContactId, erase: &Erase) -> Db<Erased> {
    tx.run(ALONE, &[]).await?;
    let found = tx.opt(FIND, &[&id.uuid()]).await?.ok_or(Refusal::ContactNotFound)?;
    let mut row = Reader::new(&found);
    let (seq, contact) = (row.next::<i64>()?, contact(&mut row)?);
    let own = opportunities(tx, seq).await?;
    let taken = hot::lock_many(tx, own.iter().map(|opportunity| opportunity.seq).collect()).await?;
    // The attempts and notes as they are now that nobody else writes them.
    let own = if own.is_empty() { own } else { opportunities(tx, seq).await? };
    let follows = taken.iter().map(|hot| hot.updated_at).chain([contact.updated_at]);
    let caller = &tx.taking_effect(caller, follows);
    let at = caller.at;
    let traces = Traces::of_contact(&contact.fields);
    let heads = taken.iter().map(|hot| (hot.seq, hot.last_operation)).collect();
    notes(tx, &own, heads, &traces).await?;
    jobs(tx, &own, &traces).await?;
    known::keep(tx, erase, seq, &Keys::of(&contact.fields), at).await?;
    write::update(tx, seq, &ContactFields::default(), Written { responsible: None, by: actor.seq, at }).await?;
    let mut audit_entries = bare_entries(tx, id.uuid()).await?;
    for opportunity in &own {
        let attempts = json!(without_notes(&opportunity.attempts)).to_string();
        tx.run(HOT, &[&opportunity.seq, &At(at)]).await?;
        tx.run(CLEAR, &[&opportunity.seq, &Text(&attempts), &At(at)]).await?;
        audit_entries += bare_entries(tx, opportunity.id.uuid()).await?;
    }
    tx.run(ANSWERS, &[&id.uuid()]).await?;
    exports(tx, &own).await?;
    imported(tx, seq, &traces).await?;
    let reason = traces.reason_to_keep(erase.reason.as_deref());
    let erased_at = remember(tx, ErasedEntity::Contact, id.uuid(), at, (actor.seq, reason)).await?;
    tx.run(ERASED, &[&seq, &At(erased_at)]).await?;
    let opportunities = own.len() as u64;
    let entry = audit::Entry {
        action: action::CONTACT_ERASED,
        entity: EntityType::Contact,
        entity_id: Some(id.uuid()),
        operation: None,
        details: json!({ "reason": reason, "opportunities": opportunities, "audit_entries": audit_entries }).into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    Ok(Erased { erased_at, opportunities, audit_entries })
}

async fn opportunities(tx: &mut Conn, contact: i64) -> Db<Vec<Own>> {
    let rows = tx.all(OPPORTUNITIES, &[&contact]).await?;
    let own = rows.iter().map(|row| {
        let mut row = Reader::new(row);
        Ok(Own { seq: row.next()?, id: OpportunityId::from_uuid(row.next()?), attempts: row.attempts()? })
    });
    own.collect()
}

/// Takes notes out of operations and jobs: those about the person alone, and those about several that name the person,
/// which leave the others' notes, too.
async fn notes(tx: &mut Conn, own: &[Own], heads: Vec<(i64, i64)>, traces: &Traces) -> Db<()> {
    let seqs: HashSet<i64> = own.iter().map(|opportunity| opportunity.seq).collect();
    let found: BTreeMap<i64, Noted> = noted(tx, heads).await?.into_iter().map(|noted| (noted.seq, noted)).collect();
    for noted in found.values() {
        if let Some(job) = noted.job {
            tx.run(UNNOTE_SINGLE, &[&job]).await?;
        }
        let Some(note) = noted.note.as_deref() else { continue };
        let others: Vec<i64> = noted.items.iter().copied().filter(|item| !seqs.contains(item)).collect();
        if !others.is_empty() && !traces.are_in(note) {
            continue;
        }
        tx.run(UNNOTE, &[&noted.seq]).await?;
        for other in others {
            let present: Option<String> = tx.one(NOTES, &[&other]).await?.try_get(0)?;
            let left = remove_note(present.as_deref(), note);
            if left != present {
                tx.run(REWRITE, &[&other, &left.as_deref().map(Text)]).await?;
            }
        }
    }
    Ok(())
}

/// Takes notes out of jobs that name the person, and out of those about an opportunity of theirs alone that have written
/// none yet, or never will: they have no operation that leads to them.
async fn jobs(tx: &mut Conn, own: &[Own], traces: &Traces) -> Db<()> {
    let ids: Vec<Uuid> = own.iter().map(|opportunity| opportunity.id.uuid()).collect();
    for row in tx.all(JOBS, &[&ids]).await? {
        let (seq, note, is_alone): (i64, &str, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if is_alone || traces.are_in(note) {
            tx.run(UNNOTE_JOB, &[&seq]).await?;
        }
    }
    Ok(())
}

/// Takes out what imports keep of the rows that name the person, their names that do, and their files.
async fn imported(tx: &mut Conn, contact: i64, traces: &Traces) -> Db<()> {
    tx.run(IMPORTED, &[&contact]).await?;
    tx.run(PIECES, &[]).await?;
    let mut renamed = false;
    for row in tx.all(NAMED, &[]).await? {
        let (seq, name): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        if traces.are_in(name) {
            tx.run(UNNAME, &[&seq]).await?;
            renamed = true;
        }
    }
    if renamed {
        tx.run(IMPORT_ANSWERS, &[]).await?;
    }
    for row in tx.all(LOOSE, &[]).await? {
        let (import, number, cells): (i64, i64, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if traces.are_in(cells) {
            tx.run(LOOSE_ROW, &[&import, &number]).await?;
        }
    }
    Ok(())
}

/// Empties the person's rows in the files of exports.
async fn exports(tx: &mut Conn, own: &[Own]) -> Db<()> {
    let ids: HashSet<String> = own.iter().map(|opportunity| opportunity.id.to_string()).collect();
    let wanted: Vec<Uuid> = own.iter().map(|opportunity| opportunity.id.uuid()).collect();
    for row in tx.all(&EXPORTS, &[&wanted]).await? {
        let (seq, output): (i64, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        if let Some(output) = without_cells(output, &ids)? {
            tx.run(EXPORT, &[&seq, &Bytes(&output)]).await?;
        }
    }
    Ok(())
}
