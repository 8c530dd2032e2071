//! A cache of search results (contacts), kept up to date.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use super::Bits;

/// The maximum memory of cached searches, in bytes: sixty-four searches at a million contacts.
pub const SEARCH_BYTES: usize = 8 << 20;
/// The maximum number of cached searches: each changed contact is matched against all of them.
const MAX_SEARCHES: usize = 128;
/// The number of recent changes remembered, so that a search begun before them can still be cached.
const MAX_RECENT: usize = 1_024;

#[derive(Debug)]
struct CachedSearch {
    part: String,
    found: Bits,
    used: AtomicU64,
}

/// Search results by search text.
#[derive(Debug, Default)]
pub struct Searches {
    cached: Vec<CachedSearch>,
    clock: AtomicU64,
    /// The number of changes seen so far, and the most recent of them.
    changes: u64,
    recent: VecDeque<i64>,
}

impl Searches {
    /// The cached result of a search.
    pub fn get(&self, part: &str) -> Option<&Bits> {
        let cached = self.cached.iter().find(|cached| cached.part == part)?;
        cached.used.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        Some(&cached.found)
    }

    /// The number of changes so far, to be passed to [`Searches::keep`] with the result of a search started now.
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// Caches a result found after `since` changes. Returns the contacts changed meanwhile, which must be checked
    /// again; `None` if there are too many and nothing was cached.
    pub fn keep(&mut self, part: &str, found: Bits, since: u64) -> Option<Vec<i64>> {
        let missed = usize::try_from(self.changes - since).ok().filter(|missed| *missed <= self.recent.len())?;
        let missed = self.recent.range(self.recent.len() - missed..).copied().collect();
        self.cached.retain(|cached| cached.part != part);
        let used = AtomicU64::new(self.clock.fetch_add(1, Relaxed));
        self.cached.push(CachedSearch { part: part.to_owned(), found, used });
        while self.cached.len() > 1 && (self.cached.len() > MAX_SEARCHES || self.bytes() > SEARCH_BYTES) {
            let oldest = self.cached.iter().enumerate().min_by_key(|(_, cached)| cached.used.load(Relaxed));
            let Some((at, _)) = oldest else { break };
            self.cached.swap_remove(at);
        }
        Some(missed)
    }

    /// Records a contact's new search text; `None` if it no longer exists.
    pub fn changed(&mut self, contact: i64, text: Option<&str>) {
        self.changes += 1;
        if self.recent.len() == MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(contact);
        let Ok(number) = u32::try_from(contact) else { return };
        for cached in &mut self.cached {
            if text.is_some_and(|text| text.contains(&cached.part)) {
                cached.found.insert(number);
            } else {
                cached.found.remove(number);
            }
        }
    }

    /// Whether nothing is cached.
    pub const fn is_empty(&self) -> bool {
        self.cached.is_empty()
    }

    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.cached.iter().map(|cached| cached.found.bytes() + cached.part.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{row, signed};

    fn bits(numbers: &[u32]) -> Bits {
        let mut bits = Bits::default();
        for number in numbers {
            bits.insert(*number);
        }
        bits
    }

    #[test]
    fn results_follow_contact_changes() {
        let mut searches = Searches::default();
        assert_eq!(searches.keep("ana", bits(&[1, 2]), 0), Some(vec![]));
        searches.changed(3, Some("mariana"));
        searches.changed(1, Some("berta"));
        searches.changed(2, None);
        assert_eq!(searches.get("ana"), Some(&bits(&[3])));
        assert_eq!(searches.get("an"), None);
    }

    #[test]
    fn keep_names_contacts_changed_since_the_search() {
        let mut searches = Searches::default();
        let before = searches.changes();
        searches.changed(7, Some("ana"));
        searches.changed(8, None);
        assert_eq!(searches.keep("ana", bits(&[8]), before), Some(vec![7, 8]));
        for contact in 0..=signed(MAX_RECENT) {
            searches.changed(contact, None);
        }
        assert_eq!(searches.keep("berta", bits(&[]), before), None);
        assert_eq!(searches.get("berta"), None);
    }

    #[test]
    fn kept_searches_are_bounded_by_last_use() {
        let mut searches = Searches::default();
        for number in 0..MAX_SEARCHES * 2 {
            searches.keep(&format!("part {number}"), bits(&[row(number)]), 0);
            assert!(searches.get("part 0").is_some());
        }
        assert_eq!(searches.cached.len(), MAX_SEARCHES);
        for number in 0..100 {
            searches.keep(&format!("large {number}"), bits(&[8_000_000]), 0);
        }
        assert!(searches.bytes() <= SEARCH_BYTES && !searches.cached.is_empty());
    }
}
