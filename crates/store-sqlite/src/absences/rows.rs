//! Reading absences.

use reparto_domain::{
    AbsenceId, Refusal, Timestamp, UserId,
    absences::{Absence, AbsenceQuery, Period},
    cursor::KeyCursor,
    page::{CursorPage, Weight, rows_to_read},
};
use reparto_store::StoreResult;
use reparto_store_rows::absence_columns;
use rusqlite::{Connection, params};

use crate::{
    engine::Conn as _,
    rows::{Reader, inconsistent},
    statements::statements,
};

macro_rules! absences {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            absence_columns!(),
            " FROM absences a JOIN users u ON u.seq = a.user_seq WHERE u.deleted_at IS NULL AND ",
            $condition
        )
    };
}

statements! {
    BY_ID = absences!("a.id = ?1");
    LIST = absences!("(a.starts_at, a.seq) < (?1, ?2) AND a.starts_at <= ?3 AND coalesce(a.ends_at > ?4, true) \
        ORDER BY a.starts_at DESC, a.seq DESC LIMIT ?5");
    LIST_OF = absences!("a.user_seq = (SELECT o.seq FROM users o WHERE o.id = ?6) \
        AND (a.starts_at, a.seq) < (?1, ?2) AND a.starts_at <= ?3 AND coalesce(a.ends_at > ?4, true) \
        ORDER BY a.starts_at DESC, a.seq DESC LIMIT ?5");
}

/// The time of an absence in the next columns.
pub(crate) fn period(row: &mut Reader<'_>) -> StoreResult<Period> {
    Period::new(row.time()?, row.time_or_none()?).map_err(|_| inconsistent("time of an absence"))
}

fn absence(row: &mut Reader<'_>) -> StoreResult<(i64, Absence)> {
    let (seq, id, user) = (row.next()?, AbsenceId::from_bytes(row.next()?), UserId::from_bytes(row.next()?));
    let email: String = row.next()?;
    let name = row.called(&email)?;
    let period = period(row)?;
    let (note, created_at, updated_at) = (row.next()?, row.time()?, row.time()?);
    Ok((seq, Absence { id, user, name, period, note, created_at, updated_at }))
}

/// The absence with this id, and its seq.
pub(super) fn get(conn: &Connection, id: AbsenceId) -> StoreResult<(i64, Absence)> {
    conn.opt(BY_ID, [id.as_bytes()], absence)?.ok_or_else(|| Refusal::AbsenceNotFound.into())
}

/// A page of the matching absences, the latest start first.
pub(super) fn list(conn: &Connection, query: AbsenceQuery) -> StoreResult<CursorPage<Absence, KeyCursor>> {
    let after = query.after.unwrap_or(KeyCursor { key: i64::MAX, seq: i64::MAX });
    let to = query.to.map_or(i64::MAX, Timestamp::micros);
    let from = query.from.map_or(i64::MIN, Timestamp::micros);
    let wanted = rows_to_read(query.limit);
    let mut weight = Weight::default();
    let mut read = |row: &mut Reader<'_>| {
        let (seq, absence) = absence(row)?;
        weight.add(row.weight())?;
        Ok((KeyCursor { key: absence.period.starts_at().micros(), seq }, absence))
    };
    let found = match query.whose() {
        None => conn.all(LIST, params![after.key, after.seq, to, from, wanted], &mut read)?,
        Some(None) => Vec::new(),
        Some(Some(user)) => {
            conn.all(LIST_OF, params![after.key, after.seq, to, from, wanted, user.as_bytes()], &mut read)?
        }
    };
    Ok(CursorPage::cut_by_key(found, query.limit))
}
