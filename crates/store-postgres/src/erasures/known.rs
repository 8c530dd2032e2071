//! Recognising people who were erased, by the keyed hashes that were kept of them.

use std::collections::HashMap;

use reparto_domain::{
    Timestamp,
    erasures::{ERASURE_SECRET, Erase, ErasedKey, KeyKind},
};
use reparto_store_rows::{
    contacts::Keys,
    erasures::{Hash, hashes, identity},
};
use secrecy::ExposeSecret as _;

use crate::{
    engine::{
        errors::{Db, Fault},
        params::{At, Bytes, Text},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

statements! {
    SECRET = "SELECT value FROM secrets WHERE name = $1";
    NEW_SECRET = "INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
    KEEP = "INSERT INTO erased_keys (hash, contact, kind, has_email) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (hash, contact) DO NOTHING";
    SAME = "SELECT hash, kind, has_email FROM erased_keys WHERE hash = ANY($1)";
}

/// Which of these are the keys of somebody who was erased. Without an erasure there is no secret, and nothing to ask.
pub(crate) async fn are_erased(tx: &mut Conn, all: &[Keys]) -> Db<Vec<bool>> {
    let Some(secret) = tx.opt(SECRET, &[&Text(ERASURE_SECRET)]).await? else { return Ok(vec![false; all.len()]) };
    let secret: String = secret.try_get(0)?;
    let mut asked: Vec<Vec<Hash>> = Vec::with_capacity(all.len());
    for keys in all {
        asked.push(hashes(&secret, &identity(keys)).map_err(Fault::Store)?.into_iter().map(|(_, hash)| hash).collect());
    }
    let every: Vec<Bytes<'_>> = asked.iter().flatten().map(|hash| Bytes(hash)).collect();
    let mut found: HashMap<Vec<u8>, Vec<ErasedKey>> = HashMap::new();
    for row in tx.all(SAME, &[&every]).await? {
        let mut row = Reader::new(&row);
        let hash: Vec<u8> = row.next()?;
        let key = ErasedKey { kind: row.number(KeyKind::from_number)?, has_email: row.next()? };
        found.entry(hash).or_default().push(key);
    }
    let erased = all.iter().zip(asked).map(|(keys, hashes)| {
        let same: Vec<ErasedKey> = hashes.iter().filter_map(|hash| found.get(&hash[..])).flatten().copied().collect();
        identity(keys).is_one_of(&same)
    });
    Ok(erased.collect())
}

/// Whether these are the keys of somebody who was erased.
pub(crate) async fn is_erased(tx: &mut Conn, keys: &Keys) -> Db<bool> {
    Ok(are_erased(tx, std::slice::from_ref(keys)).await?.contains(&true))
}

/// Keeps the hashes of a contact that is being erased.
pub(super) async fn keep(tx: &mut Conn, erase: &Erase, contact: i64, keys: &Keys, at: Timestamp) -> Db<()> {
    let candidate = erase.key.expose_secret();
    tx.run(NEW_SECRET, &[&Text(ERASURE_SECRET), &Text(candidate), &At(at)]).await?;
    let secret: String = tx.one(SECRET, &[&Text(ERASURE_SECRET)]).await?.try_get(0)?;
    let identity = identity(keys);
    for (kind, hash) in hashes(&secret, &identity).map_err(Fault::Store)? {
        tx.run(KEEP, &[&Bytes(&hash), &contact, &kind.number(), &identity.email.is_some()]).await?;
    }
    Ok(())
}
