//! How often a password or a code may be guessed: after some wrong ones each further one waits, longer each time but
//! never more than a minute, so that nobody can lock anybody out.

use crate::Timestamp;

/// Wrong guesses at one account from one place that cost nothing.
pub const FREE_FROM_ONE_PLACE: u32 = 10;

/// Wrong guesses at one account from all places that cost nothing.
pub const FREE_FROM_ALL: u32 = 100;

/// The longest pause, in seconds.
const PAUSE_MAX: i64 = 60;

/// Seconds after which wrong guesses are forgotten.
pub const FORGOTTEN_AFTER: i64 = 3_600;

/// Seconds for which a place counts as the account's own after a sign-in from there: what others guess elsewhere does
/// not pause it.
pub const KNOWN_FOR: i64 = 30 * 86_400;

/// What is guessed at, and from where. The texts name no account and no address: they are derived by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guessed {
    /// The account at this place.
    pub place: String,
    /// The account.
    pub account: String,
}

impl Guessed {
    /// The name under which wrong guesses from this place are counted.
    pub fn narrow(&self) -> String {
        format!("guess {} {}", self.account, self.place)
    }

    /// The name under which wrong guesses from all places are counted.
    pub fn wide(&self) -> String {
        format!("guess {}", self.account)
    }

    /// The name under which the place is known as the account's own.
    pub fn known(&self) -> String {
        format!("known {} {}", self.account, self.place)
    }
}

/// Wrong guesses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guesses {
    /// How many.
    pub wrong: u32,
    /// When the last one was made, in microseconds since 1970-01-01.
    pub last: i64,
}

impl Guesses {
    /// Counts one more, as wrong until it turns out to be right: guesses that are checked at the same time count, too.
    /// The error is how many seconds to wait, where there were more than `free` of them.
    pub fn one_more(self, free: u32, now: Timestamp) -> Result<Self, u64> {
        let remembered = self.last + FORGOTTEN_AFTER * 1_000_000 > now.micros() && self.last <= now.micros();
        let wrong = if remembered { self.wrong } else { 0 };
        let wait = self.last + pause(wrong, free) * 1_000_000 - now.micros();
        if wrong > 0 && wait > 0 {
            return Err(wait.unsigned_abs().div_ceil(1_000_000));
        }
        Ok(Self { wrong: wrong.saturating_add(1), last: now.micros() })
    }

    /// Without a guess that was counted at a time, where `before` is what stood before it. Others that were counted
    /// meanwhile stay.
    #[must_use]
    pub fn without_one(self, before: Self, at: Timestamp) -> Self {
        let last = if self.last == at.micros() { before.last } else { self.last };
        Self { wrong: self.wrong.saturating_sub(1), last }
    }
}

/// Seconds to wait after this many wrong guesses: 1, 2, 4, … 60.
fn pause(wrong: u32, free: u32) -> i64 {
    match wrong.checked_sub(free) {
        None => 0,
        Some(over) => 1_i64.checked_shl(over.min(10)).map_or(PAUSE_MAX, |pause| pause.min(PAUSE_MAX)),
    }
}

/// A guess that may be made, and what was counted before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// When it was counted.
    pub at: Timestamp,
    /// Wrong guesses from this place before.
    pub narrow: Guesses,
    /// Wrong guesses from all places before; `None`: at the account's own place, where they do not matter.
    pub wide: Option<Guesses>,
}

/// Whether a guess may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// It may, and counts as wrong until it is settled.
    Counted(Counted),
    /// It must wait this many seconds.
    Wait(u64),
}

/// The result of a guess that was not wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was right: the place is the account's own, and what was wrong there is forgotten.
    Right,
    /// It was no guess after all: it could not be checked, or it was right and more is asked for.
    Void,
}

/// Decides about a guess, from what was counted so far.
pub fn decide(narrow: Guesses, wide: Guesses, known: bool, now: Timestamp) -> Result<(Guesses, Option<Guesses>), u64> {
    let wide = if known { None } else { Some(wide.one_more(FREE_FROM_ALL, now)) };
    match (narrow.one_more(FREE_FROM_ONE_PLACE, now), wide.transpose()) {
        (Ok(narrow), Ok(wide)) => Ok((narrow, wide)),
        (Err(one), Err(other)) => Err(one.max(other)),
        (Err(wait), Ok(_)) | (Ok(_), Err(wait)) => Err(wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    /// The pauses after each wrong guess that is made as soon as possible.
    fn pauses(free: u32, count: usize) -> Vec<u64> {
        let (mut guesses, mut at, mut found) = (Guesses::default(), NOW, Vec::new());
        for _ in 0..count {
            guesses = guesses.one_more(free, at).unwrap();
            let wait = guesses.one_more(free, at).err().unwrap_or(0);
            found.push(wait);
            at = at.plus_seconds(i64::try_from(wait).unwrap());
        }
        found
    }

    #[test]
    fn pauses_grow_from_the_tenth_failure_to_a_minute() {
        let mut expected = vec![0; 9];
        expected.extend([1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pauses(FREE_FROM_ONE_PLACE, 18), expected);
    }

    #[test]
    fn a_pause_is_over_when_it_is_over() {
        let guesses = Guesses { wrong: 12, last: NOW.micros() };
        assert_eq!(guesses.one_more(10, NOW.plus_seconds(3)), Err(1));
        assert!(guesses.one_more(10, NOW.plus_seconds(4)).is_ok());
    }

    #[test]
    fn a_guess_that_was_none_leaves_what_stood_before() {
        let before = Guesses { wrong: 12, last: NOW.micros() };
        let at = NOW.plus_seconds(4);
        let counted = before.one_more(10, at).unwrap();
        assert_eq!(counted.without_one(before, at), before);
        let later = Guesses { wrong: 14, last: NOW.plus_seconds(5).micros() };
        assert_eq!(later.without_one(before, at), Guesses { wrong: 13, ..later });
    }

    #[test]
    fn wrong_guesses_are_forgotten_after_an_hour() {
        let guesses = Guesses { wrong: 500, last: NOW.micros() };
        assert_eq!(guesses.one_more(10, NOW.plus_seconds(FORGOTTEN_AFTER)).unwrap().wrong, 1);
        assert_eq!(guesses.one_more(10, NOW.plus_seconds(-1)).unwrap().wrong, 1, "a clock that was set back");
    }

    #[test]
    fn what_others_guess_does_not_pause_a_known_place() {
        let wide = Guesses { wrong: 1_000, last: NOW.micros() };
        let none = Guesses::default();
        assert_eq!(decide(none, wide, false, NOW), Err(60));
        assert_eq!(decide(none, wide, true, NOW), Ok((Guesses { wrong: 1, last: NOW.micros() }, None)));
        let narrow = Guesses { wrong: 13, last: NOW.micros() };
        assert_eq!(decide(narrow, none, true, NOW), Err(8));
    }
}
