use reparto_domain::{Refusal, dealing::balances::ONE_LEAD};

use super::*;

fn of(pairs: &[(i64, u32)]) -> Roster<i64> {
    roster_of(pairs.to_vec())
}

const EMPTY: Head = Head { version: 1, events: 0, mean_value: 0, value_count: 0, last_receiver: None, in_a_row: 0 };

fn stored(event: &BookedEvent, version: i64) -> StoredEvent {
    StoredEvent {
        number: event.number,
        kind: event.kind.number().into(),
        version,
        user: Some(event.user),
        points: event.points,
        value: 0,
        eligible: None,
        cancels: None,
    }
}

#[test]
fn what_is_written_is_read_back() {
    let members = of(&[(9, 100), (2, 7)]);
    assert_eq!(roster_text(&members).unwrap(), "[[9,100],[2,7]]");
    assert_eq!(roster("[[9,100],[2,7]]").unwrap(), members);
    let text = settings_text(&RotationSettings::default()).unwrap();
    assert_eq!(settings(&text).unwrap(), RotationSettings::default());
    assert_eq!(settings("{}").unwrap(), RotationSettings::default());
    assert!(roster("[[9]]").is_err() && settings("[").is_err() && version(-1).is_err());
    for list in [vec![], vec![0], vec![1, 7, 8, 50]] {
        assert_eq!(eligible(&eligible_bits(&list)), list);
    }
}

#[test]
fn a_book_that_is_closed_is_the_sum_of_its_events() {
    let mut book = Book::open(&EMPTY, of(&[]), BTreeMap::new()).unwrap();
    book.follow(of(&[])).unwrap();
    assert!(book.close().is_none(), "nothing changed");
    let mut book = Book::open(&EMPTY, of(&[]), BTreeMap::new()).unwrap();
    book.follow(of(&[(1, 100), (2, 300)])).unwrap();
    let joined = book.close().unwrap();
    let kinds: Vec<LedgerEventKind> = joined.events.iter().map(|event| event.kind).collect();
    assert_eq!((kinds, joined.accounts.len()), (vec![LedgerEventKind::Join; 2], 0));
    let second = joined.roster.clone().unwrap();
    let mut book = Book::open(&joined.head, second.clone(), BTreeMap::new()).unwrap();
    book.credit(1, 3 * ONE_LEAD / 2).unwrap();
    let paid = book.close().unwrap();
    assert!(paid.roster.is_none());
    let balances: Vec<(i64, i64)> = paid.accounts.iter().map(|(user, account)| (*user, account.balance)).collect();
    assert_eq!(balances, [(1, 1_500_000), (2, -1_500_000)]);
    let accounts: BTreeMap<i64, Account> = paid.accounts.iter().copied().collect();
    let mut book = Book::open(&paid.head, second.clone(), accounts.clone()).unwrap();
    assert!(matches!(book.credit(7, ONE_LEAD), Err(StoreError::Refused(Refusal::MemberNotFound))));
    book.follow(of(&[(2, 300), (3, 100)])).unwrap();
    let left = book.close().unwrap();
    let third = left.roster.clone().unwrap();
    let mut kept = accounts;
    kept.extend(left.accounts.iter().copied());
    assert_eq!(kept.values().map(|account| account.balance).sum::<i64>(), 0);
    assert_eq!(kept[&1].balance, 0, "who left is owed nothing");
    // What was written adds up to what is kept, and to nothing else.
    let text = settings_text(&RotationSettings::default()).unwrap();
    let rosters = [of(&[]), second, third];
    let versions: Vec<(i64, String, String)> = (1..)
        .zip(rosters.iter().map(|roster| (text.clone(), roster_text(roster).unwrap())))
        .map(|(n, (s, m))| (n, s, m))
        .collect();
    let fold = |versions: &[(i64, String, String)]| {
        let mut fold = Fold::new(RotationId::from_bytes([7; 16]), versions);
        for (version, events) in [(2, &joined.events), (2, &paid.events), (3, &left.events)] {
            for event in events {
                fold.add(&stored(event, version));
            }
        }
        fold
    };
    assert_eq!(fold(&versions).compare(&left.head, &kept), None);
    let broken = |fold: Fold, head: Head, kept: &BTreeMap<i64, Account>| fold.compare(&head, kept).unwrap().1;
    assert!(broken(fold(&versions), Head { events: 9, ..left.head }, &kept).contains("its row says"));
    assert!(broken(fold(&versions[1..]), left.head, &kept).contains("no version 1"));
    assert!(broken(fold(&versions[..2]), left.head, &kept).contains("version that does not exist"));
    let mut other = kept.clone();
    other.entry(2).or_default().balance += 1;
    assert!(broken(fold(&versions), left.head, &other).contains("is kept of user 2"));
    let mut twice = fold(&versions);
    twice.add(&stored(&left.events[0], 3));
    assert!(broken(twice, left.head, &kept).contains("out of sequence"));
}

#[test]
fn each_kind_of_event_is_read_as_what_it_changes() {
    let members = of(&[(5, 100), (6, 100)]);
    let event = |kind: LedgerEventKind| StoredEvent {
        number: 1,
        kind: kind.number().into(),
        version: 1,
        user: Some(6),
        points: ONE_LEAD,
        value: 3,
        eligible: None,
        cancels: None,
    };
    let dealt = StoredEvent { eligible: Some(vec![0b11]), ..event(LedgerEventKind::AutoDeal) };
    assert_eq!(dealt.change(&members), Some(Change::Turn { to: 1, value: 3, eligible: vec![0, 1] }));
    assert_eq!(event(LedgerEventKind::AutoDeal).change(&members), None, "without the bits");
    assert_eq!(event(LedgerEventKind::Sticky).change(&members), Some(Change::NoTurn { to: 1 }));
    let of_turn = |kind| StoredEvent { cancels: Some(4), ..event(kind) };
    assert_eq!(of_turn(LedgerEventKind::Move).change(&members), Some(Change::Moved { event: 4, to: 1 }));
    let away = StoredEvent { user: None, ..of_turn(LedgerEventKind::Move) };
    assert_eq!(away.change(&members), Some(Change::Back { event: 4 }), "to nobody");
    assert_eq!(of_turn(LedgerEventKind::GiveBack).change(&members), Some(Change::Back { event: 4 }));
    assert_eq!(event(LedgerEventKind::Missed).change(&members), Some(Change::Nothing));
    assert_eq!(event(LedgerEventKind::CatchUp).change(&members), Some(Change::Credit { to: 1, turns: ONE_LEAD }));
    let stranger = StoredEvent { user: Some(9), ..event(LedgerEventKind::Credit) };
    assert_eq!(stranger.change(&members), None);
    assert_eq!(StoredEvent { kind: 99, ..dealt }.change(&members), None);
}
