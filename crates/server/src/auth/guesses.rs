//! Guesses at passwords and codes, counted by account and place: in the database for all processes together, where
//! several may serve it, else by this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use reparto_domain::{
    Clock, Timestamp,
    guessing::{Counted, FORGOTTEN_AFTER, Guess, Guessed, Guesses as Count, KNOWN_FOR, Outcome, decide},
};
use reparto_store::Store;

use crate::{
    http::{Problem, RequestContext},
    limits::Place,
    seal::Keys,
};

/// Number of counts at which those that no longer matter are removed.
const SWEEP_AT: usize = 20_000;

/// Counts guesses.
pub struct Guesses {
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    own: OwnCounts,
}

/// The counts of this process alone.
#[derive(Debug, Default)]
struct OwnCounts(Mutex<Own>);

#[derive(Debug, Default)]
struct Own {
    counts: HashMap<String, Count>,
    known: HashMap<String, Timestamp>,
}

/// A guess that was counted and is being checked. Unless it is settled it stays counted as wrong.
#[derive(Debug)]
pub(crate) struct Guessing {
    guessed: Guessed,
    counted: Counted,
    is_shared: bool,
}

impl Guesses {
    /// With no guess yet. The keys derive the names under which accounts and places are counted, so that the counts do
    /// not reveal them.
    pub fn new(store: Arc<dyn Store>, keys: Arc<Keys>, clock: Arc<dyn Clock>) -> Self {
        Self { store, keys, clock, own: OwnCounts::default() }
    }

    /// Counts a guess at the account with this address, whether or not there is one; refuses one that must wait.
    pub(crate) async fn begin(&self, context: &RequestContext, email: &str) -> Result<Guessing, Problem> {
        let now = self.clock.now();
        let account = self.keys.name("sign-in account", email.trim().to_lowercase().as_bytes());
        let place = Place::of(context.ip.as_deref());
        let guessed = Guessed { account, place: self.keys.name("sign-in place", place.narrow().as_bytes()) };
        let (guess, is_shared) = match self.store.guess_count(&guessed, now).await {
            Ok(Some(guess)) => (guess, true),
            Ok(None) => (self.own.count(&guessed, now), false),
            Err(error) => {
                tracing::debug!(%error, "a guess was not counted for all processes");
                (self.own.count(&guessed, now), false)
            }
        };
        match guess {
            Guess::Counted(counted) => Ok(Guessing { guessed, counted, is_shared }),
            Guess::Wait(retry_after) => Err(Problem::SignInPaused { retry_after }),
        }
    }

    /// Settles a guess: it was right, or no guess after all.
    pub(crate) async fn settle(&self, guess: Guessing, outcome: Outcome) {
        let now = self.clock.now();
        let Guessing { guessed, counted, is_shared } = guess;
        if !is_shared {
            self.own.settle(&guessed, counted, outcome, now);
        } else if let Err(error) = self.store.guess_settle(&guessed, counted, outcome, now).await {
            tracing::debug!(%error, "a guess stays counted as wrong");
        }
    }
}

impl OwnCounts {
    fn count(&self, guessed: &Guessed, now: Timestamp) -> Guess {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if own.counts.len() + own.known.len() >= SWEEP_AT {
            own.sweep(now);
        }
        let (narrow, wide) = (own.of(&guessed.narrow()), own.of(&guessed.wide()));
        let known = own.known.get(&guessed.known()).is_some_and(|until| *until > now);
        match decide(narrow, wide, known, now) {
            Ok((more, more_wide)) => {
                own.counts.insert(guessed.narrow(), more);
                if let Some(more) = more_wide {
                    own.counts.insert(guessed.wide(), more);
                }
                Guess::Counted(Counted { at: now, narrow, wide: more_wide.map(|_| wide) })
            }
            Err(wait) => Guess::Wait(wait),
        }
    }

    fn settle(&self, guessed: &Guessed, counted: Counted, outcome: Outcome, now: Timestamp) {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = counted.wide {
            own.without_one(guessed.wide(), before, counted.at);
        }
        match outcome {
            Outcome::Right => {
                own.counts.remove(&guessed.narrow());
                own.known.insert(guessed.known(), now.plus_seconds(KNOWN_FOR));
            }
            Outcome::Void => own.without_one(guessed.narrow(), counted.narrow, counted.at),
        }
    }
}

impl Own {
    fn of(&self, name: &str) -> Count {
        self.counts.get(name).copied().unwrap_or_default()
    }

    fn without_one(&mut self, name: String, before: Count, at: Timestamp) {
        let left = self.of(&name).without_one(before, at);
        if left.wrong == 0 {
            self.counts.remove(&name)
        } else {
            self.counts.insert(name, left)
        };
    }

    /// Removes what is forgotten. Where too much is left, single wrong guesses at many accounts go first.
    fn sweep(&mut self, now: Timestamp) {
        let since = now.plus_seconds(-FORGOTTEN_AFTER).micros();
        self.known.retain(|_, until| *until > now);
        self.counts.retain(|_, count| count.last > since);
        for least in [2, 5, 10] {
            if self.counts.len() < SWEEP_AT / 2 {
                break;
            }
            self.counts.retain(|_, count| count.wrong >= least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn guessed(account: usize, place: &str) -> Guessed {
        Guessed { account: account.to_string(), place: place.into() }
    }

    #[test]
    fn many_accounts_are_not_all_remembered() {
        let guesses = OwnCounts::default();
        for _ in 0..12 {
            guesses.count(&guessed(0, "here"), NOW);
        }
        for account in 1..SWEEP_AT {
            guesses.count(&guessed(account, "here"), NOW);
        }
        assert!(guesses.0.lock().unwrap().counts.len() <= SWEEP_AT);
        assert_eq!(guesses.count(&guessed(0, "here"), NOW), Guess::Wait(1), "what is paused is remembered");
    }

    #[test]
    fn a_right_guess_makes_the_place_known() {
        let guesses = OwnCounts::default();
        let Guess::Counted(counted) = guesses.count(&guessed(0, "home"), NOW) else { panic!("the first") };
        guesses.settle(&guessed(0, "home"), counted, Outcome::Right, NOW);
        for number in 0..200 {
            guesses.count(&guessed(0, &format!("elsewhere {number}")), NOW);
        }
        assert!(matches!(guesses.count(&guessed(0, "another"), NOW), Guess::Wait(_)));
        assert!(matches!(guesses.count(&guessed(0, "home"), NOW), Guess::Counted(_)));
    }
}
