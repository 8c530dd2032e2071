//! Changes to users.

use reparto_domain::{
    Caller, Refusal, Role, Status, Timestamp, UserId,
    audit::{EntityType, action},
    users::{DAILY_LEAD_QUOTA, NewUser, PasswordHash, User, UserChanges, UserDeleted},
};
use serde_json::{Map, Value, json};

use super::rows;
use crate::{
    actor::{self, Actor},
    audit::{self, Entry},
    counts,
    engine::{errors::Db, tx::Conn},
    statements::statements,
};

statements! {
    ONE_AT_A_TIME = "SELECT FROM locks WHERE name = 'users' FOR UPDATE";
}

/// Creates a user.
pub(super) async fn create(tx: &mut Conn, caller: &Caller, new: &NewUser) -> Db<User> {
    let actor = administrator(tx, caller).await?;
    superuser_alone(&actor, new.role)?;
    let caller = &tx.taking_effect(caller, []);
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(tx, new, quota, caller.at).await?;
    let details = json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active });
    record(tx, caller, &actor, action::USER_CREATED, new.id, details).await?;
    rows::find(tx, new.id).await.map(|(_, user)| user)
}

/// Creates the first user; that there is none yet is the caller's to know.
pub(crate) async fn create_first(tx: &mut Conn, caller: &Caller, new: &NewUser) -> Db<User> {
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(tx, new, quota, caller.at).await?;
    let details =
        json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active, "first_run": true });
    record(tx, caller, &Actor::system(), action::USER_CREATED, new.id, details).await?;
    rows::find(tx, new.id).await.map(|(_, user)| user)
}

/// Changes a user. To make one inactive is a deactivation with all that follows.
pub(super) async fn update(tx: &mut Conn, caller: &Caller, id: UserId, changes: &UserChanges) -> Db<User> {
    let target = Target::find(tx, caller, id).await?;
    let after = apply(target.user.clone(), changes);
    target.change(tx, caller, &after, action::USER_UPDATED).await
}

/// Gives a user another role.
pub(super) async fn set_role(tx: &mut Conn, caller: &Caller, id: UserId, role: Role) -> Db<User> {
    tx.run(ONE_AT_A_TIME, &[]).await?;
    superuser_alone(&administrator(tx, caller).await?, role)?;
    let target = Target::find(tx, caller, id).await?;
    let after = User { role, ..target.user.clone() };
    target.change(tx, caller, &after, action::USER_ROLE_CHANGED).await
}

/// Activates or deactivates.
pub(super) async fn set_active(tx: &mut Conn, caller: &Caller, id: UserId, active: bool) -> Db<User> {
    let target = Target::find(tx, caller, id).await?;
    let after = User { is_active: active, ..target.user.clone() };
    target.change(tx, caller, &after, action::USER_STATUS_CHANGED).await
}

/// Sets a password.
pub(super) async fn set_password(tx: &mut Conn, caller: &Caller, id: UserId, password: &PasswordHash) -> Db<User> {
    let target = Target::find(tx, caller, id).await?;
    rows::end_tokens(tx, target.seq, caller.at).await?;
    let caller = &target.taking_effect(tx, caller, true).await?;
    rows::set_password(tx, target.seq, password, caller.at).await?;
    record(tx, caller, &target.actor, action::USER_PASSWORD_CHANGED, id, json!({ "email": target.user.email })).await?;
    rows::find(tx, id).await.map(|(_, user)| user)
}

/// Deletes a user softly.
pub(super) async fn delete(tx: &mut Conn, caller: &Caller, id: UserId) -> Db<UserDeleted> {
    let target = Target::find(tx, caller, id).await?;
    target.not_the_last(tx, false).await?;
    rows::end_tokens(tx, target.seq, caller.at).await?;
    let caller = &target.taking_effect(tx, caller, false).await?;
    rows::delete(tx, target.seq, caller.at).await?;
    let open_opportunities = open_opportunities(tx, target.seq).await?;
    let details = json!({
        "email": target.user.email,
        "role": target.user.role,
        "open_opportunities": open_opportunities,
    });
    record(tx, caller, &target.actor, action::USER_DELETED, id, details).await?;
    Ok(UserDeleted { id, open_opportunities })
}

/// A user whom an administrator is about to change, and may.
struct Target {
    actor: Actor,
    seq: i64,
    user: User,
}

impl Target {
    async fn find(tx: &mut Conn, caller: &Caller, id: UserId) -> Db<Self> {
        // One at a time, so that of two administrators who remove each other one stays.
        tx.run(ONE_AT_A_TIME, &[]).await?;
        let actor = administrator(tx, caller).await?;
        let (seq, user) = rows::take(tx, id).await?;
        superuser_alone(&actor, user.role)?;
        Ok(Self { actor, seq, user })
    }

    /// The caller at the moment at which the change takes effect: not before any entry about the user. Where the user's
    /// active time ends, after everything that was committed before: something may have been given to them by a clock
    /// that is ahead. The user's row is held, so nothing is being given to them at this moment.
    async fn taking_effect(&self, tx: &mut Conn, caller: &Caller, stays_active: bool) -> Db<Caller> {
        let mut follows = vec![self.user.updated_at];
        follows.extend(audit::newest_about(tx, self.user.id.uuid()).await?);
        if self.user.is_active && !stays_active {
            follows.extend(audit::newest(tx).await?.map(Timestamp::next));
        }
        Ok(tx.taking_effect(caller, follows))
    }

    /// Refuses where the last active administrator would no longer be one.
    async fn not_the_last(&self, tx: &mut Conn, stays: bool) -> Db<()> {
        let is_one = self.user.is_active && self.user.role.is_administrator();
        if is_one && !stays && !rows::another_administrator(tx, self.seq).await? {
            return Err(Refusal::LastAdministrator.into());
        }
        Ok(())
    }

    /// Writes the user as it is to be; where nothing changes, nothing.
    async fn change(self, tx: &mut Conn, caller: &Caller, after: &User, action: &'static str) -> Db<User> {
        if *after == self.user {
            return Ok(self.user);
        }
        self.not_the_last(tx, after.is_active && after.role.is_administrator()).await?;
        if self.user.is_active && !after.is_active {
            // Tokens are older or newer than this by the clock that issues them, whatever the histories say.
            rows::end_tokens(tx, self.seq, caller.at).await?;
        }
        let caller = &self.taking_effect(tx, caller, after.is_active).await?;
        rows::update(tx, self.seq, after, caller.at).await?;
        let details = json!({ "email": self.user.email, "changes": changes(&self.user, after) });
        record(tx, caller, &self.actor, action, self.user.id, details).await?;
        rows::find(tx, self.user.id).await.map(|(_, user)| user)
    }
}

async fn administrator(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    let actor = actor::authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(actor)
}

/// Only a superuser makes, appoints or changes one.
fn superuser_alone(actor: &Actor, role: Role) -> Db<()> {
    if role == Role::Superuser && actor.role != Role::Superuser {
        return Err(Refusal::SuperuserOnly.into());
    }
    Ok(())
}

fn apply(mut user: User, changes: &UserChanges) -> User {
    fn set<T: Clone>(field: &mut T, change: Option<&T>) {
        if let Some(value) = change {
            field.clone_from(value);
        }
    }
    if let Some(email) = &changes.email {
        email.as_str().clone_into(&mut user.email);
    }
    set(&mut user.full_name, changes.full_name.as_ref());
    set(&mut user.first_name, changes.first_name.as_ref());
    set(&mut user.last_name, changes.last_name.as_ref());
    set(&mut user.phone_number, changes.phone_number.as_ref());
    set(&mut user.avatar_url, changes.avatar_url.as_ref());
    set(&mut user.preferred_language, changes.preferred_language.as_ref());
    set(&mut user.daily_lead_quota, changes.daily_lead_quota.as_ref());
    set(&mut user.is_active, changes.is_active.as_ref());
    set(&mut user.is_verified, changes.is_verified.as_ref());
    user
}

/// What changed, for the audit log: `{field: {from, to}}`.
fn changes(before: &User, after: &User) -> Value {
    let fields = |user: &User| {
        [
            ("email", json!(user.email)),
            ("full_name", json!(user.full_name)),
            ("first_name", json!(user.first_name)),
            ("last_name", json!(user.last_name)),
            ("phone_number", json!(user.phone_number)),
            ("avatar_url", json!(user.avatar_url)),
            ("preferred_language", json!(user.preferred_language)),
            ("daily_lead_quota", json!(user.daily_lead_quota)),
            ("is_active", json!(user.is_active)),
            ("is_verified", json!(user.is_verified)),
            ("role", json!(user.role)),
        ]
    };
    let pairs = fields(before).into_iter().zip(fields(after));
    let changed: Map<String, Value> = pairs
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| (field.to_owned(), json!({ "from": from, "to": to })))
        .collect();
    Value::Object(changed)
}

/// How many open opportunities a user holds.
async fn open_opportunities(tx: &mut Conn, seq: i64) -> Db<u64> {
    let open: Vec<i16> = Status::ALL.iter().filter(|status| status.is_open()).map(|status| status.number()).collect();
    counts::held(tx, &open, seq).await
}

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: UserId,
    details: Value,
) -> Db<()> {
    let entity_id = Some(id.uuid());
    let entry = Entry { action, entity: EntityType::User, entity_id, operation: None, details };
    audit::record(tx, caller, actor, &entry).await
}
