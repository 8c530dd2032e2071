//! Processing the rows of an import: which contact each is about, and its outcome.

use std::collections::HashMap;

use reparto_domain::{
    ContactId, Status,
    contacts::ContactFields,
    imports::{Added, Enquired, ImportRow, Placed, RowError, RowOutcome, RowResult, holder_key},
};

use reparto_store_rows::contacts::Keys;

use super::read::Known;

/// A contact: an existing one, or one created by a row.
pub(super) struct Entry {
    /// Its seq, if it exists.
    pub seq: Option<i64>,
    /// The row that creates it, or the last row that changed it.
    pub row: Option<usize>,
    pub fields: ContactFields,
    pub keys: Keys,
    /// The responsible user.
    pub responsible: Option<i64>,
    /// Its opportunity; `None` if it has none.
    enquired: Option<Enquired>,
}

/// An opportunity to create.
pub(super) struct New {
    /// The row it comes from.
    pub row: usize,
    /// The position of its contact.
    pub contact: usize,
    pub holder: Option<i64>,
    pub status: Status,
}

/// The result for the rows.
pub(super) struct Sorted {
    pub outcomes: Vec<RowResult>,
    /// The position of each row's contact.
    pub found: Vec<Option<usize>>,
    /// First existing ones, in order of seq; then new ones, in order of the rows.
    pub contacts: Vec<Entry>,
    pub opportunities: Vec<New>,
    /// Whether it succeeded: a strict import ends with the first error.
    pub whole: bool,
}

/// Positions of contacts by key; the oldest first.
#[derive(Default)]
struct Index {
    emails: HashMap<String, Vec<usize>>,
    phones: HashMap<String, Vec<usize>>,
    mobiles: HashMap<String, Vec<usize>>,
    names: HashMap<String, Vec<usize>>,
    ids: HashMap<ContactId, usize>,
}

impl Index {
    fn add(&mut self, place: usize, keys: &Keys) {
        fn at(map: &mut HashMap<String, Vec<usize>>, key: Option<&String>, place: usize) {
            if let Some(key) = key {
                let places = map.entry(key.clone()).or_default();
                if let Err(gap) = places.binary_search(&place) {
                    places.insert(gap, place);
                }
            }
        }
        at(&mut self.emails, keys.email.as_ref(), place);
        at(&mut self.phones, keys.phone.as_ref(), place);
        at(&mut self.mobiles, keys.mobile.as_ref(), place);
        if keys.email.is_none() && keys.phone.is_none() && keys.mobile.is_none() {
            at(&mut self.names, Some(&keys.name), place);
        }
    }

    /// The contact that a row is about.
    fn find(&self, keys: &Keys, id: Option<ContactId>, contacts: &[Entry]) -> Option<usize> {
        let present = |place: &&usize| contacts.get(**place).is_some();
        if let Some(place) = keys.email.as_ref().and_then(|email| self.emails.get(email)).and_then(|all| all.first()) {
            return Some(*place);
        }
        // Either of a row's numbers may match either column. People with different email addresses may share a phone
        // number: it identifies a contact only if the addresses do not differ.
        for number in [keys.phone.as_ref(), keys.mobile.as_ref()].into_iter().flatten() {
            for map in [&self.phones, &self.mobiles] {
                let agrees = |place: &&usize| {
                    keys.email.is_none() || contacts.get(**place).is_some_and(|c| c.keys.email.is_none())
                };
                if let Some(place) = map.get(number).into_iter().flatten().find(agrees) {
                    return Some(*place);
                }
            }
        }
        let is_nameless = keys.email.is_none() && keys.phone.is_none() && keys.mobile.is_none();
        // Somebody whom a row of our own export names by id: without address and number, or of the same name.
        let named = |place: &&usize| is_nameless || contacts.get(**place).is_some_and(|c| c.keys.name == keys.name);
        if let Some(place) = id.and_then(|id| self.ids.get(&id)).filter(named) {
            return Some(*place);
        }
        // Without address and number only the name is left, compared with contacts that have neither.
        if is_nameless {
            let nameless = |place: &&usize| {
                present(place)
                    && contacts.get(**place).is_some_and(|contact| {
                        let keys = &contact.keys;
                        keys.email.is_none() && keys.phone.is_none() && keys.mobile.is_none()
                    })
            };
            return self.names.get(&keys.name).into_iter().flatten().find(nameless).copied();
        }
        None
    }
}

pub(super) fn sort(rows: &[ImportRow], known: Known, strict: bool) -> Sorted {
    let mut sorted = Sorted {
        outcomes: Vec::with_capacity(rows.len()),
        found: Vec::with_capacity(rows.len()),
        contacts: Vec::new(),
        opportunities: Vec::new(),
        whole: true,
    };
    let mut index = Index::default();
    for present in known.contacts {
        let keys = Keys::of(&present.fields);
        index.add(sorted.contacts.len(), &keys);
        index.ids.insert(present.id, sorted.contacts.len());
        sorted.contacts.push(Entry {
            seq: Some(present.seq),
            row: None,
            fields: present.fields,
            keys,
            responsible: present.responsible,
            enquired: present.enquired,
        });
    }
    for (place, ((row, keys), erased)) in rows.iter().zip(known.keys).zip(known.erased).enumerate() {
        let holder = row.holder_email.as_deref().and_then(|email| known.holders.get(&holder_key(email)).cloned());
        let (outcome, contact) = match holder.transpose() {
            _ if let Some(error) = row.refused() => (RowOutcome::Skipped(error).into(), None),
            Err(error) => (RowOutcome::Skipped(error).into(), None),
            Ok(holder) => add(&mut sorted, &mut index, &known.responsible, place, (row, keys, erased), holder),
        };
        let failed = matches!(outcome.outcome, RowOutcome::Skipped(_));
        sorted.outcomes.push(outcome);
        sorted.found.push(contact);
        if failed && strict {
            sorted.whole = false;
            break;
        }
    }
    sorted
}

/// Processes a valid row; also returns the position of its contact.
fn add(
    sorted: &mut Sorted,
    index: &mut Index,
    responsible: &HashMap<reparto_domain::UserId, i64>,
    place: usize,
    (row, keys, erased): (&ImportRow, Keys, bool),
    holder: Option<i64>,
) -> (RowResult, Option<usize>) {
    // A user who does not exist or is inactive cannot be responsible.
    let mut offered = row.contact.clone();
    let by = offered.responsible_user_id.and_then(|user| responsible.get(&user).copied());
    if by.is_none() {
        offered.responsible_user_id = None;
    }
    let mut added = Added::default();
    let found = index.find(&keys, row.contact_id, &sorted.contacts);
    let mut changed = true;
    let contact = if let Some(contact) = found {
        let entry = &mut sorted.contacts[contact];
        let before = entry.fields.clone();
        added = row.add_to(&mut entry.fields, &offered, entry.enquired.as_ref());
        changed = entry.fields != before;
        if changed {
            if before.responsible_user_id.is_none() {
                entry.responsible = by;
            }
            entry.keys = Keys::of(&entry.fields);
            if entry.seq.is_some() {
                entry.row = Some(place);
            }
            index.add(contact, &entry.keys);
        }
        contact
    } else if erased {
        return (RowOutcome::Skipped(RowError::PersonErased).into(), None);
    } else {
        index.add(sorted.contacts.len(), &keys);
        sorted.contacts.push(Entry {
            seq: None,
            row: Some(place),
            fields: offered,
            keys,
            responsible: by,
            enquired: None,
        });
        sorted.contacts.len() - 1
    };
    if sorted.contacts[contact].enquired.is_some() {
        let outcome = if changed { RowOutcome::Completed } else { RowOutcome::AlreadyThere };
        return (RowResult { outcome, added, withheld: false }, Some(contact));
    }
    let do_not_contact = sorted.contacts[contact].fields.do_not_contact.is_some();
    let Placed { holder, status, withheld } = row.place(holder, do_not_contact);
    sorted.contacts[contact].enquired = Some(Enquired::of_row(row, status, holder.is_some()));
    sorted.opportunities.push(New { row: place, contact, holder, status });
    let outcome = if found.is_none() { RowOutcome::Created } else { RowOutcome::OpportunityAdded };
    (RowResult { outcome, added, withheld }, Some(contact))
}
