//! Lists found in two ways must be equal.

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

/// A database whose lists can be found in two ways.
pub trait ListComparison: Sized {
    /// Creates one without rows, for which every list can be found both ways.
    fn fresh() -> impl Future<Output = Self>;

    /// The fixture that writes to it.
    fn fixture(&self) -> &Fixture;

    /// Runs a query both ways and asserts that the results are equal. Returns whether both answered.
    fn compare(&self, query: OpportunityQuery) -> impl Future<Output = bool>;
}

/// A runner with a fixed seed, unless the environment sets another.
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

/// Runs a future to completion on two threads.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

/// This many values of a strategy, drawn with the runner's seed.
pub fn sample<S: Strategy>(runner: &mut TestRunner, strategy: &S, count: usize) -> Vec<S::Value> {
    (0..count).map(|_| strategy.new_tree(runner).unwrap().current()).collect()
}

/// Compares both ways.
async fn answered<T: ListComparison>(tried: &T, query: OpportunityQuery) {
    assert!(tried.compare(query).await, "the lists in memory do not answer");
}

/// Checks that after any write, both ways answer any query equally.
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
                    answered(&tried, query).await;
                }
            }
            for query in every_order() {
                answered(&tried, query).await;
            }
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
