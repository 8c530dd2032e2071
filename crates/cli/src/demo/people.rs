//! The accounts of a demo.

use rand::Rng as _;
use reparto_domain::{
    Role, Timestamp, UserId,
    fold::fold,
    users::{NewUser, PasswordHash, Profile},
    values::EmailAddress,
};

use super::{DAY, DAYS, random::Random, words};
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
    /// The account's relative share of leads; 0: none.
    pub share: u32,
    /// Leads a day; `None`: the default.
    pub quota: Option<i64>,
    /// Whether it is deactivated in the course of the demo.
    pub leaves: bool,
    pub created_at: Timestamp,
}

impl Account {
    /// First and last name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The account as a command for the store.
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
                daily_lead_quota: self.quota,
                ..Profile::default()
            },
            role: self.role,
            is_active: true,
            is_verified: true,
        })
    }
}

/// The agents' relative shares of leads, in a demo with a history.
const SHARES: [u32; 12] = [4, 2, 5, 3, 1, 4, 2, 6, 3, 5, 2, 3];

/// The administrator, followed by the agents and lawyers.
pub fn accounts(agents: u32, seed: u64, until: Timestamp) -> Vec<Account> {
    let mut maker = Maker::new(seed, 1, until);
    let mut accounts = vec![maker.account("Elena", "Vidal", "admin@example.org", Role::Admin, 0)];
    let (firsts, lasts) = (words::FIRST_NAMES.len(), words::LAST_NAMES.len());
    for index in 0..agents as usize {
        // Thirty first names and thirty-seven family names share no factor: each pair comes once in 1,110.
        let (first, last) = (words::FIRST_NAMES[index % firsts], words::LAST_NAMES[index % lasts]);
        let round = index / (firsts * lasts);
        let number = if round == 0 { String::new() } else { (round + 1).to_string() };
        let address = format!("{}.{}{number}@example.org", fold(first), fold(last));
        let role = if index % 4 == 3 { Role::Lawyer } else { Role::Agent };
        accounts.push(maker.account(first, last, &address, role, 1));
    }
    accounts
}

/// Like [`accounts`], for an office that has been working for a while: two more administrators, agents with different
/// shares, and one who is about to leave.
pub fn office(agents: u32, seed: u64, until: Timestamp) -> Vec<Account> {
    let mut accounts = accounts(agents, seed, until);
    for (account, share) in accounts.iter_mut().skip(1).zip(SHARES.iter().cycle()) {
        account.share = *share;
        account.quota = Some(2 + 3 * i64::from(*share));
    }
    let mut maker = Maker::new(seed, 2, until);
    accounts.push(maker.account("Ricardo", "Soler", "ricardo.soler@example.org", Role::Admin, 0));
    accounts.push(maker.account("Beatriz", "Montes", "beatriz.montes@example.org", Role::Admin, 0));
    let leaving = maker.account("Yolanda", "Zamora", "yolanda.zamora@example.org", Role::Agent, 3);
    // The oldest account, so that it is last in the list of users, where the newest come first.
    accounts.push(Account { leaves: true, created_at: leaving.created_at.plus_seconds(-DAYS * DAY), ..leaving });
    accounts
}

/// Makes accounts; those of one stream do not depend on the number of opportunities or of other accounts.
struct Maker {
    random: Random,
    created_at: Timestamp,
}

impl Maker {
    fn new(seed: u64, stream: u64, until: Timestamp) -> Self {
        Self { random: Random::new(seed, stream), created_at: until.plus_seconds(-(DAYS + 30) * DAY) }
    }

    fn account(&mut self, first: &str, last: &str, email: &str, role: Role, share: u32) -> Account {
        let id = UserId::from_uuid(self.random.id(self.created_at));
        let mut digits = || self.random.0.next_u32() % 1_000;
        Account {
            id,
            email: email.to_owned(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            phone: format!("+34 910 {:03} {:03}", digits(), digits()),
            role,
            share,
            quota: None,
            leaves: false,
            created_at: self.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn same_seed_makes_the_same_distinct_accounts() {
        let until = Timestamp::from_seconds(1_700_000_000);
        let made = accounts(10_000, 1, until);
        assert_eq!(made, accounts(10_000, 1, until));
        assert_ne!(made[0].id, accounts(0, 2, until)[0].id);
        assert_eq!(made.iter().map(|account| &account.email).collect::<HashSet<_>>().len(), 10_001);
        assert_eq!(made[0].email, "admin@example.org");
        assert_eq!(made[1].email, "ana.garcia@example.org");
        assert!(made.iter().all(|account| EmailAddress::new(&account.email).is_some()));
    }

    #[test]
    fn an_office_has_three_administrators_and_unequal_shares() {
        let until = Timestamp::from_seconds(1_700_000_000);
        let office = office(12, 1, until);
        assert_eq!(office.iter().filter(|account| account.role == Role::Admin).count(), 3);
        assert_eq!(office.iter().filter(|account| account.leaves).count(), 1);
        assert_eq!(office.iter().filter(|account| account.share > 0 && !account.leaves).count(), 12);
        assert!(office.iter().map(|account| account.share).collect::<HashSet<_>>().len() > 4);
        // The accounts of a demo without a history are among them, the same ones.
        let ids = |accounts: &[Account]| accounts.iter().map(|account| account.id).collect::<Vec<_>>();
        assert_eq!(ids(&office[..13]), ids(&accounts(12, 1, until)));
        assert_eq!(office.iter().map(|account| &account.email).collect::<HashSet<_>>().len(), 16);
    }
}
