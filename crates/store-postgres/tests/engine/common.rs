//! A database with users and opportunities.

use reparto_domain::{
    Caller, OpportunityId, Role, Roles, Status, Timestamp, UserId,
    caller::Authority,
    contacts::ContactFields,
    imports::{ImportMode, ImportRow},
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode, BulkOutcome},
    users::{NewUser, PasswordHash, Profile},
    values::EmailAddress,
};
use reparto_store::{Assignments as _, Imports as _, StoreResult, Users as _};
use reparto_store_postgres::{Options, PostgresStore, schema_fingerprint};
use reparto_test_postgres::Database;
use tokio_postgres::{Client, NoTls};

/// The time of every request.
pub fn now() -> Timestamp {
    Timestamp::from_seconds(1_760_000_000)
}

/// A migrated database for one test.
pub async fn fresh() -> Database {
    let migrate = |url| async move { PostgresStore::connect(Options::new(url)).await.map(|_| ()) };
    Database::fresh(&schema_fingerprint(), migrate).await.unwrap()
}

/// A store on a URL, with this many connections.
pub async fn store(url: &str, connections: usize) -> PostgresStore {
    let mut options = Options::new(url);
    options.migrate = false;
    options.pool_size = connections;
    options.clock = std::sync::Arc::new(reparto_domain::CallerClock);
    PostgresStore::connect(options).await.unwrap()
}

/// A separate connection for the test.
pub async fn client(database: &Database) -> Client {
    connect(&database.url()).await
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Creates a user.
pub async fn user(store: &PostgresStore, name: &str, role: Role) -> UserId {
    let user = NewUser {
        id: UserId::new(),
        email: EmailAddress::new(&format!("{name}@example.org")).unwrap(),
        password: PasswordHash("hash".to_owned().into()),
        profile: Profile { full_name: Some(name.to_owned()), ..Profile::default() },
        role,
        is_active: true,
        is_verified: true,
    };
    store.user_create(&Caller::system(now()), user).await.unwrap().id
}

/// A caller.
pub fn by(user: UserId) -> Caller {
    let authority = Authority::User { id: user, issued_at: now(), generation: Some(0), session: None };
    Caller { authority, ..Caller::system(now()) }
}

/// Creates this many unassigned opportunities.
pub async fn opportunities(database: &Database, store: &PostgresStore, count: usize) -> Vec<OpportunityId> {
    opportunities_at(&database.url(), store, count).await
}

/// Like [`opportunities`], in the database of this URL.
pub async fn opportunities_at(url: &str, store: &PostgresStore, count: usize) -> Vec<OpportunityId> {
    let contact = |n| ContactFields {
        first_name: Some(format!("Contacto {n}")),
        email: Some(format!("contacto-{n}@example.org")),
        ..ContactFields::default()
    };
    let rows = (0..count).map(|n| ImportRow::new(n as u64 + 1, contact(n)));
    let rows = rows.collect();
    store.import_rows(&Caller::system(now()), rows, ImportMode::default(), &Roles::default()).await.unwrap();
    let rows = connect(url).await.query("SELECT id FROM opportunities ORDER BY seq", &[]).await.unwrap();
    rows.iter().map(|row| OpportunityId::from_uuid(row.get(0))).collect()
}

/// A typical bulk request.
pub fn request(ids: &[OpportunityId], assignee: UserId) -> BulkAssign {
    BulkAssign {
        ids: BulkIds::from_ids(ids.iter().copied()),
        assignee: Assignee::User(assignee),
        status: Some(Status::Assigned),
        note: None,
        mode: BulkMode::default(),
        job: None,
    }
}

/// Assigns opportunities to a user.
pub async fn bulk_assign(
    store: &PostgresStore,
    caller: &Caller,
    ids: &[OpportunityId],
    assignee: UserId,
) -> StoreResult<BulkOutcome> {
    let answer = store.opportunity_bulk_assign(caller, request(ids, assignee), &Roles::default(), None).await;
    answer.map(|answer| answer.fresh().unwrap())
}
