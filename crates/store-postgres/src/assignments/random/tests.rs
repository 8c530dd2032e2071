use std::{collections::HashSet, sync::Arc};

use reparto_domain::opportunities::AssignRandom;
use reparto_store::StoreResult;
use reparto_store_tests::{Fixture, fixture::random};

use super::{Found, pick};
use crate::{Options, PostgresStore, engine::tx::transact};

async fn picked(store: &PostgresStore, command: AssignRandom, found: &Found) -> StoreResult<Vec<i64>> {
    let (picked, _) = transact!(store, tx => pick(tx, &command, Some(found)))?;
    Ok(picked.into_iter().map(|hot| hot.seq).collect())
}

#[tokio::test]
async fn what_is_missing_of_the_candidates_is_sampled_and_nothing_is_picked_twice() {
    let database = Arc::new(crate::testing::fresh().await);
    let mut options = Options::new(database.url());
    options.migrate = false;
    let store = PostgresStore::connect(options).await.unwrap();
    let guard = Box::new(Arc::clone(&database));
    let f = Fixture::on(reparto_store_tests::Database { store: Arc::new(store.clone()), guard }).await;
    let agent = f.agent().await;
    // So many that more are sampled, not listed.
    f.many(50).await;
    let found = Found { rows: vec![7], all: false, available: 50 };
    for seed in 0..200 {
        let seqs = picked(&store, random(agent.id, 2, seed), &found).await.unwrap();
        assert_eq!((seqs[0], seqs.len()), (7, 2));
        assert_eq!(seqs.iter().collect::<HashSet<_>>().len(), 2, "{seqs:?} with the seed {seed}");
    }
}
