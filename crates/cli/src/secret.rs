//! `reparto secret`.

use std::time::Duration;

use reparto_domain::{Clock as _, SystemClock};
use reparto_server::rotate_key;

use crate::{
    args::SecretRotateArgs,
    failure::{Done, Failure, say},
};

/// The longest lifetime that an access token can be given.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Makes a new key that signs access tokens.
pub async fn rotate(args: SecretRotateArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    let accepted_for = (!args.immediately).then_some(LONGEST);
    let rotated = rotate_key(&*store, SystemClock.now(), accepted_for).await;
    store.close().await;
    rotated?;
    if args.immediately {
        say("a new key signs access tokens; those of earlier keys are refused within seconds")?;
    } else {
        say("a new key signs access tokens; the one before is accepted until its tokens end, a day at most")?;
    }
    Ok(Done::Success)
}
