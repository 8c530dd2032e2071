//! Guesses at passwords and codes, counted by account and place: in the database for all processes together, where
//! several may serve it, else by this process.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use reparto_domain::{
    Timestamp,
    guessing::{Counted, FORGOTTEN_AFTER, Guess, Guessed, Guesses as Count, KNOWN_FOR, Outcome, decide},
};

use crate::{
    http::{Problem, RequestContext},
    limits::Place,
    state::App,
};

/// Number of counts at which those that no longer matter are removed.
const SWEEP_AT: usize = 20_000;

/// The counts of this process alone.
#[derive(Debug, Default)]
pub struct Guesses {
    own: Mutex<Own>,
}

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

/// Counts a guess at the account with this address, whether or not there is one; refuses one that must wait.
pub(crate) async fn begin(app: &App, context: &RequestContext, email: &str) -> Result<Guessing, Problem> {
    let now = app.clock.now();
    let account = app.keys.name("sign-in account", email.trim().to_lowercase().as_bytes());
    let place = Place::of(context.ip.as_deref());
    let guessed = Guessed { account, place: app.keys.name("sign-in place", place.narrow().as_bytes()) };
    let (guess, is_shared) = match app.store.guess_count(&guessed, now).await {
        Ok(Some(guess)) => (guess, true),
        Ok(None) => (app.guesses.count(&guessed, now), false),
        Err(error) => {
            tracing::debug!(%error, "a guess was not counted for all processes");
            (app.guesses.count(&guessed, now), false)
        }
    };
    match guess {
        Guess::Counted(counted) => Ok(Guessing { guessed, counted, is_shared }),
        Guess::Wait(retry_after) => Err(Problem::SignInPaused { retry_after }),
    }
}

impl Guessing {
    /// Settles it: it was right, or no guess after all.
    pub(crate) async fn settle(self, app: &App, outcome: Outcome) {
        let now = app.clock.now();
        if !self.is_shared {
            app.guesses.settle(&self.guessed, self.counted, outcome, now);
        } else if let Err(error) = app.store.guess_settle(&self.guessed, self.counted, outcome, now).await {
            tracing::debug!(%error, "a guess stays counted as wrong");
        }
    }
}

impl Guesses {
    fn count(&self, guessed: &Guessed, now: Timestamp) -> Guess {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
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
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
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
        let guesses = Guesses::default();
        for _ in 0..12 {
            guesses.count(&guessed(0, "here"), NOW);
        }
        for account in 1..SWEEP_AT {
            guesses.count(&guessed(account, "here"), NOW);
        }
        assert!(guesses.own.lock().unwrap().counts.len() <= SWEEP_AT);
        assert_eq!(guesses.count(&guessed(0, "here"), NOW), Guess::Wait(1), "what is paused is remembered");
    }

    #[test]
    fn a_right_guess_makes_the_place_known() {
        let guesses = Guesses::default();
        let Guess::Counted(counted) = guesses.count(&guessed(0, "home"), NOW) else { panic!("the first") };
        guesses.settle(&guessed(0, "home"), counted, Outcome::Right, NOW);
        for number in 0..200 {
            guesses.count(&guessed(0, &format!("elsewhere {number}")), NOW);
        }
        assert!(matches!(guesses.count(&guessed(0, "another"), NOW), Guess::Wait(_)));
        assert!(matches!(guesses.count(&guessed(0, "home"), NOW), Guess::Counted(_)));
    }
}
