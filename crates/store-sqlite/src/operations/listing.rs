//! Lists of operations, newest first.

use reparto_domain::{
    UserId,
    cursor::SequenceCursor,
    operations::{Operation, OperationQuery},
    page::CursorPage,
};
use reparto_store::StoreResult;
use rusqlite::{Connection, ToSql, named_params};

use super::{
    chain::Chains,
    people::People,
    stored::{Stored, stored},
};
use crate::{assignments::user_seq, engine::Conn as _, hot, items::Items};

/// Resolves the actor or the assignee; `Err`: there is no such user, so nothing matches.
#[allow(clippy::option_option, reason = "the query says so: not asked for, nobody, somebody")]
fn seq_of_user(conn: &Connection, asked: Option<Option<UserId>>) -> StoreResult<Result<Option<i64>, ()>> {
    Ok(match asked {
        None => Ok(None),
        Some(None) => Err(()),
        Some(Some(id)) => user_seq(conn, id)?.map(Some).ok_or(()),
    })
}

pub(super) fn list(conn: &Connection, query: &OperationQuery) -> StoreResult<CursorPage<Operation, SequenceCursor>> {
    let nothing = || Ok(CursorPage { items: Vec::new(), next: None });
    let Ok(actor) = seq_of_user(conn, query.actor)? else { return nothing() };
    let Ok(assignee) = seq_of_user(conn, query.assignee)? else { return nothing() };
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX).saturating_add(1);
    let found = match query.opportunity {
        Some(None) => return nothing(),
        Some(Some(id)) => {
            let Some(hot) = hot::live(conn, id)? else { return nothing() };
            of_opportunity(conn, query, (actor, assignee), (hot.seq, hot.last_operation), wanted)?
        }
        None => match assignee {
            None => walk(conn, query, actor, Source::All, wanted)?,
            Some(assignee) => {
                // Most operations assign to a single user, and are indexed by it. The few that assign to several (undos
                // and imports) are searched through.
                let mut found = walk(conn, query, actor, Source::GaveTo(assignee), wanted)?;
                found.extend(walk(conn, query, actor, Source::GaveToSeveral(assignee), wanted)?);
                found.sort_unstable_by_key(|operation| std::cmp::Reverse(operation.0));
                found
            }
        },
    };
    Ok(CursorPage::cut(found, query.limit))
}

#[derive(Debug, Clone, Copy)]
enum Source {
    All,
    GaveTo(i64),
    GaveToSeveral(i64),
}

fn statement(actor: bool, source: Source) -> String {
    let columns = "p.seq, p.id, p.kind, p.actor, p.at, p.note, p.job, p.import, p.item_count, p.failed_count, p.undoes, \
        u.id, p.undone_items, p.items";
    let mut conditions = vec![
        "p.seq < :after",
        "(:kind IS NULL OR p.kind = :kind)",
        "(:from IS NULL OR p.at >= :from)",
        "(:to IS NULL OR p.at <= :to)",
    ];
    // The sources use different indexes, each in the order of `seq`.
    match source {
        Source::All if actor => conditions.push("p.actor = :actor"),
        Source::All => conditions.push(":actor IS NULL"),
        Source::GaveTo(_) => {
            conditions.extend(["p.new_holder = :assignee", "(:actor IS NULL OR +p.actor = :actor)"]);
        }
        Source::GaveToSeveral(_) => {
            conditions.extend(["p.new_holder IS NULL", "p.item_count > 1", "(:actor IS NULL OR +p.actor = :actor)"]);
        }
    }
    format!(
        "SELECT {columns} FROM operations p LEFT JOIN operations u ON u.seq = p.undone_by WHERE {} ORDER BY p.seq DESC",
        conditions.join(" AND ")
    )
}

#[cfg(test)]
pub(super) fn built_statements() -> Vec<(&'static str, String)> {
    [Source::All, Source::GaveTo(1), Source::GaveToSeveral(1)]
        .into_iter()
        .flat_map(|source| [true, false].map(|actor| ("LIST", statement(actor, source))))
        .collect()
}

fn walk(
    conn: &Connection,
    query: &OperationQuery,
    actor: Option<i64>,
    source: Source,
    wanted: usize,
) -> StoreResult<Vec<(i64, Operation)>> {
    let mut people = People::new(conn);
    let kind = query.kind.map(reparto_domain::operations::OperationKind::number);
    let (from, to) =
        (query.from.map(reparto_domain::Timestamp::micros), query.to.map(reparto_domain::Timestamp::micros));
    let after = query.after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let mut bound: Vec<(&str, &dyn ToSql)> =
        named_params! { ":after": after, ":kind": kind, ":from": from, ":to": to, ":actor": actor }.to_vec();
    let assignee = if let Source::GaveTo(assignee) = source { Some(assignee) } else { None };
    if assignee.is_some() {
        bound.push((":assignee", &assignee));
    }
    let mut found = Vec::new();
    conn.each(&statement(actor.is_some(), source), bound.as_slice(), |row| {
        let operation = stored(row)?;
        let is_wanted = match source {
            Source::GaveToSeveral(assignee) => assigned_to(&operation, assignee)?,
            Source::All | Source::GaveTo(_) => true,
        };
        if is_wanted {
            found.push((operation.seq, operation.shown(&mut people)?));
        }
        Ok(found.len() < wanted)
    })?;
    Ok(found)
}

fn assigned_to(operation: &Stored, user: i64) -> StoreResult<bool> {
    for item in Items::new(&operation.items)? {
        if item?.holder == Some(user) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Follows the chain of one opportunity instead of scanning the table.
fn of_opportunity(
    conn: &Connection,
    query: &OperationQuery,
    (actor, assignee): (Option<i64>, Option<i64>),
    (opportunity, newest): (i64, i64),
    wanted: usize,
) -> StoreResult<Vec<(i64, Operation)>> {
    let (mut people, mut chains) = (People::new(conn), Chains::new(conn));
    let mut found = Vec::new();
    let mut next = Some(newest);
    while let Some(seq) = next
        && found.len() < wanted
    {
        let operation = chains.get(seq)?;
        let item = operation.item(opportunity)?;
        next = item.before.map(|before| before.last_operation);
        let matches = query.after.is_none_or(|SequenceCursor(after)| seq < after)
            && query.kind.is_none_or(|kind| kind == operation.kind)
            && query.from.is_none_or(|from| operation.at >= from)
            && query.to.is_none_or(|to| operation.at <= to)
            && (actor.is_none() || actor == operation.actor)
            && match assignee {
                None => true,
                Some(user) => assigned_to(&operation, user)?,
            };
        if matches {
            found.push((seq, operation.shown(&mut people)?));
        }
    }
    Ok(found)
}
