//! Stored JSON can be read, and what clients keep is within its bounds.

use reparto_domain::OpportunityId;
use reparto_store::StoreResult;
use reparto_store_rows::kept;
use rusqlite::Connection;

use super::Findings;
use crate::{engine::Conn as _, statements::statements};

statements! {
    OPPORTUNITIES = "SELECT id, detection_reason, attempts, attempt_count FROM opportunities ORDER BY seq";
    DETAILS = "SELECT seq, details FROM audit_logs ORDER BY seq";
    CHUNKS = "SELECT job, number, errors, sent, failed FROM job_chunks WHERE is_done = 1 OR sent IS NOT NULL";
}

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    conn.each(OPPORTUNITIES, [], |row| {
        let id = OpportunityId::from_bytes(row.next()?).to_string();
        findings.fault(kept::object(&format!("opportunity {id}: detection_reason"), &row.kept()?));
        let (attempts, count) = (row.text()?, row.next()?);
        findings.fault(kept::attempts(&id, attempts, count));
        Ok(true)
    })?;
    conn.each(DETAILS, [], |row| {
        let (seq, details) = (row.next()?, row.object()?);
        findings.fault(kept::details(seq, &details));
        Ok(true)
    })?;
    conn.each(CHUNKS, [], |row| {
        let (job, number) = (row.next()?, row.next()?);
        let (errors, sent): (Option<String>, Option<String>) = (row.next()?, row.next()?);
        findings.fault(kept::chunk(job, number, errors.as_deref(), sent.as_deref(), row.next()?));
        Ok(true)
    })
}
