//! `reparto erasures`: lists who was erased, and erases them again after an older backup was restored.

use std::io;

use reparto_domain::{Caller, Clock as _, ContactId, Refusal, SystemClock, UserId, erasures::ErasedEntity};
use reparto_server::contacts::erase::command;
use reparto_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    args::{ErasuresAgainArgs, ErasuresListArgs},
    failure::{Done, Failure, say},
};

/// How many erasures are read at a time.
const PAGE: u64 = 1_000;

/// A line of the list: no names, addresses or numbers.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    entity_type: String,
    entity_id: Uuid,
    erased_at: String,
    reason: Option<String>,
}

/// Writes the list as CSV.
pub async fn list(args: ErasuresListArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(false).await?;
    let mut writer = csv::Writer::from_writer(io::stdout().lock());
    let cannot = |error: &csv::Error| Failure::new(format!("cannot write the list: {error}"));
    let mut after = 0;
    loop {
        let page = store.erasure_list(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for erasure in page {
            let (kind, id) = match (erasure.contact, erasure.user) {
                (Some(contact), _) => (ErasedEntity::Contact, contact.uuid()),
                (None, Some(user)) => (ErasedEntity::User, user.uuid()),
                (None, None) => continue,
            };
            let line = Line {
                entity_type: kind.as_str().to_owned(),
                entity_id: id,
                erased_at: erasure.erased_at.to_string(),
                reason: erasure.reason,
            };
            writer.serialize(line).map_err(|error| cannot(&error))?;
        }
    }
    store.close().await;
    writer.flush().map_err(|error| Failure::io("cannot write the list", &error))?;
    Ok(Done::Success)
}

/// Erases everybody on a list who is in the database and not erased yet.
pub async fn again(args: ErasuresAgainArgs) -> Result<Done, Failure> {
    let mut reader = csv::Reader::from_path(&args.file)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", args.file.display())))?;
    let lines = reader
        .deserialize()
        .collect::<Result<Vec<Line>, _>>()
        .map_err(|error| Failure::new(format!("{}: {error}", args.file.display())))?;
    let store = args.database.database_url.open(true).await?;
    let (mut erased, mut absent) = (0_u64, 0_u64);
    for line in lines {
        match one(&*store, &line).await {
            Ok(()) => erased += 1,
            // It came into the database after the backup.
            Err(StoreError::Refused(Refusal::ContactNotFound | Refusal::UserNotFound)) => absent += 1,
            Err(error) => return Err(error.into()),
        }
    }
    store.close().await;
    say(format_args!("{erased} erased, {absent} not in this database"))?;
    Ok(Done::Success)
}

async fn one(store: &dyn Store, line: &Line) -> Result<(), StoreError> {
    let caller = Caller::system(SystemClock.now());
    let erase = command(line.reason.clone().unwrap_or_default())?;
    if line.entity_type == ErasedEntity::User.as_str() {
        // A user who was deleted after the backup is one again: whoever is erased was deleted before.
        match store.user_delete(&caller, UserId::from_uuid(line.entity_id)).await {
            Ok(_) | Err(StoreError::Refused(Refusal::UserNotFound)) => {}
            Err(error) => return Err(error),
        }
        store.user_erase(&caller, UserId::from_uuid(line.entity_id), erase).await.map(drop)
    } else {
        store.contact_erase(&caller, ContactId::from_uuid(line.entity_id), erase, None).await.map(drop)
    }
}
