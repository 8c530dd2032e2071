//! Lists of users.

use reparto_domain::{
    Refusal, UserId,
    page::Page,
    users::{Person, PersonFilter, User, UserFilter, UserQuery, UserSort},
};

use reparto_store_rows::user_columns;

use super::rows::user;
use crate::{
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    rows::{Reader, person, person_columns},
    sql::Conditions,
    statements::statements,
};

statements! {
    PERSON = concat!("SELECT ", person_columns!(), " FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL");
}

/// A filter as SQL.
fn conditions(filter: &UserFilter) -> Conditions<'_> {
    let mut conditions = Conditions::new("u.deleted_at IS NULL");
    if let Some(search) = &filter.search {
        conditions.and_found("u.search_text", search);
    }
    if let Some(role) = filter.role {
        conditions.and("u.role = ?", Text(role.as_str()));
    }
    if let Some(active) = filter.is_active {
        conditions.and("u.is_active = ?", active);
    }
    if let Some(verified) = filter.is_verified {
        conditions.and("u.is_verified = ?", verified);
    }
    let times = [
        ("u.last_login >= ?", filter.last_login_from),
        ("u.last_login <= ?", filter.last_login_to),
        ("u.created_at >= ?", filter.created_from),
        ("u.created_at <= ?", filter.created_to),
    ];
    for (condition, at) in times {
        if let Some(at) = at {
            conditions.and(condition, At(at));
        }
    }
    conditions
}

/// How many users match.
pub(super) async fn count(conn: &mut Conn, filter: &UserFilter) -> Db<u64> {
    let conditions = conditions(filter);
    let sql = format!("SELECT count(*) FROM users u WHERE {}", conditions.sql());
    conditions.count(conn, &sql).await
}

/// A page of the users who match.
pub(super) async fn list(conn: &mut Conn, query: &UserQuery) -> Db<Page<User>> {
    let total = count(conn, &query.filter).await?;
    let mut conditions = conditions(&query.filter);
    let key = match query.sort {
        UserSort::Name => "u.name_key",
        UserSort::Email => "u.email_key",
        UserSort::PhoneNumber => "u.phone_number",
        UserSort::Role => "u.role",
        UserSort::IsActive => "u.is_active",
        UserSort::LastLogin => "u.last_login",
        UserSort::CreatedAt => "u.created_at",
    };
    let direction = if query.descending { "DESC NULLS LAST" } else { "ASC NULLS FIRST" };
    let limit = conditions.bind(i64::try_from(query.slice.limit).unwrap_or(i64::MAX));
    let skip = conditions.bind(i64::try_from(query.slice.skip).unwrap_or(i64::MAX));
    let sql = format!(
        concat!("SELECT ", user_columns!(), " FROM users u WHERE {} ORDER BY {} {}, u.id LIMIT {} OFFSET {}"),
        conditions.sql(),
        key,
        direction,
        limit,
        skip
    );
    let rows = conditions.query(conn, &sql).await?;
    let items = rows.iter().map(|row| user(row).map(|(_, user)| user)).collect::<Db<_>>()?;
    Ok(Page { items, total })
}

/// People, by name.
pub(super) async fn people(conn: &mut Conn, filter: &PersonFilter) -> Db<Vec<Person>> {
    let mut conditions = Conditions::new("u.deleted_at IS NULL");
    if let Some(active) = filter.is_active {
        conditions.and("u.is_active = ?", active);
    }
    if let Some(roles) = &filter.roles {
        let names: Vec<Text<'static>> = roles.iter().map(|role| Text(role.as_str())).collect();
        conditions.and("u.role = ANY(?)", names);
    }
    let sql = format!(
        concat!("SELECT ", person_columns!(), " FROM users u WHERE {} ORDER BY u.name_key, u.id"),
        conditions.sql()
    );
    let rows = conditions.query(conn, &sql).await?;
    rows.iter().map(|row| person(&mut Reader::new(row))).collect()
}

/// A person who is not deleted.
pub(super) async fn one_person(conn: &mut Conn, id: UserId) -> Db<Person> {
    let found = conn.opt(PERSON, &[&id.uuid()]).await?.ok_or(Refusal::UserNotFound)?;
    person(&mut Reader::new(&found))
}
