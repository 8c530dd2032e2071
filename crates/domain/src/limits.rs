//! Limits on how often something may be done: fixed windows that begin with the first time. What is left, and when it
//! starts anew, are then exact numbers, and who follows them is never refused.

use crate::Timestamp;

/// So many times in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How often.
    pub quota: u32,
    /// Seconds.
    pub seconds: u32,
}

impl Window {
    /// Its length in microseconds.
    pub const fn micros(self) -> i64 {
        self.seconds as i64 * 1_000_000
    }
}

/// A window under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// When it began, in microseconds since 1970.
    pub began: i64,
    /// How often it was done since.
    pub seen: u32,
}

impl Count {
    /// Whole seconds until the window is over, at least 1.
    pub fn left(self, window: Window, now: Timestamp) -> u64 {
        let micros = (self.began + window.micros() - now.micros()).max(1);
        (micros as u64).div_ceil(1_000_000)
    }
}

/// Where windows stand after one more time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// One count for each window, in their order.
    pub counts: Vec<Count>,
    /// Seconds to wait, where one of them had no room: then this time is not counted.
    pub wait: Option<u64>,
}

/// Counts one more time; windows that are over begin anew, and those that have no count yet begin.
pub fn count(windows: &[Window], mut counts: Vec<Count>, now: Timestamp) -> Counted {
    counts.resize(windows.len(), Count::default());
    for (count, window) in counts.iter_mut().zip(windows) {
        // A clock that was put back must not make a window last for ever.
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
