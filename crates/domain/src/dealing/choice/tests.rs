//! The promises for leads that come one at a time, on random sequences.

use proptest::prelude::{Just, Strategy as Generate, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::dealing::balances::Booking;

/// A rotation in memory, as the tests need it.
#[derive(Debug, Clone)]
struct Tried {
    rules: ChoiceRules,
    weights: Vec<u32>,
    members: Vec<Contender>,
    counts: Vec<i64>,
    values: Vec<i64>,
    events: u64,
    value_sum: i64,
}

impl Tried {
    fn new(rules: ChoiceRules, weights: &[u32]) -> Self {
        let n = weights.len();
        let (counts, values) = (vec![0; n], vec![0; n]);
        let members = vec![Contender::default(); n];
        Self { rules, weights: weights.to_vec(), members, counts, values, events: 0, value_sum: 0 }
    }

    fn deal(&mut self, eligible: &[usize], value: i64) -> Choice {
        let events = i64::try_from(self.events).unwrap();
        let mean = (events > 0).then(|| self.value_sum / events.max(1));
        let lead = LeadValue { value, mean };
        let choice = choose(&self.rules, &self.members, &self.weights, eligible, lead, self.events).unwrap();
        self.events += 1;
        self.value_sum += value;
        let receiver = choice.member;
        let (mut turns, mut values) = (vec![0; self.members.len()], vec![0; self.members.len()]);
        Booking { points: ONE_LEAD, eligible, receiver }.book(&mut turns, &self.weights);
        Booking { points: value, eligible, receiver }.book(&mut values, &self.weights);
        for (at, member) in self.members.iter_mut().enumerate() {
            member.balance += turns[at];
            member.value_balance += values[at];
            member.in_a_row = if at == receiver { member.in_a_row + 1 } else { 0 };
        }
        self.members[receiver].last_event = self.events;
        self.counts[receiver] += 1;
        self.values[receiver] += value;
        choice
    }

    fn everybody(&self) -> Vec<usize> {
        (0..self.members.len()).collect()
    }

    fn balances(&self) -> impl Iterator<Item = i64> {
        self.members.iter().map(|member| member.balance)
    }
}

fn spread(numbers: &[i64]) -> i64 {
    numbers.iter().max().unwrap() - numbers.iter().min().unwrap()
}

fn any_values() -> impl Generate<Value = Vec<i64>> {
    proptest::collection::vec((0..=100_i64).prop_map(|score| score * ONE_LEAD), 1..250)
}

/// Members, and for each lead who may have it and its value.
fn any_sequence() -> impl Generate<Value = (usize, Vec<(Vec<usize>, i64)>)> {
    (1..13_usize).prop_flat_map(|n| {
        let some = proptest::sample::subsequence((0..n).collect::<Vec<_>>(), 1..=n);
        let value = (0..=100_i64).prop_map(|score| score * ONE_LEAD);
        (Just(n), proptest::collection::vec((some, value), 1..250))
    })
}

fn turns(slack: i64) -> ChoiceRules {
    ChoiceRules { slack, max_in_a_row: 0, ..ChoiceRules::default() }
}

proptest! {
    #[test]
    fn equal_weights_keep_counts_within_one_at_every_prefix(n in 1..13_usize, values in any_values()) {
        let mut tried = Tried::new(ChoiceRules::default(), &vec![100; n]);
        for value in values {
            tried.deal(&tried.everybody(), value);
            prop_assert!(spread(&tried.counts) <= 1, "{:?}", tried.counts);
        }
    }

    #[test]
    fn weights_leave_nobody_a_whole_lead_ahead_or_far_behind(
        weights in proptest::collection::vec(1..1_000_u32, 1..13),
        values in any_values(),
        max_in_a_row in prop_oneof![Just(0_u32), Just(3)],
    ) {
        let rules = ChoiceRules { slack: 0, max_in_a_row, ..ChoiceRules::default() };
        let mut tried = Tried::new(rules, &weights);
        for value in values {
            tried.deal(&tried.everybody(), value);
            for owed in tried.balances() {
                prop_assert!(owed > -ONE_LEAD, "a whole lead ahead: {owed}");
                // Measured, not proven; it grows like the logarithm of the number of members.
                prop_assert!(owed <= ONE_LEAD + ONE_LEAD / 4, "far behind: {owed}");
            }
        }
    }

    #[test]
    fn balances_stay_bounded_whoever_may_have_each_lead(
        (n, sequence) in any_sequence(),
        slack in 0..=ONE_LEAD,
    ) {
        let mut tried = Tried::new(turns(slack), &vec![100; n]);
        let half = i64::try_from(n - 1).unwrap() * ONE_LEAD / 2;
        for (step, (eligible, value)) in sequence.into_iter().enumerate() {
            tried.deal(&eligible, value);
            // What division left over so far: less than a millionth for each lead and member.
            let rounding = i64::try_from((step + 1) * n).unwrap();
            for owed in tried.balances() {
                prop_assert!(owed.abs() <= half + slack + rounding, "{owed}");
            }
            prop_assert_eq!(tried.balances().sum::<i64>(), 0);
        }
    }

    #[test]
    fn by_value_nobody_is_ahead_by_more_than_their_last_lead(
        n in 1..13_usize,
        values in any_values(),
    ) {
        let rules = ChoiceRules { strategy: Strategy::Value, max_in_a_row: 0, ..ChoiceRules::default() };
        let mut tried = Tried::new(rules, &vec![100; n]);
        let (mut dearest, mut last) = (0, vec![0; n]);
        for value in values {
            let choice = tried.deal(&tried.everybody(), value);
            dearest = dearest.max(value);
            // A lead without value changes nothing: the last one that counts is the one before.
            if value > 0 {
                last[choice.member] = value;
            }
            prop_assert!(spread(&tried.values) <= dearest, "{:?}", tried.values);
            let least = tried.values.iter().min().unwrap();
            for (value, last) in tried.values.iter().zip(&last) {
                prop_assert!(value - last <= *least, "envied by more than the last lead");
            }
        }
    }

    #[test]
    fn nobody_gets_more_than_the_maximum_in_a_row(
        (n, sequence) in any_sequence(),
        owed in 0..50_i64,
    ) {
        let mut tried = Tried::new(ChoiceRules::default(), &vec![100; n]);
        tried.members[0].balance = owed * ONE_LEAD;
        let mut row = (usize::MAX, 0);
        for (eligible, value) in sequence {
            let member = tried.deal(&eligible, value).member;
            row = if row.0 == member { (member, row.1 + 1) } else { (member, 1) };
            prop_assert!(eligible.len() == 1 || row.1 <= 3);
            if eligible.len() == 1 {
                row = (usize::MAX, 0);
            }
        }
    }

    #[test]
    fn who_was_away_gets_no_more_than_the_share_of_what_comes_after(
        n in 2..13_usize,
        before in any_values(),
        after in any_values(),
    ) {
        let mut tried = Tried::new(ChoiceRules::default(), &vec![100; n]);
        let others: Vec<usize> = (1..n).collect();
        for value in before {
            tried.deal(&others, value);
        }
        prop_assert_eq!(tried.members[0].balance, 0);
        let leads = i64::try_from(after.len()).unwrap();
        for value in after {
            tried.deal(&tried.everybody(), value);
        }
        let share = leads / i64::try_from(n).unwrap();
        prop_assert!(tried.counts[0] <= share + 2, "{} of {leads}", tried.counts[0]);
    }

    #[test]
    fn the_same_input_gives_the_same_choice((n, sequence) in any_sequence(), seed in any::<u64>()) {
        for strategy in Strategy::ALL {
            let rules = ChoiceRules { strategy: *strategy, ..ChoiceRules::default() };
            let mut tried = Tried::new(rules, &vec![7; n]);
            for (eligible, value) in &sequence {
                let lead = LeadValue { value: *value, mean: Some(50 * ONE_LEAD) };
                let (members, weights) = (&tried.members, &tried.weights);
                let once = choose(&rules, members, weights, eligible, lead, seed);
                prop_assert_eq!(once, choose(&rules, members, weights, eligible, lead, seed));
                prop_assert!(eligible.contains(&once.unwrap().member));
                tried.deal(eligible, *value);
            }
        }
    }
}

const LEAD: LeadValue = LeadValue { value: 50 * ONE_LEAD, mean: Some(50 * ONE_LEAD) };

fn chosen(rules: &ChoiceRules, members: &[Contender], lead: LeadValue) -> (usize, Because) {
    let everybody: Vec<usize> = (0..members.len()).collect();
    let choice = choose(rules, members, &vec![100; members.len()], &everybody, lead, 1).unwrap();
    (choice.member, choice.because)
}

#[test]
fn nobody_is_chosen_where_nobody_may_have_it() {
    assert_eq!(choose(&ChoiceRules::default(), &[Contender::default()], &[100], &[], LEAD, 0), None);
}

#[test]
fn dear_leads_go_to_who_is_below_and_cheap_ones_to_who_is_above() {
    let rules = ChoiceRules::default();
    let member = |value_balance| Contender { value_balance, ..Contender::default() };
    let members = [member(0), member(-9), member(9)];
    let lead = |value| LeadValue { value, mean: Some(50) };
    assert_eq!(chosen(&rules, &members, lead(51)), (2, Because::ValueBelow));
    assert_eq!(chosen(&rules, &members, lead(49)), (1, Because::ValueAbove));
    assert_eq!(chosen(&rules, &members, lead(50)), (0, Because::Place));
}

#[test]
fn what_decided_is_told() {
    let rules = ChoiceRules::default();
    let member = |balance, last_event| Contender { balance, last_event, ..Contender::default() };
    assert_eq!(chosen(&rules, &[member(0, 1)], LEAD), (0, Because::OnlyOne));
    assert_eq!(chosen(&rules, &[member(-ONE_LEAD, 1), member(ONE_LEAD, 2)], LEAD), (1, Because::OwedMost));
    assert_eq!(chosen(&rules, &[member(0, 2), member(0, 1)], LEAD), (1, Because::WaitedLongest));
    let open = ChoiceRules { strategy: Strategy::Open, ..rules };
    let busy = |open| Contender { open, ..Contender::default() };
    assert_eq!(chosen(&open, &[busy(2), busy(1)], LEAD), (1, Because::FewestOpen));
    assert_eq!(chosen(&open, &[busy(1), Contender { balance: 5, ..busy(1) }], LEAD), (1, Because::OwedMost));
    let tired = Contender { balance: ONE_LEAD * 9, in_a_row: 3, ..Contender::default() };
    assert_eq!(chosen(&rules, &[tired, member(0, 1)], LEAD), (1, Because::OthersInARow));
}

#[test]
fn lots_are_drawn_in_proportion_to_weights() {
    let rules = ChoiceRules { strategy: Strategy::Random, max_in_a_row: 0, ..ChoiceRules::default() };
    let members = [Contender::default(); 3];
    let mut counts = [0; 3];
    for seed in 0..4_000 {
        counts[choose(&rules, &members, &[100, 300, 0], &[0, 1, 2], LEAD, seed).unwrap().member] += 1;
    }
    assert!((900..1_100).contains(&counts[0]) && counts[2] == 0, "{counts:?}");
}
