//! Properties that hold for any input. Cases are generated with a fixed seed, so that runs are reproducible; set
//! `PROPTEST_CASES` and `PROPTEST_RNG_SEED` for more cases or another seed.

mod any_ids;
mod any_sequence;
mod by_jobs;
mod model;

use proptest::{
    prelude::Strategy,
    test_runner::{Config, RngSeed, TestRunner},
};

use crate::{Engine, Fixture, verify};

/// The properties as tests of an engine.
#[macro_export]
macro_rules! property_tests {
    ($engine:ty) => {
        #[test]
        fn every_id_is_answered_once_and_all_records_agree() {
            $crate::properties::any_ids_hold::<$engine>();
        }

        #[test]
        fn any_sequence_matches_the_model_and_can_be_undone() {
            $crate::properties::any_sequence_holds::<$engine>();
        }
    };
}

/// For any list of ids, each is answered exactly once, and database, history and audit log agree with the answer.
pub fn any_ids_hold<E: Engine>() {
    for_any::<E, _, _>(32, any_ids::strategy(), any_ids::holds);
}

/// Any sequence of writes has the result predicted by a simple model, and undoing everything newest first restores the
/// initial state.
pub fn any_sequence_holds<E: Engine>() {
    for_any::<E, _, _>(24, any_sequence::strategy(), any_sequence::holds);
}

/// Tests a property on fresh databases and verifies each of them afterwards.
fn for_any<E, S, F>(cases: u32, strategy: S, property: impl Fn(Fixture, S::Value) -> F)
where
    E: Engine,
    S: Strategy,
    F: Future<Output = ()>,
{
    let mut config = Config { failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_260_105);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        runtime.block_on(async {
            let fixture = Fixture::on(E::fresh().await).await;
            property(fixture.clone(), value).await;
            verify::assert_whole(fixture.store()).await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
