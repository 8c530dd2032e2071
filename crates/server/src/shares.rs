//! Amounts that are taken for a while, bounded in all and for each who takes them: connections, bytes of answers.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most that may be taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub total: usize,
    /// By one; 0: no limit.
    pub for_one: usize,
}

/// Counts what is taken.
#[derive(Debug, Clone)]
pub struct Shares<K: Eq + Hash> {
    limits: Limits,
    taken: Arc<Mutex<Taken<K>>>,
}

#[derive(Debug)]
struct Taken<K> {
    total: usize,
    by: HashMap<K, usize>,
}

/// A share, taken until this is dropped.
#[derive(Debug)]
pub struct Share<K: Eq + Hash> {
    taken: Arc<Mutex<Taken<K>>>,
    by: K,
    amount: usize,
}

fn held<K>(taken: &Mutex<Taken<K>>) -> MutexGuard<'_, Taken<K>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// Nothing is taken.
    pub fn new(limits: Limits) -> Self {
        Self { limits, taken: Arc::new(Mutex::new(Taken { total: 0, by: HashMap::new() })) }
    }

    /// Takes so much; `None` where less than that is left.
    pub fn take(&self, by: K, amount: usize) -> Option<Share<K>> {
        let mut taken = held(&self.taken);
        let own = taken.by.get(&by).copied().unwrap_or(0) + amount;
        let Limits { total, for_one } = self.limits;
        if taken.total + amount > total || (for_one > 0 && own > for_one) {
            return None;
        }
        taken.total += amount;
        taken.by.insert(by.clone(), own);
        Some(Share { taken: Arc::clone(&self.taken), by, amount })
    }

    /// How much is taken, and by how many.
    pub fn in_use(&self) -> (usize, usize) {
        let taken = held(&self.taken);
        (taken.total, taken.by.len())
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = held(&self.taken);
        taken.total = taken.total.saturating_sub(self.amount);
        if let Some(own) = taken.by.get_mut(&self.by) {
            *own = own.saturating_sub(self.amount);
            if *own == 0 {
                taken.by.remove(&self.by);
            }
        }
    }
}
