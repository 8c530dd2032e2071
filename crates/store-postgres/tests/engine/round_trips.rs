//! A bulk request is one statement; so is the assignment of a single opportunity.

use reparto_domain::{Policy, Role, Roles, idempotency::Answer, opportunities::Assignee};
use reparto_store::{Assignments as _, Maintenance as _};
use reparto_store_postgres::{Options, PostgresStore, Statements};
use reparto_store_tests::fixture::keyed;
use reparto_test_postgres::proxy::Proxy;

use crate::common::{bulk_assign, by, client, fresh, now, opportunities, request, store, user};

#[tokio::test]
async fn a_bulk_request_is_one_statement_and_round_trip() {
    let database = fresh().await;
    let direct = store(&database.url(), 1).await;
    let (admin, agent) = (user(&direct, "admin", Role::Admin).await, user(&direct, "agent", Role::Agent).await);
    let ids = opportunities(&database, &direct, 100).await;
    drop(direct);
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let counted = store(proxy.url(), 1).await;
    bulk_assign(&counted, &by(admin), &ids[..50], agent).await.unwrap();
    // Counts are folded a little later on the same connection, which is not part of the request.
    let watch = client(&database).await;
    let unfolded = "SELECT count(*) FROM assignment_deltas";
    while watch.query_one(unfolded, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    let before = (proxy.executes(), proxy.round_trips(), proxy.parses());
    let outcome = bulk_assign(&counted, &by(admin), &ids, agent).await.unwrap();
    let after = (proxy.executes(), proxy.round_trips(), proxy.parses());
    assert_eq!(outcome.done.len(), 100);
    assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (1, 1, 0));
}

#[tokio::test]
async fn a_keyed_bulk_request_is_three_statements() {
    let database = fresh().await;
    let direct = store(&database.url(), 1).await;
    let (admin, agent) = (user(&direct, "admin", Role::Admin).await, user(&direct, "agent", Role::Agent).await);
    let ids = opportunities(&database, &direct, 20).await;
    drop(direct);
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let counted = store(proxy.url(), 1).await;
    let assign_with_key = async |key: &str| {
        let keyed = keyed(key, 1, now().plus_seconds(60));
        let (admin, roles) = (by(admin), Roles::default());
        counted.opportunity_bulk_assign(&admin, request(&ids, agent), &roles, Some(keyed)).await.unwrap()
    };
    assign_with_key("one").await;
    let watch = client(&database).await;
    while watch.query_one("SELECT count(*) FROM assignment_deltas", &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    let before = (proxy.executes(), proxy.parses());
    assert!(matches!(assign_with_key("two").await, Answer::Fresh(_)));
    let after = (proxy.executes(), proxy.parses());
    // BEGIN, the lock and the statement are sent together; then the stored response together with COMMIT.
    assert_eq!((after.0 - before.0, after.1 - before.1), (5, 0));
    assert!(matches!(assign_with_key("two").await, Answer::Stored(_)));
}

#[tokio::test]
async fn unprepared_bulk_requests_are_one_round_trip() {
    let database = fresh().await;
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let mut options = Options::new(proxy.url());
    (options.statements, options.pool_size) = (Statements::Unprepared, 1);
    let plain = PostgresStore::connect(options).await.unwrap();
    let (admin, agent) = (user(&plain, "admin", Role::Admin).await, user(&plain, "agent", Role::Agent).await);
    let ids = opportunities(&database, &plain, 20).await;
    let watch = client(&database).await;
    while watch.query_one("SELECT count(*) FROM assignment_deltas", &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    let before = (proxy.executes(), proxy.round_trips());
    assert_eq!(bulk_assign(&plain, &by(admin), &ids, agent).await.unwrap().done.len(), 20);
    assert_eq!((proxy.executes() - before.0, proxy.round_trips() - before.1), (1, 1));
    assert_eq!(plain.check(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_single_assignment_is_two_statements() {
    let database = fresh().await;
    let direct = store(&database.url(), 1).await;
    let (admin, agent) = (user(&direct, "admin", Role::Admin).await, user(&direct, "agent", Role::Agent).await);
    let ids = opportunities(&database, &direct, 2).await;
    drop(direct);
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let counted = store(proxy.url(), 1).await;
    let assign = async |id| {
        let to = Some(Assignee::User(agent));
        counted.opportunity_assign(&by(admin), id, to, &Policy::default(), None).await.unwrap()
    };
    assign(ids[0]).await;
    let watch = client(&database).await;
    while watch.query_one("SELECT count(*) FROM assignment_deltas", &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    let before = (proxy.executes(), proxy.round_trips(), proxy.parses());
    assign(ids[1]).await;
    let after = (proxy.executes(), proxy.round_trips(), proxy.parses());
    // BEGIN, which is not waited for, and the statement; then the opportunity to return; then COMMIT.
    // Counts may be folded in between on the same connection.
    let counted = (after.0 - before.0, after.1 - before.1, after.2 - before.2);
    assert!(matches!(counted, (4, 4, 0) | (5, 5, 0)), "{counted:?}");
}
