//! The items of a job, and what an export has written.

use reparto_domain::{
    JobId,
    cursor::SequenceCursor,
    jobs::{JobItem, JobItemError, JobItemQuery, JobKind, JobStatus},
    page::Walk,
};
use reparto_store::{StoreResult, job_errors};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{packed, rows};
use crate::{error::Sql as _, statements::statements};

statements! {
    // `?3`: only chunks with an error; `?4`: what is not done is an error.
    CHUNKS = "SELECT first, is_done, errors, items, sent FROM job_chunks WHERE job = ?1 AND first + count > ?2 \
        AND (NOT ?3 OR failed > 0 OR (?4 AND is_done = 0)) ORDER BY number";
    OUTPUT = "SELECT is_done, output FROM job_chunks WHERE job = ?1 AND number = ?2";
    LATER = "SELECT 1 FROM job_chunks WHERE job = ?1 AND number > ?2 AND is_done = 1 LIMIT 1";
}

/// A part of a job's items. A cursor is the place of the last item that was given, from 1.
pub(super) fn list(conn: &Connection, id: JobId, query: JobItemQuery) -> StoreResult<Walk<JobItem, SequenceCursor>> {
    let stored = rows::get(conn, id)?;
    if stored.trimmed {
        return Ok(Walk { items: Vec::new(), next: None });
    }
    let left = match stored.job.status {
        JobStatus::Cancelled => Some(JobItemError::Cancelled),
        JobStatus::Failed => Some(JobItemError::Refused(stored.job.failure.unwrap_or_default())),
        JobStatus::Queued | JobStatus::Running | JobStatus::Finished => None,
    };
    let after = query.after.map_or(0, |SequenceCursor(after)| after.max(0));
    let mut statement = conn.prepare_cached(CHUNKS).sql()?;
    let mut chunks = statement.query(params![stored.seq, after, query.only_errors, left.is_some()]).sql()?;
    let (mut items, mut last) = (Vec::new(), after);
    while let Some(row) = chunks.next().sql()? {
        let (first, is_done): (i64, bool) = (row.get(0).sql()?, row.get(1).sql()?);
        let failed = job_errors::read(row.get::<_, Option<String>>(2).sql()?.as_deref())?;
        let blob: Vec<u8> = row.get(3).sql()?;
        let sent = job_errors::sent_read(row.get::<_, Option<String>>(4).sql()?.as_deref())?;
        let (mut failed, mut sent) = (failed.into_iter().peekable(), sent.into_iter().peekable());
        for (place, item) in packed::unpack(&blob)?.into_iter().enumerate() {
            let error = match failed.next_if(|(failed, _)| *failed == place) {
                Some((_, error)) => Some(error),
                None if is_done => None,
                None => left.clone(),
            };
            let sent = sent.next_if(|(strange, _)| *strange == place).map(|(_, text)| text);
            let number = first + place as i64 + 1;
            if number <= after || (query.only_errors && error.is_none()) {
                continue;
            }
            if items.len() as u64 >= query.limit {
                return Ok(Walk { items, next: Some(SequenceCursor(last)) });
            }
            items.push(JobItem { opportunity_id: item.id(conn)?, sent, error });
            last = number;
        }
    }
    Ok(Walk { items, next: None })
}

/// What the chunk of this number of an export has written. A chunk that was left out when the job ended has written
/// nothing, where a later one has.
pub(super) fn output(conn: &Connection, id: JobId, chunk: u64) -> StoreResult<Option<Vec<u8>>> {
    let stored = rows::get(conn, id)?;
    if stored.job.kind != JobKind::Export || stored.trimmed {
        return Ok(None);
    }
    let number = i64::try_from(chunk).unwrap_or(i64::MAX);
    let found: Option<(bool, Option<Vec<u8>>)> = conn
        .prepare_cached(OUTPUT)
        .sql()?
        .query_row(params![stored.seq, number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .sql()?;
    match found {
        None => Ok(None),
        Some((true, output)) => Ok(Some(output.unwrap_or_default())),
        Some((false, _)) if !stored.job.status.is_ended() => Ok(None),
        Some((false, _)) => {
            let later = conn.prepare_cached(LATER).sql()?.query_row(params![stored.seq, number], |_| Ok(()));
            Ok(later.optional().sql()?.map(|()| Vec::new()))
        }
    }
}
