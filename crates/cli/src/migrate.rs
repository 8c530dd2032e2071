//! `reparto migrate`.

use crate::{
    args::MigrateArgs,
    failure::{Done, Failure, say},
};

/// Brings the schema up to date, and makes texts and keys anew that an earlier version made.
pub async fn run(args: MigrateArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    while store.fold_anew().await? > 0 {}
    store.close().await;
    say(format_args!("{} is up to date", args.database.database_url))?;
    Ok(Done::Success)
}
