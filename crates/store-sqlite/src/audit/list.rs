//! Reading the audit log.

use reparto_domain::{
    AuditId, OperationId,
    audit::{AuditEntry, AuditQuery},
    page::{Page, Weight},
};
use reparto_store::StoreResult;
use reparto_store_rows::numbers::counted;
use rusqlite::{Connection, params_from_iter, types::Value as Sqlite};

use super::details::{self, Bulk};
use crate::{
    engine::Conn as _,
    rows::{Reader, value},
    statements::statements,
};

statements! {
    // Entries are never removed, so their numbers have no gaps (an invariant that the check verifies).
    ALL = "SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM audit_logs";
    ENTRY = "SELECT a.id, u.id, a.actor_email, a.action, a.entity_type, a.entity_id, a.details, a.ip_address, \
        a.user_agent, a.created_at, a.request_id, o.id, o.items, o.item_count, o.failed_count, h.id \
        FROM audit_logs a LEFT JOIN users u ON u.seq = a.actor LEFT JOIN operations o ON o.seq = a.operation \
        LEFT JOIN users h ON h.seq = o.new_holder WHERE a.seq = ?1";
    USER = "SELECT seq FROM users WHERE id = ?1";
    OPERATION = "SELECT seq FROM operations WHERE id = ?1";
}

/// A page of the log, newest first.
pub(super) fn list(conn: &Connection, query: &AuditQuery) -> StoreResult<Page<AuditEntry>> {
    let Some((condition, values)) = condition(conn, query)? else { return Ok(Page { items: vec![], total: 0 }) };
    let (seqs, total) = match &query.text {
        Some(text) => searched(conn, query, text, &condition, values)?,
        None => sliced(conn, query, &condition, values)?,
    };
    let (mut items, mut weight) = (Vec::with_capacity(seqs.len()), Weight::default());
    for seq in seqs {
        let entry = entry(conn, seq)?;
        weight.add(entry.details.as_str().len())?;
        items.push(entry);
    }
    Ok(Page { items, total })
}

/// The conditions of a query except its text, as SQL. `None`: nothing can match.
fn condition(conn: &Connection, query: &AuditQuery) -> StoreResult<Option<(String, Vec<Sqlite>)>> {
    let (mut sql, mut values) = ("1".to_owned(), Vec::new());
    match query.user {
        None => {}
        Some(None) => return Ok(None),
        Some(Some(user)) => {
            let seq: Option<i64> = conn.opt(USER, [user.as_bytes()], value)?;
            sql.push_str(
                " AND seq IN (SELECT seq FROM audit_logs WHERE actor = ? \
                 UNION ALL SELECT seq FROM audit_logs WHERE entity_id = ?)",
            );
            values.push(seq.map_or(Sqlite::Null, Sqlite::Integer));
            values.push(Sqlite::Blob(user.as_bytes().to_vec()));
        }
    }
    if let Some(action) = &query.action {
        sql.push_str(" AND action = ?");
        values.push(Sqlite::Text(action.clone()));
    }
    if let Some(from) = query.from {
        sql.push_str(" AND created_at >= ?");
        values.push(Sqlite::Integer(from.micros()));
    }
    if let Some(to) = query.to {
        sql.push_str(" AND created_at <= ?");
        values.push(Sqlite::Integer(to.micros()));
    }
    Ok(Some((sql, values)))
}

/// The page and the total of a query without a text.
fn sliced(
    conn: &Connection,
    query: &AuditQuery,
    condition: &str,
    mut values: Vec<Sqlite>,
) -> StoreResult<(Vec<i64>, u64)> {
    let count =
        if values.is_empty() { ALL.to_owned() } else { format!("SELECT count(*) FROM audit_logs WHERE {condition}") };
    let total: i64 = conn.one(&count, params_from_iter(&values), value)?;
    values.push(Sqlite::Integer(i64::try_from(query.slice.limit).unwrap_or(i64::MAX)));
    values.push(Sqlite::Integer(i64::try_from(query.slice.skip).unwrap_or(i64::MAX)));
    let page = format!("SELECT seq FROM audit_logs WHERE {condition} ORDER BY seq DESC LIMIT ? OFFSET ?");
    let seqs = conn.all(&page, params_from_iter(values), value)?;
    Ok((seqs, counted(total)))
}

/// The page and the total of a query with a text: scans every entry that meets the other conditions.
fn searched(
    conn: &Connection,
    query: &AuditQuery,
    text: &str,
    condition: &str,
    values: Vec<Sqlite>,
) -> StoreResult<(Vec<i64>, u64)> {
    let needle = text.trim().to_lowercase();
    let operation: Option<i64> = match needle.parse::<OperationId>() {
        Ok(id) => conn.opt(OPERATION, [id.as_bytes()], value)?,
        Err(_) => None,
    };
    let sql = format!(
        "SELECT seq, operation, entity_id, action, actor_email, entity_type, details FROM audit_logs \
         WHERE {condition} ORDER BY seq DESC"
    );
    let (mut seqs, mut total) = (Vec::new(), 0);
    conn.each(&sql, params_from_iter(values), |row| {
        let (seq, of): (i64, Option<i64>) = (row.next()?, row.next()?);
        if (operation.is_some() && of == operation) || has_part(row, &needle)? {
            total += 1;
            if total > query.slice.skip && (seqs.len() as u64) < query.slice.limit {
                seqs.push(seq);
            }
        }
        Ok(true)
    })?;
    Ok((seqs, total))
}

/// Whether any of the next columns (entity, action, actor, entity type, details) contains `needle`, ignoring case.
fn has_part(row: &mut Reader<'_>, needle: &str) -> StoreResult<bool> {
    let entity = entity_id(row)?;
    for _ in 0..4 {
        if row.text()?.to_lowercase().contains(needle) {
            return Ok(true);
        }
    }
    Ok(entity.is_some_and(|id| id.contains(needle)))
}

fn entity_id(row: &mut Reader<'_>) -> StoreResult<Option<String>> {
    let id = row.next::<Option<[u8; 16]>>()?;
    Ok(id.map(|bytes| uuid::Uuid::from_bytes(bytes).as_hyphenated().to_string()))
}

/// One entry, with the details of a bulk action read from its operation.
pub(super) fn entry(conn: &Connection, seq: i64) -> StoreResult<AuditEntry> {
    let (mut entry, bulk) = conn.one(ENTRY, [seq], |row| {
        let entry = AuditEntry {
            id: AuditId::from_bytes(row.next()?),
            actor_id: row.user_or_none()?,
            actor_email: row.next()?,
            action: row.next()?,
            entity_type: row.next()?,
            entity_id: entity_id(row)?,
            details: row.object()?.shortened(),
            ip_address: row.next()?,
            user_agent: row.next()?,
            created_at: row.time()?,
            request_id: row.next()?,
        };
        let Some(operation) = row.next::<Option<[u8; 16]>>()? else { return Ok((entry, None)) };
        let bulk = Bulk {
            operation: OperationId::from_bytes(operation),
            items: row.next()?,
            done: row.next()?,
            failed: row.next()?,
            holder: row.user_or_none()?,
        };
        Ok((entry, Some(bulk)))
    })?;
    if let Some(bulk) = bulk {
        details::expand(conn, &mut entry, &bulk)?;
    }
    Ok(entry)
}
