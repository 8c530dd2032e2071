//! Lists of users and people.

use reparto_domain::{
    Refusal, Timestamp, UserId,
    page::Page,
    users::{Person, PersonFilter, User, UserFilter, UserQuery, UserSort},
};
use reparto_store::StoreResult;
use reparto_store_rows::{numbers::counted, person_columns, user_columns};
use rusqlite::{Connection, params_from_iter, types::Value};

use super::rows::user;
use crate::{
    engine::Conn as _,
    rows::{person, value},
    search::stored,
    statements::statements,
};

statements! {
    PERSON = concat!("SELECT ", person_columns!(), " FROM users u WHERE u.id = ?1 AND u.deleted_at IS NULL");
}

/// A filter as SQL: a condition on `users u`, and the values that it binds.
fn condition(filter: &UserFilter) -> StoreResult<(String, Vec<Value>)> {
    let search = filter.search.as_ref().map(stored).transpose()?;
    let parts = [
        ("found(u.search_text, ?)", search.map(Value::Text)),
        ("u.role = ?", filter.role.map(|role| Value::Text(role.as_str().to_owned()))),
        ("u.is_active = ?", filter.is_active.map(i64::from).map(Value::Integer)),
        ("u.is_verified = ?", filter.is_verified.map(i64::from).map(Value::Integer)),
        ("u.last_login >= ?", filter.last_login_from.map(Timestamp::micros).map(Value::Integer)),
        ("u.last_login <= ?", filter.last_login_to.map(Timestamp::micros).map(Value::Integer)),
        ("u.created_at >= ?", filter.created_from.map(Timestamp::micros).map(Value::Integer)),
        ("u.created_at <= ?", filter.created_to.map(Timestamp::micros).map(Value::Integer)),
    ];
    let mut sql = "u.deleted_at IS NULL".to_owned();
    let mut values = Vec::new();
    for (part, value) in parts {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(" AND ");
            sql.push_str(part);
        }
    }
    Ok((sql, values))
}

/// How many users match.
pub(super) fn count(conn: &Connection, filter: &UserFilter) -> StoreResult<u64> {
    let (condition, values) = condition(filter)?;
    let total: i64 =
        conn.one(&format!("SELECT count(*) FROM users u WHERE {condition}"), params_from_iter(values), value)?;
    Ok(counted(total))
}

/// A page of the users who match.
pub(super) fn list(conn: &Connection, query: &UserQuery) -> StoreResult<Page<User>> {
    let total = count(conn, &query.filter)?;
    let (condition, mut values) = condition(&query.filter)?;
    let key = match query.sort {
        UserSort::Name => "u.name_key",
        UserSort::Email => "u.email_key",
        UserSort::PhoneNumber => "u.phone_number",
        UserSort::Role => "u.role",
        UserSort::IsActive => "u.is_active",
        UserSort::LastLogin => "u.last_login",
        UserSort::CreatedAt => "u.created_at",
    };
    let direction = if query.descending { "DESC" } else { "ASC" };
    values.push(Value::Integer(i64::try_from(query.slice.limit).unwrap_or(i64::MAX)));
    values.push(Value::Integer(i64::try_from(query.slice.skip).unwrap_or(i64::MAX)));
    let sql = format!(
        concat!("SELECT ", user_columns!(), " FROM users u WHERE {} ORDER BY {} {}, u.id LIMIT ? OFFSET ?"),
        condition, key, direction
    );
    let items = conn.all(&sql, params_from_iter(values), |row| user(row).map(|(_, user)| user))?;
    Ok(Page { items, total })
}

/// People, by name.
pub(super) fn people(conn: &Connection, filter: &PersonFilter) -> StoreResult<Vec<Person>> {
    let mut sql = concat!("SELECT ", person_columns!(), " FROM users u WHERE u.deleted_at IS NULL").to_owned();
    let mut values = Vec::new();
    if let Some(active) = filter.is_active {
        sql.push_str(" AND u.is_active = ?");
        values.push(Value::Integer(active.into()));
    }
    if let Some(roles) = &filter.roles {
        let marks = vec!["?"; roles.len()].join(", ");
        sql.push_str(" AND u.role IN (");
        sql.push_str(&marks);
        sql.push(')');
        values.extend(roles.iter().map(|role| Value::Text(role.as_str().to_owned())));
    }
    sql.push_str(" ORDER BY u.name_key, u.id");
    conn.all(&sql, params_from_iter(values), person)
}

/// A person who is not deleted.
pub(super) fn one_person(conn: &Connection, id: UserId) -> StoreResult<Person> {
    conn.opt(PERSON, [id.as_bytes()], person)?.ok_or_else(|| Refusal::UserNotFound.into())
}
