//! Reproducible ids, for data that must be the same each time (`reparto demo`).

use std::sync::{Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::Timestamp;

/// The source of this process's ids once [`start`] has been called.
static SOURCE: OnceLock<Mutex<Source>> = OnceLock::new();

/// Makes all new ids of this process repeatable from now on: each is a UUID version 7 with the time last passed to
/// [`set_time`], whose random part depends on the seed and on the number of ids before it. Such ids can be guessed, so
/// a server must never call this. A second call has no effect.
pub fn start(seed: u64) {
    SOURCE.get_or_init(|| Mutex::new(Source { seed, made: 0, at: Timestamp::default() }));
}

/// Sets the time of the following ids. Has no effect before [`start`].
pub fn set_time(at: Timestamp) {
    if let Some(source) = SOURCE.get() {
        source.lock().unwrap_or_else(PoisonError::into_inner).at = at;
    }
}

/// The next id; `None` if [`start`] has not been called.
pub(crate) fn next() -> Option<Uuid> {
    SOURCE.get().map(|source| source.lock().unwrap_or_else(PoisonError::into_inner).next())
}

#[derive(Debug)]
struct Source {
    seed: u64,
    made: u64,
    at: Timestamp,
}

impl Source {
    fn next(&mut self) -> Uuid {
        let digest =
            Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(self.made.to_be_bytes()).finalize();
        self.made += 1;
        let mut random = [0; 10];
        random.copy_from_slice(&digest[..10]);
        let millis = self.at.micros().div_euclid(1_000).unsigned_abs();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(seed: u64) -> Vec<Uuid> {
        let mut source = Source { seed, made: 0, at: Timestamp::from_seconds(1_700_000_000) };
        (0..3).map(|_| source.next()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(ids(1), ids(1));
        assert!(ids(1).iter().all(|id| !ids(2).contains(id)));
    }

    #[test]
    fn ids_differ_and_carry_the_time() {
        let made = ids(1);
        assert!(made[0] != made[1] && made[1] != made[2] && made[0] != made[2]);
        for id in made {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_timestamp().map(|at| at.to_unix().0), Some(1_700_000_000));
        }
    }
}
