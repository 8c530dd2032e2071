use std::{path::Path, sync::Arc};

use reparto_domain::{CallerClock, erasures::Erase};
use reparto_store::{Erasures as _, Maintenance as _};
use reparto_store_tests::{Database, Fixture, fixture::contact_named};

use super::vacuum;
use crate::{
    Options, SqliteStore,
    engine::{connect, errors::IntoStore as _, private::with_ending},
};

/// Whether the file or its log holds a text.
fn holds(path: &Path, text: &str) -> bool {
    let files = [path.to_owned(), with_ending(path, "-wal")];
    let found = |bytes: Vec<u8>| bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
    files.iter().filter_map(|file| std::fs::read(file).ok()).any(found)
}

#[tokio::test]
async fn nothing_that_was_deleted_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    let options = || Options { clock: Arc::new(CallerClock), ..Options::new(&path) };
    let store = SqliteStore::open(options()).unwrap();
    let f = Fixture::on(Database { store: Arc::new(store.clone()), guard: Box::new(()) }).await;
    // As a version that did not overwrite what was deleted.
    let before =
        "PRAGMA secure_delete = 0; INSERT INTO contacts_search (contacts_search, rank) VALUES ('secure-delete', 0)";
    store.write(move |conn| conn.execute_batch(before).into_store()).await.unwrap();
    f.many(200).await;
    let contact = f.contact_with(contact_named("Zulema", "Quintanilla")).await;
    f.many(200).await;
    let erase = Erase { reason: None, key: "a2V5".to_owned().into() };
    store.contact_erase(&f.as_admin(), contact, erase, None).await.unwrap();
    store.shut_down().await;
    assert!(holds(&path, "quintanilla"), "it is left in a gap, or in the index");
    vacuum(&path).unwrap();
    assert!(!holds(&path, "quintanilla") && !holds(&path, "zulema"));
    let store = SqliteStore::open(options()).unwrap();
    assert_eq!(store.check(10).await.unwrap(), []);
    store.shut_down().await;
}

#[test]
fn who_reads_old_pages_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    drop(connect::writer(&Options::new(&path)).unwrap());
    let reader = connect::snapshot(&path).unwrap();
    assert!(vacuum(&path).unwrap_err().to_string().contains("stop the service"));
    drop(reader);
    vacuum(&path).unwrap();
}
