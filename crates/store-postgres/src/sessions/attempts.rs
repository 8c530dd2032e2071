//! Attempts to sign in and to refresh, counted for all processes together.

use reparto_domain::{
    Timestamp,
    limits::{self, Count, Counted, Window},
};

use crate::{
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    statements::statements,
};

statements! {
    // Creates or finds the row; either way it is locked until the commit, so that attempts are counted one by one.
    COUNT_ATTEMPT = "INSERT INTO attempts AS a (subject, began, seen, ends_at) VALUES ($1, '{}', '{}', $2) \
        ON CONFLICT (subject) DO UPDATE SET subject = a.subject RETURNING began, seen";
    PUT = "UPDATE attempts SET began = $2, seen = $3, ends_at = $4 WHERE subject = $1";
}

/// Counts one.
pub(super) async fn count(tx: &mut Conn, subject: &str, windows: &[Window], now: Timestamp) -> Db<Counted> {
    let row = tx.one(COUNT_ATTEMPT, &[&Text(subject), &At(now)]).await?;
    let (began, seen): (Vec<i64>, Vec<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let counts = began.into_iter().zip(seen).map(|(began, seen)| Count { began, seen: seen.unsigned_abs() as u32 });
    let counted = limits::count(windows, counts.collect(), now);
    if counted.wait.is_none() {
        let (began, seen): (Vec<i64>, Vec<i64>) =
            counted.counts.iter().map(|count| (count.began, i64::from(count.seen))).unzip();
        let longest = windows.iter().map(|window| i64::from(window.seconds)).max().unwrap_or(0);
        tx.run(PUT, &[&Text(subject), &began, &seen, &At(now.plus_seconds(longest))]).await?;
    }
    Ok(counted)
}
