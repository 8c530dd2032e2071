//! Reading existing data about the rows of an import.

use std::collections::{BTreeSet, HashMap};

use reparto_domain::{
    ContactId, Priority, Roles, Score, Status, Timestamp, UserId,
    contacts::ContactFields,
    erasures::IfErased,
    imports::{Enquired, ImportRow, RowError, holder, holder_key},
};
use reparto_store_rows::contacts::Keys;
use uuid::Uuid;

use crate::{
    engine::{errors::Db, params::Text, tx::Conn},
    erasures::{hold_off, known::are_erased},
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

statements! {
    // One import at a time, so that two with the same contact do not create it twice.
    LOCK_IMPORTS = "SELECT FROM locks WHERE name = 'imports' FOR UPDATE";
    HOLDERS = "SELECT email_key, seq, is_active, role, updated_at FROM users WHERE email_key = ANY($1) AND deleted_at IS NULL \
        ORDER BY seq FOR KEY SHARE";
    RESPONSIBLE = "SELECT id, seq FROM users WHERE id = ANY($1) AND is_active AND deleted_at IS NULL \
        ORDER BY seq FOR KEY SHARE";
    // All candidates for a row: by address, by a number in either column, by name if there is nothing else, or by id.
    // Key by key (OFFSET keeps the planner from seeing a join): an import fills tables of which there are no statistics yet,
    // and `= ANY` would walk all contacts once for each kind of key, since few are expected that are not deleted.
    FOUND = "SELECT seq FROM unnest($1::text[]) AS k (key), LATERAL (SELECT seq FROM contacts \
            WHERE email_key = k.key AND deleted_at IS NULL OFFSET 0) AS c \
        UNION SELECT seq FROM unnest($2::text[]) AS k (key), LATERAL (SELECT seq FROM contacts \
            WHERE phone_key = k.key AND deleted_at IS NULL OFFSET 0) AS c \
        UNION SELECT seq FROM unnest($2::text[]) AS k (key), LATERAL (SELECT seq FROM contacts \
            WHERE mobile_key = k.key AND deleted_at IS NULL OFFSET 0) AS c \
        UNION SELECT seq FROM unnest($3::text[]) AS k (key), LATERAL (SELECT seq FROM contacts \
            WHERE name_key = k.key AND deleted_at IS NULL AND email_key IS NULL AND phone_key IS NULL \
            AND mobile_key IS NULL OFFSET 0) AS c \
        UNION SELECT seq FROM unnest($4::uuid[]) AS k (key), LATERAL (SELECT seq FROM contacts \
            WHERE id = k.key AND deleted_at IS NULL OFFSET 0) AS c";
    CONTACTS = concat!("SELECT c.seq, c.responsible_seq, coalesce(o.notes, '') || chr(10) || o.detection_reason::text, \
            o.detected_at, o.score, o.priority, a.status, u.email, ",
        contact_columns!(), " FROM contacts c \
            LEFT JOIN opportunities o ON o.contact_seq = c.seq AND o.deleted_at IS NULL \
            LEFT JOIN assignments a ON a.seq = o.seq LEFT JOIN users u ON u.seq = a.holder \
        WHERE c.seq = ANY($1) AND c.deleted_at IS NULL ORDER BY c.seq FOR UPDATE OF c");
}

/// An existing contact.
pub(super) struct Present {
    pub seq: i64,
    pub responsible: Option<i64>,
    /// Its opportunity; `None` if it has none.
    pub enquired: Option<Enquired>,
    pub id: ContactId,
    pub fields: ContactFields,
}

/// Existing data about the rows.
pub(super) struct Known {
    /// The keys of each row.
    pub keys: Vec<Keys>,
    /// Whether each row is about somebody who was erased.
    pub erased: Vec<bool>,
    /// By address: the user's seq, or why they are not assignable.
    pub holders: HashMap<String, Result<i64, RowError>>,
    /// Active users, by id.
    pub responsible: HashMap<UserId, i64>,
    /// In order of seq.
    pub contacts: Vec<Present>,
    /// The last changes of the holders and of the contacts, which the import follows.
    pub follows: Vec<Timestamp>,
}

pub(super) async fn known(tx: &mut Conn, rows: &[ImportRow], assignable: &Roles, if_erased: IfErased) -> Db<Known> {
    let mut follows = Vec::new();
    let holders = holders(tx, rows, assignable, &mut follows).await?;
    let responsible = responsible(tx, rows).await?;
    // Before anything is read about the rows: who is erased meanwhile is erased after the import, or refused by it.
    hold_off(tx).await?;
    tx.run(LOCK_IMPORTS, &[]).await?;
    let keys: Vec<Keys> = rows.iter().map(|row| Keys::of(&row.contact)).collect();
    let contacts = contacts(tx, rows, &keys, &mut follows).await?;
    let erased = match if_erased {
        IfErased::Refuse => are_erased(tx, &keys).await?,
        IfErased::LetIn => vec![false; keys.len()],
    };
    Ok(Known { keys, erased, holders, responsible, contacts, follows })
}

async fn holders(
    tx: &mut Conn,
    rows: &[ImportRow],
    assignable: &Roles,
    follows: &mut Vec<Timestamp>,
) -> Db<HashMap<String, Result<i64, RowError>>> {
    let mut all: HashMap<String, Result<i64, RowError>> = HashMap::new();
    for email in rows.iter().filter_map(|row| row.holder_email.as_deref()) {
        all.entry(holder_key(email)).or_insert_with(|| Err(RowError::HolderNotFound(email.to_owned())));
    }
    if all.is_empty() {
        return Ok(all);
    }
    let wanted: Vec<Text<'_>> = all.keys().map(|key| Text(key)).collect();
    let found = tx.all(HOLDERS, &[&wanted]).await?;
    for row in &found {
        let mut row = Reader::new(row);
        let key: String = row.next()?;
        let (seq, active, role): (i64, bool, _) = (row.next()?, row.next()?, row.role()?);
        follows.push(row.time()?);
        if let Some(slot) = all.get_mut(&key) {
            let named = match slot {
                Err(RowError::HolderNotFound(email)) => email.clone(),
                _ => key,
            };
            *slot = holder(&named, Some((seq, role, active)), assignable);
        }
    }
    Ok(all)
}

async fn responsible(tx: &mut Conn, rows: &[ImportRow]) -> Db<HashMap<UserId, i64>> {
    let wanted: BTreeSet<Uuid> =
        rows.iter().filter_map(|row| row.contact.responsible_user_id).map(UserId::uuid).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tx.all(RESPONSIBLE, &[&wanted.into_iter().collect::<Vec<_>>()]).await?;
    found.iter().map(|row| Ok((UserId::from_uuid(row.try_get(0)?), row.try_get(1)?))).collect()
}

async fn contacts(tx: &mut Conn, rows: &[ImportRow], keys: &[Keys], follows: &mut Vec<Timestamp>) -> Db<Vec<Present>> {
    let emails: BTreeSet<&str> = keys.iter().filter_map(|keys| keys.email.as_deref()).collect();
    let numbers: BTreeSet<&str> =
        keys.iter().flat_map(|keys| [keys.phone.as_deref(), keys.mobile.as_deref()]).flatten().collect();
    let nameless = |keys: &&Keys| keys.email.is_none() && keys.phone.is_none() && keys.mobile.is_none();
    let names: BTreeSet<&str> = keys.iter().filter(nameless).map(|keys| keys.name.as_str()).collect();
    let ids: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.contact_id).map(ContactId::uuid).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let found = tx.all_once(FOUND, &[&texts(emails), &texts(numbers), &texts(names), &ids]).await?;
    let seqs: Vec<i64> = found.iter().map(|row| Ok(row.try_get(0)?)).collect::<Db<_>>()?;
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let found = tx.all_once(CONTACTS, &[&seqs]).await?;
    let present = found.iter().map(|row| {
        let mut row = Reader::new(row);
        let (seq, responsible) = (row.next()?, row.next()?);
        let enquired = enquired(&mut row)?;
        let contact = contact(&mut row)?;
        follows.push(contact.updated_at);
        Ok(Present { seq, responsible, enquired, id: contact.id, fields: contact.fields })
    });
    present.collect()
}

/// The opportunity that a contact has.
fn enquired(row: &mut Reader<'_>) -> Db<Option<Enquired>> {
    let (texts, detected_at) = (row.next::<Option<String>>()?, row.time_or_none()?);
    let score = row.number_or_none(Score::new)?;
    let priority = row.number_or_none(Priority::from_number)?;
    let status = row.number_or_none(Status::from_number)?;
    let holder = row.next()?;
    Ok(match (texts, score, priority, status) {
        (Some(texts), Some(score), Some(priority), Some(status)) => {
            Some(Enquired { texts, detected_at, score, priority, status, holder })
        }
        _ => None,
    })
}

fn texts(set: BTreeSet<&str>) -> Vec<Text<'_>> {
    set.into_iter().map(Text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn candidates_are_looked_up_by_their_keys_before_there_are_statistics() {
        let database = crate::testing::fresh().await;
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let fill = "ALTER TABLE contacts SET (autovacuum_enabled = false); \
            INSERT INTO contacts (id, search_text, name_key, email_key, phone_key, created_at, updated_at) \
            SELECT gen_random_uuid(), 'ana', 'ana', 'a' || n || '@example.org', (600000000 + n)::text, now(), now() \
            FROM generate_series(1, 20000) AS s (n)";
        client.batch_execute(fill).await.unwrap();
        let emails: Vec<String> = (20_001..21_001).map(|n| format!("a{n}@example.org")).collect();
        let numbers: Vec<String> = (20_001..21_001).map(|n| (600_000_000 + n).to_string()).collect();
        let literal = |texts: &[String]| format!("'{{{}}}'", texts.join(","));
        let explained = format!("EXPLAIN {FOUND}")
            .replace("$1", &literal(&emails))
            .replace("$2", &literal(&numbers))
            .replace("$3", "'{}'")
            .replace("$4", "'{}'");
        let plan: Vec<String> = client.query(&explained, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        for key in ["email_key", "phone_key", "mobile_key", "name_key", "id"] {
            let condition = format!("Index Cond: ({key} = k");
            assert!(plan.iter().any(|line| line.contains(&condition)), "{key}: {plan:#?}");
        }
        assert!(!plan.iter().any(|line| line.contains("Seq Scan on contacts")), "{plan:#?}");
    }
}
