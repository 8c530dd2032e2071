//! Reading the audit log.

use reparto_domain::{
    AuditId, OperationId, UserId,
    audit::{AuditEntry, AuditQuery, action},
    erasures::EverythingReading,
    page::{Page, Weight},
};
use reparto_store_rows::numbers::signed;
use serde_json::{Value, json};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    rows::Reader,
    sql::{Conditions, like},
};

/// The maximum number of ids that an entry repeats; the operation has all of them.
const IDS_MAX: i32 = 1_000;

fn conditions(query: &AuditQuery, user: Option<(i64, UserId)>) -> Conditions<'_> {
    let mut conditions = Conditions::new("true");
    if let Some((seq, id)) = user {
        let seq = conditions.bind(seq);
        conditions.and(&format!("(l.actor = {seq} OR l.entity_id = ?)"), id.uuid());
    }
    if let Some(action) = &query.action {
        conditions.and("l.action = ?", Text(action));
    }
    if let Some(from) = query.from {
        conditions.and("l.created_at >= ?", At(from));
    }
    if let Some(to) = query.to {
        conditions.and("l.created_at <= ?", At(to));
    }
    if let Some(text) = &query.text {
        let text = text.trim();
        let part = conditions.bind(like(text));
        // An operation's id is not stored in the entry, but users search for it.
        let operation = conditions.bind(text.parse::<OperationId>().ok().map(OperationId::uuid));
        conditions.and_that(&format!(
            "(l.action ILIKE {part} OR l.actor_email ILIKE {part} OR l.entity_type ILIKE {part} \
             OR l.entity_id::text ILIKE {part} OR l.details ILIKE {part} \
             OR l.operation = (SELECT p.seq FROM operations p WHERE p.id = {operation}))"
        ));
    }
    conditions
}

pub(super) async fn list(conn: &mut Conn, query: &AuditQuery) -> Db<Page<AuditEntry>> {
    let user = match query.user {
        None => None,
        Some(asked) => {
            let found = match asked {
                Some(id) => conn.opt("SELECT seq FROM users WHERE id = $1", &[&id.uuid()]).await?,
                None => None,
            };
            let (Some(found), Some(id)) = (found, asked) else { return Ok(Page { items: Vec::new(), total: 0 }) };
            Some((found.try_get(0)?, id))
        }
    };
    let mut conditions = conditions(query, user);
    let count = format!("SELECT count(*) FROM audit_logs l WHERE {}", conditions.sql());
    let total = conditions.count(conn, &count).await?;
    let (limit, skip) =
        (conditions.bind(signed(query.slice.limit)), conditions.bind(signed(query.slice.skip.min(total))));
    let listed = conditions.bind(IDS_MAX);
    let page = format!(
        "SELECT l.* FROM audit_logs l WHERE {} ORDER BY l.seq DESC LIMIT {limit} OFFSET {skip}",
        conditions.sql()
    );
    let (mut items, mut weight) = (Vec::new(), Weight::default());
    let take = |row: &Row| {
        let entry = entry(row)?;
        weight.add(entry.details.as_str().len())?;
        items.push(entry);
        Ok(())
    };
    conditions.each(conn, &shown(&page, &listed), take).await?;
    Ok(Page { items, total })
}

/// As many of the entries about any of these resources as are asked for, newest first, and the number of all.
pub(super) async fn about(
    conn: &mut Conn,
    entities: Vec<Uuid>,
    reading: &mut EverythingReading,
) -> Db<(Vec<AuditEntry>, u64)> {
    let mut conditions = Conditions::new("true");
    conditions.and("l.entity_id = ANY(?)", entities);
    let count = format!("SELECT count(*) FROM audit_logs l WHERE {}", conditions.sql());
    let total = conditions.count(conn, &count).await?;
    let (skip, limit) = reading.slice();
    let (limit, skip) = (conditions.bind(signed(limit.min(total))), conditions.bind(signed(skip.min(total))));
    let listed = conditions.bind(IDS_MAX);
    let page = format!(
        "SELECT l.* FROM audit_logs l WHERE {} ORDER BY l.seq DESC LIMIT {limit} OFFSET {skip}",
        conditions.sql()
    );
    let mut entries = Vec::new();
    let take = |row: &Row| {
        let entry = entry(row)?;
        reading.entry(entry.details.as_str().len())?;
        entries.push(entry);
        Ok(())
    };
    conditions.each(conn, &shown(&page, &listed), take).await?;
    Ok((entries, total))
}

/// Selects what is shown of the entries that `page` selects, newest first; `listed` is how many ids at most.
fn shown(page: &str, listed: &str) -> String {
    format!(
        "WITH page AS ({page}) \
         SELECT l.id, u.id, l.actor_email, l.action, l.entity_type, l.entity_id, l.details, l.ip_address, \
            l.user_agent, l.created_at, l.request_id, p.id, p.item_count, p.failed_count, h.id, \
            (SELECT array_agg(o.id ORDER BY i.place) \
                FROM unnest(p.item_seqs[1:{listed}]) WITH ORDINALITY AS i (seq, place) \
                JOIN opportunities o ON o.seq = i.seq) \
         FROM page l LEFT JOIN users u ON u.seq = l.actor LEFT JOIN operations p ON p.seq = l.operation \
            LEFT JOIN users h ON h.seq = p.new_holder \
         ORDER BY l.seq DESC"
    )
}

fn entry(row: &Row) -> Db<AuditEntry> {
    let mut row = Reader::new(row);
    let id = AuditId::from_uuid(row.next()?);
    let (actor_id, actor_email) = (row.user_or_none()?, row.next()?);
    let (action, entity_type): (String, String) = (row.next()?, row.next()?);
    let entity_id: Option<Uuid> = row.next()?;
    let mut details = row.object()?.shortened();
    let (ip_address, user_agent, created_at) = (row.next()?, row.next()?, row.time()?);
    let request_id = row.next()?;
    if let Some(operation) = row.next::<Option<Uuid>>()?.map(OperationId::from_uuid) {
        let (done, failed): (i32, i32) = (row.next()?, row.next()?);
        details = details.with(of_operation(&action, operation, (done, failed), row.user_or_none()?, row.next()?));
    }
    Ok(AuditEntry {
        id,
        actor_id,
        actor_email,
        action,
        entity_type,
        entity_id: entity_id.map(|id| id.to_string()),
        details,
        ip_address,
        user_agent,
        created_at,
        request_id,
    })
}

/// The details of an entry that are those of its operation.
fn of_operation(
    action: &str,
    operation: OperationId,
    (done, failed): (i32, i32),
    holder: Option<UserId>,
    ids: Option<Vec<Uuid>>,
) -> Vec<(&'static str, Value)> {
    let mut added = vec![("operation_id", json!(operation))];
    let bulk = [
        action::BULK_ASSIGN,
        action::BULK_UNASSIGN,
        action::BULK_STATUS,
        action::ASSIGN_RANDOM,
        action::OPERATION_UNDONE,
        action::IMPORT,
    ];
    if bulk.contains(&action) {
        added.push(("assigned_count", json!(done)));
        added.push(("failed_count", json!(failed)));
        added.push(("assigned_to_id", json!(holder)));
        added.push(("opportunity_ids", json!(ids.unwrap_or_default())));
        if done > IDS_MAX {
            added.push(("opportunity_ids_truncated", json!(true)));
        }
    }
    added
}
