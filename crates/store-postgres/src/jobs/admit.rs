//! How many jobs may be queued or running at once.

use reparto_domain::jobs::OpenJobs;

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    LOCK_COUNT = "SELECT FROM locks WHERE name = 'jobs' FOR UPDATE";
    OPEN = "SELECT count(*) FILTER (WHERE actor = $1), count(*) FROM jobs WHERE ended IS NULL";
}

/// Makes others wait who count jobs to create or resume one, until the transaction ends.
pub(super) async fn lock_count(tx: &mut Conn) -> Db<()> {
    tx.run(LOCK_COUNT, &[]).await
}

/// Refuses another job of this user if too many are queued or running.
pub(super) async fn admit(tx: &mut Conn, creator: i64) -> Db<()> {
    let found = tx.one(OPEN, &[&creator]).await?;
    let mut row = Reader::new(&found);
    OpenJobs { own: row.amount()?, all: row.amount()? }.admit()?;
    Ok(())
}
