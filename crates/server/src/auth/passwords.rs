//! Passwords: hashed with Argon2id, checked in the same time whether or not the user exists.

use std::sync::Arc;

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
use tokio::sync::Semaphore;

/// Number of hashes computed at once: each takes 19 MiB and a core for some milliseconds.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords, a few at a time, off the threads that serve requests.
#[derive(Debug)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

/// The hash that a password is checked against where the address is unknown: the same work as for a real one. It is a
/// constant because computing it at the start would take as long as a sign-in.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXY";

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// Hashes a new password for the account with this address, unless it is too common. `field` is the one that holds
    /// it.
    pub async fn choose(&self, password: SecretString, email: &str, field: &'static str) -> StoreResult<PasswordHash> {
        // A wrong length is told when the field is read.
        if passwords::check(password.expose_secret(), email) == Err(PasswordFault::TooCommon) {
            return Err(Refusal::PasswordTooCommon { field }.into());
        }
        self.hash(password).await
    }

    /// Hashes a password.
    pub async fn hash(&self, password: SecretString) -> StoreResult<PasswordHash> {
        self.work(move || hash(password.expose_secret())).await?
    }

    /// Whether the password is the one of this hash. Without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: SecretString, hash: Option<PasswordHash>) -> StoreResult<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| PasswordHash(SecretString::from(NOBODY)));
        let right = self.work(move || verify(password.expose_secret(), &hash)).await?;
        Ok(known && right)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> StoreResult<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Busy)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|error| StoreError::Internal(format!("hashing a password: {error}")))
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

    #[test]
    fn an_unknown_address_costs_the_same_work_as_a_known_one() {
        let parameters = |hash: &str| {
            let parsed = Phc::new(hash).unwrap();
            (parsed.algorithm.to_string(), parsed.version, parsed.params.to_string(), parsed.hash.unwrap().len())
        };
        assert_eq!(parameters(NOBODY), parameters(hash("correct horse").unwrap().0.expose_secret()));
    }
}
