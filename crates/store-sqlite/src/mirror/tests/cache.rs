//! From one process to the next.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Arc, time::Duration};

use reparto_domain::CallerClock;
use reparto_store::Assignments as _;
use reparto_store_tests::{
    Fixture,
    fixture::{bulk_ids, contact_named},
    lists::queries::every_order,
};
use rusqlite::Connection;

use super::{
    Lists, Tried, compared,
    keeping::{SMALL, pending, searching, until_answered},
};
use crate::{Options, SqliteStore, engine::private::with_ending, mirror::build};

/// What is done to a database, or to its file of lists, while no process has it open.
type Change<'a> = &'a dyn Fn(&Tried);

/// A store that kept its lists for the next one, and has closed.
async fn closed() -> Tried {
    let tried = Tried::opened(SMALL, true).await;
    tried.f.opportunity_of(contact_named("Zacarias", "Unico")).await;
    let made = tried.f.opportunities(12).await;
    until_answered(&tried).await;
    let agent = tried.f.agent().await;
    tried.f.bulk_assign(&made[..4], &agent).await;
    tried.store.shut_down().await;
    tried
}

impl Tried {
    /// The next process.
    fn next(&self) -> SqliteStore {
        let clock = Arc::new(CallerClock);
        SqliteStore::open(Options { readers: 2, lists: SMALL, keep_lists: true, clock, ..Options::new(&self.path) })
            .unwrap()
    }

    fn lists(&self) -> PathBuf {
        with_ending(&self.path, "-lists")
    }
}

async fn until(store: &SqliteStore, query: reparto_domain::opportunities::OpportunityQuery) {
    for _ in 0..12_000 {
        if compared(store, query.clone()).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the mirror never answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_process_answers_from_memory_at_once() {
    let tried = closed().await;
    let content = fs::read(tried.lists()).unwrap();
    assert_eq!(fs::metadata(tried.lists()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!content.windows(8).any(|part| part.eq_ignore_ascii_case(b"zacarias")), "a text is in the file");
    // And the one after it, which takes over what the next one writes.
    for round in 0..3 {
        let next = tried.next();
        assert!(compared(&next, pending()).await);
        for query in every_order() {
            assert!(compared(&next, query).await);
        }
        until(&next, searching("zacarias")).await;
        let agent = tried.f.as_admin();
        let row = next.read(|conn| crate::opportunities::list::by_sql(conn, &pending())).await.unwrap().items[0].id;
        let user = next
            .read(|conn| {
                Ok(conn
                    .query_row("SELECT id FROM users ORDER BY seq DESC LIMIT 1", [], |row| row.get::<_, [u8; 16]>(0))
                    .unwrap())
            })
            .await
            .unwrap();
        let user = reparto_domain::UserId::from_uuid(uuid::Uuid::from_bytes(user));
        next.opportunity_bulk_assign(
            &agent,
            Fixture::bulk_assign_command(bulk_ids(&[row]), user),
            &tried.f.assignable,
            None,
        )
        .await
        .unwrap();
        assert!(compared(&next, pending()).await, "{round}");
        next.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_of_this_database_as_it_is_is_made_anew() {
    let by_hand = |tried: &Tried| {
        let conn = Connection::open(&tried.path).unwrap();
        let later = "UPDATE opportunities SET detected_at = detected_at + 1000000000 WHERE seq = 1";
        assert_eq!(conn.execute(later, []).unwrap(), 1);
    };
    let damaged = |tried: &Tried| {
        let mut content = fs::read(tried.lists()).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 4;
        fs::write(tried.lists(), content).unwrap();
    };
    let cut = |tried: &Tried| {
        let content = fs::read(tried.lists()).unwrap();
        fs::write(tried.lists(), &content[..content.len() - 1]).unwrap();
    };
    let restored = |tried: &Tried| {
        let copy = tried.path.with_extension("copy");
        fs::copy(&tried.path, &copy).unwrap();
        fs::rename(&copy, &tried.path).unwrap();
    };
    let killed = |tried: &Tried| fs::write(with_ending(&tried.path, "-wal"), [0; 10]).unwrap();
    let gone = |tried: &Tried| fs::remove_file(tried.lists()).unwrap();
    let changes: [(&str, Change<'_>); 6] = [
        ("by hand", &by_hand),
        ("damaged", &damaged),
        ("cut", &cut),
        ("restored", &restored),
        ("killed", &killed),
        ("gone", &gone),
    ];
    for (name, change) in changes {
        let tried = closed().await;
        change(&tried);
        let next = tried.next();
        let mirror = next.mirror();
        assert!(mirror.was_wanted(), "{name}: it is made without waiting for a list");
        until(&next, pending()).await;
        next.shut_down().await;
        let after = tried.next();
        assert!(compared(&after, pending()).await, "{name}: it has left a file again");
        after.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_wrote_last_is_not_left_out_of_a_file() {
    let tried = Tried::opened(SMALL, true).await;
    let made = tried.f.opportunities(12).await;
    until_answered(&tried).await;
    // A tool that writes without an entry in the audit log.
    let conn = Connection::open(&tried.path).unwrap();
    assert_eq!(conn.execute("UPDATE assignments SET status = 1 WHERE seq = 1", []).unwrap(), 1);
    drop(conn);
    tried.store.shut_down().await;
    assert!(!tried.lists().exists() && made.len() == 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_that_change_while_texts_are_read_are_found() {
    let tried = Tried::with(Lists::Always).await;
    tried.f.opportunities(5).await;
    assert!(tried.compare(pending()).await);
    let mirror = tried.store.mirror();
    mirror.write().as_mut().unwrap().searches = None;
    assert!(!tried.compare(searching("contacto")).await);
    let (epoch, _) = mirror.note_late().unwrap();
    tried.f.opportunity_of(contact_named("Antes", "")).await;
    let read = tried.store.read(|conn| build::texts(conn, &|_| true, &|| true)).await;
    tried.f.opportunity_of(contact_named("Despues", "")).await;
    // Whoever lists meanwhile takes the changes, which must not be lost.
    assert!(tried.compare(pending()).await);
    tried.f.opportunity_of(contact_named("Al final", "")).await;
    assert!(mirror.take_over(epoch, read).unwrap());
    for name in ["antes", "despues", "final", "contacto"] {
        assert!(tried.compare(searching(name)).await, "{name}");
    }
    assert_eq!(tried.f.list(searching("despues")).await.total, 1);
}
