//! The opportunities of a demo, oldest first.

use rand::RngExt as _;
use reparto_domain::{
    AttemptStatus, ContactId, OpportunityId, Priority, Score, Status, Timestamp,
    contacts::{ContactFields, Grading},
    fold::fold,
    imports::{FixedIds, ImportRow},
    json::KeptObject,
    opportunities::{Attempt, Attempts},
};
use serde_json::json;

use super::{DAY, DAYS, people::Account, random::Random, words};

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;
/// The number of mobile phone numbers: nine digits that begin with 6.
const MOBILES: u64 = 100_000_000;

/// Generates rows; the same seed, number, times and accounts give the same rows.
pub struct Rows {
    random: Random,
    next: u64,
    count: u64,
    seed: u64,
    until: Timestamp,
    worked_until: Timestamp,
    /// Email addresses of possible holders, repeated according to their shares.
    holders: Vec<String>,
}

impl Rows {
    /// `count` rows, the last one detected just before `until`, held by these accounts. Attempts were made before
    /// `worked_until`: rows detected later have none yet.
    pub fn new(count: u64, seed: u64, until: Timestamp, worked_until: Timestamp, accounts: &[Account]) -> Self {
        let shares = accounts.iter().flat_map(|account| (0..account.share).map(|_| account.email.clone()));
        Self { random: Random::new(seed, 0), next: 0, count, seed, until, worked_until, holders: shares.collect() }
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        self.random.one_of(choices)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.chance(percent)
    }

    /// Evenly over the ninety days, so that neighbours in the list are neighbours in the order of arrival.
    fn detected_at(&mut self, index: u64) -> Timestamp {
        let step = DAYS * DAY * MICROS / i64::try_from(self.count.max(1)).unwrap_or(i64::MAX);
        let jitter = self.random.0.random_range(0..step.max(1));
        let start = self.until.micros() - DAYS * DAY * MICROS;
        // To the second: nobody notices a lead to the microsecond.
        let micros = start + i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(step) + jitter;
        Timestamp::from_seconds(micros.div_euclid(MICROS))
    }

    fn contact(&mut self, index: u64) -> ContactFields {
        let origin = self.one_of(words::ORIGINS);
        let first = self.one_of(origin.first_names);
        let last = match origin.family_names {
            1 => self.one_of(origin.last_names).to_owned(),
            _ => format!("{} {}", self.one_of(origin.last_names), self.one_of(origin.last_names)),
        };
        let (city, state, postal) = self.one_of(words::CITIES);
        // A step that shares no factor with the mobiles walks through all of them before one comes twice.
        let mobile = (index.wrapping_mul(7_654_321) + self.seed.wrapping_mul(1_234_577) % MOBILES) % MOBILES;
        let plain = |name: &str| fold(name).replace(' ', "");
        let address = format!("{}.{}.{}-{index}@example.com", plain(first), plain(&last), self.seed);
        let in_spain = self.chance(85);
        ContactFields {
            first_name: Some(first.to_owned()),
            last_name: Some(last),
            email: self.chance(92).then_some(address),
            mobile: Some(format!("+34 6{:02} {:03} {:03}", mobile / 1_000_000, mobile / 1_000 % 1_000, mobile % 1_000)),
            phone: self.chance(15).then(|| format!("+34 9{mobile:08}")),
            address: self.chance(30).then(|| {
                let street = self.one_of(words::STREETS);
                format!("{street}, {}", self.random.0.random_range(1..150))
            }),
            city: Some(city.to_owned()),
            state: Some(state.to_owned()),
            postal_code: Some(format!("{postal}{:03}", self.random.0.random_range(1..80))),
            country: Some("España".to_owned()),
            nacionalidad: Some(origin.nationality.to_owned()),
            grading_llamada: self.chance(40).then(|| self.one_of(Grading::ALL)),
            grading_situacion: self.chance(35).then(|| self.one_of(Grading::ALL)),
            tiempo_espana: in_spain.then(|| self.one_of(words::TIMES_IN_SPAIN).to_owned()),
            empadronado: in_spain.then(|| self.chance(80)),
            lugar_residencia: Some(city.to_owned()),
            tiene_ingresos: self.chance(70).then(|| self.chance(60)),
            trabaja_b: self.chance(50).then(|| self.chance(35)),
            edad: Some(self.random.0.random_range(18..70)),
            tiene_familiares_espana: self.chance(60).then(|| self.chance(50)),
            landing_product: Some(self.one_of(words::PRODUCTS).to_owned()),
            ..ContactFields::default()
        }
    }

    fn reason(&mut self, product: &str) -> KeptObject {
        let (source, reason) = (self.one_of(words::SOURCES), self.one_of(words::REASONS));
        KeptObject::stored(json!({ "source": source, "reason": reason, "product": product }).to_string())
    }

    /// A status, and the attempts that led to it.
    fn progress(&mut self, held: bool, detected_at: Timestamp) -> (Option<Status>, Attempts) {
        use AttemptStatus::{Green, Orange, Red};
        if detected_at >= self.worked_until {
            return (None, Attempts::new());
        }
        let (status, last) = match (held, self.random.0.random_range(0..100)) {
            (false, 0..92) | (true, 0..48) => (None, None),
            (true, 48..72) => (Some(Status::Contacted), Some(Green)),
            (true, 72..84) => (Some(Status::Converted), Some(Green)),
            (true, 84..96) => (Some(Status::Lost), Some(Red)),
            _ => (Some(Status::Expired), None),
        };
        let tried = match (held, last) {
            (false, _) => 0,
            (true, Some(_)) => self.random.0.random_range(1..=3),
            (true, None) => self.random.0.random_range(0..=2),
        };
        let mut attempts = Attempts::new();
        let mut at = detected_at;
        for number in 1..=tried {
            at = at.plus_seconds(self.random.0.random_range(1_800..2 * DAY)).min(self.worked_until);
            let status = last.filter(|_| number == tried).unwrap_or(Orange);
            let notes = self.chance(40).then(|| self.one_of(words::call_notes(status)).to_owned());
            attempts.insert(number, Attempt { status, call_id: None, attempted_at: at, notes });
        }
        (status, attempts)
    }
}

impl Iterator for Rows {
    type Item = ImportRow;

    fn next(&mut self) -> Option<ImportRow> {
        if self.next == self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let detected_at = self.detected_at(index);
        let contact = self.contact(index);
        let score: i64 = self.random.0.random_range(0..=50) + self.random.0.random_range(0..=50);
        let priority = match score + self.random.0.random_range(-15..=15) {
            85.. => Priority::Urgent,
            60.. => Priority::High,
            30.. => Priority::Medium,
            _ => Priority::Low,
        };
        let held = !self.holders.is_empty() && self.chance(60);
        let holder = held.then(|| self.random.0.random_range(0..self.holders.len()));
        let (status, attempts) = self.progress(held, detected_at);
        Some(ImportRow {
            detected_at: Some(detected_at),
            score: Score::new(score),
            priority: Some(priority),
            status,
            detection_reason: self.reason(contact.landing_product.as_deref().unwrap_or_default()),
            holder_email: holder.map(|holder| self.holders[holder].clone()),
            notes: self.chance(25).then(|| self.one_of(words::NOTES).to_owned()),
            attempts,
            fixed: Some(FixedIds {
                contact: ContactId::from_uuid(self.random.id(detected_at)),
                opportunity: OpportunityId::from_uuid(self.random.id(detected_at)),
                created_at: detected_at,
            }),
            ..ImportRow::new(index + 1, contact)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{super::people::accounts, *};

    const UNTIL: Timestamp = Timestamp::from_seconds(1_760_000_000);

    fn rows(count: u64, seed: u64) -> Vec<ImportRow> {
        Rows::new(count, seed, UNTIL, UNTIL, &accounts(12, seed, UNTIL)).collect()
    }

    #[test]
    fn only_the_same_seed_makes_the_same_rows() {
        assert_eq!(rows(500, 1), rows(500, 1));
        let ids = |seed| -> HashSet<_> {
            rows(500, seed).iter().filter_map(|row| row.fixed).map(|fixed| fixed.opportunity).collect()
        };
        assert!(ids(1).is_disjoint(&ids(2)));
    }

    #[test]
    fn no_two_rows_are_the_same_person() {
        let rows = rows(20_000, 1);
        let all_differ = |key: fn(&ImportRow) -> Option<&String>| {
            let keys: Vec<_> = rows.iter().filter_map(key).collect();
            assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
        };
        all_differ(|row| row.contact.email.as_ref());
        all_differ(|row| row.contact.mobile.as_ref());
    }

    #[test]
    fn rows_lie_in_order_within_ninety_days() {
        let rows = rows(5_000, 1);
        let times: Vec<Timestamp> = rows.iter().filter_map(|row| row.detected_at).collect();
        assert!(times.is_sorted());
        assert!(times[0] >= UNTIL.plus_seconds(-DAYS * DAY) && times[4_999] <= UNTIL);
        assert!(rows.iter().flat_map(|row| row.attempts.values()).all(|attempt| attempt.attempted_at <= UNTIL));
    }

    #[test]
    fn statuses_attempts_and_holders_agree() {
        let rows = rows(5_000, 1);
        for row in &rows {
            let last = row.attempts.values().last().map(|attempt| attempt.status);
            match row.status {
                Some(Status::Contacted | Status::Converted) => assert_eq!(last, Some(AttemptStatus::Green)),
                Some(Status::Lost) => assert_eq!(last, Some(AttemptStatus::Red)),
                _ => assert!(last.is_none_or(|last| last == AttemptStatus::Orange)),
            }
            assert!(row.holder_email.is_some() || row.attempts.is_empty());
            let email = row.contact.email.as_deref();
            assert!(email.is_none_or(|email| reparto_domain::values::EmailAddress::new(email).is_some()), "{email:?}");
        }
        let free = rows.iter().filter(|row| row.holder_email.is_none() && row.status.is_none()).count();
        assert!((1_500..2_500).contains(&free), "{free}");
    }
}
