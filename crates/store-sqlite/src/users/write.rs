//! Changes to users.

use reparto_domain::{
    Caller, Refusal, Role, Status, Timestamp, UserId,
    audit::{EntityType, action},
    users::{DAILY_LEAD_QUOTA, NewUser, PasswordHash, User, UserChanges, UserDeleted},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value, json};

use super::rows;
use crate::{
    actor::{self, Actor},
    audit::{self, Entry},
    engine::Conn as _,
    rows::amount,
};

/// Creates a user.
pub(crate) fn create(conn: &Connection, caller: &Caller, new: &NewUser) -> StoreResult<User> {
    let actor = administrator(conn, caller)?;
    superuser_alone(&actor, new.role)?;
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(conn, new, quota, caller.at)?;
    let details = json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active });
    record(conn, caller, &actor, action::USER_CREATED, new.id, details)?;
    rows::find(conn, new.id).map(|(_, user)| user)
}

/// Creates the first user; that there is none yet is the caller's to know.
pub(crate) fn create_first(conn: &Connection, caller: &Caller, new: &NewUser) -> StoreResult<User> {
    let quota = new.profile.daily_lead_quota.unwrap_or(DAILY_LEAD_QUOTA);
    rows::insert(conn, new, quota, caller.at)?;
    let details =
        json!({ "email": new.email.as_str(), "role": new.role, "is_active": new.is_active, "first_run": true });
    record(conn, caller, &Actor::system(), action::USER_CREATED, new.id, details)?;
    rows::find(conn, new.id).map(|(_, user)| user)
}

/// Changes a user. To make one inactive is a deactivation with all that follows.
pub(crate) fn update(conn: &Connection, caller: &Caller, id: UserId, changes: &UserChanges) -> StoreResult<User> {
    let target = Target::find(conn, caller, id)?;
    let after = apply(target.user.clone(), changes);
    target.change(conn, caller, &after, action::USER_UPDATED)
}

/// Gives a user another role.
pub(crate) fn set_role(conn: &Connection, caller: &Caller, id: UserId, role: Role) -> StoreResult<User> {
    superuser_alone(&administrator(conn, caller)?, role)?;
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
    rows::end_tokens(conn, target.seq, caller.at)?;
    let caller = &target.taking_effect(conn, caller, true)?;
    rows::set_password(conn, target.seq, password, caller.at)?;
    record(conn, caller, &target.actor, action::USER_PASSWORD_CHANGED, id, json!({ "email": target.user.email }))?;
    rows::find(conn, id).map(|(_, user)| user)
}

/// Deletes a user softly.
pub(crate) fn delete(conn: &Connection, caller: &Caller, id: UserId) -> StoreResult<UserDeleted> {
    let target = Target::find(conn, caller, id)?;
    target.not_the_last(conn, false)?;
    rows::end_tokens(conn, target.seq, caller.at)?;
    let caller = &target.taking_effect(conn, caller, false)?;
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

/// A user whom an administrator is about to change, and may.
struct Target {
    actor: Actor,
    seq: i64,
    user: User,
}

impl Target {
    fn find(conn: &Connection, caller: &Caller, id: UserId) -> StoreResult<Self> {
        let actor = administrator(conn, caller)?;
        let (seq, user) = rows::find(conn, id)?;
        superuser_alone(&actor, user.role)?;
        Ok(Self { actor, seq, user })
    }

    /// The caller at the moment at which the change takes effect: not before any entry about the user. Where the user's
    /// active time ends, after everything that was done before: something may have been given to them by a clock that
    /// is ahead.
    fn taking_effect(&self, conn: &Connection, caller: &Caller, stays_active: bool) -> StoreResult<Caller> {
        let mut follows = vec![self.user.updated_at];
        follows.extend(audit::newest_about(conn, self.user.id.as_bytes())?);
        if self.user.is_active && !stays_active {
            follows.extend(audit::newest(conn)?.map(Timestamp::next));
        }
        Ok(caller.taking_effect(caller.at, follows))
    }

    /// Refuses where the last active administrator would no longer be one.
    fn not_the_last(&self, conn: &Connection, stays: bool) -> StoreResult<()> {
        let is_one = self.user.is_active && self.user.role.is_administrator();
        if is_one && !stays && !rows::another_administrator(conn, self.seq)? {
            return Err(Refusal::LastAdministrator.into());
        }
        Ok(())
    }

    /// Writes the user as it is to be; where nothing changes, nothing.
    fn change(self, conn: &Connection, caller: &Caller, after: &User, action: &'static str) -> StoreResult<User> {
        if *after == self.user {
            return Ok(self.user);
        }
        self.not_the_last(conn, after.is_active && after.role.is_administrator())?;
        if self.user.is_active && !after.is_active {
            // Tokens are older or newer than this by the clock that issues them, whatever the histories say.
            rows::end_tokens(conn, self.seq, caller.at)?;
        }
        let caller = &self.taking_effect(conn, caller, after.is_active)?;
        rows::update(conn, self.seq, after, caller.at)?;
        let details = json!({ "email": self.user.email, "changes": changes(&self.user, after) });
        record(conn, caller, &self.actor, action, self.user.id, details)?;
        rows::find(conn, self.user.id).map(|(_, user)| user)
    }
}

fn administrator(conn: &Connection, caller: &Caller) -> StoreResult<Actor> {
    let actor = actor::authorize(conn, caller)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(actor)
}

/// Only a superuser makes, appoints or changes one.
fn superuser_alone(actor: &Actor, role: Role) -> StoreResult<()> {
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
    let entry = Entry { action, entity: EntityType::User, entity_id, operation: None, details };
    audit::record(conn, caller, actor, &entry)
}
