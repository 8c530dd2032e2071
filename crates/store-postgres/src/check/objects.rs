//! Stored JSON can be read, and what clients keep is within its bounds.

use reparto_domain::OpportunityId;
use reparto_store_rows::kept;

use super::Findings;
use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    OPPORTUNITIES = "SELECT id, detection_reason, attempts, attempt_count FROM opportunities ORDER BY seq";
    DETAILS = "SELECT seq, details FROM audit_logs ORDER BY seq";
    CHUNKS = "SELECT job, number, errors, sent, failed FROM job_chunks WHERE is_done OR sent IS NOT NULL";
}

pub(super) async fn check(conn: &mut Conn, findings: &mut Findings) -> Db<()> {
    let opportunity = |row: &tokio_postgres::Row| {
        let mut row = Reader::new(row);
        let id = OpportunityId::from_uuid(row.next()?).to_string();
        findings.fault(kept::object(&format!("opportunity {id}: detection_reason"), &row.kept()?));
        let (attempts, count): (&str, i16) = (row.next()?, row.next()?);
        findings.fault(kept::attempts(&id, attempts, count.into()));
        Ok(())
    };
    conn.each(OPPORTUNITIES, &[], true, opportunity).await?;
    let entry = |row: &tokio_postgres::Row| {
        let mut row = Reader::new(row);
        let (seq, details) = (row.next()?, row.object()?);
        findings.fault(kept::details(seq, &details));
        Ok(())
    };
    conn.each(DETAILS, &[], true, entry).await?;
    let chunk = |row: &tokio_postgres::Row| {
        let mut row = Reader::new(row);
        let (job, number): (i64, i64) = (row.next()?, row.next()?);
        let (errors, sent): (Option<&str>, Option<&str>) = (row.next()?, row.next()?);
        findings.fault(kept::chunk(job, number, errors, sent, row.next()?));
        Ok(())
    };
    conn.each(CHUNKS, &[], true, chunk).await
}
