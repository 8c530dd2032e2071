//! `reparto user`.

use reparto_domain::{
    Caller, Clock as _, SystemClock, UserId,
    users::{NewUser, Profile},
};

use reparto_server::contacts::erase::command;

use crate::{
    args::{UserCreateArgs, UserEraseArgs},
    failure::{Done, Failure, say},
    passwords,
};

/// Makes an account.
pub async fn create(args: UserCreateArgs) -> Result<Done, Failure> {
    let password = passwords::read(args.password_stdin, args.email.as_str())?;
    let store = args.database.database_url.open(true).await?;
    let text = |text: Option<String>| text.and_then(|text| reparto_domain::text::none_if_empty(&text));
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
