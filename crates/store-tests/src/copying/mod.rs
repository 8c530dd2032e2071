//! Copies from one engine to another, or to the same.

mod filled;

use std::sync::atomic::{AtomicUsize, Ordering};

use reparto_domain::{contacts::ContactFields, events::FeedPosition, opportunities::OpportunityFilter};
use reparto_store::{Store, copy::Row};
use reparto_store_rows::copy::{Copied, CopyError, Progress, TABLES, copy, digests};
use tokio::sync::Notify;

use crate::{Engine, Fixture, fixture::contact_named, verify};

/// Turns the copy rules into tests of a pair of engines.
#[macro_export]
macro_rules! copies {
    ($name:ident, $from:ty, $to:ty) => {
        $crate::copies! { @tests $name, $from, $to;
            everything_survives_a_copy_there_and_back,
            a_nonempty_target_is_refused,
            an_interrupted_copy_resumes,
            changes_to_copied_rows_are_detected,
            changes_to_rows_not_yet_copied_are_copied,
            writes_during_a_copy_are_reported_not_copied,
            texts_the_target_cannot_hold_are_fixed_and_counted,
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

/// Copies; retried while an interrupted copy is still committing.
async fn copied(from: &Fixture, to: &Fixture) -> Result<Copied, CopyError> {
    loop {
        match copy(from.store(), to.store(), &|_| ()).await {
            Err(CopyError::Another) => {}
            done => return done,
        }
    }
}

/// Every row of every table.
pub(crate) async fn rows(store: &dyn Store) -> Vec<(&'static str, Vec<Row>)> {
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
            // Columns of which only the order matters may be renumbered.
            let from = usize::from(*table == "audit_logs");
            assert_eq!(one[from..], other[from..], "{table}");
        }
    }
}

/// A database with data of every kind is copied there and back, equal row by row, and remains usable.
pub async fn everything_survives_a_copy_there_and_back<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let expected = filled::fill(&f).await;
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
        filled::assert_usable(copy, &expected).await;
        verify::assert_whole(copy.store()).await;
    }
}

/// Data of two databases is never mixed.
pub async fn a_nonempty_target_is_refused<A: Engine, B: Engine>() {
    let (from, to) = (Fixture::on(A::fresh().await).await, Fixture::on(B::fresh().await).await);
    let before = rows(to.store()).await;
    assert!(matches!(copied(&from, &to).await, Err(CopyError::NotEmpty("users"))));
    assert_eq!(rows(to.store()).await, before);
    assert_eq!(to.store().copy_progress().await.unwrap(), None);
}

/// Interrupts a copy after this many transactions. A transaction of a previously interrupted copy may still commit at
/// the start of this one, which is then retried.
async fn interrupt(from: &Fixture, to: &Fixture, after: usize) {
    while !is_interrupted(from, to, after).await {}
}

async fn is_interrupted(from: &Fixture, to: &Fixture, after: usize) -> bool {
    let (steps, enough) = (AtomicUsize::new(0), Notify::new());
    let reported = |progress| {
        if matches!(progress, Progress::Copied(..)) && steps.fetch_add(1, Ordering::SeqCst) + 1 == after {
            enough.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = enough.notified() => true,
        done = copy(from.store(), to.store(), &reported) => match done {
            Err(CopyError::Another) => false,
            done => panic!("not cut short: {done:?}"),
        },
    }
}

/// Rows committed earlier are not sent again.
pub async fn an_interrupted_copy_resumes<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    filled::fill(&f).await;
    let there = f.on_copy(B::fresh().await);
    for after in [1, 4, 6] {
        interrupt(&f, &there, after).await;
        assert!(there.store().copy_progress().await.unwrap().is_some());
    }
    let copied_over = copied(&f, &there).await.unwrap();
    assert!(copied_over.resumed > 0);
    assert_eq!(there.store().copy_progress().await.unwrap(), None);
    assert_same(&f, &there).await;
    assert!(matches!(copied(&f, &there).await, Err(CopyError::NotEmpty(_))), "it is finished");
}

/// A run never resumes from rows that the source no longer has.
pub async fn changes_to_copied_rows_are_detected<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let agent = f.agent().await;
    let there = f.on_copy(B::fresh().await);
    interrupt(&f, &there, 2).await;
    f.set_active(&agent, false).await;
    assert!(matches!(copied(&f, &there).await, Err(CopyError::Changed("users"))));
    f.set_active(&agent, true).await;
    f.agent().await;
    assert!(matches!(copied(&f, &there).await, Err(CopyError::Changed("users"))));
    assert!(there.store().copy_progress().await.unwrap().is_some(), "and it stays unfinished");
}

/// Rows not yet copied are copied as they are when the run begins.
pub async fn changes_to_rows_not_yet_copied_are_copied<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    f.opportunities(2).await;
    let there = f.on_copy(B::fresh().await);
    interrupt(&f, &there, 1).await;
    f.opportunity_of(contact_named("Ñandú", "añadido")).await;
    copied(&f, &there).await.unwrap();
    assert_same(&f, &there).await;
    let found = f.on_copy(B::fresh().await);
    f.contact_with(ContactFields { notes: Some("luego".into()), ..contact_named("Uno", "Más") }).await;
    copied(&f, &found).await.unwrap();
    assert_same(&f, &found).await;
}

/// A copy is a snapshot of the moment it began.
pub async fn writes_during_a_copy_are_reported_not_copied<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    f.opportunities(2).await;
    let there = f.on_copy(B::fresh().await);
    let begun = Notify::new();
    let reported = |_| begun.notify_one();
    let mut copying = std::pin::pin!(copy(f.store(), there.store(), &reported));
    tokio::select! {
        biased;
        () = begun.notified() => {}
        done = &mut copying => panic!("it ended before any progress was reported: {done:?}"),
    }
    let late = f.opportunity().await;
    assert!(copying.await.unwrap().written_since);
    let viewer = f.admin().viewer();
    assert!(there.store().opportunity_get(&viewer, late).await.is_err());
    assert_eq!(there.matching(OpportunityFilter::default()).await.len(), 2);
}

/// U+0000 is kept if the target can hold it.
pub async fn texts_the_target_cannot_hold_are_fixed_and_counted<A: Engine, B: Engine>() {
    let f = Fixture::on(A::fresh().await).await;
    let id = f.opportunity().await;
    f.set_notes(id, Some("a\0b")).await;
    let there = f.on_copy(B::fresh().await);
    let lost = f.store().copy_supports_nul() && !there.store().copy_supports_nul();
    interrupt(&f, &there, 9).await;
    assert_eq!(copied(&f, &there).await.unwrap().replaced > 0, lost);
    let held = f.notes(id).await.unwrap();
    let expected = if lost { held.replace('\0', "\u{fffd}") } else { held };
    assert_eq!(there.notes(id).await.unwrap(), expected);
}

/// An import with outdated progress writes nothing.
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
    assert!(!import(Some("x"), "b").await, "another copy has advanced");
    assert_eq!(there.store().copy_progress().await.unwrap().as_deref(), Some("a"));
    assert!(matches!(copied(&there, &f).await, Err(CopyError::SourceUnfinished)));
}
