//! `reparto user`.

use std::borrow::Cow;

use reparto_domain::{
    Caller, Clock as _, SystemClock, UserId,
    page::Slice,
    search::Search,
    text::tidy,
    users::{NewUser, Profile, UserFilter, UserQuery, UserSort},
    values::EmailAddress,
};
use reparto_store::Store;

use reparto_server::contacts::erase::command;

use crate::{
    args::{UserCreateArgs, UserEraseArgs, UserOneArgs, UserPasswordArgs},
    failure::{Done, Failure, say},
    passwords,
};

/// Sets a password, which need not be changed.
pub async fn set_password(args: UserPasswordArgs) -> Result<Done, Failure> {
    let password = passwords::read(args.password_stdin, args.email.as_str())?;
    let hash = passwords::hash(&password)?;
    let store = args.database.database_url.open(true).await?;
    let set = async {
        let id = named(&*store, &args.email).await?;
        store.user_set_password(&system(), id, hash).await.map_err(Failure::from)
    };
    let set = set.await;
    store.close().await;
    say(format_args!("{}: the password is set, and all sessions have ended", set?.email))?;
    Ok(Done::Success)
}

/// Takes a second factor away.
pub async fn remove_totp(args: UserOneArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    let removed = async {
        let id = named(&*store, &args.email).await?;
        store.second_factor_remove(&system(), id, None).await.map_err(Failure::from)
    };
    let removed = removed.await;
    store.close().await;
    removed?;
    say(format_args!("{}: the second factor is removed", args.email.as_str()))?;
    Ok(Done::Success)
}

/// Ends all sessions of a user.
pub async fn sign_out(args: UserOneArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    let ended = async {
        let id = named(&*store, &args.email).await?;
        store.account_end_all(&system(), id).await.map_err(Failure::from)
    };
    let ended = ended.await;
    store.close().await;
    ended?;
    say(format_args!("{}: all sessions have ended", args.email.as_str()))?;
    Ok(Done::Success)
}

fn system() -> Caller {
    Caller::system(SystemClock.now())
}

/// The user with this address.
async fn named(store: &dyn Store, email: &EmailAddress) -> Result<UserId, Failure> {
    let filter = UserFilter { search: Search::new(email.as_str()), ..UserFilter::default() };
    let slice = Slice { skip: 0, limit: 1_000 };
    let query = UserQuery { filter, sort: UserSort::Email, descending: false, slice };
    let found = store.user_list(query).await?.items;
    let user = found.into_iter().find(|user| user.email.to_lowercase() == email.key());
    user.map(|user| user.id).ok_or_else(|| Failure::new(format!("there is no user {}", email.as_str())))
}

/// Makes an account.
pub async fn create(args: UserCreateArgs) -> Result<Done, Failure> {
    let password = passwords::read(args.password_stdin, args.email.as_str())?;
    let store = args.database.database_url.open(true).await?;
    let text = |text: Option<String>| text.and_then(|text| tidy(&text).map(Cow::into_owned));
    let user = NewUser {
        id: UserId::new(),
        email: args.email,
        password: passwords::hash(&password)?,
        profile: Profile {
            full_name: text(args.full_name),
            phone_number: text(args.phone_number),
            ..Profile::default()
        },
        role: args.role,
        is_active: true,
        is_verified: true,
    };
    let made = store.user_create(&Caller::system(SystemClock.now()), user).await;
    store.close().await;
    let made = made?;
    say(format_args!("made {} {} ({}) in {}", made.role, made.email, made.id, args.database.database_url))?;
    Ok(Done::Success)
}

/// Erases a deleted user.
pub async fn erase(args: UserEraseArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    let erased = store.user_erase(&Caller::system(SystemClock.now()), args.id, command(args.reason)?).await;
    store.close().await;
    let erased = erased?;
    say(format_args!(
        "user {} was erased at {}: {} entries of the audit log",
        args.id, erased.erased_at, erased.audit_entries
    ))?;
    Ok(Done::Success)
}
