//! Attempts to sign in and to refresh, and guesses at passwords, counted for all processes together.

use reparto_domain::{
    Timestamp,
    guessing::{self, FORGOTTEN_AFTER, Guess, Guessed, Guesses, KNOWN_FOR, Outcome},
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
    DROP = "DELETE FROM attempts WHERE subject = $1";
    IS_KNOWN = "SELECT EXISTS (SELECT FROM attempts WHERE subject = $1 AND ends_at > $2)";
    KNOW = "INSERT INTO attempts (subject, began, seen, ends_at) VALUES ($1, '{}', '{}', $2) \
        ON CONFLICT (subject) DO UPDATE SET ends_at = excluded.ends_at";
    PUT = "UPDATE attempts SET began = $2, seen = $3, ends_at = $4 WHERE subject = $1";
}

/// A number of attempts or of wrong ones.
fn seen_or_wrong(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// Counts one.
pub(super) async fn count(tx: &mut Conn, subject: &str, windows: &[Window], now: Timestamp) -> Db<Counted> {
    let row = tx.one(COUNT_ATTEMPT, &[&Text(subject), &At(now)]).await?;
    let (began, seen): (Vec<i64>, Vec<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let counts = began.into_iter().zip(seen).map(|(began, seen)| Count { began, seen: seen_or_wrong(seen) });
    let counted = limits::count(windows, counts.collect(), now);
    if counted.wait.is_none() {
        let (began, seen): (Vec<i64>, Vec<i64>) =
            counted.counts.iter().map(|count| (count.began, i64::from(count.seen))).unzip();
        let longest = windows.iter().map(|window| i64::from(window.seconds)).max().unwrap_or(0);
        tx.run(PUT, &[&Text(subject), &began, &seen, &At(now.plus_seconds(longest))]).await?;
    }
    Ok(counted)
}

/// Counts a guess, or tells how long it must wait.
pub(super) async fn guess(tx: &mut Conn, guessed: &Guessed, now: Timestamp) -> Db<Guess> {
    let known: bool = tx.one(IS_KNOWN, &[&Text(&guessed.known()), &At(now)]).await?.try_get(0)?;
    // The narrow row first, as everywhere, so that nobody waits in a circle.
    let narrow = lock(tx, &guessed.narrow(), now).await?;
    let wide = if known { Guesses::default() } else { lock(tx, &guessed.wide(), now).await? };
    match guessing::decide(narrow, wide, known, now) {
        Ok((more, more_wide)) => {
            put(tx, &guessed.narrow(), more).await?;
            if let Some(more) = more_wide {
                put(tx, &guessed.wide(), more).await?;
            }
            let wide = more_wide.map(|_| wide);
            Ok(Guess::Counted(guessing::Counted { at: now, narrow, wide }))
        }
        Err(wait) => Ok(Guess::Wait(wait)),
    }
}

/// Settles a guess that was not wrong.
pub(super) async fn settle(
    tx: &mut Conn,
    guessed: &Guessed,
    counted: guessing::Counted,
    outcome: Outcome,
    now: Timestamp,
) -> Db<()> {
    let narrow = lock(tx, &guessed.narrow(), now).await?;
    match outcome {
        Outcome::Right => {
            tx.run(DROP, &[&Text(&guessed.narrow())]).await?;
            tx.run(KNOW, &[&Text(&guessed.known()), &At(now.plus_seconds(KNOWN_FOR))]).await?;
        }
        Outcome::Void => put(tx, &guessed.narrow(), narrow.without_one(counted.narrow, counted.at)).await?,
    }
    if let Some(before) = counted.wide {
        let wide = lock(tx, &guessed.wide(), now).await?;
        put(tx, &guessed.wide(), wide.without_one(before, counted.at)).await?;
    }
    Ok(())
}

/// The wrong guesses under a name, whose row stays locked.
async fn lock(tx: &mut Conn, name: &str, now: Timestamp) -> Db<Guesses> {
    let row = tx.one(COUNT_ATTEMPT, &[&Text(name), &At(now)]).await?;
    let (last, wrong): (Vec<i64>, Vec<i64>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(match (last.first(), wrong.first()) {
        (Some(last), Some(wrong)) => Guesses { wrong: seen_or_wrong(*wrong), last: *last },
        _ => Guesses::default(),
    })
}

async fn put(tx: &mut Conn, name: &str, guesses: Guesses) -> Db<()> {
    let until = Timestamp::from_micros(guesses.last).plus_seconds(FORGOTTEN_AFTER);
    tx.run(PUT, &[&Text(name), &vec![guesses.last], &vec![i64::from(guesses.wrong)], &At(until)]).await
}
