//! `reparto check`.

use reparto_store::Finding;

use crate::{
    args::CheckArgs,
    failure::{Done, Failure, say},
};

/// Verifies every invariant of the stored data and names what is broken.
pub async fn run(args: CheckArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(false).await?;
    let findings = store.check(args.limit).await?;
    store.close().await;
    let (notes, broken): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::is_note);
    for finding in &notes {
        say(format_args!("note: {}: {}", finding.invariant, finding.detail))?;
    }
    if !notes.is_empty() {
        say(format_args!(
            "note: an earlier version wrote times out of order, and objects larger than is allowed now; nothing is to be mended"
        ))?;
    }
    for finding in &broken {
        say(format_args!("{}: {}", finding.invariant, finding.detail))?;
    }
    if broken.is_empty() {
        say(format_args!("{}: nothing is wrong", args.database.database_url))?;
        return Ok(Done::Success);
    }
    eprintln!("error: {} invariants are broken in {}", broken.len(), args.database.database_url);
    Ok(Done::Problem)
}
