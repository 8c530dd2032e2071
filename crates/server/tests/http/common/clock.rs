//! A clock that stands still until it is told to go on.

use std::sync::atomic::{AtomicI64, Ordering};

use reparto_domain::{Clock, Timestamp};

/// When every test begins: 2026-01-15T09:00:00Z.
pub const START: Timestamp = Timestamp::from_seconds(1_768_467_600);

/// The clock.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// At [`START`].
    pub fn new() -> Self {
        Self(AtomicI64::new(START.micros()))
    }

    /// This many seconds later.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
