//! The contacts that searches found, kept and kept up to date.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use super::Bits;

/// Bytes that kept searches may take: sixty-four of them at a million contacts.
pub const SEARCH_BYTES: usize = 8 << 20;
/// How many may be kept: each changed contact is looked at once for each.
const KEPT: usize = 128;
/// Changed contacts that are remembered, so that a search which began before them can still be kept.
const REMEMBERED: usize = 1_024;

#[derive(Debug)]
struct Kept {
    part: String,
    found: Bits,
    used: AtomicU64,
}

/// What searches found, by the part that was sought.
#[derive(Debug, Default)]
pub struct Searches {
    kept: Vec<Kept>,
    clock: AtomicU64,
    /// How many changed contacts were looked at so far, and the last of them.
    changes: u64,
    recent: VecDeque<i64>,
}

impl Searches {
    /// What was found for a part.
    pub fn get(&self, part: &str) -> Option<&Bits> {
        let kept = self.kept.iter().find(|kept| kept.part == part)?;
        kept.used.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        Some(&kept.found)
    }

    /// To be given to [`Searches::keep`] with what is found from here on.
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// Keeps what was found when there had been `since` changes. Gives the contacts that changed meanwhile and must
    /// be looked at again; `None`: too many, nothing was kept.
    pub fn keep(&mut self, part: &str, found: Bits, since: u64) -> Option<Vec<i64>> {
        let missed = usize::try_from(self.changes - since).ok().filter(|missed| *missed <= self.recent.len())?;
        let missed = self.recent.range(self.recent.len() - missed..).copied().collect();
        self.kept.retain(|kept| kept.part != part);
        let used = AtomicU64::new(self.clock.fetch_add(1, Relaxed));
        self.kept.push(Kept { part: part.to_owned(), found, used });
        while self.kept.len() > 1 && (self.kept.len() > KEPT || self.bytes() > SEARCH_BYTES) {
            let oldest = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.used.load(Relaxed));
            let Some((at, _)) = oldest else { break };
            self.kept.swap_remove(at);
        }
        Some(missed)
    }

    /// A contact's search text is this now; `None`: there is no such contact.
    pub fn changed(&mut self, contact: i64, text: Option<&str>) {
        self.changes += 1;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(contact);
        let Ok(number) = u32::try_from(contact) else { return };
        for kept in &mut self.kept {
            if text.is_some_and(|text| text.contains(&kept.part)) {
                kept.found.insert(number);
            } else {
                kept.found.remove(number);
            }
        }
    }

    /// Whether none is kept.
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.found.bytes() + kept.part.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(numbers: &[u32]) -> Bits {
        let mut bits = Bits::default();
        for number in numbers {
            bits.insert(*number);
        }
        bits
    }

    #[test]
    fn what_was_found_follows_the_contacts() {
        let mut searches = Searches::default();
        assert_eq!(searches.keep("ana", found(&[1, 2]), 0), Some(vec![]));
        searches.changed(3, Some("mariana"));
        searches.changed(1, Some("berta"));
        searches.changed(2, None);
        assert_eq!(searches.get("ana"), Some(&found(&[3])));
        assert_eq!(searches.get("an"), None);
    }

    #[test]
    fn a_search_that_began_before_a_change_names_what_must_be_looked_at_again() {
        let mut searches = Searches::default();
        let before = searches.changes();
        searches.changed(7, Some("ana"));
        searches.changed(8, None);
        assert_eq!(searches.keep("ana", found(&[8]), before), Some(vec![7, 8]));
        for contact in 0..=REMEMBERED as i64 {
            searches.changed(contact, None);
        }
        assert_eq!(searches.keep("berta", found(&[]), before), None);
        assert_eq!(searches.get("berta"), None);
    }

    #[test]
    fn the_searches_that_are_kept_are_bounded_and_the_last_used_stay() {
        let mut searches = Searches::default();
        for number in 0..KEPT * 2 {
            searches.keep(&format!("part {number}"), found(&[number as u32]), 0);
            assert!(searches.get("part 0").is_some());
        }
        assert_eq!(searches.kept.len(), KEPT);
        for number in 0..100 {
            searches.keep(&format!("large {number}"), found(&[8_000_000]), 0);
        }
        assert!(searches.bytes() <= SEARCH_BYTES && !searches.kept.is_empty());
    }
}
