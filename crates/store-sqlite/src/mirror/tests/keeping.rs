use std::{collections::HashSet, time::Duration};

use reparto_domain::{
    Status,
    erasures::Erase,
    fold::fold,
    opportunities::{OpportunityFilter, OpportunityQuery, Position},
    search::Search,
};
use reparto_store::{Assignments as _, Erasures as _, Imports as _, Opportunities as _, StoreError, Users as _};
use reparto_store_rows::lists::SEARCH_BYTES;
use reparto_store_tests::{
    Fixture,
    fixture::{all_opportunities, bulk_ids, contact_named},
};
use rusqlite::Connection;

use reparto_store_tests::lists::queries::every_order;

use super::{Lists, Tried};
use crate::engine::errors::IntoStore as _;

pub(super) const SMALL: Lists = Lists::Mirror { fewest: 10, bytes: 64 << 20 };

pub(super) fn pending() -> OpportunityQuery {
    let filter = OpportunityFilter { status: Some(Status::Pending), ..OpportunityFilter::default() };
    OpportunityQuery { filter, ..all_opportunities() }
}

/// Asks until the mirror has answered once more: it is made in the background.
pub(super) async fn until_answered(tried: &Tried) {
    let before = tried.answered();
    for _ in 0..12_000 {
        tried.f.list(pending()).await;
        if tried.answered() > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no mirror was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_filtered_list_builds_the_mirror() {
    let tried = Tried::with(SMALL).await;
    tried.f.opportunities(12).await;
    assert!(!tried.compare(pending()).await, "there is no mirror before it is needed");
    until_answered(&tried).await;
    for query in every_order() {
        assert!(tried.compare(query).await);
    }
}

#[tokio::test]
async fn first_pages_and_few_rows_need_no_mirror() {
    let tried = Tried::with(SMALL).await;
    tried.f.opportunities(9).await;
    tried.f.list(pending()).await;
    tried.f.opportunities(9).await;
    tried.f.list(all_opportunities()).await;
    assert!(!tried.store.mirror().is_for(&all_opportunities()));
    assert!(tried.store.mirror().is_for(&pending()));
    let deep = OpportunityQuery { position: Position::Page(1_000), ..all_opportunities() };
    assert!(tried.store.mirror().is_for(&deep));
    assert!(!tried.store.mirror().was_wanted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_over_its_budget_is_not_built() {
    let tried = Tried::with(Lists::Mirror { fewest: 10, bytes: 100 }).await;
    tried.f.opportunities(12).await;
    tried.f.list(pending()).await;
    while tried.store.mirror().is_wanted() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(tried.f.list(pending()).await.total, 12);
    assert_eq!(tried.answered(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_without_room_for_texts_use_sql() {
    // Room for twenty rows, but not for the texts of their contacts as well.
    let bytes = SEARCH_BYTES + 20 * crate::mirror::build::ROW_BYTES;
    let tried = Tried::with(Lists::Mirror { fewest: 10, bytes }).await;
    tried.f.opportunities(12).await;
    until_answered(&tried).await;
    assert!(!tried.compare(searching("contacto")).await);
    assert!(tried.compare(pending()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_writes_is_seen_at_once() {
    let tried = Tried::with(Lists::Always).await;
    let made = tried.f.opportunities(12).await;
    let other = tried.another();
    assert!(tried.compare(pending()).await);
    let agent = tried.f.agent().await;
    for (number, id) in made.iter().enumerate() {
        let command = Fixture::bulk_assign_command(bulk_ids(&[*id]), agent.id);
        other.opportunity_bulk_assign(&tried.f.as_admin(), command, &tried.f.assignable, None).await.unwrap();
        // Every second time this process writes after it, and so hides the other's entry behind its own.
        if number % 2 == 0 {
            tried.f.opportunity().await;
        }
        let page = tried.f.list(pending()).await;
        assert_eq!(page.total, 12 - number as u64 - 1 + number as u64 / 2 + 1);
        for query in every_order() {
            tried.compare(query).await;
        }
    }
    other.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_overtaken_by_another_process_is_rebuilt() {
    let tried = Tried::with(SMALL).await;
    tried.f.opportunities(12).await;
    until_answered(&tried).await;
    let other = tried.another();
    let rows = (0..50).map(|number| tried.f.import_row(contact_named("Otra", &number.to_string()))).collect();
    let mode = reparto_domain::imports::ImportMode::default();
    other.import_rows(&tried.f.system(), rows, mode, &tried.f.assignable).await.unwrap();
    other.shut_down().await;
    assert_eq!(tried.f.list(pending()).await.total, 62);
    until_answered(&tried).await;
    assert_eq!(tried.f.list(pending()).await.total, 62);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_write_ahead_log_is_emptied_when_a_user_is_erased() {
    let tried = Tried::with(SMALL).await;
    let agent = tried.f.agent().await;
    tried.store.user_delete(&tried.f.system(), agent.id).await.unwrap();
    let erase = Erase { reason: None, key: "a2V5".to_owned().into() };
    tried.store.user_erase(&tried.f.as_admin(), agent.id, erase).await.unwrap();
    assert_eq!(std::fs::metadata(tried.path.with_extension("db-wal")).unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_keeps_the_mirror() {
    let tried = Tried::with(Lists::Always).await;
    let made = tried.f.opportunities(12).await;
    assert!(tried.compare(pending()).await);
    let contact = tried.f.get(made[0]).await.contact.id;
    let erase = Erase { reason: None, key: "a2V5".to_owned().into() };
    tried.store.contact_erase(&tried.f.as_admin(), contact, erase, None).await.unwrap();
    let wal = std::fs::metadata(tried.path.with_extension("db-wal")).unwrap().len();
    assert_eq!(wal, 0, "the log is emptied");
    tried.f.opportunity().await;
    assert!(tried.compare(pending()).await);
    // What another process writes meanwhile is still noticed.
    let other = tried.another();
    let agent = tried.f.agent().await;
    let command = Fixture::bulk_assign_command(bulk_ids(&[made[1]]), agent.id);
    other.opportunity_bulk_assign(&tried.f.as_admin(), command, &tried.f.assignable, None).await.unwrap();
    tried.store.empty_wal().await;
    tried.f.opportunity().await;
    tried.compare(pending()).await;
    assert_eq!(tried.f.list(pending()).await.total, 13);
    other.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolled_back_change_leaves_the_mirror_unchanged() {
    let tried = Tried::with(Lists::Always).await;
    tried.f.opportunities(3).await;
    assert!(tried.compare(pending()).await);
    let taken_back = tried.store.write(|conn| {
        conn.execute("UPDATE assignments SET status = 1", []).into_store()?;
        Err::<(), _>(StoreError::Busy)
    });
    assert!(taken_back.await.is_err());
    assert!(tried.compare(pending()).await);
    assert_eq!(tried.f.list(pending()).await.total, 3);
}

/// Lets the file grow by no page, or as far as it likes.
async fn limit(tried: &Tried, pages: &'static str) {
    let limited = move |conn: &Connection| {
        let now: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0)).into_store()?;
        let limit = if pages.is_empty() { now } else { i64::from(i32::MAX) };
        conn.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(())).into_store()
    };
    tried.store.write(limited).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_leaves_no_wrong_mirror() {
    let tried = Tried::with(Lists::Always).await;
    let made = tried.f.many(2_000).await;
    assert!(tried.compare(pending()).await);
    limit(&tried, "").await;
    let agent = tried.f.agent().await;
    let (mut given, mut refused) = (0, 0);
    for ids in made.chunks(100) {
        let command = Fixture::bulk_assign_command(bulk_ids(ids), agent.id);
        match tried.f.try_bulk_assign(&tried.f.as_admin(), command).await {
            Ok(outcome) => given += outcome.done.len() as u64,
            Err(_) => refused += 1,
        }
        assert!(tried.compare(pending()).await);
    }
    assert!(refused > 0, "the disk was never full");
    limit(&tried, "more").await;
    assert_eq!(tried.f.list(pending()).await.total, 2_000 - given);
}

fn waiting(tried: &Tried) -> usize {
    tried.store.mirror().feed.after_snapshot().touched.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keeper_reads_pending_rows_while_nobody_lists() {
    let tried = Tried::with(SMALL).await;
    let made = tried.f.many(500).await;
    until_answered(&tried).await;
    let agent = tried.f.agent().await;
    for _ in 0..12 {
        tried.f.bulk_assign(&made, &agent).await;
    }
    // 6,000 were touched: more than are left to a list to read.
    for _ in 0..12_000 {
        if waiting(&tried) < 4_096 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(waiting(&tried) < 4_096, "the keeper reads what was touched");
    assert!(tried.compare(pending()).await);
    assert_eq!(tried.f.list(pending()).await.total, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_with_a_mirror_closes() {
    let tried = Tried::with(SMALL).await;
    tried.f.opportunities(12).await;
    until_answered(&tried).await;
    tried.store.shut_down().await;
    assert!(tried.store.opportunity_list(pending()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_of_any_length_matches_anywhere() {
    let tried = Tried::with(Lists::Always).await;
    let letters = ['a', 'b', 'ñ', '"', '7', 'ж', '*'];
    let mut names: Vec<String> = letters.iter().map(ToString::to_string).collect();
    for first in letters {
        names.extend(letters.iter().map(|second| format!("{first}{second}")));
    }
    names.extend(["abba", "ab", "7ж", "a ж", "xx*", "*x", "b7b7b"].map(String::from));
    let mut parts = HashSet::new();
    for (number, name) in names.iter().enumerate() {
        tried.f.opportunity_of(contact_named(name, "")).await;
        if number % 7 == 0 {
            // Some come while there is a mirror.
            assert!(tried.compare(searching("ab")).await);
        }
        let folded: Vec<char> = fold(name).chars().collect();
        parts.extend((1..4).flat_map(|length| folded.windows(length).map(|part| part.iter().collect::<String>())));
    }
    for part in parts {
        assert!(tried.compare(searching(&part)).await, "{part}");
    }
}

pub(super) fn searching(part: &str) -> OpportunityQuery {
    let filter = OpportunityFilter { search: Search::new(part), ..OpportunityFilter::default() };
    OpportunityQuery { filter, ..all_opportunities() }
}
