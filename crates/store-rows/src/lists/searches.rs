//! Searches of contacts in memory: the texts of all, and what was found in them lately.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use reparto_domain::search::Search;

use super::{
    Bits,
    texts::{LiveTexts, Texts},
};

/// The maximum memory of kept results, in bytes: sixty-four searches at a million contacts.
pub const SEARCH_BYTES: usize = 8 << 20;
/// The maximum number of kept results: each changed contact is matched against all of them.
const MAX_SEARCHES: usize = 128;

#[derive(Debug)]
struct KeptSearch {
    search: Search,
    found: Bits,
    used: AtomicU64,
}

/// The texts of all contacts, and the results of the latest searches.
#[derive(Debug, Default)]
pub struct Searches {
    texts: LiveTexts,
    kept: Vec<KeptSearch>,
    clock: AtomicU64,
}

impl Searches {
    /// Of these texts.
    pub fn new(texts: Texts) -> Self {
        Self { texts: LiveTexts::new(texts), ..Self::default() }
    }

    /// The kept result of a search.
    pub fn get(&self, search: &Search) -> Option<&Bits> {
        let kept = self.kept.iter().find(|kept| kept.search == *search)?;
        kept.used.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        Some(&kept.found)
    }

    /// The texts to search where no result is kept: without a lock on these searches, for it takes some milliseconds.
    pub fn texts(&self) -> Arc<Texts> {
        self.texts.read()
    }

    /// Keeps what was found in `texts`. `false`: it must be searched again, in other texts.
    pub fn keep(&mut self, texts: &Arc<Texts>, search: &Search, found: Bits) -> bool {
        let Some(found) = self.texts.complete(texts, search, found) else { return false };
        self.kept.retain(|kept| kept.search != *search);
        let used = AtomicU64::new(self.clock.fetch_add(1, Relaxed));
        self.kept.push(KeptSearch { search: search.clone(), found, used });
        while self.kept.len() > 1 && (self.kept.len() > MAX_SEARCHES || self.kept_bytes() > SEARCH_BYTES) {
            let oldest = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.used.load(Relaxed));
            let Some((at, _)) = oldest else { break };
            self.kept.swap_remove(at);
        }
        true
    }

    /// Records a contact's new search text; `None` if it no longer exists. `false`: there is no room for it.
    #[must_use]
    pub fn changed(&mut self, contact: i64, text: Option<&str>) -> bool {
        let Ok(number) = u32::try_from(contact) else { return false };
        for kept in &mut self.kept {
            if text.is_some_and(|text| kept.search.matches(text)) {
                kept.found.insert(number);
            } else {
                kept.found.remove(number);
            }
        }
        self.texts.change(number, text)
    }

    fn kept_bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.found.bytes()).sum()
    }

    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.texts.bytes() + self.kept_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> Search {
        Search::new(text).unwrap()
    }

    fn found(searches: &mut Searches, text: &str) -> Bits {
        let (search, texts) = (search(text), searches.texts());
        assert!(searches.keep(&texts, &search, texts.search(&search)));
        searches.get(&search).unwrap().clone()
    }

    fn numbers(bits: &Bits) -> Vec<u32> {
        (0..100).filter(|number| bits.has(*number)).collect()
    }

    #[test]
    fn kept_results_follow_contact_changes() {
        let mut texts = Texts::default();
        assert!(texts.push(1, "ana") && texts.push(2, "ana ruiz"));
        let mut searches = Searches::new(texts);
        assert_eq!(numbers(&found(&mut searches, "ana")), [1, 2]);
        assert!(searches.changed(3, Some("mariana")) && searches.changed(1, Some("berta")));
        assert!(searches.changed(2, None));
        assert_eq!(searches.get(&search("ana")).map(numbers), Some(vec![3]));
        assert_eq!(searches.get(&search("an")), None);
        assert_eq!(numbers(&found(&mut searches, "an")), [3], "what changed since the texts were read");
    }

    #[test]
    fn changes_during_a_search_are_in_its_result() {
        let mut searches = Searches::default();
        let (texts, ana) = (searches.texts(), search("ana"));
        let early = texts.search(&ana);
        assert!(searches.changed(7, Some("ana")) && searches.changed(8, None));
        assert!(searches.keep(&texts, &ana, early));
        assert_eq!(searches.get(&ana).map(numbers), Some(vec![7]));
    }

    #[test]
    fn kept_searches_are_bounded_by_last_use() {
        let mut searches = Searches::default();
        let texts = searches.texts();
        for number in 0..MAX_SEARCHES * 2 {
            assert!(searches.keep(&texts, &search(&format!("part{number}")), Bits::default()));
            assert!(searches.get(&search("part0")).is_some());
        }
        assert_eq!(searches.kept.len(), MAX_SEARCHES);
        for number in 0..100 {
            let mut large = Bits::default();
            large.insert(8_000_000);
            assert!(searches.keep(&texts, &search(&format!("large{number}")), large));
        }
        assert!(searches.kept_bytes() <= SEARCH_BYTES && !searches.kept.is_empty());
    }
}
