//! Lists of contacts: pages, and exact totals.

use reparto_domain::{
    UserId,
    contacts::{Contact, ContactFilter, ContactQuery, ContactSort, ContactVisibility},
    page::{Page, Weight},
    search::Search,
};
use reparto_store::StoreResult;
use reparto_store_rows::contact_columns;
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::{
    counts,
    engine::Conn as _,
    mirror::Mirror,
    rows::{amount, contact, value},
    search::{indexed, is_wholly_indexed, stored},
    statements::statements,
};

/// The contacts that a user created or is responsible for.
macro_rules! own {
    ($user:literal) => {
        concat!(
            "SELECT seq FROM contacts WHERE responsible_seq = ",
            $user,
            " AND deleted_at IS NULL UNION SELECT seq FROM contacts WHERE created_by_seq = ",
            $user,
            " AND deleted_at IS NULL"
        )
    };
}

statements! {
    LOAD = concat!("SELECT ", contact_columns!(), " FROM contacts c WHERE c.seq = ?1");
    USER = "SELECT seq FROM users WHERE id = ?1";
    CONTACTS = "SELECT n FROM contact_count";
    // Those whose opportunity somebody else holds. Each has one contact, and a contact has at most one.
    HELD_BY_OTHERS = "SELECT coalesce(sum(n), 0) FROM assignment_counts WHERE holder NOT IN (0, ?1)";
    // Of those, the ones of contacts that the user may see all the same.
    OWN_HELD_BY_OTHERS = concat!("SELECT count(*) FROM (", own!("?1"), ") m \
        CROSS JOIN opportunities o INDEXED BY opportunities_contact ON o.contact_seq = m.seq AND o.deleted_at IS NULL \
        CROSS JOIN assignments a ON a.seq = o.seq WHERE a.holder <> ?1");
}

/// The contacts `c` that a user may see, as [`ContactVisibility::access`] says: all but those whose opportunity
/// somebody else holds, unless they are the user's own. Indexes suffice until the page is known: the contact's row is
/// not read.
const VISIBLE: &str = concat!(
    "(NOT EXISTS (SELECT 1 FROM opportunities o INDEXED BY opportunities_contact \
        CROSS JOIN assignments a ON a.seq = o.seq \
        WHERE o.contact_seq = c.seq AND o.deleted_at IS NULL AND a.holder <> ?) OR c.seq IN (",
    own!("?"),
    "))"
);

/// The contacts `c` that a search finds.
const FOUND: &str = "found(c.search_text, ?)";

/// A filter as SQL: conditions on `contacts c`, and the values to bind.
#[derive(Debug, Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn push(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &format!("?{}", self.values.len())));
    }

    /// Leaves out what this viewer may not see.
    fn restrict_to(&mut self, viewer: Option<i64>) {
        if let Some(viewer) = viewer {
            self.push(VISIBLE, Value::Integer(viewer));
        }
    }
}

/// The seq of a user.
fn user_seq(conn: &Connection, user: UserId) -> StoreResult<Option<i64>> {
    conn.opt(USER, [user.as_bytes()], value)
}

/// The seq of the only user whose contacts are listed; see [`ContactVisibility::listed_for`].
fn listed_for(conn: &Connection, visibility: ContactVisibility) -> StoreResult<Option<i64>> {
    match visibility.listed_for() {
        // No user has the seq 0.
        Some(user) => Ok(Some(user_seq(conn, user)?.unwrap_or(0))),
        None => Ok(None),
    }
}

/// The conditions of a filter except its search. `None`: nothing can match.
fn conditions(conn: &Connection, filter: &ContactFilter) -> StoreResult<Option<Conditions>> {
    let mut conditions = Conditions::default();
    if let Some(responsible) = filter.responsible {
        let Some(user) = responsible else { return Ok(None) };
        let Some(seq) = user_seq(conn, user)? else { return Ok(None) };
        conditions.push("c.responsible_seq = ?", Value::Integer(seq));
    }
    if let Some(grade) = filter.grading_llamada {
        conditions.push("c.grading_llamada = ?", Value::Integer(grade.number().into()));
    }
    if let Some(grade) = filter.grading_situacion {
        conditions.push("c.grading_situacion = ?", Value::Integer(grade.number().into()));
    }
    if let Some(nacionalidad) = &filter.nacionalidad {
        conditions.push("c.nacionalidad_key = ?", Value::Text(reparto_domain::fold::fold(nacionalidad)));
    }
    Ok(Some(conditions))
}

/// How many contacts match, where that is found in memory. The connection's transaction must not have read anything yet.
pub(super) fn counted_in_memory(
    conn: &Connection,
    visibility: ContactVisibility,
    filter: &ContactFilter,
    mirror: &Mirror,
) -> StoreResult<Option<u64>> {
    let Some(search) = filter.search_of_all(visibility) else { return Ok(None) };
    let total = mirror.count(conn, search)?;
    if total.is_none() {
        mirror.wanted(counts::live(conn)?);
    }
    Ok(total)
}

/// How many contacts match that the viewer may see.
pub(crate) fn count(conn: &Connection, visibility: ContactVisibility, filter: &ContactFilter) -> StoreResult<u64> {
    let Some(mut conditions) = conditions(conn, filter)? else { return Ok(0) };
    let viewer = listed_for(conn, visibility)?;
    let narrowed = !conditions.values.is_empty();
    let sql = match (&filter.search, viewer) {
        (None, viewer) if !narrowed => return all(conn, viewer),
        // Deleted contacts are not in the index, so it is sufficient.
        (Some(search), None) if !narrowed && is_wholly_indexed(search) => {
            conditions.values.extend(indexed(search).map(Value::Text));
            "SELECT count(*) FROM contacts_search WHERE contacts_search MATCH ?1".to_owned()
        }
        (search, viewer) => {
            let from = source(search.as_ref(), &mut conditions)?;
            conditions.restrict_to(viewer);
            format!("SELECT count(*) FROM {from} WHERE c.deleted_at IS NULL{}", conditions.sql)
        }
    };
    conn.one(&sql, params_from_iter(conditions.values), amount)
}

/// How many contacts a viewer may see, from the kept counts.
fn all(conn: &Connection, viewer: Option<i64>) -> StoreResult<u64> {
    let contacts: u64 = conn.one(CONTACTS, [], amount)?;
    let Some(viewer) = viewer else { return Ok(contacts) };
    let hidden: u64 = conn.one(HELD_BY_OTHERS, [viewer], amount)?;
    let own: u64 = conn.one(OWN_HELD_BY_OTHERS, [viewer], amount)?;
    Ok((contacts + own).saturating_sub(hidden))
}

/// The tables to read for a search: via the index if it supports any of its words.
fn source(search: Option<&Search>, conditions: &mut Conditions) -> StoreResult<&'static str> {
    let Some(search) = search else { return Ok("contacts c") };
    if !is_wholly_indexed(search) {
        conditions.push(FOUND, Value::Text(stored(search)?));
    }
    Ok(match indexed(search) {
        Some(words) => {
            conditions.push("contacts_search MATCH ?", Value::Text(words));
            // CROSS JOIN fixes the order: first the index, then each row that it refers to.
            "contacts_search CROSS JOIN contacts c ON c.seq = contacts_search.rowid"
        }
        None => "contacts c",
    })
}

/// A page of the contacts that match; `total` is how many there are, where that is known.
pub(crate) fn list(conn: &Connection, query: &ContactQuery, total: Option<u64>) -> StoreResult<Page<Contact>> {
    let total = total.map_or_else(|| count(conn, query.visibility, &query.filter), Ok)?;
    let wanted = query.slice.limit.min(total.saturating_sub(query.slice.skip));
    if wanted == 0 {
        return Ok(Page { items: Vec::new(), total });
    }
    let Some(mut conditions) = conditions(conn, &query.filter)? else {
        return Ok(Page { items: Vec::new(), total });
    };
    // A page beyond the middle is read from the other end.
    let backwards = query.slice.skip > total / 2;
    let skip = if backwards { total - query.slice.skip - wanted } else { query.slice.skip };
    // If many contacts match, walking the sort order and testing each row is faster than sorting all rows from the
    // index.
    let search = query.filter.search.as_ref();
    let all: u64 = conn.one(CONTACTS, [], amount)?;
    let walk = search.is_some() && (skip + wanted).saturating_mul(all) / total.max(1) < total;
    let from = if let (true, Some(search)) = (walk, search) {
        conditions.push(FOUND, Value::Text(stored(search)?));
        "contacts c"
    } else {
        source(search, &mut conditions)?
    };
    conditions.restrict_to(listed_for(conn, query.visibility)?);
    let key = sort_key(query.sort);
    let (direction, ties) = match (query.descending, backwards) {
        (false, false) => ("ASC", "ASC"),
        (true, false) => ("DESC", "ASC"),
        (false, true) => ("DESC", "DESC"),
        (true, true) => ("ASC", "DESC"),
    };
    let sql = format!(
        "SELECT c.seq FROM {from} WHERE c.deleted_at IS NULL{} ORDER BY {key} {direction}, c.id {ties} LIMIT {wanted} \
         OFFSET {skip}",
        conditions.sql
    );
    let mut seqs: Vec<i64> = conn.all_once(&sql, params_from_iter(conditions.values), value)?;
    if backwards {
        seqs.reverse();
    }
    let mut weight = Weight::default();
    let items = seqs.into_iter().map(|seq| {
        conn.one(LOAD, [seq], |row| {
            let read = contact(row)?;
            weight.add(row.weight())?;
            Ok(read)
        })
    });
    let items = items.collect::<StoreResult<_>>()?;
    Ok(Page { items, total })
}

const fn sort_key(sort: ContactSort) -> &'static str {
    match sort {
        ContactSort::CreatedAt => "c.created_at",
        ContactSort::UpdatedAt => "c.updated_at",
        ContactSort::Name => "c.name_key",
        ContactSort::Email => "c.email_key",
        ContactSort::City => "c.city_key",
    }
}
