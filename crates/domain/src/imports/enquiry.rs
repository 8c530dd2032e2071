//! A further enquiry of somebody known: what it brings is kept with the contact.

use serde_json::{Map, Value, value::RawValue};

use super::ImportRow;
use crate::{
    contacts::{ContactFields, phone_key},
    fold::fold,
    json::KeptObject,
    text::add_note,
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
    /// to the other field or to the custom fields. Of a further enquiry (`enquiries`: the texts of the contact's
    /// opportunities) notes go to the contact's notes and the source to the custom fields; otherwise the opportunity that
    /// is created has them. What is stored stays. The same row again changes nothing.
    pub fn add_to(&self, contact: &mut ContactFields, offered: &ContactFields, enquiries: Option<&str>) -> Added {
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
                    contact.notes = Some(add_note(contact.notes.as_deref(), note));
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
        Added { left_out, differs }
    }
}

/// What a row could not add to a known contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// The names of custom fields for which there was no room.
    pub left_out: Vec<String>,
    /// The names of fields for which the row has another value than the contact: the contact's stays.
    pub differs: Vec<String>,
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

    fn add(contact: &mut ContactFields, row: &ImportRow, enquiries: &str) {
        row.add_to(contact, &row.contact, Some(enquiries));
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
        let added = again.add_to(&mut contact, &again.contact, Some(""));
        assert_eq!(added.differs, ["first_name", "city", "Price"]);
        assert_eq!(contact.city.as_deref(), Some("Jaén"));
        again.contact = contact.clone();
        let title = [("source".to_owned(), "Web".into()), ("title".to_owned(), "Reagrupación".into())];
        again.detection_reason = KeptObject::new(&Map::from_iter(title)).unwrap();
        let added = again.add_to(&mut contact, &again.contact, Some(&first.texts()));
        assert_eq!(added.differs, ["title"]);
        let added = again.add_to(&mut contact, &again.contact, Some(&again.texts()));
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
