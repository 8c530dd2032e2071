//! Changes to users.

use reparto_domain::{
    Caller, Refusal, Role, Status, Timestamp, UserId,
    audit::{EntityType, action},
    users::{DAILY_LEAD_QUOTA, NewUser, PasswordHash, User, UserChanges, UserDeleted},
};
use serde_json::{Value, json};

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

/// Waits until no other transaction changes users, and keeps others waiting until this one ends.
pub(crate) async fn one_at_a_time(tx: &mut Conn) -> Db<()> {
    tx.run(ONE_AT_A_TIME, &[]).await
}

/// Creates a user.
pub(super) async fn create(tx: &mut Conn, caller: &Caller, new: &NewUser) -> Db<User> {
    let actor = actor::administrator(tx, caller).await?;
    actor.require_may_manage(new.role)?;
    let caller = &tx.taking_effect(caller, []);
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(tx, new, quota, caller.at).await?;
    let details = json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active });
    record(tx, caller, &actor, action::USER_CREATED, new.id, details).await?;
    rows::find(tx, new.id).await.map(|(_, user)| user)
}

/// Creates the first user. The caller checks that there is none yet.
pub(crate) async fn create_first(tx: &mut Conn, caller: &Caller, new: &NewUser) -> Db<User> {
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(tx, new, quota, caller.at).await?;
    let details =
        json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active, "first_run": true });
    record(tx, caller, &Actor::system(), action::USER_CREATED, new.id, details).await?;
    rows::find(tx, new.id).await.map(|(_, user)| user)
}

/// Changes a user. Making one inactive is a deactivation, with all its consequences.
pub(super) async fn update(tx: &mut Conn, caller: &Caller, id: UserId, changes: &UserChanges) -> Db<User> {
    let target = Target::find(tx, caller, id).await?;
    let after = changes.apply(&target.user);
    target.change(tx, caller, &after, action::USER_UPDATED).await
}

/// Changes a user's role.
pub(super) async fn set_role(tx: &mut Conn, caller: &Caller, id: UserId, role: Role) -> Db<User> {
    one_at_a_time(tx).await?;
    actor::administrator(tx, caller).await?.require_may_manage(role)?;
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
    if caller.user() == Some(id) {
        return Err(Refusal::CurrentPasswordWrong.into());
    }
    rows::end_tokens(tx, target.seq, caller.at).await?;
    let caller = &target.taking_effect(tx, caller, false).await?;
    // Whoever set it knows it: its owner has to choose another.
    let must_change = caller.user().is_some();
    rows::set_password(tx, target.seq, password, must_change, caller.at).await?;
    record(tx, caller, &target.actor, action::USER_PASSWORD_CHANGED, id, json!({ "email": target.user.email })).await?;
    rows::find(tx, id).await.map(|(_, user)| user)
}

/// Soft-deletes a user.
pub(super) async fn delete(tx: &mut Conn, caller: &Caller, id: UserId) -> Db<UserDeleted> {
    let target = Target::find(tx, caller, id).await?;
    if target.user.is_active_administrator() {
        target.require_another_administrator(tx).await?;
    }
    rows::end_tokens(tx, target.seq, caller.at).await?;
    let caller = &target.taking_effect(tx, caller, target.user.is_active).await?;
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

/// The user to change, if this administrator may change them.
struct Target {
    actor: Actor,
    seq: i64,
    user: User,
}

impl Target {
    async fn find(tx: &mut Conn, caller: &Caller, id: UserId) -> Db<Self> {
        // One at a time: if two administrators remove each other, one must stay.
        one_at_a_time(tx).await?;
        let actor = actor::administrator(tx, caller).await?;
        let (seq, user) = rows::lock(tx, id).await?;
        actor.require_may_manage(user.role)?;
        Ok(Self { actor, seq, user })
    }

    /// The caller at the time at which the change takes effect: not before any entry about the user. If the user
    /// becomes inactive, it is after everything committed before, since a clock that is ahead may have timed an
    /// assignment to them. The user's row is locked, so nothing is being assigned to them at the same time.
    async fn taking_effect(&self, tx: &mut Conn, caller: &Caller, deactivates: bool) -> Db<Caller> {
        let mut follows = vec![self.user.updated_at];
        follows.extend(audit::newest_about(tx, self.user.id.uuid()).await?);
        if deactivates {
            follows.extend(audit::newest(tx).await?.map(Timestamp::next));
        }
        Ok(tx.taking_effect(caller, follows))
    }

    /// Refuses to let the last active administrator go.
    async fn require_another_administrator(&self, tx: &mut Conn) -> Db<()> {
        if rows::another_administrator(tx, self.seq).await? { Ok(()) } else { Err(Refusal::LastAdministrator.into()) }
    }

    /// Writes the user as `after`; nothing if nothing changes.
    async fn change(self, tx: &mut Conn, caller: &Caller, after: &User, action: &'static str) -> Db<User> {
        let Some(edit) = self.user.edit(after) else { return Ok(self.user) };
        if edit.demotes_administrator {
            self.require_another_administrator(tx).await?;
        }
        if edit.ends_sessions {
            // Compared with the times of tokens, so it is the clock's time and not adjusted to the history.
            rows::end_tokens(tx, self.seq, caller.at).await?;
        }
        let caller = &self.taking_effect(tx, caller, edit.deactivates).await?;
        rows::update(tx, self.seq, after, caller.at).await?;
        let details = json!({ "email": self.user.email, "changes": edit.changes });
        record(tx, caller, &self.actor, action, self.user.id, details).await?;
        rows::find(tx, self.user.id).await.map(|(_, user)| user)
    }
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
    let entry = Entry { action, entity: EntityType::User, entity_id, operation: None, details: details.into() };
    audit::record(tx, caller, actor, &entry).await
}
