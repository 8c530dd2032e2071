//! Lists of operations, newest first.

use reparto_domain::{
    cursor::SequenceCursor,
    operations::{Operation, OperationKind, OperationQuery},
    page::CursorPage,
};

use super::{
    chain::{self, chain},
    stored::{operation, operation_columns, operation_tables},
};
use crate::{
    engine::{errors::Db, params::At, tx::Conn},
    rows::Reader,
    sql::Conditions,
};

/// A filter by the users that operations assigned to.
enum Recipients {
    Anybody,
    /// All items to this user; indexed.
    All(i64),
    /// Some items to this user: the few operations that assign to several have an index of their own.
    Some(i64),
}

pub(super) async fn list(conn: &mut Conn, query: &OperationQuery) -> Db<CursorPage<Operation, SequenceCursor>> {
    let nothing = CursorPage { items: Vec::new(), next: None };
    let actor = match query.actor {
        None => None,
        Some(user) => match seq_of(conn, user).await? {
            None => return Ok(nothing),
            found => found,
        },
    };
    let recipients = match query.assignee {
        None => None,
        Some(user) => match seq_of(conn, user).await? {
            None => return Ok(nothing),
            found => found,
        },
    };
    let opportunity = match query.opportunity {
        None => None,
        Some(None) => return Ok(nothing),
        Some(Some(id)) => match chain::head(conn, id).await? {
            None => return Ok(nothing),
            Some((seq, newest, _)) => Some((seq, newest)),
        },
    };
    let found = match recipients {
        None => walk(conn, query, actor, &Recipients::Anybody, opportunity).await?,
        Some(user) => {
            let mut found = walk(conn, query, actor, &Recipients::All(user), opportunity).await?;
            found.extend(walk(conn, query, actor, &Recipients::Some(user), opportunity).await?);
            found.sort_unstable_by_key(|(seq, _)| std::cmp::Reverse(*seq));
            found
        }
    };
    Ok(CursorPage::cut(found, query.limit))
}

/// The seq of a user, deleted or not; `None`: there is no such user.
async fn seq_of(conn: &mut Conn, user: Option<reparto_domain::UserId>) -> Db<Option<i64>> {
    let Some(id) = user else { return Ok(None) };
    let found = conn.opt("SELECT seq FROM users WHERE id = $1", &[&id.uuid()]).await?;
    Ok(found.map(|row| row.try_get(0)).transpose()?)
}

async fn walk(
    conn: &mut Conn,
    query: &OperationQuery,
    actor: Option<i64>,
    recipients: &Recipients,
    opportunity: Option<(i64, i64)>,
) -> Db<Vec<(i64, Operation)>> {
    let mut conditions = Conditions::new("true");
    let prefix = if let Some((seq, newest)) = opportunity {
        conditions.bind(vec![seq]);
        conditions.bind(vec![newest]);
        conditions.bind(0_i64);
        conditions.and_that("p.seq IN (SELECT c.seq FROM chain c)");
        chain!()
    } else {
        ""
    };
    if let Some(SequenceCursor(after)) = query.after {
        conditions.and("p.seq < ?", after);
    }
    if let Some(kind) = query.kind.map(OperationKind::number) {
        conditions.and("p.kind = ?", kind);
    }
    if let Some(from) = query.from {
        conditions.and("p.at >= ?", At(from));
    }
    if let Some(to) = query.to {
        conditions.and("p.at <= ?", At(to));
    }
    if let Some(actor) = actor {
        conditions.and("p.actor = ?", actor);
    }
    match recipients {
        Recipients::Anybody => {}
        Recipients::All(user) => conditions.and("p.new_holder = ?", *user),
        Recipients::Some(user) => conditions.and("p.new_holders IS NOT NULL AND ? = ANY (p.new_holders)", *user),
    }
    let limit = conditions.bind(i64::try_from(query.limit).unwrap_or(i64::MAX - 1) + 1);
    let sql = format!(
        concat!(
            "{}SELECT ",
            operation_columns!(),
            " FROM ",
            operation_tables!(),
            " WHERE {} ORDER BY p.seq DESC LIMIT {}"
        ),
        prefix,
        conditions.sql(),
        limit
    );
    let rows = conditions.query(conn, &sql).await?;
    rows.iter().map(|row| operation(&mut Reader::new(row))).collect()
}
