//! Changes to users.

use reparto_domain::{
    Caller, Refusal, Role, Status, Timestamp, UserId,
    audit::{EntityType, action},
    users::{DAILY_LEAD_QUOTA, NewUser, PasswordHash, User, UserChanges, UserDeleted},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Value, json};

use super::rows;
use crate::{
    actor::{self, Actor},
    audit::{self, Entry},
    engine::Conn as _,
    rows::amount,
};

/// Creates a user.
pub(crate) fn create(conn: &Connection, caller: &Caller, new: &NewUser) -> StoreResult<User> {
    let actor = actor::administrator(conn, caller)?;
    actor.require_may_manage(new.role)?;
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(conn, new, quota, caller.at)?;
    let details = json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active });
    record(conn, caller, &actor, action::USER_CREATED, new.id, details)?;
    rows::find(conn, new.id).map(|(_, user)| user)
}

/// Creates the first user. The caller checks that there is none yet.
pub(crate) fn create_first(conn: &Connection, caller: &Caller, new: &NewUser) -> StoreResult<User> {
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(conn, new, quota, caller.at)?;
    let details =
        json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active, "first_run": true });
    record(conn, caller, &Actor::system(), action::USER_CREATED, new.id, details)?;
    rows::find(conn, new.id).map(|(_, user)| user)
}

/// Changes a user. Making one inactive is a deactivation, with all its consequences.
pub(crate) fn update(conn: &Connection, caller: &Caller, id: UserId, changes: &UserChanges) -> StoreResult<User> {
    let target = Target::find(conn, caller, id)?;
    let after = changes.apply(&target.user);
    target.change(conn, caller, &after, action::USER_UPDATED)
}

/// Changes a user's role.
pub(crate) fn set_role(conn: &Connection, caller: &Caller, id: UserId, role: Role) -> StoreResult<User> {
    actor::administrator(conn, caller)?.require_may_manage(role)?;
    let target = Target::find(conn, caller, id)?;
    let after = User { role, ..target.user.clone() };
    target.change(conn, caller, &after, action::USER_ROLE_CHANGED)
}

/// Activates or deactivates.
pub(crate) fn set_active(conn: &Connection, caller: &Caller, id: UserId, active: bool) -> StoreResult<User> {
    let target = Target::find(conn, caller, id)?;
    let after = User { is_active: active, ..target.user.clone() };
    target.change(conn, caller, &after, action::USER_STATUS_CHANGED)
}

/// Sets a password.
pub(crate) fn set_password(
    conn: &Connection,
    caller: &Caller,
    id: UserId,
    password: &PasswordHash,
) -> StoreResult<User> {
    let target = Target::find(conn, caller, id)?;
    if caller.user() == Some(id) {
        return Err(Refusal::CurrentPasswordWrong.into());
    }
    rows::end_tokens(conn, target.seq, caller.at)?;
    let caller = &target.taking_effect(conn, caller, false)?;
    // Whoever set it knows it: its owner has to choose another.
    let must_change = caller.user().is_some();
    rows::set_password(conn, target.seq, password, must_change, caller.at)?;
    record(conn, caller, &target.actor, action::USER_PASSWORD_CHANGED, id, json!({ "email": target.user.email }))?;
    rows::find(conn, id).map(|(_, user)| user)
}

/// Soft-deletes a user.
pub(crate) fn delete(conn: &Connection, caller: &Caller, id: UserId) -> StoreResult<UserDeleted> {
    let target = Target::find(conn, caller, id)?;
    if target.user.is_active_administrator() {
        target.require_another_administrator(conn)?;
    }
    rows::end_tokens(conn, target.seq, caller.at)?;
    let caller = &target.taking_effect(conn, caller, target.user.is_active)?;
    rows::delete(conn, target.seq, caller.at)?;
    let open_opportunities = open_opportunities(conn, target.seq)?;
    let details = json!({
        "email": target.user.email,
        "role": target.user.role,
        "open_opportunities": open_opportunities,
    });
    record(conn, caller, &target.actor, action::USER_DELETED, id, details)?;
    Ok(UserDeleted { id, open_opportunities })
}

/// The user to change, if this administrator may change them.
struct Target {
    actor: Actor,
    seq: i64,
    user: User,
}

impl Target {
    fn find(conn: &Connection, caller: &Caller, id: UserId) -> StoreResult<Self> {
        let actor = actor::administrator(conn, caller)?;
        let (seq, user) = rows::find(conn, id)?;
        actor.require_may_manage(user.role)?;
        Ok(Self { actor, seq, user })
    }

    /// The caller at the time at which the change takes effect: not before any entry about the user. If the user
    /// becomes inactive, it is after everything done before, since a clock that is ahead may have timed an assignment
    /// to them.
    fn taking_effect(&self, conn: &Connection, caller: &Caller, deactivates: bool) -> StoreResult<Caller> {
        let mut follows = vec![self.user.updated_at];
        follows.extend(audit::newest_about(conn, self.user.id.as_bytes())?);
        if deactivates {
            follows.extend(audit::newest(conn)?.map(Timestamp::next));
        }
        Ok(caller.taking_effect(caller.at, follows))
    }

    /// Refuses to let the last active administrator go.
    fn require_another_administrator(&self, conn: &Connection) -> StoreResult<()> {
        if rows::another_administrator(conn, self.seq)? { Ok(()) } else { Err(Refusal::LastAdministrator.into()) }
    }

    /// Writes the user as `after`; nothing if nothing changes.
    fn change(self, conn: &Connection, caller: &Caller, after: &User, action: &'static str) -> StoreResult<User> {
        let Some(edit) = self.user.edit(after) else { return Ok(self.user) };
        if edit.demotes_administrator {
            self.require_another_administrator(conn)?;
        }
        if edit.ends_sessions {
            // Compared with the times of tokens, so it is the clock's time and not adjusted to the history.
            rows::end_tokens(conn, self.seq, caller.at)?;
        }
        let caller = &self.taking_effect(conn, caller, edit.deactivates)?;
        rows::update(conn, self.seq, after, caller.at)?;
        let details = json!({ "email": self.user.email, "changes": edit.changes });
        record(conn, caller, &self.actor, action, self.user.id, details)?;
        rows::find(conn, self.user.id).map(|(_, user)| user)
    }
}

/// How many open opportunities a user holds.
fn open_opportunities(conn: &Connection, seq: i64) -> StoreResult<u64> {
    let open: Vec<i64> =
        Status::ALL.iter().filter(|status| status.is_open()).map(|status| i64::from(status.number())).collect();
    let marks = vec!["?"; open.len()].join(", ");
    let sql = format!("SELECT coalesce(sum(n), 0) FROM assignment_counts WHERE status IN ({marks}) AND holder = ?");
    conn.one(&sql, params_from_iter(open.into_iter().chain([seq])), amount)
}

fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: UserId,
    details: Value,
) -> StoreResult<()> {
    let entity_id = Some(*id.as_bytes());
    let entry = Entry { action, entity: EntityType::User, entity_id, operation: None, details: details.into() };
    audit::record(conn, caller, actor, &entry)
}
