//! Copies from one engine to another, or to the same.

mod filled;

use std::sync::atomic::{AtomicUsize, Ordering};

use reparto_domain::{contacts::ContactFields, events::FeedPosition, opportunities::OpportunityFilter};
use reparto_store::{Store, copy::Row};
use reparto_store_rows::copy::{Copied, CopyError, Progress, TABLES, copy, digests};
use tokio::sync::Notify;

use crate::{Engine, Fixture, fixture::contact_named, verify};

/// Turns the rules of copies into tests of a pair of engines.
#[macro_export]
macro_rules! copies {
    ($name:ident, $from:ty, $to:ty) => {
        $crate::copies! { @tests $name, $from, $to;
            everything_is_copied_and_back,
            a_target_with_rows_of_its_own_is_refused,
            a_copy_that_was_cut_short_goes_on_where_it_stood,
            a_source_that_changed_in_what_was_copied_is_noticed,
            a_source_that_changed_elsewhere_is_copied_as_it_is_now,
            what_is_written_meanwhile_is_told_and_not_in_the_copy,
            a_text_that_the_target_cannot_hold_is_mended_and_counted,
            two_copies_into_one_target_do_not_mix,
        }
    };
    (@tests $name:ident, $from:ty, $to:ty; $($rule:ident,)*) => {
        mod $name {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                reparto_store_tests::copying::$rule::<$from, $to>().await;
            })*
        }
    };
}

/// A copy; begun again where one that was cut short was still committing.
async fn copied(from: &Fixture, to: &Fixture) -> Result<Copied, CopyError> {
    loop {
        match copy(from.store(), to.store(), &|_| ()).await {
            Err(CopyError::Another) => {}
            done => return done,
        }
    }
}

/// Every row of every table.
async fn rows(store: &dyn Store) -> Vec<(&'static str, Vec<Row>)> {
    let mut source = store.copy_source().await.unwrap();
    let mut all = Vec::new();
    for table in TABLES {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let part = source.rows(table, after.as_deref(), table.page).await.unwrap();
            let last = part.last().map(|row: &Row| {
                row[..table.key].iter().filter_map(reparto_store::copy::Value::key).collect::<Vec<_>>()
            });
            let whole = part.len() < table.page;
            rows.extend(part);
            if whole {
                break;
            }
            after = last;
        }
        all.push((table.name, rows));
    }
    all
}

async fn assert_same(one: &Fixture, other: &Fixture) {
    let (one, other) = (rows(one.store()).await, rows(other.store()).await);
    for ((table, one), (_, other)) in one.iter().zip(&other) {
        assert_eq!(one.len(), other.len(), "{table}");
        for (one, other) in one.iter().zip(other) {
            // What only counts by its order may have another number.
            let from = usize::from(*table == "audit_logs");
            assert_eq!(one[from..], other[from..], "{table}");
        }
    }
}

/// A database with everything in it goes over and comes back, equal row for row, and works on.
pub async fn everything_is_copied_and_back<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let kept = filled::fill(&f).await;
    let there = f.on_copy(B::fresh().await);
    let copied_over = copied(&f, &there).await.unwrap();
    assert!(copied_over.tables.iter().all(|(_, digest)| digest.rows > 0), "{copied_over:?}");
    assert_eq!((copied_over.resumed, copied_over.replaced, copied_over.written_since), (0, 0, false));
    assert_same(&f, &there).await;
    let back = f.on_copy(A::fresh().await);
    copied(&there, &back).await.unwrap();
    assert_same(&f, &back).await;
    assert_eq!(digests(f.store()).await.unwrap(), digests(back.store()).await.unwrap());
    for copy in [&there, &back] {
        verify::assert_whole(copy.store()).await;
        assert_eq!(copy.end_of_feed().await, f.end_of_feed().await);
        let all = FeedPosition { operation: 0, job: 0 };
        assert_eq!(copy.store().feed_after(all, 1_000).await.unwrap(), f.store().feed_after(all, 1_000).await.unwrap());
        filled::works_on(copy, &kept).await;
        verify::assert_whole(copy.store()).await;
    }
}

/// Nothing is mixed.
pub async fn a_target_with_rows_of_its_own_is_refused<A: Engine, B: Engine>() {
    let (from, to) = (Fixture::on(A::fresh().await).await, Fixture::on(B::fresh().await).await);
    let before = rows(to.store()).await;
    assert!(matches!(copied(&from, &to).await, Err(CopyError::NotEmpty("users"))));
    assert_eq!(rows(to.store()).await, before);
    assert_eq!(to.store().copy_place().await.unwrap(), None);
}

/// Cuts a copy short after so many transactions. What the one before had under way when it was cut may still be
/// committed while this one begins: then it begins again.
async fn cut(from: &Fixture, to: &Fixture, after: usize) {
    while !is_cut(from, to, after).await {}
}

async fn is_cut(from: &Fixture, to: &Fixture, after: usize) -> bool {
    let (steps, enough) = (AtomicUsize::new(0), Notify::new());
    let told = |progress| {
        if matches!(progress, Progress::Copied(..)) && steps.fetch_add(1, Ordering::SeqCst) + 1 == after {
            enough.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = enough.notified() => true,
        done = copy(from.store(), to.store(), &told) => match done {
            Err(CopyError::Another) => false,
            done => panic!("not cut short: {done:?}"),
        },
    }
}

/// Whatever was committed before is not sent again.
pub async fn a_copy_that_was_cut_short_goes_on_where_it_stood<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    filled::fill(&f).await;
    let there = f.on_copy(B::fresh().await);
    for after in [1, 4, 6] {
        cut(&f, &there, after).await;
        assert!(there.store().copy_place().await.unwrap().is_some());
    }
    let copied_over = copied(&f, &there).await.unwrap();
    assert!(copied_over.resumed > 0);
    assert_eq!(there.store().copy_place().await.unwrap(), None);
    assert_same(&f, &there).await;
    assert!(matches!(copied(&f, &there).await, Err(CopyError::NotEmpty(_))), "it is finished");
}

/// A run never goes on from rows that the source no longer has.
pub async fn a_source_that_changed_in_what_was_copied_is_noticed<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let agent = f.agent().await;
    let there = f.on_copy(B::fresh().await);
    cut(&f, &there, 2).await;
    f.set_active(&agent, false).await;
    assert!(matches!(copied(&f, &there).await, Err(CopyError::Changed("users"))));
    f.set_active(&agent, true).await;
    f.agent().await;
    assert!(matches!(copied(&f, &there).await, Err(CopyError::Changed("users"))));
    assert!(there.store().copy_place().await.unwrap().is_some(), "and it stays unfinished");
}

/// What was not copied yet is copied as it is when the run begins.
pub async fn a_source_that_changed_elsewhere_is_copied_as_it_is_now<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    f.opportunities(2).await;
    let there = f.on_copy(B::fresh().await);
    cut(&f, &there, 1).await;
    f.opportunity_of(contact_named("Ñandú", "añadido")).await;
    copied(&f, &there).await.unwrap();
    assert_same(&f, &there).await;
    let found = f.on_copy(B::fresh().await);
    f.contact_with(ContactFields { notes: Some("luego".into()), ..contact_named("Uno", "Más") }).await;
    copied(&f, &found).await.unwrap();
    assert_same(&f, &found).await;
}

/// A copy is of the moment at which it began.
pub async fn what_is_written_meanwhile_is_told_and_not_in_the_copy<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    f.opportunities(2).await;
    let there = f.on_copy(B::fresh().await);
    let begun = Notify::new();
    let told = |_| begun.notify_one();
    let mut copying = std::pin::pin!(copy(f.store(), there.store(), &told));
    tokio::select! {
        biased;
        () = begun.notified() => {}
        done = &mut copying => panic!("it ended before it was told of: {done:?}"),
    }
    let late = f.opportunity().await;
    assert!(copying.await.unwrap().written_since);
    let viewer = f.admin().viewer();
    assert!(there.store().opportunity_get(&viewer, late).await.is_err());
    assert_eq!(there.matching(OpportunityFilter::default()).await.len(), 2);
}

/// U+0000 is kept where it can be.
pub async fn a_text_that_the_target_cannot_hold_is_mended_and_counted<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let id = f.opportunity().await;
    f.set_notes(id, Some("a\0b")).await;
    let there = f.on_copy(B::fresh().await);
    let lost = f.store().copy_holds_nul() && !there.store().copy_holds_nul();
    cut(&f, &there, 9).await;
    assert_eq!(copied(&f, &there).await.unwrap().replaced > 0, lost);
    let held = f.notes(id).await.unwrap();
    let expected = if lost { held.replace('\0', "\u{fffd}") } else { held };
    assert_eq!(there.notes(id).await.unwrap(), expected);
}

/// Who comes from another place than the target is at writes nothing.
pub async fn two_copies_into_one_target_do_not_mix<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let there = f.on_copy(B::fresh().await);
    let mut source = f.store().copy_source().await.unwrap();
    let users = source.rows(&TABLES[0], None, 10).await.unwrap();
    let import = async |from: Option<&str>, to: &str| {
        there.store().copy_import(&TABLES[0], users.clone(), from, to).await.unwrap()
    };
    assert!(!import(Some("a"), "b").await, "there is no unfinished copy");
    assert!(import(None, "a").await);
    assert!(!import(None, "b").await, "another has begun");
    assert!(!import(Some("x"), "b").await, "another has gone on");
    assert_eq!(there.store().copy_place().await.unwrap().as_deref(), Some("a"));
    assert!(matches!(copied(&there, &f).await, Err(CopyError::SourceUnfinished)));
}
