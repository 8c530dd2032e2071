//! `reparto check`.

use crate::{
    args::CheckArgs,
    failure::{Done, Failure, say},
};

/// Verifies every invariant of the stored data and names what is broken.
pub async fn run(args: CheckArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(false).await?;
    let findings = store.check(args.limit).await?;
    store.close().await;
    for finding in &findings {
        say(format_args!("{}: {}", finding.invariant, finding.detail))?;
    }
    if findings.is_empty() {
        say(format_args!("{}: nothing is wrong", args.database.database_url))?;
        return Ok(Done::Well);
    }
    eprintln!("error: {} invariants are broken in {}", findings.len(), args.database.database_url);
    Ok(Done::NotWell)
}
