//! Lists of contacts: pages, and exact totals.

use reparto_domain::{
    contacts::{Contact, ContactFilter, ContactQuery, ContactSort, Grading},
    fold::fold,
    page::Page,
};

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::{Reader, contact, contact_columns},
    sql::{Conditions, Folded, like},
};

/// A filter as SQL.
fn conditions(filter: &ContactFilter) -> Conditions<'_> {
    let mut conditions = Conditions::new("c.deleted_at IS NULL");
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
        conditions.and("c.search_text LIKE ?", like(search));
    }
    conditions
}

/// How many contacts match.
pub(super) async fn count(conn: &mut Conn, filter: &ContactFilter) -> Db<u64> {
    let conditions = conditions(filter);
    let sql = format!("SELECT count(*) FROM contacts c WHERE {}", conditions.sql());
    conditions.count(conn, &sql).await
}

/// A page of the contacts that match.
pub(super) async fn list(conn: &mut Conn, query: &ContactQuery) -> Db<Page<Contact>> {
    let total = count(conn, &query.filter).await?;
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
    let mut conditions = conditions(&query.filter);
    let limit = conditions.bind(wanted as i64);
    let offset = conditions.bind(skip as i64);
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
