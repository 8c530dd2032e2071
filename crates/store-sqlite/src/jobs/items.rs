//! The items of a job, and what an export has written.

use reparto_domain::{
    JobId,
    cursor::SequenceCursor,
    jobs::{JobItem, JobItemQuery, JobKind},
    page::CursorPage,
};
use reparto_store::StoreResult;
use reparto_store_rows::job_items::{ItemPage, StoredChunk};
use rusqlite::{Connection, params};

use super::{packed, rows};
use crate::{engine::Conn as _, statements::statements};

statements! {
    // `?3`: only chunks with errors; `?4`: unprocessed chunks count as errors.
    CHUNKS = "SELECT first, is_done, errors, items, sent FROM job_chunks WHERE job = ?1 AND first + count > ?2 \
        AND (NOT ?3 OR failed > 0 OR (?4 AND is_done = 0)) ORDER BY number";
    OUTPUT = "SELECT is_done, output FROM job_chunks WHERE job = ?1 AND number = ?2";
    LATER = "SELECT 1 FROM job_chunks WHERE job = ?1 AND number > ?2 AND is_done = 1 LIMIT 1";
}

/// A page of a job's items.
pub(super) fn list(
    conn: &Connection,
    id: JobId,
    query: JobItemQuery,
) -> StoreResult<CursorPage<JobItem, SequenceCursor>> {
    let stored = rows::get(conn, id)?;
    let mut page = ItemPage::new(&stored.job, query);
    if stored.is_trimmed {
        return Ok(page.finish(false));
    }
    let (mut more, params) = (false, (stored.seq, page.after(), page.only_errors(), page.reports_unprocessed()));
    conn.each(CHUNKS, params, |row| {
        let (first, is_done, errors) = (row.next()?, row.next()?, row.next::<Option<String>>()?);
        let (items, sent) = (packed::unpack(row.bytes()?)?, row.next::<Option<String>>()?);
        let chunk = StoredChunk { first, is_done, errors: errors.as_deref(), sent: sent.as_deref() };
        more = page.add(chunk, items, |item| item.id(conn))?;
        Ok(!more)
    })?;
    Ok(page.finish(more))
}

/// The output of an export's chunk with this number. A chunk that was unprocessed when the job ended has none, although
/// a later one may.
pub(super) fn output(conn: &Connection, id: JobId, chunk: u64) -> StoreResult<Option<Vec<u8>>> {
    let stored = rows::get(conn, id)?;
    if stored.job.kind != JobKind::Export || stored.is_trimmed {
        return Ok(None);
    }
    let number = i64::try_from(chunk).unwrap_or(i64::MAX);
    let found: Option<(bool, Option<Vec<u8>>)> =
        conn.opt(OUTPUT, params![stored.seq, number], |row| Ok((row.next()?, row.next()?)))?;
    match found {
        None => Ok(None),
        Some((true, output)) => Ok(Some(output.unwrap_or_default())),
        Some((false, _)) if !stored.job.status.has_ended() => Ok(None),
        Some((false, _)) => conn.opt(LATER, params![stored.seq, number], |_| Ok(Vec::new())),
    }
}
