//! `reparto retain`: erases or removes what is kept too long.

use reparto_domain::{Clock as _, SystemClock};
use reparto_server::retention::{due, enforce};

use crate::{
    args::RetainArgs,
    failure::{Done, Failure, say},
};

/// Erases or removes it, or only says how much there is.
pub async fn run(args: RetainArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(!args.dry_run).await?;
    let (now, keep) = (SystemClock.now(), args.keep.keep());
    let done = if args.dry_run { due(&*store, now, keep).await } else { enforce(&*store, now, keep).await };
    store.close().await;
    let done = done?;
    let (would, went) = if args.dry_run { ("dry run, nothing was changed: ", "would be") } else { ("", "were") };
    say(format_args!(
        "{would}{} contacts with lost opportunities {went} erased, {} deleted contacts {went} erased, {} entries of the \
         audit log {went} without address",
        done.lost_leads, done.deleted_contacts, done.audit_addresses
    ))?;
    Ok(Done::Success)
}
