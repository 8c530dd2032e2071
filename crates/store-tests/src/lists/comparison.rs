//! Both ways say the same.

use proptest::{
    collection::vec,
    prelude::Strategy,
    strategy::ValueTree as _,
    test_runner::{Config, RngSeed, TestRunner},
};
use reparto_domain::opportunities::OpportunityQuery;

use super::{
    queries::{self, every_order},
    writes::{self, TestData},
};
use crate::Fixture;

/// A database whose lists are found in two ways.
pub trait ListComparison: Sized {
    /// Without rows; no list is found in one way alone.
    fn fresh() -> impl Future<Output = Self>;

    /// What writes on it.
    fn fixture(&self) -> &Fixture;

    /// Asks both ways, which must say the same; whether both answered.
    fn compare(&self, query: OpportunityQuery) -> impl Future<Output = bool>;
}

/// A runner with a fixed seed, unless the surroundings set another.
pub fn runner(cases: u32) -> TestRunner {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_261_124);
    }
    TestRunner::new(config)
}

/// Waits for a future on two threads.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

/// So many values of a strategy, sample with the runner's seed.
pub fn sample<S: Strategy>(runner: &mut TestRunner, strategy: &S, count: usize) -> Vec<S::Value> {
    (0..count).map(|_| strategy.new_tree(runner).unwrap().current()).collect()
}

/// After each of any writes both ways answer any question, and say the same.
pub fn check_lists_after_any_write<T: ListComparison>(cases: u32) {
    let steps = vec((writes::any_write(), vec(queries::any_query(), 3)), 1..24);
    let outcome = runner(cases).run(&steps, |steps| {
        block_on(async {
            let tried = T::fresh().await;
            let f = tried.fixture();
            let mut made = TestData::new(f).await;
            for (write, questions) in steps {
                made.write(f, &write).await;
                for question in questions {
                    let query = question.of(f, &made.agents, &made.rows).await;
                    assert!(tried.compare(query).await);
                }
            }
            for query in every_order() {
                assert!(tried.compare(query).await);
            }
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
