//! Reproducible random choices for the demo.

use std::ops::RangeInclusive;

use rand::{Rng as _, RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use reparto_domain::Timestamp;
use uuid::Builder;

/// A random generator.
pub struct Random(pub ChaCha8Rng);

impl Random {
    /// A generator with this seed; streams of the same seed are independent of each other.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.random_range(0..choices.len())]
    }

    /// True this many times in a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// A number in this range.
    pub fn between(&mut self, range: RangeInclusive<usize>) -> usize {
        self.0.random_range(range)
    }

    /// At most this many of these, in any order.
    pub fn some_of<T>(&mut self, mut all: Vec<T>, count: usize) -> Vec<T> {
        all.shuffle(&mut self.0);
        all.truncate(count);
        all
    }

    /// Bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A UUID version 7 of this time.
    pub fn id(&mut self, at: Timestamp) -> uuid::Uuid {
        let millis = at.micros().div_euclid(1_000).unsigned_abs();
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}
