//! An operation as it is stored, with its items.

use reparto_domain::{
    ImportId, JobId, OperationId, Timestamp,
    operations::{Operation, OperationKind},
};
use reparto_store::{StoreError, StoreResult};

use super::people::People;
use crate::{
    items::{self, Item},
    rows::Reader,
};

/// An operation as it is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub seq: i64,
    pub id: OperationId,
    pub kind: OperationKind,
    pub actor: Option<i64>,
    pub at: Timestamp,
    pub note: Option<String>,
    pub job: Option<JobId>,
    pub import: Option<ImportId>,
    pub item_count: u64,
    pub failed_count: u64,
    pub undoes: Option<i64>,
    pub undone_by: Option<OperationId>,
    pub undone_items: Option<Vec<u8>>,
    pub items: Vec<u8>,
}

impl Stored {
    /// The operation as shown to users.
    pub(super) fn shown(&self, people: &mut People<'_>) -> StoreResult<Operation> {
        let actor = self.actor.map(|seq| people.get(seq)).transpose()?;
        let (actor_id, actor_name) = actor.map(|actor| (actor.id, actor.name)).unzip();
        Ok(Operation {
            id: self.id,
            kind: self.kind,
            actor_id,
            actor_name,
            at: self.at,
            note: self.note.clone(),
            job_id: self.job,
            import_id: self.import,
            undone_by: self.undone_by,
            assigned_count: self.item_count,
            failed_count: self.failed_count,
        })
    }

    /// Its item for an opportunity, whose chain must contain it.
    pub(super) fn item(&self, opportunity: i64) -> StoreResult<Item> {
        items::find(&self.items, opportunity)?.map(|(_, item)| item).ok_or_else(|| {
            StoreError::Inconsistent(format!(
                "operations.seq {} lacks the opportunity with seq {opportunity}",
                self.seq
            ))
        })
    }
}

pub(super) fn stored(row: &mut Reader<'_>) -> StoreResult<Stored> {
    Ok(Stored {
        seq: row.next()?,
        id: OperationId::from_bytes(row.next()?),
        kind: row.number(OperationKind::from_number)?,
        actor: row.next()?,
        at: row.time()?,
        note: row.next()?,
        job: row.next::<Option<[u8; 16]>>()?.map(JobId::from_bytes),
        import: row.next::<Option<[u8; 16]>>()?.map(ImportId::from_bytes),
        item_count: row.amount()?,
        failed_count: row.amount()?,
        undoes: row.next()?,
        undone_by: row.next::<Option<[u8; 16]>>()?.map(OperationId::from_bytes),
        undone_items: row.next()?,
        items: row.next()?,
    })
}
