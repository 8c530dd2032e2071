use proptest::prelude::{Strategy as Generate, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use uuid::Uuid;

use super::*;

fn user(number: usize) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number as u128 + 1))
}

fn roster(members: &[usize], weights: &[u32]) -> Roster {
    Roster { members: members.iter().copied().map(user).collect(), weights: weights.to_vec() }
}

/// What a test does to a ledger of at most seven people.
#[derive(Debug, Clone)]
enum Step {
    Turn { to: prop::sample::Index, value: i64, eligible: Vec<usize> },
    Back(prop::sample::Index),
    Moved { turn: prop::sample::Index, to: prop::sample::Index },
    Credit { to: prop::sample::Index, turns: i64 },
    Roster { members: Vec<usize>, weights: Vec<u32> },
}

const PEOPLE: usize = 7;

fn any_step() -> impl Generate<Value = Step> {
    let index = any::<prop::sample::Index>;
    let some = |least: usize| prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), least..=PEOPLE);
    prop_oneof![
        8 => (index(), 0..=100 * ONE_LEAD, some(1)).prop_map(|(to, value, eligible)| Step::Turn { to, value, eligible }),
        2 => index().prop_map(Step::Back),
        1 => (index(), index()).prop_map(|(turn, to)| Step::Moved { turn, to }),
        1 => (index(), -100 * ONE_LEAD..100 * ONE_LEAD).prop_map(|(to, turns)| Step::Credit { to, turns }),
        1 => (some(2), proptest::collection::vec(1..10_000_u32, PEOPLE))
            .prop_map(|(members, weights)| Step::Roster { members, weights }),
    ]
}

/// A ledger that remembers its events.
struct Tried {
    ledger: Ledger,
    rosters: Vec<Roster>,
    events: Vec<LedgerEvent>,
}

impl Tried {
    fn new() -> Self {
        let everybody = roster(&[0, 1, 2, 3, 4, 5, 6], &[100; PEOPLE]);
        Self { ledger: Ledger::new(vec![everybody.clone()]), rosters: vec![everybody], events: Vec::new() }
    }

    fn version(&self) -> u32 {
        self.rosters.len().try_into().unwrap()
    }

    fn add(&mut self, change: Change) {
        let event = LedgerEvent { number: self.ledger.events() + 1, version: self.version(), change };
        self.ledger.add(&event).unwrap();
        self.events.push(event);
    }

    fn turns(&self) -> Vec<u64> {
        self.ledger.turns.keys().copied().collect()
    }

    fn carry_out(&mut self, step: Step) {
        let members = self.rosters.last().unwrap().members.len();
        match step {
            Step::Turn { to, value, eligible } => {
                let eligible: Vec<usize> = eligible.into_iter().filter(|at| *at < members).collect();
                if !eligible.is_empty() {
                    self.add(Change::Turn { to: *to.get(&eligible), value, eligible });
                }
            }
            Step::Back(turn) if !self.turns().is_empty() => self.add(Change::Back { event: *turn.get(&self.turns()) }),
            Step::Moved { turn, to } if !self.turns().is_empty() => {
                self.add(Change::Moved { event: *turn.get(&self.turns()), to: to.index(members) });
            }
            Step::Back(_) | Step::Moved { .. } => {}
            Step::Credit { to, turns } => self.add(Change::Credit { to: to.index(members), turns }),
            Step::Roster { members, weights } => {
                let roster = roster(&members, &weights[..members.len()]);
                self.rosters.push(roster.clone());
                self.ledger.add_version(roster);
                self.add(Change::Leave);
            }
        }
    }

    fn sums(&self) -> (i64, i64) {
        let accounts = self.ledger.accounts().values();
        accounts.fold((0, 0), |(turns, values), one| (turns + one.balance, values + one.value_balance))
    }
}

proptest! {
    #[test]
    fn balances_add_up_to_zero_whatever_happens(steps in proptest::collection::vec(any_step(), 0..80)) {
        let mut tried = Tried::new();
        for step in steps {
            tried.carry_out(step);
            prop_assert_eq!(tried.sums(), (0, 0));
            let roster = tried.rosters.last().unwrap();
            for (user, account) in tried.ledger.accounts() {
                let has_left = roster.index(*user).is_none();
                prop_assert!(!has_left || (account.balance, account.value_balance) == (0, 0));
            }
        }
    }

    #[test]
    fn taking_back_every_turn_leaves_only_credits(
        steps in proptest::collection::vec(any_step(), 0..60),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        // Without changes of members: what somebody who leaves is owed cannot be given back to them.
        let steps = steps.into_iter().filter(|step| !matches!(step, Step::Roster { .. }));
        let (mut tried, mut credits) = (Tried::new(), Tried::new());
        for step in steps {
            if matches!(step, Step::Credit { .. }) {
                credits.carry_out(step.clone());
            }
            tried.carry_out(step);
        }
        for turn in order {
            tried.carry_out(Step::Back(turn));
        }
        prop_assert!(tried.turns().is_empty());
        for at in 0..PEOPLE {
            let of = |tried: &Tried| tried.ledger.accounts().get(&user(at)).copied().unwrap_or_default();
            let (found, expected) = (of(&tried), of(&credits));
            prop_assert_eq!((found.balance, found.value_balance), (expected.balance, 0));
            prop_assert_eq!((found.dealt, found.dealt_value), (0, 0));
        }
        prop_assert_eq!(tried.ledger.mean_value(), None);
    }

    #[test]
    fn the_same_events_add_up_to_the_same(steps in proptest::collection::vec(any_step(), 0..60)) {
        let mut tried = Tried::new();
        for step in steps {
            tried.carry_out(step);
        }
        let mut again = Ledger::new(tried.rosters.clone());
        for event in &tried.events {
            again.add(event).unwrap();
        }
        prop_assert_eq!(again, tried.ledger);
    }
}

#[test]
fn a_moved_turn_is_paid_by_who_takes_it_over() {
    let mut tried = Tried::new();
    let eligible: Vec<usize> = (0..PEOPLE).collect();
    tried.add(Change::Turn { to: 0, value: 50 * ONE_LEAD, eligible });
    let before = tried.ledger.accounts()[&user(0)];
    tried.add(Change::Moved { event: 1, to: 3 });
    let (giver, taker) = (tried.ledger.accounts()[&user(0)], tried.ledger.accounts()[&user(3)]);
    assert_eq!((taker.dealt, taker.dealt_value, giver.dealt), (1, 50 * ONE_LEAD, 0));
    assert!(giver.balance - before.balance > ONE_LEAD * 9 / 10 && taker.balance < -ONE_LEAD / 2);
}

#[test]
fn what_does_not_fold_changes_nothing() {
    let mut tried = Tried::new();
    tried.add(Change::Turn { to: 0, value: 0, eligible: vec![0, 1] });
    let before = tried.ledger.clone();
    let event = |number, version, change| LedgerEvent { number, version, change };
    let wrong = [
        (event(1, 1, Change::Nothing), BrokenLedger::OutOfSequence(1)),
        (event(3, 1, Change::Nothing), BrokenLedger::OutOfSequence(3)),
        (event(2, 0, Change::Nothing), BrokenLedger::UnknownVersion(2)),
        (event(2, 2, Change::Nothing), BrokenLedger::UnknownVersion(2)),
        (event(2, 1, Change::Back { event: 9 }), BrokenLedger::NoSuchTurn(2)),
        (event(2, 1, Change::Moved { event: 9, to: 0 }), BrokenLedger::NoSuchTurn(2)),
        (event(2, 1, Change::Moved { event: 1, to: 7 }), BrokenLedger::UnknownMember(2)),
        (event(2, 1, Change::NoTurn { to: 7 }), BrokenLedger::UnknownMember(2)),
        (event(2, 1, Change::Turn { to: 7, value: 0, eligible: vec![0] }), BrokenLedger::UnknownMember(2)),
        (event(2, 1, Change::Turn { to: 0, value: 0, eligible: vec![7] }), BrokenLedger::UnknownMember(2)),
    ];
    for (event, expected) in wrong {
        assert_eq!(tried.ledger.add(&event), Err(expected));
        assert_eq!(tried.ledger, before);
    }
    tried.add(Change::Back { event: 1 });
    let twice = event(3, 1, Change::Back { event: 1 });
    assert_eq!(tried.ledger.add(&twice), Err(BrokenLedger::NoSuchTurn(3)));
}

#[test]
fn a_change_of_roster_tells_who_left_and_who_joined() {
    use LedgerEventKind::{Join, Leave};
    let before = roster(&[0, 1, 2], &[100, 100, 100]);
    assert_eq!(before.turnover(&roster(&[2, 1, 0], &[7, 8, 9])), []);
    let after = roster(&[3, 1], &[100, 100]);
    assert_eq!(before.turnover(&after), [(Leave, user(0)), (Leave, user(2)), (Join, user(3))]);
}

proptest! {
    #[test]
    fn going_on_with_what_is_kept_adds_up_to_the_same(
        steps in proptest::collection::vec(any_step(), 0..60),
        at in any::<prop::sample::Index>(),
    ) {
        // Turns of before cannot be taken back without their events.
        let steps: Vec<Step> =
            steps.into_iter().filter(|step| !matches!(step, Step::Back(_) | Step::Moved { .. })).collect();
        let (mut tried, at) = (Tried::new(), at.index(steps.len() + 1));
        for step in &steps[..at] {
            tried.carry_out(step.clone());
        }
        let kept = Kept {
            version: tried.version(),
            roster: tried.rosters.last().unwrap().clone(),
            accounts: tried.ledger.accounts().clone(),
            events: tried.ledger.events(),
            row: tried.ledger.row(),
        };
        let mut resumed = Tried { ledger: Ledger::resumed(kept), ..Tried::new() };
        resumed.rosters = tried.rosters.clone();
        for step in &steps[at..] {
            tried.carry_out(step.clone());
            resumed.carry_out(step.clone());
        }
        prop_assert_eq!(resumed.ledger.accounts(), tried.ledger.accounts());
        prop_assert_eq!((resumed.ledger.row(), resumed.ledger.events()), (tried.ledger.row(), tried.ledger.events()));
        prop_assert_eq!(resumed.ledger.mean_value(), tried.ledger.mean_value());
    }
}
