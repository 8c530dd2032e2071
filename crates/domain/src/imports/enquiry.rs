//! A further enquiry of somebody known: what it brings is kept with the contact.

use std::fmt;

use serde_json::{Map, Value, value::RawValue};

use super::{ImportRow, ToldCode, holder_key};
use crate::{
    Priority, Score, Status, Timestamp,
    contacts::{ContactFields, phone_key},
    fold::fold,
    json::KeptObject,
};

/// The custom fields for numbers without a free field, and for where a further enquiry came from.
const NUMBER: &str = "phone";
const SOURCE: &str = "source";

/// So many custom fields of one name there may be: `phone (2)` to `phone (9)`.
const NAMES_MAX: usize = 9;

impl ImportRow {
    /// The texts of the enquiry, by which it is known again: notes, and why it was detected.
    #[must_use]
    pub fn texts(&self) -> String {
        format!("{}\n{}", self.notes.as_deref().unwrap_or_default(), self.detection_reason.as_str())
    }

    /// Adds to a known contact what this row brings. `offered` (the row's contact) fills empty fields; another number goes
    /// to the other field or to the custom fields. Of a further enquiry (`before`: the opportunity that the contact has)
    /// notes go to the contact's notes, dated, and the source to the custom fields; otherwise the opportunity that is
    /// created has them. What is stored stays. The same row again changes nothing.
    pub fn add_to(&self, contact: &mut ContactFields, offered: &ContactFields, before: Option<&Enquired>) -> Added {
        let enquiries = before.map(|before| before.texts.as_str());
        let mut missing = offered.clone();
        missing.phone = missing.phone.filter(|number| !is_same(contact.mobile.as_deref(), number));
        missing.mobile = missing.mobile.filter(|number| !is_same(contact.phone.as_deref(), number));
        let mut left_out = contact.fill(&missing);
        for number in [&offered.phone, &offered.mobile].into_iter().flatten() {
            left_out.extend(add_number(contact, number));
        }
        if let Some(enquiries) = enquiries {
            for note in [&self.notes, &offered.notes].into_iter().flatten() {
                let known = |text: &str| text.contains(note.as_str());
                if !known(enquiries) && !contact.notes.as_deref().is_some_and(known) {
                    contact.notes = Some(self.dated(contact.notes.as_deref(), note));
                }
            }
            if let Some(source) = self.detection_reason.get("source").filter(Value::is_string)
                && !enquiries.contains(&source.to_string())
            {
                left_out.extend(keep(contact, SOURCE, source));
            }
        }
        let mut differs = differing(contact, offered);
        if let Some(enquiries) = enquiries {
            // What the enquiry was about stays with the opportunity that there is.
            let reasons = self.detection_reason.entries();
            let is_new = |(name, value): &(String, Box<RawValue>)| {
                name != SOURCE && value.get().starts_with('"') && !enquiries.contains(value.get())
            };
            differs.extend(reasons.into_iter().filter(is_new).map(|(name, _)| name));
        }
        Added { left_out, differs, stays: before.map(|before| before.stays(self)).unwrap_or_default() }
    }

    /// Notes with another one below them, apart from what stands there and with its day.
    fn dated(&self, notes: Option<&str>, note: &str) -> String {
        let note = self.day.as_ref().map_or_else(|| note.to_owned(), |day| format!("{day}: {note}"));
        match notes {
            Some(notes) if !notes.is_empty() => format!("{notes}\n\n{note}"),
            _ => note,
        }
    }
}

/// The opportunity of a known contact, as a further enquiry finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enquired {
    /// See [`ImportRow::texts`].
    pub texts: String,
    /// When it was detected; `None`: with the import that is under way, of which its row does not say when.
    pub detected_at: Option<Timestamp>,
    /// Its score.
    pub score: Score,
    /// Its priority.
    pub priority: Priority,
    /// Its status.
    pub status: Status,
    /// Its holder's address.
    pub holder: Option<String>,
}

/// Something of an opportunity that stays as it is, and that a row of a file has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    /// What it is.
    pub code: ToldCode,
    /// What stays; `None`: nothing.
    pub kept: Option<String>,
    /// What the row says.
    pub said: String,
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.code {
            ToldCode::DetectedStays => "date of detection",
            ToldCode::ScoreStays => "score",
            ToldCode::PriorityStays => "priority",
            ToldCode::StatusStays => "status",
            _ => "holder",
        };
        match (self.code, &self.kept) {
            (ToldCode::DetectedStays, _) => write!(f, "its {what} stays; the file says {}", self.said),
            (_, kept) => {
                let kept = kept.as_deref().unwrap_or("nobody");
                write!(f, "its {what} stays ({kept}); the file says {}", self.said)
            }
        }
    }
}

impl Enquired {
    /// Of the opportunity that a row creates, with the status and holder that it gets.
    pub fn of_row(row: &ImportRow, status: Status, is_held: bool) -> Self {
        Self {
            texts: row.texts(),
            detected_at: row.detected_at,
            score: row.initial_score(),
            priority: row.initial_priority(),
            status,
            holder: row.holder_email.clone().filter(|_| is_held),
        }
    }

    /// What a further row says otherwise.
    fn stays(&self, row: &ImportRow) -> Vec<Stays> {
        let differs = |code, kept: Option<String>, said: Option<String>| {
            said.filter(|said| kept.as_ref() != Some(said)).map(|said| Stays { code, kept, said })
        };
        let day = row.day.clone().filter(|_| row.detected_at.is_some() && row.detected_at != self.detected_at);
        let holder = row.holder_email.as_deref().map(holder_key);
        [
            differs(ToldCode::DetectedStays, None, day),
            differs(ToldCode::ScoreStays, Some(self.score.get().to_string()), row.score.map(|s| s.get().to_string())),
            differs(
                ToldCode::PriorityStays,
                Some(self.priority.as_str().to_owned()),
                row.priority.map(|priority| priority.as_str().to_owned()),
            ),
            differs(
                ToldCode::StatusStays,
                Some(self.status.as_str().to_owned()),
                row.status.map(|status| status.as_str().to_owned()),
            ),
            differs(ToldCode::HolderStays, self.holder.as_deref().map(holder_key), holder),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What a row could not add to a known contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// The names of custom fields for which there was no room.
    pub left_out: Vec<String>,
    /// The names of fields for which the row has another value than the contact: the contact's stays.
    pub differs: Vec<String>,
    /// What the row says otherwise of the opportunity that there is.
    pub stays: Vec<Stays>,
}

/// The fields of which the row's value is lost: numbers have a place of their own.
fn differing(contact: &ContactFields, offered: &ContactFields) -> Vec<String> {
    let same_name = fold(&contact.name()) == fold(&offered.name());
    let same_email = contact.email.as_deref().map(fold) == offered.email.as_deref().map(fold);
    let is_kept = |name: &String| match name.as_str() {
        "first_name" | "last_name" => same_name,
        "email" => same_email,
        "notes" => contact
            .notes
            .as_deref()
            .is_some_and(|notes| offered.notes.as_deref().is_some_and(|new| notes.contains(new))),
        name => ["phone", "mobile", NUMBER, SOURCE].contains(&name),
    };
    contact.differing(offered).into_iter().filter(|name| !is_kept(name)).collect()
}

/// Whether a field holds the number, in whatever spelling.
fn is_same(slot: Option<&str>, number: &str) -> bool {
    let key = slot.and_then(phone_key);
    key.is_some() && key == phone_key(number)
}

/// Adds a number to a free field, or to the custom fields; `Some`: the name of the one for which there was no room.
fn add_number(contact: &mut ContactFields, number: &str) -> Option<String> {
    let known = [contact.phone.as_deref(), contact.mobile.as_deref()].into_iter().any(|slot| is_same(slot, number));
    if known || phone_key(number).is_none() {
        return None;
    }
    for slot in [&mut contact.mobile, &mut contact.phone] {
        if slot.is_none() {
            *slot = Some(number.to_owned());
            return None;
        }
    }
    keep(contact, NUMBER, Value::String(number.to_owned()))
}

/// Stores a custom field under the first free one of its names, unless it is there; `Some`: the name, if there was no
/// room.
fn keep(contact: &mut ContactFields, name: &str, value: Value) -> Option<String> {
    for copy in 1..=NAMES_MAX {
        let name = if copy == 1 { name.to_owned() } else { format!("{name} ({copy})") };
        match contact.custom_fields.get(&name) {
            Some(there) if there == value => return None,
            Some(_) => {}
            None => {
                let (added, left_out) = KeptObject::fitting(&Map::from_iter([(name, value)]));
                let no_room = contact.custom_fields.fill(&added);
                return left_out.into_iter().chain(no_room).next();
            }
        }
    }
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;

    fn enquiry(phone: &str, notes: &str, source: &str) -> ImportRow {
        let mut row = row(None, &[]);
        row.contact.email = Some("ana@example.org".to_owned());
        row.contact.phone = Some(phone.to_owned());
        row.notes = (!notes.is_empty()).then(|| notes.to_owned());
        row.detection_reason = KeptObject::new(&Map::from_iter([("source".to_owned(), source.into())])).unwrap();
        row
    }

    fn with_texts(texts: &str) -> Enquired {
        Enquired { texts: texts.to_owned(), ..Enquired::of_row(&row(None, &[]), Status::Pending, false) }
    }

    fn add(contact: &mut ContactFields, row: &ImportRow, enquiries: &str) {
        row.add_to(contact, &row.contact, Some(&with_texts(enquiries)));
    }

    #[test]
    fn a_further_enquiry_is_kept_with_the_contact() {
        let first = enquiry("600111222", "Primera", "Web");
        let mut contact = first.contact.clone();
        for (phone, notes, source) in [("600999888", "Por la tarde", "Facebook"), ("611000111", "", "Radio")] {
            add(&mut contact, &enquiry(phone, notes, source), &first.texts());
        }
        assert_eq!((contact.phone.as_deref(), contact.mobile.as_deref()), (Some("600111222"), Some("600999888")));
        assert_eq!(contact.notes.as_deref(), Some("Por la tarde"));
        let custom = |name: &str| contact.custom_fields.get(name);
        assert_eq!(
            (custom("phone"), custom("source"), custom("source (2)")),
            (Some("611000111".into()), Some("Facebook".into()), Some("Radio".into()))
        );
    }

    #[test]
    fn what_differs_from_what_is_stored_is_named() {
        let first = enquiry("600111222", "", "Web");
        let mut contact = first.contact.clone();
        contact.city = Some("Jaén".to_owned());
        contact.first_name = Some("Ana".to_owned());
        contact.custom_fields = KeptObject::new(&Map::from_iter([("Price".to_owned(), "0".into())])).unwrap();
        let mut again = enquiry("600 111 222", "", "Web");
        again.contact = contact.clone();
        again.contact.first_name = Some("ANA".to_owned());
        assert_eq!(again.add_to(&mut contact, &again.contact, None), Added::default());
        again.contact.city = Some("Madrid".to_owned());
        again.contact.first_name = Some("Eva".to_owned());
        again.contact.custom_fields = KeptObject::new(&Map::from_iter([("Price".to_owned(), "900".into())])).unwrap();
        let added = again.add_to(&mut contact, &again.contact, Some(&with_texts("")));
        assert_eq!(added.differs, ["first_name", "city", "Price"]);
        assert_eq!(contact.city.as_deref(), Some("Jaén"));
        again.contact = contact.clone();
        let title = [("source".to_owned(), "Web".into()), ("title".to_owned(), "Reagrupación".into())];
        again.detection_reason = KeptObject::new(&Map::from_iter(title)).unwrap();
        let added = again.add_to(&mut contact, &again.contact, Some(&with_texts(&first.texts())));
        assert_eq!(added.differs, ["title"]);
        let added = again.add_to(&mut contact, &again.contact, Some(&with_texts(&again.texts())));
        assert_eq!(added, Added::default());
    }

    #[test]
    fn a_second_number_is_kept_where_the_contact_has_no_opportunity() {
        let mut contact = enquiry("600111222", "", "Web").contact;
        let row = enquiry("600999888", "Nota", "Facebook");
        row.add_to(&mut contact, &row.contact, None);
        assert_eq!((contact.mobile.as_deref(), contact.notes), (Some("600999888"), None));
    }

    #[test]
    fn a_number_is_kept_once_in_whatever_field() {
        let first = enquiry("600111222", "", "Web");
        let mut contact = first.contact.clone();
        let mut again = enquiry("+34 600-111-222", "", "Web");
        again.contact.mobile = again.contact.phone.take();
        add(&mut contact, &again, &first.texts());
        assert_eq!(contact, first.contact);
    }

    #[test]
    fn a_further_note_stands_apart_with_its_day() {
        let mut contact = enquiry("600111222", "", "Web").contact;
        contact.notes = Some("De la feria".to_owned());
        let mut second = enquiry("600111222", "Por la tarde", "Web");
        second.day = Some("2026-05-14".to_owned());
        add(&mut contact, &second, "");
        assert_eq!(contact.notes.as_deref(), Some("De la feria\n\n2026-05-14: Por la tarde"));
        second.day = Some("2026-05-15".to_owned());
        add(&mut contact, &second, "");
        assert_eq!(contact.notes.as_deref(), Some("De la feria\n\n2026-05-14: Por la tarde"));
    }

    #[test]
    fn a_further_row_changes_nothing_of_the_opportunity_and_is_told() {
        let mut first = enquiry("600111222", "", "Web");
        first.detected_at = Some(Timestamp::from_seconds(1));
        first.holder_email = Some("Ana@example.org".to_owned());
        let held = Enquired::of_row(&first, Status::Assigned, true);
        let told = |row: &ImportRow| {
            let added = row.add_to(&mut first.contact.clone(), &row.contact, Some(&held));
            added.stays.into_iter().map(|stays| (stays.code, stays.kept, stays.said)).collect::<Vec<_>>()
        };
        assert_eq!(told(&first), []);
        let mut again = first.clone();
        (again.score, again.priority, again.status) =
            (Some(Score::DEFAULT), Some(Priority::Medium), Some(Status::Assigned));
        again.holder_email = Some("ANA@example.org".to_owned());
        assert_eq!(told(&again), []);
        (again.score, again.priority, again.status) = (Score::new(90), Some(Priority::High), Some(Status::Lost));
        again.holder_email = Some("eva@example.org".to_owned());
        (again.detected_at, again.day) = (Some(Timestamp::from_seconds(2)), Some("2026-05-14".to_owned()));
        let text = |text: &str| text.to_owned();
        assert_eq!(
            told(&again),
            [
                (ToldCode::DetectedStays, None, text("2026-05-14")),
                (ToldCode::ScoreStays, Some(text("50")), text("90")),
                (ToldCode::PriorityStays, Some(text("medium")), text("high")),
                (ToldCode::StatusStays, Some(text("assigned")), text("lost")),
                (ToldCode::HolderStays, Some(text("ana@example.org")), text("eva@example.org")),
            ]
        );
    }

    #[test]
    fn the_same_enquiry_again_changes_nothing() {
        let first = enquiry("600111222", "Primera\n\"dos\"", "Web \"x\" ñ");
        let mut contact = first.contact.clone();
        let second = enquiry("+34 600 99 98 88", "Otra", "Facebook");
        add(&mut contact, &second, &first.texts());
        let once = contact.clone();
        for row in [&first, &second, &enquiry("0034600999888", "Otra", "Facebook")] {
            add(&mut contact, row, &first.texts());
            assert_eq!(contact, once);
        }
    }
}
