//! Reading absences.

use reparto_domain::{
    AbsenceId, Refusal, Timestamp, UserId,
    absences::{Absence, AbsenceQuery, Period},
    cursor::KeyCursor,
    page::{CursorPage, rows_to_read},
};
use reparto_store_rows::absence_columns;
use tokio_postgres::Row;

use crate::{
    engine::{errors::Db, params::At, tx::Conn},
    rows::{Reader, meaningless},
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
    BY_ID = absences!("a.id = $1");
    LOCK = "SELECT FROM absences WHERE id = $1 FOR UPDATE";
    LIST = absences!("(a.starts_at, a.seq) < ($1, $2) AND a.starts_at <= $3 AND coalesce(a.ends_at > $4, true) \
        ORDER BY a.starts_at DESC, a.seq DESC LIMIT $5");
    LIST_OF = absences!("a.user_seq = (SELECT o.seq FROM users o WHERE o.id = $6) \
        AND (a.starts_at, a.seq) < ($1, $2) AND a.starts_at <= $3 AND coalesce(a.ends_at > $4, true) \
        ORDER BY a.starts_at DESC, a.seq DESC LIMIT $5");
}

/// The time of an absence in the next columns.
pub(crate) fn period(row: &mut Reader<'_>) -> Db<Period> {
    Period::new(row.time()?, row.time_or_none()?).map_err(|_| meaningless("time of an absence"))
}

fn absence(row: &Row) -> Db<(i64, Absence)> {
    let mut row = Reader::new(row);
    let (seq, id, user) = (row.next()?, AbsenceId::from_uuid(row.next()?), UserId::from_uuid(row.next()?));
    let email: &str = row.next()?;
    let name = row.called(email)?;
    let period = period(&mut row)?;
    let (note, created_at, updated_at) = (row.next()?, row.time()?, row.time()?);
    Ok((seq, Absence { id, user, name, period, note, created_at, updated_at }))
}

/// The absence with this id, and its seq.
pub(super) async fn get(conn: &mut Conn, id: AbsenceId) -> Db<(i64, Absence)> {
    absence(&conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::AbsenceNotFound)?)
}

/// Like [`get`], but locks the absence until the transaction ends.
pub(super) async fn lock(tx: &mut Conn, id: AbsenceId) -> Db<(i64, Absence)> {
    tx.run(LOCK, &[&id.uuid()]).await?;
    get(tx, id).await
}

/// A page of the matching absences, the latest start first.
pub(super) async fn list(conn: &mut Conn, query: AbsenceQuery) -> Db<CursorPage<Absence, KeyCursor>> {
    let time = |micros: Option<i64>, default: i64| At(Timestamp::from_micros(micros.unwrap_or(default)));
    let after = query.after.unwrap_or(KeyCursor { key: i64::MAX, seq: i64::MAX });
    let key = At(Timestamp::from_micros(after.key));
    let to = time(query.to.map(Timestamp::micros), i64::MAX);
    let from = time(query.from.map(Timestamp::micros), i64::MIN);
    let wanted = rows_to_read(query.limit);
    let read = |row: &Row| {
        let (seq, absence) = absence(row)?;
        Ok((KeyCursor { key: absence.period.starts_at().micros(), seq }, absence))
    };
    let found = match query.whose() {
        None => conn.page(LIST, &[&key, &after.seq, &to, &from, &wanted], true, read).await?,
        Some(None) => Vec::new(),
        Some(Some(user)) => {
            conn.page(LIST_OF, &[&key, &after.seq, &to, &from, &wanted, &user.uuid()], true, read).await?
        }
    };
    Ok(CursorPage::cut_by_key(found, query.limit))
}
