use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use reparto_domain::opportunities::OpportunityQuery;
use reparto_store_tests::{
    Fixture,
    lists::{
        comparison::{ListComparison, block_on, check_lists_after_any_write, runner, sample},
        queries::{self, every_order},
        writes::{self, TestData},
    },
};

use super::{Lists, Tried};

impl ListComparison for Tried {
    async fn fresh() -> Self {
        Self::with(Lists::Always).await
    }

    fn fixture(&self) -> &Fixture {
        &self.f
    }

    async fn compare(&self, query: OpportunityQuery) -> bool {
        Self::compare(self, query).await
    }
}

#[test]
fn the_mirror_matches_sql_after_any_write() {
    check_lists_after_any_write::<Tried>(24);
}

#[test]
fn pages_are_consistent_while_others_write() {
    let mut runner = runner(1);
    let writes = [sample(&mut runner, &writes::any_write(), 150), sample(&mut runner, &writes::any_write(), 150)];
    let questions = sample(&mut runner, &queries::any_query(), 200);
    block_on(async {
        let tried = Arc::new(Tried::with(Lists::Always).await);
        let mut made = TestData::new(&tried.f).await;
        made.rows.extend(tried.f.many(40).await);
        let mut queries = Vec::new();
        for question in questions {
            queries.push(question.of(&tried.f, &made.agents, &made.rows).await);
        }
        let (is_over, compared) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let readers: Vec<_> = (0..2)
            .map(|reader| {
                let (tried, queries) = (Arc::clone(&tried), queries.clone());
                let (is_over, compared) = (Arc::clone(&is_over), Arc::clone(&compared));
                tokio::spawn(async move {
                    // Every question once, and then on as long as there are writes.
                    for (number, query) in queries.iter().skip(reader * 100).cycle().enumerate() {
                        if number >= queries.len() && is_over.load(Relaxed) {
                            break;
                        }
                        let answered = tried.compare(query.clone()).await;
                        compared.fetch_add(answered.into(), Relaxed);
                    }
                })
            })
            .collect();
        let agents = made.agents.clone();
        let tasks = writes.map(|writes| {
            let (tried, mut made) = (Arc::clone(&tried), TestData { rows: made.rows.clone(), agents: agents.clone() });
            tokio::spawn(async move {
                for write in writes {
                    made.write(&tried.f, &write).await;
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
        is_over.store(true, Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        assert!(compared.load(Relaxed) > 200, "the mirror answered {compared:?} times");
        for query in every_order() {
            assert!(tried.compare(query).await);
        }
    });
}
