//! The accounts of a demo.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reparto_domain::{
    Role, Timestamp, UserId,
    fold::fold,
    users::{NewUser, PasswordHash, Profile},
    values::EmailAddress,
};
use uuid::Builder;

use super::{DAY, DAYS, words};
use crate::failure::Failure;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    pub role: Role,
    pub created_at: Timestamp,
}

impl Account {
    /// First and last name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// As a store takes it.
    pub fn new_user(&self, password: PasswordHash) -> Result<NewUser, Failure> {
        let email =
            EmailAddress::new(&self.email).ok_or_else(|| Failure::new(format!("{} is no address", self.email)))?;
        Ok(NewUser {
            id: self.id,
            email,
            password,
            profile: Profile {
                full_name: Some(self.full_name()),
                first_name: Some(self.first_name.clone()),
                last_name: Some(self.last_name.clone()),
                phone_number: Some(self.phone.clone()),
                preferred_language: Some("es".to_owned()),
                ..Profile::default()
            },
            role: self.role,
            is_active: true,
            is_verified: true,
        })
    }
}

/// The administrator, and after it the agents and lawyers.
pub fn accounts(agents: u32, seed: u64, until: Timestamp) -> Vec<Account> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // A stream of its own, so that the accounts do not depend on the number of opportunities.
    random.set_stream(1);
    let created_at = until.plus_seconds(-(DAYS + 30) * DAY);
    let mut account = |first: &str, last: &str, email: String, role| {
        let mut bytes = [0; 10];
        random.fill_bytes(&mut bytes);
        let millis = created_at.micros().div_euclid(1_000).unsigned_abs();
        Account {
            id: UserId::from_uuid(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()),
            email,
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            phone: format!("+34 910 {:03} {:03}", random.next_u32() % 1_000, random.next_u32() % 1_000),
            role,
            created_at,
        }
    };
    let mut accounts = vec![account("Elena", "Vidal", "admin@example.org".to_owned(), Role::Admin)];
    let (firsts, lasts) = (words::FIRST_NAMES.len(), words::LAST_NAMES.len());
    for index in 0..agents as usize {
        // Thirty first names and thirty-seven family names share no factor: each pair comes once in 1,110.
        let (first, last) = (words::FIRST_NAMES[index % firsts], words::LAST_NAMES[index % lasts]);
        let round = index / (firsts * lasts);
        let number = if round == 0 { String::new() } else { (round + 1).to_string() };
        let address = format!("{}.{}{number}@example.org", fold(first), fold(last));
        let role = if index % 4 == 3 { Role::Lawyer } else { Role::Agent };
        accounts.push(account(first, last, address, role));
    }
    accounts
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_accounts_with_an_address_each() {
        let until = Timestamp::from_seconds(1_700_000_000);
        let made = accounts(10_000, 1, until);
        assert_eq!(made, accounts(10_000, 1, until));
        assert_ne!(made[0].id, accounts(0, 2, until)[0].id);
        assert_eq!(made.iter().map(|account| &account.email).collect::<HashSet<_>>().len(), 10_001);
        assert_eq!(made[0].email, "admin@example.org");
        assert_eq!(made[1].email, "ana.garcia@example.org");
        assert!(made.iter().all(|account| EmailAddress::new(&account.email).is_some()));
    }
}
