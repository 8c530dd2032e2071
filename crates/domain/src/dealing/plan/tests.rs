//! Promises of a deal, small ones compared with all possible ones.

use proptest::prelude::{Just, Strategy as Generate, prop_assert, prop_assert_eq, proptest};

use super::*;

/// A deal with its own members, classes and leads.
#[derive(Debug, Clone)]
struct Deal {
    members: Vec<PlanMember>,
    classes: Vec<Vec<usize>>,
    leads: Vec<PlanLead>,
}

impl Deal {
    fn input(&self) -> DealInput<'_> {
        DealInput { members: &self.members, classes: &self.classes, leads: &self.leads }
    }

    fn plan(&self) -> (Plan, Outcome) {
        let plan = plan(&self.input());
        let outcome = book(&self.input(), &plan.turns, |_, _| ());
        (plan, outcome)
    }
}

const MEMBER: PlanMember = PlanMember { weight: 100, balance: 0, value_balance: 0, capacity: u32::MAX, last_event: 0 };

/// Members that may all have every lead.
fn equal(members: usize, scores: &[i64]) -> Deal {
    let leads = scores.iter().map(|score| PlanLead { class: 0, value: score * ONE_LEAD }).collect();
    Deal { members: vec![MEMBER; members], classes: vec![(0..members).collect()], leads }
}

fn spread<T: Copy + Ord + std::ops::Sub<Output = T>>(numbers: &[T]) -> T {
    *numbers.iter().max().unwrap() - *numbers.iter().min().unwrap()
}

fn any_deal(members: usize, leads: usize, most: u32) -> impl Generate<Value = Deal> {
    let member =
        (1..4_u32, -2_000_000..2_000_000_i64, 0..=most, 0..3_u64).prop_map(|(weight, balance, capacity, last)| {
            PlanMember { weight, balance, capacity, last_event: last, ..MEMBER }
        });
    let members = proptest::collection::vec(member, 1..=members);
    members.prop_flat_map(move |members| {
        let some = proptest::sample::subsequence((0..members.len()).collect::<Vec<_>>(), 0..=members.len());
        proptest::collection::vec(some, 1..4).prop_flat_map(move |classes| {
            let lead =
                (0..classes.len(), 0..=100_i64).prop_map(|(class, score)| PlanLead { class, value: score * ONE_LEAD });
            let members = members.clone();
            proptest::collection::vec(lead, 0..=leads).prop_map(move |leads| {
                // What they are owed adds up to nothing.
                let mut members = members.clone();
                let sum: i64 = members.iter().map(|member| member.balance).sum();
                members[0].balance -= sum;
                Deal { members, classes: classes.clone(), leads }
            })
        })
    })
}

/// The best of all possible deals: the number of dealt leads, which those are, and the sum of costs times 6.
fn best(deal: &Deal) -> (usize, Vec<bool>, i128) {
    fn cost(deal: &Deal, counts: &[u32]) -> i128 {
        let one = |(member, count): (&PlanMember, &u32)| {
            let off = i128::from(*count) * i128::from(ONE_LEAD) - i128::from(member.balance);
            off * off * 6 / i128::from(member.weight)
        };
        deal.members.iter().zip(counts).map(one).sum()
    }
    fn all(deal: &Deal, dealt: &mut Vec<bool>, counts: &mut Vec<u32>, best: &mut Option<(usize, Vec<bool>, i128)>) {
        let Some(lead) = deal.leads.get(dealt.len()) else {
            let number = dealt.iter().filter(|dealt| **dealt).count();
            let found = (number, dealt.clone(), -cost(deal, counts));
            if best.as_ref().is_none_or(|best| found > *best) {
                *best = Some(found);
            }
            return;
        };
        for member in &deal.classes[lead.class] {
            if counts[*member] < deal.members[*member].capacity {
                counts[*member] += 1;
                dealt.push(true);
                all(deal, dealt, counts, best);
                dealt.pop();
                counts[*member] -= 1;
            }
        }
        dealt.push(false);
        all(deal, dealt, counts, best);
        dealt.pop();
    }
    let mut found = None;
    all(deal, &mut Vec::new(), &mut vec![0; deal.members.len()], &mut found);
    let (number, dealt, cost) = found.unwrap();
    (number, dealt, -cost)
}

proptest! {
    #[test]
    fn as_many_as_possible_the_most_urgent_and_the_evenest_numbers(deal in any_deal(3, 6, 4)) {
        let (plan, outcome) = deal.plan();
        let (number, dealt, cost) = best(&deal);
        let mut is_dealt = vec![false; deal.leads.len()];
        plan.turns.iter().for_each(|turn| is_dealt[turn.lead] = true);
        prop_assert_eq!((plan.turns.len(), &is_dealt), (number, &dealt));
        let off = |(member, count): (&PlanMember, &u32)| {
            let off = i128::from(*count) * i128::from(ONE_LEAD) - i128::from(member.balance);
            off * off * 6 / i128::from(member.weight)
        };
        prop_assert_eq!(deal.members.iter().zip(&outcome.counts).map(off).sum::<i128>(), cost);
    }

    #[test]
    fn nobody_gets_what_they_may_not_have_and_nothing_is_lost(deal in any_deal(9, 80, 12)) {
        let (plan, outcome) = deal.plan();
        let mut seen: Vec<usize> = plan.turns.iter().map(|turn| turn.lead).chain(plan.undealt.clone()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..deal.leads.len()).collect::<Vec<_>>());
        for turn in &plan.turns {
            prop_assert!(deal.classes[deal.leads[turn.lead].class].contains(&turn.to));
        }
        for (member, count) in deal.members.iter().zip(&outcome.counts) {
            prop_assert!(*count <= member.capacity);
        }
        prop_assert_eq!(outcome.balances.iter().sum::<i64>(), 0);
        prop_assert_eq!(outcome.value_balances.iter().sum::<i64>(), 0);
        prop_assert_eq!(deal.plan(), (plan, outcome));
    }

    #[test]
    fn one_deal_from_level_evens_counts_and_values(
        members in 1..13_usize,
        scores in proptest::collection::vec(0..=100_i64, 1..150),
    ) {
        let deal = equal(members, &scores);
        let (plan, outcome) = deal.plan();
        prop_assert!(plan.undealt.is_empty());
        prop_assert!(spread(&outcome.counts) <= 1, "{:?}", outcome.counts);
        prop_assert!(spread(&outcome.values) <= scores.iter().max().unwrap() * ONE_LEAD, "{:?}", outcome.values);
    }

    #[test]
    fn deals_one_after_the_other_stay_level(
        (members, deals) in (1..9_usize).prop_flat_map(|members| {
            (Just(members), proptest::collection::vec(proptest::collection::vec(0..=100_i64, 1..40), 1..12))
        }),
    ) {
        let mut members = vec![MEMBER; members];
        let mut counts = vec![0_u32; members.len()];
        for scores in deals {
            let deal = Deal { members: members.clone(), ..equal(members.len(), &scores) };
            let (_, outcome) = deal.plan();
            for (at, member) in members.iter_mut().enumerate() {
                (member.balance, member.value_balance) = (outcome.balances[at], outcome.value_balances[at]);
                counts[at] += outcome.counts[at];
            }
            prop_assert!(spread(&counts) <= 1, "{counts:?}");
        }
    }

    #[test]
    fn who_has_no_quota_left_is_owed_nothing_for_it(
        members in 2..9_usize,
        quota in 0..4_u32,
        scores in proptest::collection::vec(0..=100_i64, 1..80),
    ) {
        let mut deal = equal(members, &scores);
        deal.members[0].capacity = quota;
        let (_, outcome) = deal.plan();
        prop_assert!(outcome.balances.iter().all(|owed| owed.abs() <= ONE_LEAD), "{:?}", outcome.balances);
    }
}

#[test]
fn a_scarce_skill_goes_to_those_who_have_it() {
    // The first member alone speaks Arabic, and has a quota of 2: the two leads in Arabic are theirs, though least urgent.
    let mut deal = equal(3, &[50; 6]);
    deal.members[0].capacity = 2;
    deal.classes.push(vec![0]);
    deal.leads[4].class = 1;
    deal.leads[5].class = 1;
    let (plan, outcome) = deal.plan();
    assert_eq!((outcome.counts, plan.undealt), (vec![2, 2, 2], vec![]));
    let theirs: Vec<usize> = plan.turns.iter().filter(|turn| turn.to == 0).map(|turn| turn.lead).collect();
    assert_eq!(theirs, [4, 5]);
    assert!(plan.turns.iter().filter(|turn| turn.to == 0).all(|turn| turn.because == Because::OnlyOne));
}

#[test]
fn what_nobody_can_take_is_left_and_is_the_least_urgent() {
    let mut deal = equal(2, &[10, 20, 30, 40, 50]);
    deal.members[0].capacity = 1;
    deal.members[1].capacity = 2;
    assert_eq!(deal.plan().0.undealt, [3, 4]);
    deal.classes[0].clear();
    assert_eq!(deal.plan().0.undealt, [0, 1, 2, 3, 4]);
}

#[test]
fn who_is_owed_turns_gets_them() {
    let mut deal = equal(3, &[50; 6]);
    (deal.members[0].balance, deal.members[1].balance) = (2 * ONE_LEAD, -2 * ONE_LEAD);
    let (_, outcome) = deal.plan();
    assert_eq!(outcome.counts, [4, 0, 2]);
    // Level, but for what division left over.
    assert!(outcome.balances.iter().all(|owed| owed.abs() < 6), "{:?}", outcome.balances);
}

#[test]
fn weights_are_shares() {
    let mut deal = equal(3, &[50; 100]);
    deal.members[0].weight = 50;
    let (_, outcome) = deal.plan();
    assert_eq!(outcome.counts, [20, 40, 40]);
}

#[test]
fn dear_leads_are_spread() {
    let (_, outcome) = equal(2, &[90, 80, 70, 60]).plan();
    assert_eq!(outcome.values, [150 * ONE_LEAD, 150 * ONE_LEAD]);
}

#[test]
fn a_receiver_chosen_by_hand_pays_for_the_turn() {
    let mut deal = equal(3, &[50; 3]);
    deal.members[2].capacity = 0;
    let mut turns = deal.plan().0.turns;
    turns[0].to = 2;
    let outcome = book(&deal.input(), &turns, |_, eligible| assert!(eligible.len() >= 2));
    assert_eq!(outcome.balances.iter().sum::<i64>(), 0);
    assert!(outcome.balances[2] < -ONE_LEAD / 2, "{:?}", outcome.balances);
}
