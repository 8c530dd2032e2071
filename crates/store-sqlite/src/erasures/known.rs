//! Recognising people who were erased, by the keyed hashes that were kept of them.

use reparto_domain::erasures::{ERASURE_SECRET, ErasedKey, KeyKind};
use reparto_store::StoreResult;
use reparto_store_rows::{
    contacts::Keys,
    erasures::{hashes, identity},
};
use rusqlite::{Connection, params};
use secrecy::ExposeSecret as _;

use crate::{engine::Conn as _, rows::value, statements::statements};

statements! {
    SECRET = "SELECT value FROM secrets WHERE name = ?1";
    NEW_SECRET = "INSERT INTO secrets (name, value, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
    KEEP = "INSERT INTO erased_keys (hash, contact, kind, has_email) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (hash, contact) DO NOTHING";
    SAME = "SELECT kind, has_email FROM erased_keys WHERE hash = ?1";
}

/// Whether anybody was erased, so that it is worth asking [`is_erased`] about many.
pub(crate) fn is_anybody(conn: &Connection) -> StoreResult<bool> {
    Ok(conn.opt(SECRET, [ERASURE_SECRET], value::<String>)?.is_some())
}

/// Whether these are the keys of somebody who was erased. Without an erasure there is no secret, and nothing to ask.
pub(crate) fn is_erased(conn: &Connection, keys: &Keys) -> StoreResult<bool> {
    let Some(secret) = conn.opt(SECRET, [ERASURE_SECRET], value::<String>)? else { return Ok(false) };
    let identity = identity(keys);
    let mut found = Vec::new();
    for (_, hash) in hashes(&secret, &identity)? {
        found.extend(conn.all(SAME, [hash], |row| {
            Ok(ErasedKey { kind: row.number(KeyKind::from_number)?, has_email: row.next()? })
        })?);
    }
    Ok(identity.is_one_of(&found))
}

/// Keeps the hashes of a contact that is being erased.
pub(super) fn keep(
    conn: &Connection,
    erase: &reparto_domain::erasures::Erase,
    contact: i64,
    keys: &Keys,
    at: reparto_domain::Timestamp,
) -> StoreResult<()> {
    conn.run(NEW_SECRET, params![ERASURE_SECRET, erase.key.expose_secret(), at.micros()])?;
    let secret: String = conn.one(SECRET, [ERASURE_SECRET], value)?;
    let identity = identity(keys);
    for (kind, hash) in hashes(&secret, &identity)? {
        conn.run(KEEP, params![hash, contact, kind.number(), identity.email.is_some()])?;
    }
    Ok(())
}
