//! Reading the audit log.

use reparto_domain::{
    AuditId, OperationId, UserId,
    audit::{AuditEntry, AuditQuery},
    page::Page,
};
use reparto_store::StoreResult;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter, types::Value as Sqlite};

use super::details::{self, Bulk};
use crate::{error::Sql as _, rows, statements::statements};

statements! {
    // Entries are never removed, so their numbers have no gaps (an invariant that the check verifies).
    ALL = "SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM audit_logs";
    ENTRY = "SELECT a.id, u.id, a.actor_email, a.action, a.entity_type, a.entity_id, a.details, a.ip_address, \
        a.user_agent, a.created_at, o.id, o.items, o.item_count, o.failed_count, h.id \
        FROM audit_logs a LEFT JOIN users u ON u.seq = a.actor LEFT JOIN operations o ON o.seq = a.operation \
        LEFT JOIN users h ON h.seq = o.new_holder WHERE a.seq = ?1";
    USER = "SELECT seq FROM users WHERE id = ?1";
    OPERATION = "SELECT seq FROM operations WHERE id = ?1";
}

/// A part of the log, newest first.
pub(super) fn list(conn: &Connection, query: &AuditQuery) -> StoreResult<Page<AuditEntry>> {
    let Some((condition, values)) = condition(conn, query)? else { return Ok(Page { items: vec![], total: 0 }) };
    let (seqs, total) = match &query.text {
        Some(text) => searched(conn, query, text, &condition, values)?,
        None => sliced(conn, query, &condition, values)?,
    };
    let items = seqs.into_iter().map(|seq| entry(conn, seq)).collect::<StoreResult<_>>()?;
    Ok(Page { items, total })
}

/// Everything of a query but its text, as SQL. `None`: nothing can match.
fn condition(conn: &Connection, query: &AuditQuery) -> StoreResult<Option<(String, Vec<Sqlite>)>> {
    let (mut sql, mut values) = ("1".to_owned(), Vec::new());
    match query.user {
        None => {}
        Some(None) => return Ok(None),
        Some(Some(user)) => {
            let seq: Option<i64> =
                conn.prepare_cached(USER).sql()?.query_row([user.as_bytes()], |row| row.get(0)).optional().sql()?;
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

/// The page and the total where no text is searched for.
fn sliced(
    conn: &Connection,
    query: &AuditQuery,
    condition: &str,
    mut values: Vec<Sqlite>,
) -> StoreResult<(Vec<i64>, u64)> {
    let count =
        if values.is_empty() { ALL.to_owned() } else { format!("SELECT count(*) FROM audit_logs WHERE {condition}") };
    let total: i64 = conn.prepare_cached(&count).sql()?.query_row(params_from_iter(&values), |row| row.get(0)).sql()?;
    values.push(Sqlite::Integer(i64::try_from(query.slice.limit).unwrap_or(i64::MAX)));
    values.push(Sqlite::Integer(i64::try_from(query.slice.skip).unwrap_or(i64::MAX)));
    let page = format!("SELECT seq FROM audit_logs WHERE {condition} ORDER BY seq DESC LIMIT ? OFFSET ?");
    let seqs = conn
        .prepare_cached(&page)
        .sql()?
        .query_map(params_from_iter(values), |row| row.get(0))
        .sql()?
        .collect::<rusqlite::Result<_>>()
        .sql()?;
    Ok((seqs, total.max(0) as u64))
}

/// The page and the total where a text is searched for: every entry that meets the rest is looked at, one at a time.
fn searched(
    conn: &Connection,
    query: &AuditQuery,
    text: &str,
    condition: &str,
    values: Vec<Sqlite>,
) -> StoreResult<(Vec<i64>, u64)> {
    let needle = text.trim().to_lowercase();
    let operation: Option<i64> = match needle.parse::<OperationId>() {
        Ok(id) => {
            conn.prepare_cached(OPERATION).sql()?.query_row([id.as_bytes()], |row| row.get(0)).optional().sql()?
        }
        Err(_) => None,
    };
    let sql = format!(
        "SELECT seq, operation, entity_id, action, actor_email, entity_type, details FROM audit_logs \
         WHERE {condition} ORDER BY seq DESC"
    );
    let mut statement = conn.prepare_cached(&sql).sql()?;
    let mut rows = statement.query(params_from_iter(values)).sql()?;
    let (mut seqs, mut total) = (Vec::new(), 0);
    while let Some(row) = rows.next().sql()? {
        let named = operation.is_some() && row.get::<_, Option<i64>>(1).sql()? == operation;
        if named || has_part(row, &needle).sql()? {
            total += 1;
            if total > query.slice.skip && (seqs.len() as u64) < query.slice.limit {
                seqs.push(row.get(0).sql()?);
            }
        }
    }
    Ok((seqs, total))
}

/// Whether action, actor, entity or details have a part, in any case.
fn has_part(row: &Row<'_>, needle: &str) -> rusqlite::Result<bool> {
    for column in 3..=6 {
        if row.get_ref(column)?.as_str()?.to_lowercase().contains(needle) {
            return Ok(true);
        }
    }
    Ok(entity_id(row, 2)?.is_some_and(|id| id.contains(needle)))
}

fn entity_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let id = row.get::<_, Option<[u8; 16]>>(column)?;
    Ok(id.map(|bytes| uuid::Uuid::from_bytes(bytes).as_hyphenated().to_string()))
}

/// One entry, with the details of a bulk action read from its operation.
fn entry(conn: &Connection, seq: i64) -> StoreResult<AuditEntry> {
    let (mut entry, bulk) = conn
        .prepare_cached(ENTRY)
        .sql()?
        .query_row([seq], |row| {
            let entry = AuditEntry {
                id: AuditId::from_bytes(row.get(0)?),
                actor_id: row.get::<_, Option<[u8; 16]>>(1)?.map(UserId::from_bytes),
                actor_email: row.get(2)?,
                action: row.get(3)?,
                entity_type: row.get(4)?,
                entity_id: entity_id(row, 5)?,
                details: rows::json(row, 6)?,
                ip_address: row.get(7)?,
                user_agent: row.get(8)?,
                created_at: rows::time(row, 9)?,
            };
            let Some(operation) = row.get::<_, Option<[u8; 16]>>(10)? else { return Ok((entry, None)) };
            let bulk = Bulk {
                operation: OperationId::from_bytes(operation),
                items: row.get(11)?,
                done: row.get(12)?,
                failed: row.get(13)?,
                holder: row.get::<_, Option<[u8; 16]>>(14)?.map(UserId::from_bytes),
            };
            Ok((entry, Some(bulk)))
        })
        .sql()?;
    if let Some(bulk) = bulk {
        details::expand(conn, &mut entry, &bulk)?;
    }
    Ok(entry)
}
