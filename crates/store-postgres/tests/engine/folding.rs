//! Search texts and keys that another version wrote are made anew.

use reparto_store::Maintenance as _;
use reparto_store_postgres::{Options, PostgresStore};

use crate::common::{client, fresh};

/// As the version before inserts and changes rows: it knows no mark.
const INSERTED: &str = "
    INSERT INTO contacts (seq, id, search_text, name_key, phone_key, created_at, updated_at, first_name, phone)
    SELECT n, gen_random_uuid(), 'jean-luc', 'jean-luc', '49030701007', now(), now(), 'Jean-Luc', '+49 (0)30 701007'
    FROM generate_series(1, 1200) AS n;
    INSERT INTO users (id, email, email_key, name_key, search_text, password, role, is_active, is_verified, created_at,
        updated_at, full_name) VALUES (gen_random_uuid(), 'a@example.org', 'a@example.org', 'o''brien', 'o''brien', 'x',
        'agent', true, true, now(), now(), 'O''Brien')";

async fn folded(store: &PostgresStore) -> Vec<u64> {
    let mut steps = Vec::new();
    loop {
        match store.fold_anew().await.unwrap() {
            0 => return steps,
            rows => steps.push(rows),
        }
    }
}

#[tokio::test]
async fn what_another_version_writes_is_made_anew() {
    let database = fresh().await;
    let store = PostgresStore::connect(Options::new(database.url())).await.unwrap();
    assert_eq!(folded(&store).await, [0_u64; 0]);
    let other = client(&database).await;
    other.batch_execute(INSERTED).await.unwrap();
    assert_eq!(store.check(5).await.unwrap(), [], "what is not made anew yet is no damage");
    assert_eq!(folded(&store).await, [501, 500, 200]);
    let right = async |sql: &str| other.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let contacts =
        "SELECT count(*) FROM contacts WHERE search_text = E'jeanluc\n+4930701007' AND phone_key = '4930701007'";
    assert_eq!(right(contacts).await, 1_200);
    assert_eq!(right("SELECT count(*) FROM users WHERE search_text = E'obrien\na@example org'").await, 1);
    // While replicas are exchanged, the version before goes on writing.
    other.batch_execute("UPDATE contacts SET search_text = 'old' WHERE seq <= 3").await.unwrap();
    other.batch_execute("UPDATE users SET search_text = 'old', name_key = 'old'").await.unwrap();
    assert_eq!(folded(&store).await, [4]);
    assert_eq!(right(contacts).await, 1_200);
    // This version writes the mark as well, and other columns leave it alone.
    other.batch_execute("UPDATE contacts SET search_text = 'own', folded = folded WHERE seq = 1").await.unwrap();
    other.batch_execute("UPDATE contacts SET notes = 'x' WHERE seq = 2").await.unwrap();
    assert_eq!(folded(&store).await, [0_u64; 0]);
    let found: Vec<_> = store.check(5).await.unwrap().into_iter().map(|finding| finding.invariant).collect();
    assert_eq!(found, ["search_text_right"]);
}
