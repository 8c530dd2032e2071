//! The leads and the people that every way of dealing is given.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// People in the team.
pub const MEMBERS: usize = 12;
/// Mornings.
const DAYS: usize = 60;
/// Leads of a morning.
const LEADS_A_DAY: usize = 100;
/// The value of the dearest leads.
pub const DEAREST: i64 = 100;

/// A lead, in the order of arrival.
#[derive(Debug, Clone, Copy)]
pub struct Lead {
    /// The morning on which it is dealt.
    pub day: usize,
    /// Its value, from 0 to [`DEAREST`].
    pub value: i64,
}

/// Sixty mornings of a team.
#[derive(Debug)]
pub struct World {
    /// All leads, by day.
    pub leads: Vec<Lead>,
    /// For each day, who is there.
    pub present: Vec<Vec<usize>>,
    /// For each member, the share of the open leads that they close in a day, in percent.
    pub closes: Vec<u32>,
}

/// How far people are apart: the most anybody has beyond what is due, and lacks of it, together.
#[derive(Debug)]
pub struct Spread {
    /// In leads.
    pub count: f64,
    /// In value.
    pub value: f64,
    /// The most leads that anybody was given on one day.
    pub most_in_a_day: usize,
}

impl World {
    /// The same seed gives the same world. Everybody is away for five days once, some for fifteen, and single days besides;
    /// values are many small ones and few large ones.
    pub fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut is_away = vec![vec![false; DAYS]; MEMBERS];
        for (member, days) in is_away.iter_mut().enumerate() {
            let length = if member % 4 == 0 { 15 } else { 5 };
            let start = random.random_range(0..DAYS - length);
            days[start..start + length].fill(true);
            (0..3).for_each(|_| days[random.random_range(0..DAYS)] = true);
        }
        let present = |day: usize| (0..MEMBERS).filter(|member| !is_away[*member][day]).collect();
        let present = (0..DAYS).map(present).collect();
        let lead = |at: usize, random: &mut ChaCha8Rng| {
            let value = random.random_range(0..=DEAREST) * random.random_range(0..=DEAREST) / DEAREST;
            Lead { day: at / LEADS_A_DAY, value }
        };
        let leads = (0..DAYS * LEADS_A_DAY).map(|at| lead(at, &mut random)).collect();
        let closes = (0..MEMBERS).map(|_| random.random_range(20..50)).collect();
        Self { leads, present, closes }
    }

    /// The leads of a day, with their places among all.
    pub fn day(&self, day: usize) -> impl Iterator<Item = (usize, Lead)> + '_ {
        let first = day * LEADS_A_DAY;
        self.leads[first..first + LEADS_A_DAY].iter().enumerate().map(move |(at, lead)| (first + at, *lead))
    }

    /// The number of days.
    pub fn days(&self) -> usize {
        self.present.len()
    }

    /// How far apart a way of dealing leaves people from what is due to them: an equal part of every lead of the days on
    /// which they are there.
    #[allow(clippy::cast_precision_loss)]
    pub fn spread(&self, receivers: &[usize]) -> Spread {
        let (mut counts, mut values) = ([0.0; MEMBERS], [0.0; MEMBERS]);
        let mut of_day = vec![[0; MEMBERS]; self.days()];
        for (lead, receiver) in self.leads.iter().zip(receivers) {
            counts[*receiver] += 1.0;
            values[*receiver] += lead.value as f64;
            of_day[lead.day][*receiver] += 1;
            let present = &self.present[lead.day];
            for member in present {
                counts[*member] -= 1.0 / present.len() as f64;
                values[*member] -= lead.value as f64 / present.len() as f64;
            }
        }
        let apart = |numbers: &[f64]| {
            let most = numbers.iter().copied().fold(f64::MIN, f64::max);
            most - numbers.iter().copied().fold(f64::MAX, f64::min)
        };
        let most_in_a_day = of_day.iter().flatten().copied().max().unwrap_or_default();
        Spread { count: apart(&counts), value: apart(&values), most_in_a_day }
    }
}
