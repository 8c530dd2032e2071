//! The search texts of all contacts, beside the lists: searched at the speed of memory.

use std::{collections::HashMap, sync::Arc};

use memchr::memmem;
use reparto_domain::search::{Search, Word};

use super::Bits;
use crate::numbers::row;

/// Changed texts are kept beside the others until they are more than this, and more than a fraction of all.
const BESIDE: usize = 16_384;
const FRACTION: usize = 16;

/// The memory of a changed text beside its characters, in bytes: its place in the map, and that of the allocator.
const CHANGED_BYTES: usize = 64;

/// Texts by the number of their contact, as they were read.
#[derive(Debug, Default)]
pub struct Texts {
    /// One after the other, each with a line break behind it, which no word has.
    joined: String,
    /// Where the text of each number begins; those without one take no room. One more than there are numbers.
    starts: Vec<u32>,
}

/// A contact's number, or a place in the texts, as an index.
const fn index(number: u32) -> usize {
    // No platform of ours has smaller addresses.
    number as usize
}

impl Texts {
    /// Appends a text. Numbers come in ascending order, those between two of them have none. `false`: there is no room.
    #[must_use]
    pub fn push(&mut self, contact: u32, text: &str) -> bool {
        let Ok(start) = u32::try_from(self.joined.len()) else { return false };
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        // The last start is that of the next text: where numbers are passed over, theirs too.
        self.starts.resize((index(contact) + 1).max(self.starts.len()), start);
        self.joined.push_str(text);
        self.joined.push('\n');
        let Ok(end) = u32::try_from(self.joined.len()) else { return false };
        self.starts.push(end);
        true
    }

    /// Gives back what it does not need.
    pub fn shrink(&mut self) {
        self.joined.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.joined.len() + self.starts.len() * size_of::<u32>()
    }

    fn text(&self, contact: usize) -> &str {
        match self.starts.get(contact..contact + 2) {
            Some([start, end]) => self.joined.get(index(*start)..index(*end)).unwrap_or_default(),
            _ => "",
        }
    }

    /// The contacts whose text matches.
    pub fn search(&self, search: &Search) -> Bits {
        let mut found = Bits::new(self.starts.len());
        // The longest word is the rarest. The others are looked for only where it is.
        let Some((rarest, anchor)) = search.words().iter().enumerate().max_by_key(|(_, word)| word.shortest()) else {
            return found;
        };
        let others: Vec<_> = search.words().iter().enumerate().filter(|(place, _)| *place != rarest).collect();
        let others: Vec<Vec<memmem::Finder<'_>>> = others.into_iter().map(|(_, word)| finders(word)).collect();
        for finder in finders(anchor) {
            self.each(&finder, |contact, text| {
                let has = |word: &Vec<memmem::Finder<'_>>| word.iter().any(|finder| finder.find(text).is_some());
                if others.iter().all(has) {
                    found.insert(contact);
                }
            });
        }
        found
    }

    /// Passes on each contact in whose text the finder finds something.
    fn each(&self, finder: &memmem::Finder<'_>, mut take: impl FnMut(u32, &[u8])) {
        let all = self.joined.as_bytes();
        let (mut from, mut contact) = (0, 0);
        while let Some(at) = all.get(from..).and_then(|rest| finder.find(rest)) {
            contact = self.at(contact, from + at);
            let end = index(self.starts[contact + 1]);
            take(row(contact), &all[index(self.starts[contact])..end]);
            from = end;
            contact += 1;
        }
    }

    /// The contact in whose text a place is, which is none before `from`: found by ever larger steps, for it is near.
    fn at(&self, from: usize, place: usize) -> usize {
        let begins_before = |number: usize| self.starts.get(number).is_some_and(|start| index(*start) <= place);
        let mut step = 1;
        let mut low = from;
        while begins_before(low + step) {
            low += step;
            step *= 2;
        }
        let high = (low + step).min(self.starts.len());
        // The last one that begins there: those before it with the same start have no text.
        low + self.starts[low..high].partition_point(|start| index(*start) <= place) - 1
    }

    /// The same texts with the changes in them.
    fn with(&self, changed: &HashMap<u32, Option<Box<str>>>) -> Option<Self> {
        let last = changed.keys().max().map_or(0, |last| index(*last) + 1).max(self.starts.len().saturating_sub(1));
        let mut merged = Self {
            joined: String::with_capacity(self.joined.len() + self.joined.len() / 32),
            starts: Vec::with_capacity(last + last / 32),
        };
        for contact in 0..last {
            let text = match changed.get(&row(contact)) {
                Some(text) => text.as_deref(),
                None => self.text(contact).strip_suffix('\n'),
            };
            if let Some(text) = text
                && !merged.push(row(contact), text)
            {
                return None;
            }
        }
        Some(merged)
    }
}

fn finders(word: &Word) -> Vec<memmem::Finder<'_>> {
    word.spellings().iter().map(|spelling| memmem::Finder::new(spelling.as_bytes())).collect()
}

/// Texts that change. Whoever searches takes what was read ([`LiveTexts::read`]), searches it without holding anything
/// up, and adds what has changed ([`LiveTexts::complete`]).
#[derive(Debug, Default)]
pub struct LiveTexts {
    read: Arc<Texts>,
    /// The texts that have changed since; `None`: the contact is no more.
    changed: HashMap<u32, Option<Box<str>>>,
    changed_bytes: usize,
}

impl LiveTexts {
    /// The texts as they were read.
    pub fn new(read: Texts) -> Self {
        Self { read: Arc::new(read), ..Self::default() }
    }

    /// The texts that were read, to be searched.
    pub fn read(&self) -> Arc<Texts> {
        Arc::clone(&self.read)
    }

    /// What was found in `read`, with what has changed since. `None`: others have taken the place of these.
    pub fn complete(&self, read: &Arc<Texts>, search: &Search, mut found: Bits) -> Option<Bits> {
        if !Arc::ptr_eq(read, &self.read) {
            return None;
        }
        for (contact, text) in &self.changed {
            if text.as_deref().is_some_and(|text| search.matches(text)) {
                found.insert(*contact);
            } else {
                found.remove(*contact);
            }
        }
        Some(found)
    }

    /// Records a contact's new text; `None` if it no longer exists. `false`: there is no room.
    #[must_use]
    pub fn change(&mut self, contact: u32, text: Option<&str>) -> bool {
        let length = |text: &Option<Box<str>>| text.as_deref().map_or(0, str::len);
        let text = text.map(Box::from);
        self.changed_bytes += length(&text);
        if let Some(before) = self.changed.insert(contact, text) {
            self.changed_bytes -= length(&before);
        }
        if self.changed.len() > BESIDE && self.changed.len() > self.read.starts.len() / FRACTION {
            let Some(merged) = self.read.with(&self.changed) else { return false };
            *self = Self::new(merged);
        }
        true
    }

    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.read.bytes() + self.changed_bytes + self.changed.capacity() * CHANGED_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> Search {
        Search::new(text).unwrap()
    }

    fn texts(all: &[(u32, &str)]) -> Texts {
        let mut texts = Texts::default();
        for (contact, text) in all {
            assert!(texts.push(*contact, text));
        }
        texts
    }

    fn numbers(bits: &Bits) -> Vec<u32> {
        (0..200_000).filter(|number| bits.has(*number)).collect()
    }

    fn found(live: &LiveTexts, text: &str) -> Vec<u32> {
        let (read, search) = (live.read(), search(text));
        numbers(&live.complete(&read, &search, read.search(&search)).unwrap())
    }

    #[test]
    fn all_words_are_found_in_one_text() {
        let all = texts(&[(1, "ana garcia\na@b es"), (4, "berta\nana@b es"), (5, ""), (9, "garcia ruiz\n600111222")]);
        for (text, expected) in [
            ("ana", vec![1, 4]),
            ("a", vec![1, 4, 9]),
            ("garcia ana", vec![1]),
            ("600 111 222", vec![9]),
            ("es", vec![1, 4]),
            ("esberta", vec![]),
            ("ruiz garcia 600", vec![9]),
            ("zz", vec![]),
        ] {
            assert_eq!(numbers(&all.search(&search(text))), expected, "{text}");
        }
        assert!(numbers(&Texts::default().search(&search("a"))).is_empty());
    }

    #[test]
    fn changed_texts_are_found_by_what_they_are_now() {
        let mut live = LiveTexts::new(texts(&[(1, "ana"), (2, "berta"), (3, "carla")]));
        assert!(live.change(2, Some("ana berta")) && live.change(1, None) && live.change(7, Some("ana")));
        assert_eq!((found(&live, "ana"), found(&live, "berta"), found(&live, "carla")), (vec![2, 7], vec![2], vec![3]));
        let read = live.read();
        for contact in 8..8 + row(BESIDE) {
            assert!(live.change(contact, Some(&format!("n{contact}"))));
        }
        assert!(live.complete(&read, &search("ana"), Bits::default()).is_none(), "they were put together");
        assert_eq!((found(&live, "ana"), found(&live, "n16390")), (vec![2, 7], vec![16_390]));
        assert!(live.changed.len() < BESIDE && live.bytes() > 100_000);
    }

    proptest::proptest! {
        #[test]
        fn a_search_finds_whom_the_domain_finds(
            texts in proptest::collection::vec("[ab\n ]{0,6}", 0..40),
            words in "[ab]{1,3}( [ab]{1,3}){0,2}",
            later in proptest::collection::vec((0_u32..50, proptest::option::of("[ab ]{0,6}")), 0..9),
        ) {
            let mut all = Texts::default();
            let mut now: HashMap<u32, Option<String>> = HashMap::new();
            for (place, text) in texts.iter().enumerate().filter(|(place, _)| place % 3 != 1) {
                assert!(all.push(row(place), text));
                now.insert(row(place), Some(text.clone()));
            }
            let mut live = LiveTexts::new(all);
            for (contact, text) in &later {
                assert!(live.change(*contact, text.as_deref()));
                now.insert(*contact, text.clone());
            }
            let search = search(&words);
            let is_found = |contact: &u32| now.get(contact).is_some_and(|text| text.as_deref().is_some_and(|text| search.matches(text)));
            let expected: Vec<u32> = (0..60).filter(is_found).collect();
            assert_eq!(found(&live, &words), expected);
            let merged = live.read.with(&live.changed).unwrap();
            assert_eq!(numbers(&merged.search(&search)), expected);
        }
    }
}
