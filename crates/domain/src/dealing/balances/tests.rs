use proptest::prelude::*;

use super::*;

/// Something that changes balances.
#[derive(Debug, Clone)]
enum Step {
    Deal { points: i64, eligible: Vec<usize>, receiver: usize },
    UndoOne(usize),
    Credit { amount: i64, to: usize },
    Leave(usize),
    Weight { member: usize, weight: u32 },
}

const MEMBERS: usize = 7;

fn any_step() -> impl Strategy<Value = Step> {
    let some = proptest::sample::subsequence((0..MEMBERS).collect::<Vec<_>>(), 1..=MEMBERS);
    let deal = (0..200 * ONE_LEAD, some, any::<prop::sample::Index>()).prop_map(|(points, eligible, receiver)| {
        let receiver = eligible[receiver.index(eligible.len())];
        Step::Deal { points, eligible, receiver }
    });
    prop_oneof![
        6 => deal,
        2 => any::<usize>().prop_map(Step::UndoOne),
        1 => (-100 * ONE_LEAD..100 * ONE_LEAD, 0..MEMBERS).prop_map(|(amount, to)| Step::Credit { amount, to }),
        1 => (0..MEMBERS).prop_map(Step::Leave),
        1 => (0..MEMBERS, 1..10_000_u32).prop_map(|(member, weight)| Step::Weight { member, weight }),
    ]
}

fn others(of: usize) -> Vec<usize> {
    (0..MEMBERS).filter(|member| *member != of).collect()
}

#[test]
fn what_division_leaves_over_goes_by_place() {
    assert_eq!(divide(ONE_LEAD, &[0, 1, 2], &[100, 100, 100]), [333_334, 333_333, 333_333]);
    assert_eq!(divide(-ONE_LEAD, &[0, 1, 2], &[100, 100, 100]), [-333_333, -333_333, -333_334]);
    assert_eq!(divide(10, &[1, 2], &[9, 1, 3]), [3, 7]);
    assert_eq!(divide(1, &[0, 1], &[0, 5]), [0, 1]);
    assert!(divide(5, &[], &[1]).is_empty() && divide(5, &[0], &[0]).is_empty());
}

#[test]
fn after_a_round_of_turns_nobody_is_owed_a_millionth() {
    let mut balances = [0; 3];
    for receiver in [2, 0, 1] {
        Booking { points: ONE_LEAD, eligible: &[0, 1, 2], receiver }.book(&mut balances, &[100; 3]);
        assert_eq!(balances.iter().sum::<i64>(), 0);
    }
    assert_eq!(balances, [0; 3]);
}

#[test]
fn nobody_else_can_pay_in_a_team_of_one() {
    let mut balances = [0];
    assert!(!credit(&mut balances, ONE_LEAD, 0, &[], &[100]));
    assert_eq!(balances, [0]);
}

proptest! {
    #[test]
    fn balances_add_up_to_zero_and_undoing_gives_them_back(steps in proptest::collection::vec(any_step(), 0..60)) {
        let mut weights = vec![100_u32; MEMBERS];
        let mut balances = vec![0_i64; MEMBERS];
        // Each deal with the weights that it was made with.
        let mut deals: Vec<(i64, Vec<usize>, usize, Vec<u32>)> = Vec::new();
        let mut without_deals = balances.clone();
        for step in steps {
            match step {
                Step::Deal { points, eligible, receiver } => {
                    Booking { points, eligible: &eligible, receiver }.book(&mut balances, &weights);
                    deals.push((points, eligible, receiver, weights.clone()));
                }
                Step::UndoOne(which) if !deals.is_empty() => {
                    let (points, eligible, receiver, then) = deals.swap_remove(which % deals.len());
                    Booking { points, eligible: &eligible, receiver }.unbook(&mut balances, &then);
                }
                Step::UndoOne(_) => {}
                Step::Credit { amount, to } => {
                    let before = balances[to];
                    credit(&mut balances, amount, to, &others(to), &weights);
                    prop_assert_eq!(balances[to] - before, amount);
                    credit(&mut without_deals, amount, to, &others(to), &weights);
                }
                Step::Leave(who) => {
                    let amount = balances[who];
                    leave(&mut balances, who, &others(who), &weights);
                    prop_assert_eq!(balances[who], 0);
                    credit(&mut without_deals, -amount, who, &others(who), &weights);
                }
                Step::Weight { member, weight } => weights[member] = weight,
            }
            prop_assert_eq!(balances.iter().sum::<i64>(), 0);
        }
        for (points, eligible, receiver, then) in deals.into_iter().rev() {
            Booking { points, eligible: &eligible, receiver }.unbook(&mut balances, &then);
        }
        prop_assert_eq!(balances, without_deals);
    }
}
