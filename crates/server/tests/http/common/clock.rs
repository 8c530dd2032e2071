//! A clock that stands still until advanced.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use reparto_domain::{Clock, Timestamp};

/// The start time of every test: 2026-01-15T09:00:00Z.
pub const START: Timestamp = Timestamp::from_seconds(1_768_467_600);

/// The clock.
#[derive(Debug)]
pub struct TestClock {
    stands_at: AtomicI64,
    runs: OnceLock<(Instant, u32)>,
}

impl TestClock {
    /// At [`START`].
    pub fn new() -> Self {
        Self { stands_at: AtomicI64::new(START.micros()), runs: OnceLock::new() }
    }

    /// This many seconds later.
    pub fn advance(&self, seconds: i64) {
        self.stands_at.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Makes it run from now on, this many times faster than real time, for code that waits by itself.
    pub fn run(&self, times: u32) {
        self.runs.set((Instant::now(), times)).expect("a clock that stood still");
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let run = self.runs.get().map_or(Duration::ZERO, |(since, times)| since.elapsed() * *times);
        Timestamp::from_micros(self.stands_at.load(Ordering::SeqCst) + i64::try_from(run.as_micros()).unwrap())
    }
}
