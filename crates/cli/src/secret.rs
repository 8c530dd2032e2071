//! `reparto secret`.

use std::time::Duration;

use reparto_domain::{Clock as _, SystemClock};
use reparto_server::{rotate_key, seal_anew};

use crate::{
    args::SecretRotateArgs,
    failure::{Done, Failure, say},
};

/// The longest lifetime that an access token can be given.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Makes a new key that signs access tokens.
pub async fn rotate(args: SecretRotateArgs) -> Result<Done, Failure> {
    args.check()?;
    let store = args.database.database_url.open(true).await?;
    let accepted_for = (!args.immediately).then_some(LONGEST);
    let rotated = rotate_key(&*store, SystemClock.now(), accepted_for).await;
    let sealed = seal_anew(&*store, args.data_key.as_ref()).await;
    store.close().await;
    rotated?;
    let sealed = sealed?;
    if args.immediately {
        say("a new key signs access tokens; those of earlier keys are refused within seconds")?;
    } else {
        say("a new key signs access tokens; the one before is accepted until its tokens end, a day at most")?;
    }
    if sealed > 0 {
        say(format_args!("{sealed} stored secrets of webhooks and second factors were encrypted"))?;
    }
    Ok(Done::Success)
}
