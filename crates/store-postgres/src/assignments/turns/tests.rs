use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds { groups: 2, requests: 3, items: 10 };

fn claim(ids: impl IntoIterator<Item = u128>) -> Claim {
    Claim { ids: ids.into_iter().map(Uuid::from_u128).collect(), keyed: false }
}

fn keyed(ids: impl IntoIterator<Item = u128>) -> Claim {
    Claim { keyed: true, ..claim(ids) }
}

fn turns(claims: impl IntoIterator<Item = Claim>) -> Turns<usize> {
    let mut turns = Turns::new(BOUNDS);
    for (number, claim) in claims.into_iter().enumerate() {
        turns.arrive(claim, number);
    }
    turns
}

fn next(turns: &mut Turns<usize>) -> Option<(Vec<usize>, Place)> {
    turns.next(|_| true).map(|group| (group.members, group.place))
}

fn members(turns: &mut Turns<usize>) -> Vec<usize> {
    next(turns).map(|(members, _)| members).unwrap_or_default()
}

#[test]
fn who_comes_alone_goes_at_once() {
    let mut turns = turns([claim([1])]);
    assert_eq!(members(&mut turns), [0]);
    turns.arrive(claim([2]), 1);
    assert_eq!(members(&mut turns), [1]);
}

#[test]
fn those_who_wait_go_together_up_to_the_bounds() {
    let mut turns = turns((0..8).map(|n| claim([n])));
    assert_eq!(members(&mut turns), [0, 1, 2]);
    let (second, place) = next(&mut turns).unwrap();
    assert_eq!(second, [3, 4, 5]);
    assert!(next(&mut turns).is_none(), "both places are taken");
    turns.free(place);
    assert_eq!(members(&mut turns), [6, 7]);
}

#[test]
fn a_group_is_bounded_by_its_items() {
    let mut turns = turns([claim(0..6), claim(10..15), claim(20..24)]);
    assert_eq!(members(&mut turns), [0, 2]);
    assert_eq!(members(&mut turns), [1]);
}

#[test]
fn a_single_request_may_have_more_items_than_a_group() {
    let mut turns = turns([claim(0..50), claim([99])]);
    assert_eq!(members(&mut turns), [0]);
}

#[test]
fn requests_with_and_without_a_key_do_not_mix() {
    let mut turns = turns([claim([1]), keyed([2]), claim([3]), keyed([4])]);
    assert_eq!(members(&mut turns), [0, 2]);
    assert_eq!(members(&mut turns), [1, 3]);
}

#[test]
fn an_overlap_within_a_group_is_held_back() {
    let mut turns = turns([claim([1, 2]), claim([2, 3]), claim([4])]);
    let (first, place) = next(&mut turns).unwrap();
    assert_eq!(first, [0, 2]);
    assert!(next(&mut turns).is_none(), "a place is free, but 2 is under way");
    turns.free(place);
    assert_eq!(members(&mut turns), [1]);
}

#[test]
fn who_is_held_back_is_not_overtaken_by_those_who_name_the_same() {
    // 1 waits for 0; 2 overlaps with 1 alone, and waits for it; 3 overlaps with nobody.
    let mut turns = turns([claim([1]), claim([1, 2]), claim([2, 3]), claim([4])]);
    let (first, place) = next(&mut turns).unwrap();
    assert_eq!(first, [0, 3]);
    assert!(next(&mut turns).is_none());
    turns.free(place);
    let (second, place) = next(&mut turns).unwrap();
    assert_eq!(second, [1]);
    turns.free(place);
    assert_eq!(members(&mut turns), [2]);
}

#[test]
fn who_gives_up_is_not_executed_and_holds_nobody_back() {
    let mut turns: Turns<usize> = Turns::new(BOUNDS);
    let first = turns.arrive(claim([1]), 0);
    turns.arrive(claim([1]), 1);
    assert!(turns.give_up(first));
    assert!(!turns.give_up(first));
    assert_eq!(members(&mut turns), [1]);
}

#[test]
fn who_is_not_awaited_any_more_is_dropped() {
    let mut turns = turns([claim([1]), claim([2])]);
    assert_eq!(turns.next(|member| *member != 0).map(|group| group.members), Some(vec![1]));
    assert_eq!(turns.waiting(), 0);
}

fn any_claim() -> impl Strategy<Value = Claim> {
    (proptest::collection::btree_set(0_u128..40, 1..8), any::<bool>())
        .prop_map(|(ids, keyed)| Claim { keyed, ..claim(ids) })
}

proptest! {
    /// Requests arrive, and groups end in any order: nothing that is under way overlaps, bounds hold, overlapping
    /// requests go in the order of their arrival, and each goes exactly once.
    #[test]
    fn any_sequence_keeps_order_and_bounds(
        claims in proptest::collection::vec(any_claim(), 1..60),
        ends in proptest::collection::vec((any::<bool>(), any::<usize>()), 0..200),
    ) {
        let mut turns = Turns::new(BOUNDS);
        let (mut arrived, mut gone, mut running) = (0, Vec::<usize>::new(), Vec::<(Vec<usize>, Place)>::new());
        let mut ends = ends.into_iter();
        while gone.len() < claims.len() || !running.is_empty() {
            let (arrives, index) = ends.next().unwrap_or((arrived < claims.len(), 0));
            if arrives && arrived < claims.len() {
                turns.arrive(claims[arrived].clone(), arrived);
                arrived += 1;
            } else if !running.is_empty() {
                let (_, place) = running.swap_remove(index % running.len());
                turns.free(place);
            }
            while let Some((members, place)) = next(&mut turns) {
                prop_assert!(!members.is_empty() && members.len() <= BOUNDS.requests);
                let items: usize = members.iter().map(|member| claims[*member].ids.len()).sum();
                prop_assert!(members.len() == 1 || items <= BOUNDS.items);
                prop_assert!(members.iter().all(|member| claims[*member].keyed == claims[members[0]].keyed));
                gone.extend(&members);
                running.push((members, place));
                prop_assert!(running.len() <= BOUNDS.groups);
                let mut under_way: HashMap<Uuid, usize> = HashMap::new();
                for member in running.iter().flat_map(|(members, _)| members) {
                    for id in &claims[*member].ids {
                        prop_assert_eq!(under_way.insert(*id, *member), None);
                    }
                }
            }
            // With nothing under way, nobody may be left waiting.
            prop_assert!(!running.is_empty() || turns.waiting() == 0);
        }
        let mut turn = vec![0; claims.len()];
        for (when, member) in gone.iter().enumerate() {
            turn[*member] = when;
        }
        prop_assert_eq!(gone.len(), claims.len());
        for later in 0..claims.len() {
            for earlier in 0..later {
                if claims[earlier].ids.iter().any(|id| claims[later].ids.contains(id)) {
                    prop_assert!(turn[earlier] < turn[later]);
                }
            }
        }
    }
}
