//! The items of a job, and what an export has written.

use reparto_domain::{
    JobId, OpportunityId,
    cursor::SequenceCursor,
    jobs::{JobItem, JobItemQuery, JobKind},
    page::CursorPage,
};
use reparto_store_rows::{
    job_items::{ItemPage, StoredChunk},
    numbers::signed,
};
use uuid::Uuid;

use super::rows;
use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    // $3: only chunks with errors; $4: unprocessed chunks count as errors.
    CHUNKS = "SELECT first, is_done, errors, ids, sent FROM job_chunks WHERE job = $1 AND first + count > $2 \
        AND (NOT $3 OR failed > 0 OR ($4 AND NOT is_done)) ORDER BY number LIMIT $5";
    OUTPUT = "SELECT is_done, output FROM job_chunks WHERE job = $1 AND number = $2";
    LATER = "SELECT 1 FROM job_chunks WHERE job = $1 AND number > $2 AND is_done LIMIT 1";
}

/// The number of chunks read first for a page: enough for most pages.
const STEP: usize = 4;

/// The maximum number of chunks read at once.
const STEP_MAX: usize = 64;

/// A page of a job's items.
pub(super) async fn list(conn: &mut Conn, id: JobId, query: JobItemQuery) -> Db<CursorPage<JobItem, SequenceCursor>> {
    let stored = rows::get(conn, id).await?;
    let mut page = ItemPage::new(&stored.job, query);
    if stored.is_trimmed {
        return Ok(page.finish(false));
    }
    let (mut from, mut step) = (page.after(), STEP);
    loop {
        let params: [&dyn crate::engine::params::Param; 5] =
            [&stored.seq, &from, &page.only_errors(), &page.reports_unprocessed(), &signed(step)];
        let chunks = conn.all(CHUNKS, &params).await?;
        for row in &chunks {
            let mut row = Reader::new(row);
            let (first, is_done, errors) = (row.next()?, row.next()?, row.next()?);
            let (ids, sent): (Vec<Uuid>, _) = (row.next()?, row.next()?);
            from = first + signed(ids.len());
            let chunk = StoredChunk { first, is_done, errors, sent };
            if page.add(chunk, ids, |id| Db::Ok(OpportunityId::from_uuid(id)))? {
                return Ok(page.finish(true));
            }
        }
        if chunks.len() < step {
            return Ok(page.finish(false));
        }
        step = (step * 2).min(STEP_MAX);
    }
}

/// The output of an export's chunk with this number. A chunk that was unprocessed when the job ended has none, although
/// a later one may.
pub(super) async fn output(conn: &mut Conn, id: JobId, chunk: u64) -> Db<Option<Vec<u8>>> {
    let stored = rows::get(conn, id).await?;
    if stored.job.kind != JobKind::Export || stored.is_trimmed {
        return Ok(None);
    }
    let number = i64::try_from(chunk).unwrap_or(i64::MAX);
    let Some(found) = conn.opt(OUTPUT, &[&stored.seq, &number]).await? else { return Ok(None) };
    if found.try_get::<_, bool>(0)? {
        return Ok(Some(found.try_get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default()));
    }
    if !stored.job.status.has_ended() {
        return Ok(None);
    }
    Ok(conn.opt(LATER, &[&stored.seq, &number]).await?.map(|_| Vec::new()))
}
