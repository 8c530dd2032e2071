//! Lists of contacts: pages, and exact totals.

use reparto_domain::{
    contacts::{Contact, ContactFilter, ContactQuery, ContactSort, ContactVisibility, Grading},
    fold::fold,
    page::Page,
};
use reparto_store_rows::numbers::signed;

use crate::{
    PostgresStore,
    engine::{errors::Db, tx::Conn},
    mirror,
    rows::{Reader, contact, contact_columns},
    sql::{Conditions, Folded},
    statements::statements,
};

statements! {
    USER = "SELECT seq FROM users WHERE id = $1";
    // All contacts, without those whose opportunity somebody else holds (each has one contact, and a contact has at most
    // one), but with the ones among these that the user created or is responsible for. The second number is as in
    // `counts`: what was folded, and what was not yet.
    VISIBLE = "SELECT (SELECT count(*) FROM contacts WHERE deleted_at IS NULL) \
        - (SELECT coalesce(sum(held.n), 0)::bigint FROM ( \
            SELECT n FROM assignment_counts WHERE holder NOT IN (0, $1) \
            UNION ALL \
            SELECT d.n FROM assignment_deltas, unnest(statuses, holders, ns) AS d (status, holder, n) \
            WHERE d.holder NOT IN (0, $1)) AS held) \
        + (SELECT count(*) FROM contacts c JOIN opportunities o ON o.contact_seq = c.seq AND o.deleted_at IS NULL \
            JOIN assignments a ON a.seq = o.seq \
            WHERE c.deleted_at IS NULL AND (c.responsible_seq = $1 OR c.created_by_seq = $1) AND a.holder <> $1)";
}

/// Leaves out the contacts `c` that a user may not see, as [`ContactVisibility::access`] says: those whose opportunity
/// somebody else holds, unless the user created the contact or is responsible for it.
const VISIBLE_TO: &str = "NOT EXISTS (SELECT FROM opportunities o JOIN assignments a ON a.seq = o.seq \
    WHERE o.contact_seq = c.seq AND o.deleted_at IS NULL AND a.holder <> ? \
        AND c.responsible_seq IS DISTINCT FROM ? AND c.created_by_seq IS DISTINCT FROM ?)";

/// The seq of the only user whose contacts are listed; see [`ContactVisibility::listed_for`].
async fn listed_for(conn: &mut Conn, visibility: ContactVisibility) -> Db<Option<i64>> {
    let Some(user) = visibility.listed_for() else { return Ok(None) };
    // No user has the seq 0.
    conn.opt(USER, &[&user.uuid()]).await?.map_or(Ok(Some(0)), |row| Ok(Some(row.try_get(0)?)))
}

/// A filter as SQL, for this viewer.
fn conditions(filter: &ContactFilter, viewer: Option<i64>) -> Conditions<'_> {
    let mut conditions = Conditions::new("c.deleted_at IS NULL");
    if let Some(viewer) = viewer {
        conditions.and(VISIBLE_TO, viewer);
    }
    if let Some(responsible) = filter.responsible {
        // No user has this seq, so nothing matches.
        let user = responsible.map(reparto_domain::UserId::uuid);
        conditions.and("c.responsible_seq = (SELECT r.seq FROM users r WHERE r.id = ?)", user);
    }
    if let Some(grade) = filter.grading_llamada.map(Grading::number) {
        conditions.and("c.grading_llamada = ?", grade);
    }
    if let Some(grade) = filter.grading_situacion.map(Grading::number) {
        conditions.and("c.grading_situacion = ?", grade);
    }
    if let Some(nacionalidad) = &filter.nacionalidad {
        conditions.and("c.nacionalidad_key = ?", Folded(fold(nacionalidad)));
    }
    if let Some(search) = &filter.search {
        conditions.and_found("c.search_text", search);
    }
    conditions
}

/// How many contacts match, where that is found in memory.
pub(super) async fn counted_in_memory(
    store: &PostgresStore,
    visibility: ContactVisibility,
    filter: &ContactFilter,
) -> Option<u64> {
    mirror::count(store, filter.search_of_all(visibility)?).await
}

/// How many contacts match that the viewer may see.
pub(super) async fn count(conn: &mut Conn, visibility: ContactVisibility, filter: &ContactFilter) -> Db<u64> {
    let viewer = listed_for(conn, visibility).await?;
    count_for(conn, viewer, filter).await
}

async fn count_for(conn: &mut Conn, viewer: Option<i64>, filter: &ContactFilter) -> Db<u64> {
    if let Some(viewer) = viewer
        && *filter == ContactFilter::default()
    {
        return Ok(conn.count(VISIBLE, &[&viewer]).await?.max(0).unsigned_abs());
    }
    let conditions = conditions(filter, viewer);
    let sql = format!("SELECT count(*) FROM contacts c WHERE {}", conditions.sql());
    conditions.count(conn, &sql).await
}

/// A page of the contacts that match; `total` is how many there are, where that is known.
pub(super) async fn list(conn: &mut Conn, query: &ContactQuery, total: Option<u64>) -> Db<Page<Contact>> {
    let viewer = listed_for(conn, query.visibility).await?;
    let total = match total {
        Some(total) => total,
        None => count_for(conn, viewer, &query.filter).await?,
    };
    let wanted = query.slice.limit.min(total.saturating_sub(query.slice.skip));
    if wanted == 0 {
        return Ok(Page { items: Vec::new(), total });
    }
    // A page beyond the middle is read from the other end.
    let backwards = query.slice.skip > total / 2;
    let skip = if backwards { total - query.slice.skip - wanted } else { query.slice.skip };
    let (key, nullable) = sort_key(query.sort);
    let (direction, ties) = match (query.descending, backwards) {
        (false, false) => ("ASC", "ASC"),
        (true, false) => ("DESC", "ASC"),
        (false, true) => ("DESC", "DESC"),
        (true, true) => ("ASC", "DESC"),
    };
    // NULL sorts lowest, as on every engine.
    let nulls = match (nullable, direction) {
        (false, _) => "",
        (true, "ASC") => " NULLS FIRST",
        (true, _) => " NULLS LAST",
    };
    let mut conditions = conditions(&query.filter, viewer);
    let limit = conditions.bind(signed(wanted));
    let offset = conditions.bind(signed(skip));
    // First selects the rows, then reads them: skipped rows are not read in full.
    let sql = format!(
        concat!(
            "WITH page AS (SELECT c.seq, row_number() OVER (ORDER BY {order}) AS place FROM contacts c \
             WHERE {conditions} ORDER BY {order} LIMIT {limit} OFFSET {offset}) SELECT ",
            contact_columns!(),
            " FROM page JOIN contacts c ON c.seq = page.seq ORDER BY page.place"
        ),
        order = format_args!("{key} {direction}{nulls}, c.id {ties}"),
        conditions = conditions.sql(),
        limit = limit,
        offset = offset,
    );
    let mut items = conditions.page(conn, &sql, |row| contact(&mut Reader::new(row))).await?;
    if backwards {
        items.reverse();
    }
    Ok(Page { items, total })
}

/// The column, and whether a contact may lack it.
const fn sort_key(sort: ContactSort) -> (&'static str, bool) {
    match sort {
        ContactSort::CreatedAt => ("c.created_at", false),
        ContactSort::UpdatedAt => ("c.updated_at", false),
        ContactSort::Name => ("c.name_key", false),
        ContactSort::Email => ("c.email_key", true),
        ContactSort::City => ("c.city_key", true),
    }
}
