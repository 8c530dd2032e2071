//! `reparto migrate`.

use crate::{
    args::MigrateArgs,
    failure::{Done, Failure, say},
};

/// Brings the schema up to date.
pub async fn run(args: MigrateArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    store.ready().await?;
    store.close().await;
    say(format_args!("{} is up to date", args.database.database_url))?;
    Ok(Done::Success)
}
