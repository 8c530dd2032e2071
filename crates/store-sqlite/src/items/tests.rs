use proptest::prelude::*;
use reparto_domain::Status;

use super::{Before, Item, find, pack, unpack};

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::ALL)
}

fn holder() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(1..i64::MAX)
}

fn before() -> impl Strategy<Value = Before> {
    (holder(), status(), 0..i64::MAX, 0..i64::MAX).prop_map(|(holder, status, last_operation, effective_operation)| {
        Before { holder, status, last_operation, effective_operation }
    })
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let one = (1..i64::MAX, prop::option::of(before()), holder(), status())
        .prop_map(|(opportunity, before, holder, status)| Item { opportunity, before, holder, status });
    let same = (prop::collection::vec((1..i64::MAX, prop::option::of(before())), 0..40), holder(), status()).prop_map(
        |(items, holder, status)| {
            items.into_iter().map(|(opportunity, before)| Item { opportunity, before, holder, status }).collect()
        },
    );
    prop_oneof![prop::collection::vec(one, 0..40), same]
}

proptest! {
    #[test]
    fn packing_round_trips(items in items()) {
        prop_assert_eq!(unpack(&pack(&items)).unwrap(), items);
    }

    #[test]
    fn a_damaged_blob_is_an_error_and_never_a_panic(mut blob in prop::collection::vec(any::<u8>(), 0..200), version: bool) {
        if version && !blob.is_empty() {
            blob[0] = 1;
        }
        let _ = unpack(&blob);
    }

    #[test]
    fn a_blob_that_was_cut_short_is_an_error(items in items(), cut in 1_usize..20) {
        prop_assume!(!items.is_empty());
        let blob = pack(&items);
        let cut = cut.min(blob.len());
        prop_assert!(unpack(&blob[..blob.len() - cut]).is_err());
    }
}

#[test]
fn neighbours_given_to_one_user_take_few_bytes() {
    let before = Before { holder: None, status: Status::Pending, last_operation: 70_000, effective_operation: 70_000 };
    let items: Vec<Item> = (0..100)
        .map(|n| Item { opportunity: 900_000 + n, before: Some(before), holder: Some(7), status: Status::Assigned })
        .collect();
    let bytes = pack(&items).len();
    assert!(bytes <= 720, "{bytes} bytes");
}

#[test]
fn one_item_is_found_with_its_position() {
    let item = |opportunity| Item { opportunity, before: None, holder: None, status: Status::Pending };
    let blob = pack(&[item(5), item(3), item(9)]);
    assert_eq!(find(&blob, 3).unwrap(), Some((1, item(3))));
    assert_eq!(find(&blob, 4).unwrap(), None);
}
