//! From one process to the next.

use std::{fs, path::Path, time::Duration};

use reparto_domain::opportunities::OpportunityQuery;
use reparto_store::Maintenance as _;
use reparto_store_rows::lists::Lists;
use reparto_store_tests::{fixture::contact_named, lists::queries::every_order};
use reparto_test_postgres::Database;

use super::{Tried, pending, searched};
use crate::{Options, PostgresStore};

const SMALL: Lists = Lists::Mirror { fewest: 10, bytes: 64 << 20 };

async fn serving(database: &Database, folder: &Path) -> PostgresStore {
    let mut options = Options::new(database.url());
    (options.migrate, options.pool_size, options.lists) = (false, 4, SMALL);
    (options.lists_at_once, options.cache_dir) = (true, Some(folder.join("made")));
    PostgresStore::connect(options).await.unwrap()
}

impl Tried {
    /// Another process that serves takes the place of the one that is asked.
    async fn restart(&mut self, folder: &Path) {
        self.store.close().await;
        self.store = serving(&self.database, folder).await;
    }

    async fn until_made(&self) {
        for _ in 0..12_000 {
            if self.store.mirror().exists() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no mirror was made");
    }
}

/// The only file in the folder.
fn file(folder: &Path) -> std::path::PathBuf {
    let mut all = fs::read_dir(folder.join("made")).unwrap();
    let file = all.next().unwrap().unwrap().path();
    assert!(all.next().is_none());
    file
}

#[tokio::test]
async fn the_next_process_answers_from_memory_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = Tried::with(SMALL).await;
    let made = tried.f.many(12).await;
    tried.f.opportunity_of(contact_named("Zacarias", "Unico")).await;
    tried.restart(folder.path()).await;
    // Nobody has listed anything yet.
    tried.until_made().await;
    let agent = tried.f.agent().await;
    for round in 0..4 {
        tried.restart(folder.path()).await;
        let content = fs::read(file(folder.path())).unwrap();
        assert!(!content.windows(8).any(|part| part.eq_ignore_ascii_case(b"zacarias")), "a text is in the file");
        assert!(tried.store.mirror().exists());
        // What others wrote since the file was left is there, too.
        tried.f.bulk_assign(&made[round..=round], &agent).await;
        tried.f.opportunity_of(contact_named("Nueva", &format!("n{round}"))).await;
        assert!(tried.compare(pending()).await);
        for query in every_order() {
            // Without a filter SQL would answer.
            assert!(tried.compare(OpportunityQuery { filter: pending().filter, ..query }).await);
        }
        let mut looks = 0;
        while !tried.compare(searched("zacarias")).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
            looks += 1;
            assert!(looks < 12_000, "the texts were not read");
        }
        assert!(tried.compare(searched("nueva")).await);
    }
}

#[tokio::test]
async fn two_processes_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = Tried::with(SMALL).await;
    tried.f.many(12).await;
    tried.restart(folder.path()).await;
    tried.until_made().await;
    let other = serving(&tried.database, folder.path()).await;
    tokio::join!(async { tried.restart(folder.path()).await }, other.close());
    assert!(file(folder.path()).exists());
    tried.until_made().await;
    tried.restart(folder.path()).await;
    assert!(tried.compare(pending()).await);
}

#[tokio::test]
async fn a_file_of_other_tables_or_a_damaged_one_is_made_anew() {
    let restored = "CREATE TABLE kept AS TABLE assignments; TRUNCATE assignments; INSERT INTO assignments TABLE kept";
    let lost = "DELETE FROM audit_logs WHERE seq = (SELECT max(seq) FROM audit_logs)";
    for change in ["", restored, lost] {
        let folder = tempfile::tempdir().unwrap();
        let mut tried = Tried::with(SMALL).await;
        tried.f.many(12).await;
        tried.restart(folder.path()).await;
        tried.until_made().await;
        tried.store.close().await;
        if change.is_empty() {
            let mut content = fs::read(file(folder.path())).unwrap();
            let middle = content.len() / 2;
            content[middle] ^= 1;
            fs::write(file(folder.path()), content).unwrap();
        } else {
            tried.client().await.batch_execute(change).await.unwrap();
        }
        tried.store = serving(&tried.database, folder.path()).await;
        assert_eq!(tried.store.mirror().keeping().saved, None, "it was used: {change}");
        tried.until_made().await;
        assert!(tried.compare(pending()).await);
        tried.restart(folder.path()).await;
        assert!(tried.compare(pending()).await, "a good one was left");
    }
}

#[tokio::test]
async fn contacts_that_change_while_texts_are_read_are_found() {
    let tried = Tried::with(Lists::Always).await;
    tried.f.many(3).await;
    assert!(tried.compare(pending()).await);
    super::super::write(&tried.store.mirror().columns).as_mut().unwrap().searches = None;
    let (texts, since) = super::super::build::all_texts(&tried.store, 0).await.unwrap().unwrap();
    tried.f.opportunity_of(contact_named("Despues", "")).await;
    // Whoever lists meanwhile looks further than these texts.
    assert!(tried.compare(pending()).await);
    super::super::cache::take_over(&tried.store, texts, since).await;
    assert!(tried.compare(searched("despues")).await);
    assert_eq!(tried.list(searched("despues")).await.total, 1);
}
