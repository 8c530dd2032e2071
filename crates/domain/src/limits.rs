//! Rate limits: fixed windows that begin with the first request. What is left, and when a window resets, are thus exact
//! numbers: a client that respects them is never refused.

use crate::Timestamp;

/// A rate limit: a number of requests per number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The allowed number of requests.
    pub quota: u32,
    /// The length in seconds.
    pub seconds: u32,
}

impl Window {
    /// The length in microseconds.
    pub const fn micros(self) -> i64 {
        self.seconds as i64 * 1_000_000
    }
}

/// The state of a running window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// When it began, in microseconds since 1970-01-01.
    pub began: i64,
    /// The number of requests since.
    pub seen: u32,
}

impl Count {
    /// Whole seconds until the window ends, at least 1.
    pub fn left(self, window: Window, now: Timestamp) -> u64 {
        let micros = (self.began + window.micros() - now.micros()).max(1);
        micros.unsigned_abs().div_ceil(1_000_000)
    }
}

/// The state of the windows after one more request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// One count per window, in order.
    pub counts: Vec<Count>,
    /// Seconds to wait, if a window was full; the request is then not counted.
    pub wait: Option<u64>,
}

/// Counts one more request. Windows that have ended, or have no count yet, start now.
pub fn count(windows: &[Window], mut counts: Vec<Count>, now: Timestamp) -> Counted {
    counts.resize(windows.len(), Count::default());
    for (count, window) in counts.iter_mut().zip(windows) {
        // A clock that was set back must not make a window last for ever.
        if now.micros() >= count.began + window.micros() || now.micros() < count.began {
            *count = Count { began: now.micros(), seen: 0 };
        }
    }
    let full = |(count, window): &(&Count, &Window)| count.seen >= window.quota;
    let wait = counts.iter().zip(windows).filter(full).map(|(count, window)| count.left(*window, now)).max();
    if wait.is_none() {
        for count in &mut counts {
            count.seen = count.seen.saturating_add(1);
        }
    }
    Counted { counts, wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[test]
    fn an_attempt_refused_by_one_window_counts_in_none() {
        let windows = [Window { quota: 2, seconds: 5 }, Window { quota: 3, seconds: 60 }];
        let mut counts = Vec::new();
        for (second, wait) in [(0, None), (1, None), (2, Some(3)), (5, None), (6, Some(54)), (60, None)] {
            let counted = count(&windows, counts, NOW.plus_seconds(second));
            assert_eq!(counted.wait, wait, "second {second}");
            counts = counted.counts;
        }
    }

    #[test]
    fn a_clock_set_back_starts_a_new_window() {
        let window = [Window { quota: 1, seconds: 60 }];
        let counted = count(&window, Vec::new(), NOW);
        assert_eq!(count(&window, counted.counts, NOW.plus_seconds(-1)).wait, None);
    }
}
