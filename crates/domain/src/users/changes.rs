//! What a change of a user entails, and how the audit log shows it.

use serde_json::{Map, Value, json};

use super::{User, UserChanges};

/// What a change of a user entails, beside writing the user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserEdit {
    /// Whether the user's active time ends.
    pub deactivates: bool,
    /// Whether sessions end, and access tokens issued before are refused: after a deactivation, and where the address to
    /// sign in with is another one.
    pub ends_sessions: bool,
    /// Whether the user stops being an active administrator, which the last one must not.
    pub demotes_administrator: bool,
    /// The changed fields for the audit log: `{field: {"from": …, "to": …}}`.
    pub changes: Value,
}

impl User {
    /// Whether the user is one of those who may administer now.
    #[must_use]
    pub const fn is_active_administrator(&self) -> bool {
        self.is_active && self.role.is_administrator()
    }

    /// What it entails to replace this user by `after`. `None` if nothing changes.
    #[must_use]
    pub fn edit(&self, after: &Self) -> Option<UserEdit> {
        let deactivates = self.is_active && !after.is_active;
        (self != after).then(|| UserEdit {
            deactivates,
            ends_sessions: deactivates || !is_same_address(&self.email, &after.email),
            demotes_administrator: self.is_active_administrator() && !after.is_active_administrator(),
            changes: changed_fields(self, after),
        })
    }
}

impl UserChanges {
    /// The user with these changes.
    #[must_use]
    pub fn apply(&self, user: &User) -> User {
        fn set<T: Clone>(field: &mut T, change: Option<&T>) {
            if let Some(value) = change {
                field.clone_from(value);
            }
        }
        let mut user = user.clone();
        if let Some(email) = &self.email {
            // Nobody has verified the new address yet, unless the same change says so.
            user.is_verified &= is_same_address(&user.email, email.as_str());
            email.as_str().clone_into(&mut user.email);
        }
        set(&mut user.full_name, self.full_name.as_ref());
        set(&mut user.first_name, self.first_name.as_ref());
        set(&mut user.last_name, self.last_name.as_ref());
        set(&mut user.phone_number, self.phone_number.as_ref());
        set(&mut user.avatar_url, self.avatar_url.as_ref());
        set(&mut user.preferred_language, self.preferred_language.as_ref());
        set(&mut user.daily_lead_quota, self.daily_lead_quota.as_ref());
        set(&mut user.is_active, self.is_active.as_ref());
        set(&mut user.is_verified, self.is_verified.as_ref());
        user
    }
}

/// Whether two spellings are the same address: case does not matter.
fn is_same_address(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn changed_fields(before: &User, after: &User) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, Timestamp, UserId};

    fn administrator() -> User {
        User {
            id: UserId::new(),
            email: "ana@example.org".into(),
            full_name: None,
            first_name: Some("Ana".into()),
            last_name: None,
            phone_number: None,
            avatar_url: None,
            is_active: true,
            is_verified: true,
            role: Role::Admin,
            preferred_language: None,
            daily_lead_quota: 10,
            last_login: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn a_change_to_the_same_values_is_no_edit() {
        let user = administrator();
        let changes = UserChanges { first_name: Some(Some("Ana".into())), ..UserChanges::default() };
        assert_eq!(user.edit(&changes.apply(&user)), None);
    }

    #[test]
    fn changed_fields_are_shown_from_and_to() {
        let user = administrator();
        let changes = UserChanges { first_name: Some(None), daily_lead_quota: Some(5), ..UserChanges::default() };
        let edit = user.edit(&changes.apply(&user)).unwrap();
        let expected = json!({
            "first_name": {"from": "Ana", "to": null},
            "daily_lead_quota": {"from": 10, "to": 5},
        });
        assert_eq!(
            edit,
            UserEdit { deactivates: false, ends_sessions: false, demotes_administrator: false, changes: expected }
        );
    }

    #[test]
    fn another_address_is_unverified_and_ends_sessions() {
        let user = administrator();
        let email = |text| crate::values::EmailAddress::new(text);
        let moved = |text, is_verified| {
            let after = UserChanges { email: email(text), is_verified, ..UserChanges::default() }.apply(&user);
            (after.is_verified, user.edit(&after).is_some_and(|edit| edit.ends_sessions))
        };
        assert_eq!(moved("other@example.org", None), (false, true));
        assert_eq!(moved("other@example.org", Some(true)), (true, true));
        assert_eq!(moved("Ana@Example.org", None), (true, false));
    }

    #[test]
    fn deactivation_and_demotion_are_told_apart() {
        let user = administrator();
        let edit = |after: User| user.edit(&after).map(|edit| (edit.deactivates, edit.demotes_administrator));
        assert_eq!(edit(User { is_active: false, ..user.clone() }), Some((true, true)));
        assert_eq!(edit(User { role: Role::Agent, ..user.clone() }), Some((false, true)));
        assert_eq!(edit(User { role: Role::Superuser, ..user.clone() }), Some((false, false)));
        let inactive = User { is_active: false, ..user.clone() };
        let agent = User { role: Role::Agent, ..inactive.clone() };
        assert_eq!(inactive.edit(&agent).map(|edit| edit.demotes_administrator), Some(false));
    }
}
