//! `reparto secret`.

use std::time::Duration;

use reparto_domain::{Clock as _, SystemClock};
use reparto_server::{
    rotate_key,
    seal::{DataKeys, Keys},
    sealing_keys,
};
use reparto_store::Store;

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
    let rotated = rotated(&*store, &args).await;
    store.close().await;
    let sealed = rotated?;
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

async fn rotated(store: &dyn Store, args: &SecretRotateArgs) -> Result<u64, Failure> {
    let data_keys = DataKeys { current: args.data_key.as_ref(), other: args.data_key_other.as_ref() };
    let keys = sealing_keys(store, data_keys).await?;
    if args.data_key.is_some() {
        require_known(&keys, store).await?;
    }
    let accepted_for = (!args.immediately).then_some(LONGEST);
    rotate_key(store, SystemClock.now(), accepted_for).await?;
    Ok(keys.seal_anew(store).await?)
}

/// Refuses a data key that no service has used: what it encrypted, the services that run could not read.
async fn require_known(keys: &Keys, store: &dyn Store) -> Result<(), Failure> {
    let found = keys.survey(store).await?;
    if found.unreadable > 0 {
        return Err(Failure::new(format!(
            "nothing was changed: {} stored secrets of webhooks and second factors were encrypted by another data key; give \
             the one that the services have as --data-key (REPARTO_DATA_KEY), or none, which replaces the signing key alone",
            found.unreadable
        )));
    }
    if found.by_setting == 0 && found.to_be_sealed > 0 {
        return Err(Failure::new(format!(
            "nothing was changed: no service has used this data key yet, and one that does not know it could not read the \
             {} stored secrets of webhooks and second factors any more; start every service with it first (REPARTO_DATA_KEY; \
             they encrypt what is stored), or give none here, which replaces the signing key alone",
            found.to_be_sealed
        )));
    }
    Ok(())
}
