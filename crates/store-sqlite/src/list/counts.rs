//! What the kept counts say about a question.

use reparto_store::StoreResult;
use rusqlite::Connection;

use super::question::{Holders, Question};
use crate::{error::Sql as _, statements::statements};

statements! {
    ALL = "SELECT status, holder, n FROM assignment_counts WHERE n > 0";
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Live opportunities.
    pub live: u64,
    /// Those with the status and the holder that are asked for.
    pub matching: u64,
}

pub(super) fn read(conn: &Connection, question: &Question) -> StoreResult<Counts> {
    let mut counts = Counts::default();
    let mut statement = conn.prepare_cached(ALL).sql()?;
    let mut rows = statement.query([]).sql()?;
    let asked = question.filter.status.map(|status| i64::from(status.number()));
    while let Some(row) = rows.next().sql()? {
        let (status, holder, n): (i64, i64, i64) = (row.get(0).sql()?, row.get(1).sql()?, row.get(2).sql()?);
        let n = n.unsigned_abs();
        counts.live += n;
        let held = match question.holders {
            Holders::Any => true,
            Holders::Nobody => holder == 0,
            Holders::User(user) => holder == user,
            Holders::NobodyOr(user) => holder == 0 || holder == user,
            Holders::None => false,
        };
        if held && asked.is_none_or(|asked| asked == status) {
            counts.matching += n;
        }
    }
    Ok(counts)
}
