//! Erasing a person: what stays, what goes, and how the same person is recognised afterwards.
//!
//! An erased contact stays as a row without a field, so that ids, counts and the history of holders are whole. What
//! said who it was goes, wherever it was kept. Keyed hashes of the address and the numbers stay, so that the person
//! does not come in again unnoticed.

use secrecy::SecretString;
use serde_json::{Map, Value};

mod everything;

pub use everything::{Everything, EverythingExtent, EverythingImport, EverythingOpportunity, EverythingReading};

use crate::{
    ContactId, Refusal, Timestamp, UserId,
    contacts::{Contact, ContactFields},
    fold::fold,
    opportunities::Attempts,
    users::User,
};

/// What an erased person is called, in Spanish and in English.
pub const ERASED_NAMES: [&str; 2] = ["Persona borrada", "Erased person"];

/// What an erased user's address reads in the audit log, where an address is never missing.
pub const ERASED_ACTOR: &str = "erased";

/// The name under which the key of the hashes is kept among the secrets.
pub const ERASURE_SECRET: &str = "erasure";

/// What becomes of an erased person who comes in again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IfErased {
    /// They are refused.
    #[default]
    Refuse,
    /// They are let in, as an administrator decided.
    LetIn,
}

/// A request to erase a person.
#[derive(Debug, Clone)]
pub struct Erase {
    /// Why, as free text; left out of what is kept if it says who it was.
    pub reason: Option<String>,
    /// Becomes the key of the hashes if the database has none yet: base64 of 32 random bytes.
    pub key: SecretString,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// When the person was erased; a second time changes nothing of it.
    pub erased_at: Timestamp,
    /// The number of opportunities of the person, also deleted ones.
    pub opportunities: u64,
    /// The number of entries of the audit log that values were taken out of.
    pub audit_entries: u64,
}

/// Which kind of entity was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasedEntity {
    /// A contact.
    Contact,
    /// A user.
    User,
}

impl ErasedEntity {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::User => "user",
        }
    }
}

/// An erasure that took place: kept so that it can be repeated after an older backup was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its place in the order of erasures, from 1.
    pub seq: i64,
    /// The contact, if it was one.
    pub contact: Option<ContactId>,
    /// The user, if it was one.
    pub user: Option<UserId>,
    /// When.
    pub erased_at: Timestamp,
    /// Why, unless that was left out.
    pub reason: Option<String>,
}

impl Contact {
    /// Refuses to take new data about an erased person.
    pub fn require_not_erased(&self) -> Result<(), Refusal> {
        if self.erased_at.is_none() { Ok(()) } else { Err(Refusal::PersonErased) }
    }
}

/// What identifies a person: the keys by which imports match contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Email address in lower case.
    pub email: Option<String>,
    /// The keys of the phone numbers, each once.
    pub numbers: Vec<String>,
}

impl Identity {
    /// From the keys of a contact.
    pub fn new<'a>(email: Option<&str>, numbers: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut identity = Self { email: email.map(str::to_owned), numbers: Vec::new() };
        for number in numbers.into_iter().flatten() {
            if !identity.numbers.iter().any(|known| known == number) {
                identity.numbers.push(number.to_owned());
            }
        }
        identity
    }

    /// Each key with its kind, as it is hashed: an address never has the hash of a number.
    pub fn keys(&self) -> Vec<(KeyKind, String)> {
        let email = self.email.iter().map(|email| (KeyKind::Address, format!("email\n{email}")));
        let numbers = self.numbers.iter().map(|number| (KeyKind::Number, format!("number\n{number}")));
        email.chain(numbers).collect()
    }

    /// Whether this is an erased person, from what was kept of those who share a key with it. As in imports, people
    /// with different addresses may share a number.
    pub fn is_one_of(&self, erased: &[ErasedKey]) -> bool {
        erased.iter().any(|key| key.kind == KeyKind::Address || self.email.is_none() || !key.has_email)
    }
}

/// What a kept hash is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// An email address.
    Address,
    /// A phone number.
    Number,
}

impl KeyKind {
    /// The number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Address => 0,
            Self::Number => 1,
        }
    }

    /// From the number in the database.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Address),
            1 => Some(Self::Number),
            _ => None,
        }
    }
}

/// A kept hash: what it is of, and whether the erased person had an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedKey {
    /// What it is of.
    pub kind: KeyKind,
    /// Whether the person had an address.
    pub has_email: bool,
}

/// What says in free text who somebody is: full name, last name, addresses and numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    words: Vec<String>,
    numbers: Vec<String>,
}

/// Shorter words are in too many texts to say who it is.
const WORD_MIN: usize = 4;

impl Traces {
    /// The traces of a contact.
    pub fn of_contact(fields: &ContactFields) -> Self {
        let name = fields.name();
        let words = [Some(&name), fields.last_name.as_ref(), fields.email.as_ref(), fields.address.as_ref()];
        Self::new(words.into_iter().flatten(), [&fields.phone, &fields.mobile].into_iter().flatten())
    }

    /// The traces of a user in texts about them.
    pub fn of_user(user: &User) -> Self {
        let name = user.name();
        let words = [Some(&name), Some(&user.email), user.last_name.as_ref()];
        Self::new(words.into_iter().flatten(), user.phone_number.iter())
    }

    /// The traces of a user in files about others: the texts of [`texts_in_files`] alone, for a last name is others' too.
    pub fn of_user_in_files(user: &User) -> Self {
        Self::new(texts_in_files(user).iter(), std::iter::empty())
    }

    /// The traces of these words and numbers.
    pub fn new<'a>(words: impl Iterator<Item = &'a String>, numbers: impl Iterator<Item = &'a String>) -> Self {
        let words = words.map(|word| fold(word)).filter(|word| word.chars().count() >= WORD_MIN).collect();
        let numbers = numbers.filter_map(|number| crate::contacts::phone_key(number)).collect();
        Self { words, numbers }
    }

    /// A reason to erase as it is kept: none that names the person. Nor is one kept where no trace is known, as of
    /// somebody who was erased before: nobody could say whether it names them.
    pub fn reason_to_keep<'a>(&self, reason: Option<&'a str>) -> Option<&'a str> {
        let is_unknown = self.words.is_empty() && self.numbers.is_empty();
        reason.filter(|reason| !is_unknown && !self.are_in(reason))
    }

    /// Whether a text has any of them, whatever the case, accents or separators.
    pub fn are_in(&self, text: &str) -> bool {
        let folded = fold(text);
        if self.words.iter().any(|word| folded.contains(word)) {
            return true;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        self.numbers.iter().any(|number| digits.contains(number))
    }
}

/// By what a user is found in files about others: the address, and the name if it is of several words. A single word may
/// be somebody else's; the address then stands twice.
pub fn texts_in_files(user: &User) -> [String; 2] {
    let name = Some(user.name()).filter(|name| name.split_whitespace().nth(1).is_some());
    [user.email.clone(), name.unwrap_or_else(|| user.email.clone())]
}

/// The attempts without what was noted: their numbers, results and times stay.
pub fn without_notes(attempts: &Attempts) -> Attempts {
    let mut bare = attempts.clone();
    for attempt in bare.values_mut() {
        attempt.call_id = None;
        attempt.notes = None;
    }
    bare
}

/// Details of an audit entry about a person that say nothing about them: ids, counts and what became of it.
const HARMLESS: [&str; 14] = [
    "assigned_count",
    "assigned_to_id",
    "attempt_number",
    "audit_entries",
    "changed",
    "contact_id",
    "failed_count",
    "open_opportunities",
    "operation_id",
    "opportunities",
    "opportunity_id",
    // Of an erasure: it was looked at when it was given.
    "reason",
    "role",
    "status",
];

/// The details of an audit entry about an erased person: what happened stays, values go. Of changes the fields stay.
pub fn without_values(details: &Value) -> Value {
    let Value::Object(details) = details else { return Value::Object(Map::new()) };
    let kept = details.iter().map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("changes", Value::Object(changes)) => {
                let none = || serde_json::json!({ "from": null, "to": null });
                Value::Object(changes.keys().map(|field| (field.clone(), none())).collect())
            }
            (key, value) if HARMLESS.contains(&key) || value.is_boolean() => value.clone(),
            _ => Value::Null,
        };
        (key.clone(), value)
    });
    Value::Object(kept.collect())
}

/// What is left of the stored details of an audit entry about an erased person; `None` if there is nothing to take out.
/// Details that cannot be read, or are nested too deep to be looked at, go as a whole.
pub fn bared(stored: &str) -> Option<String> {
    let details: Value = serde_json::from_str(stored).unwrap_or_default();
    let bare = without_values(&details);
    (bare != details).then(|| bare.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{AttemptStatus, opportunities::Attempt};

    fn identity(email: Option<&str>, phone: Option<&str>) -> Identity {
        Identity::new(email, [phone, phone])
    }

    #[test]
    fn an_address_and_a_number_never_share_a_key() {
        let keys = identity(Some("600123456"), Some("600123456")).keys();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0].1, keys[1].1);
    }

    #[test]
    fn people_with_different_addresses_may_share_a_number() {
        let number = |has_email| ErasedKey { kind: KeyKind::Number, has_email };
        let address = ErasedKey { kind: KeyKind::Address, has_email: true };
        let (with, without) = (identity(Some("a@b.es"), Some("600")), identity(None, Some("600")));
        assert!(!with.is_one_of(&[]) && !with.is_one_of(&[number(true)]));
        assert!(with.is_one_of(&[number(false)]) && with.is_one_of(&[address]));
        assert!(without.is_one_of(&[number(true)]) && without.is_one_of(&[number(false)]));
    }

    #[test]
    fn traces_are_found_in_any_spelling() {
        let text = |text: &str| Some(text.to_owned());
        let traces = Traces::of_contact(&ContactFields {
            first_name: text("Ana"),
            last_name: text("Núñez"),
            email: text("Ana.N@Example.org"),
            phone: text("+34 600-123-456"),
            ..ContactFields::default()
        });
        for named in ["llamar a ANA NUÑEZ", "la señora nunez", "ana.n@example.org", "tel. 600 12 34 56", "600123456"]
        {
            assert!(traces.are_in(named), "{named}");
        }
        for other in ["Ana llama mañana", "600 123", "", "Nuñ"] {
            assert!(!traces.are_in(other), "{other}");
        }
        assert!(!Traces::of_contact(&ContactFields::default()).are_in("lo que sea"));
    }

    #[test]
    fn attempts_keep_results_and_lose_notes() {
        let attempt = Attempt {
            status: AttemptStatus::Orange,
            call_id: Some("c-1".into()),
            attempted_at: Timestamp::from_seconds(1),
            notes: Some("no contesta Ana".into()),
        };
        let bare = without_notes(&Attempts::from([(2, attempt.clone())]));
        assert_eq!(bare[&2], Attempt { call_id: None, notes: None, ..attempt });
    }

    #[test]
    fn a_users_last_name_is_no_trace_in_files_about_others() {
        let user = |full_name: &str| User {
            id: UserId::new(),
            email: "ana@example.org".into(),
            full_name: Some(full_name.into()),
            first_name: None,
            last_name: Some("García".into()),
            phone_number: None,
            avatar_url: None,
            is_active: false,
            is_verified: false,
            role: crate::Role::Agent,
            preferred_language: None,
            daily_lead_quota: 10,
            last_login: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        let found = |name: &str, text: &str| {
            let user = user(name);
            (Traces::of_user(&user).are_in(text), Traces::of_user_in_files(&user).are_in(text))
        };
        assert_eq!(found("Ana García", "Luis Garcia"), (true, false));
        assert_eq!(found("Ana García", "la lleva ANA GARCIA"), (true, true));
        assert_eq!(found("Mario", "Mario Ruiz"), (true, false));
        assert_eq!(found("Mario", "<Ana@example.org>"), (true, true));
    }

    #[test]
    fn details_that_cannot_be_read_go_as_a_whole() {
        let deep = format!("{{\"changes\":{}\"Ana\"{}}}", "{\"a\":".repeat(200), "}".repeat(200));
        for stored in ["{\"name\":\"Ana", "", "[\"Ana\"]", &deep] {
            assert_eq!(bared(stored).as_deref(), Some("{}"), "{stored}");
        }
        assert_eq!(bared("{}"), None);
    }

    #[test]
    fn details_keep_what_happened_and_lose_values() {
        let details = json!({
            "name": "Ana", "contact_id": "x", "changes": {"email": {"from": "a@b.es", "to": null}},
            "anything": {"new": ["Ana"]}, "is_active": true, "changed": ["notes"],
        });
        let kept = without_values(&details);
        assert_eq!(
            kept,
            json!({
                "name": null, "contact_id": "x", "changes": {"email": {"from": null, "to": null}},
                "anything": null, "is_active": true, "changed": ["notes"],
            })
        );
        assert_eq!(without_values(&kept), kept);
        assert_eq!((bared(&details.to_string()), bared(&kept.to_string())), (Some(kept.to_string()), None));
        assert_eq!(without_values(&json!("Ana")), json!({}));
    }
}
