//! The items of a job, and what an export has written.

use reparto_domain::{
    JobId,
    cursor::SequenceCursor,
    jobs::{JobItem, JobItemQuery, JobKind},
    page::Walk,
};
use reparto_store::StoreResult;
use reparto_store_rows::job_items::{ItemPage, StoredChunk};
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

/// A part of a job's items.
pub(super) fn list(conn: &Connection, id: JobId, query: JobItemQuery) -> StoreResult<Walk<JobItem, SequenceCursor>> {
    let stored = rows::get(conn, id)?;
    let mut page = ItemPage::of(&stored.job, query);
    if stored.trimmed {
        return Ok(page.walk(false));
    }
    let mut statement = conn.prepare_cached(CHUNKS).sql()?;
    let params = params![stored.seq, page.after(), page.only_errors(), page.left_out()];
    let mut chunks = statement.query(params).sql()?;
    while let Some(row) = chunks.next().sql()? {
        let (errors, sent): (Option<String>, Option<String>) = (row.get(2).sql()?, row.get(4).sql()?);
        let blob: Vec<u8> = row.get(3).sql()?;
        let chunk = StoredChunk {
            first: row.get(0).sql()?,
            is_done: row.get(1).sql()?,
            errors: errors.as_deref(),
            sent: sent.as_deref(),
        };
        if page.add(chunk, packed::unpack(&blob)?, |item| item.id(conn))? {
            return Ok(page.walk(true));
        }
    }
    Ok(page.walk(false))
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
