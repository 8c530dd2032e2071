//! Passwords: hashed with Argon2id, checked in the same time whether or not the user exists.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash as Phc},
};
use reparto_domain::{
    Refusal,
    passwords::{self, PasswordFault},
    users::PasswordHash,
};
use reparto_store::{StoreError, StoreResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::Problem;

/// Number of hashes computed at once: each takes 19 MiB and a core for some milliseconds.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords, a few at a time, off the threads that serve requests.
#[derive(Debug)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    longest_wait: Duration,
}

/// The hash that a password is checked against where the address is unknown: the same work as for a real one. It is a
/// constant because computing it at the start would take as long as a sign-in.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXY";

impl Passwords {
    /// Takes all turns: until what is returned is dropped, no password is hashed, and the next ones wait. For tests, which
    /// would otherwise depend on how long hashing takes.
    pub async fn all_turns(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_many_owned(u32::try_from(AT_ONCE).ok()?).await.ok()
    }

    /// With a limit on how long a password waits for its turn.
    pub fn new(longest_wait: Duration) -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), longest_wait }
    }

    /// Hashes a new password for the account with this address, unless it is too common. `field` is the one that holds
    /// it.
    pub async fn choose(
        &self,
        password: SecretString,
        email: &str,
        field: &'static str,
    ) -> Result<PasswordHash, Problem> {
        // A wrong length is told when the field is read.
        if passwords::check(password.expose_secret(), email) == Err(PasswordFault::TooCommon) {
            return Err(Refusal::PasswordTooCommon { field }.into());
        }
        self.hash(password).await
    }

    /// Hashes a password.
    pub async fn hash(&self, password: SecretString) -> Result<PasswordHash, Problem> {
        Ok(self.work(move || hash(password.expose_secret())).await??)
    }

    /// Whether the password is the one of this hash. Without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: SecretString, hash: Option<PasswordHash>) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| PasswordHash(SecretString::from(NOBODY)));
        let right = self.work(move || verify(password.expose_secret(), &hash)).await?;
        Ok(known && right)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let turn = tokio::time::timeout(self.longest_wait, Arc::clone(&self.permits).acquire_owned());
        let Ok(Ok(permit)) = turn.await else { return Err(Problem::SignInBusy) };
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|error| Problem::internal(format!("hashing a password: {error}")))
    }
}

/// Hashes a password with Argon2id and a random salt.
pub fn hash(password: &str) -> StoreResult<PasswordHash> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| PasswordHash(SecretString::from(hash.to_string())))
        .map_err(|error| StoreError::Internal(format!("hashing a password: {error}")))
}

/// Whether the password is the one of this hash; a hash that cannot be read matches nothing.
pub fn verify(password: &str, hash: &PasswordHash) -> bool {
    Phc::new(hash.0.expose_secret())
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_matches_its_salted_hash() {
        let one = hash("correct horse").unwrap();
        assert!(verify("correct horse", &one));
        assert!(!verify("correct horsf", &one));
        assert_ne!(one.0.expose_secret(), hash("correct horse").unwrap().0.expose_secret());
        assert!(!verify("x", &PasswordHash("not a hash".to_owned().into())));
    }

    #[tokio::test]
    async fn a_password_does_not_wait_for_ever_for_its_turn() {
        let passwords = Passwords::new(Duration::ZERO);
        let held = passwords.all_turns().await.unwrap();
        let password = || SecretString::from("correct horse");
        assert!(matches!(passwords.verify(password(), None).await, Err(Problem::SignInBusy)));
        drop(held);
        assert!(matches!(passwords.verify(password(), None).await, Ok(false)));
    }

    #[test]
    fn an_unknown_address_costs_the_same_work() {
        let parameters = |hash: &str| {
            let parsed = Phc::new(hash).unwrap();
            (parsed.algorithm.to_string(), parsed.version, parsed.params.to_string(), parsed.hash.unwrap().len())
        };
        assert_eq!(parameters(NOBODY), parameters(hash("correct horse").unwrap().0.expose_secret()));
    }
}
