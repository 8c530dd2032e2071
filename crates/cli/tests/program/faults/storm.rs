//! Two services on one PostgreSQL server, with every kind of fault while clients write.

use std::sync::Arc;

use reparto_test_postgres::{OwnCluster, Stop, proxy::Proxy};

use super::{fleet::Fleet, traffic::Traffic};
use crate::harness::Folder;

const CLIENTS: u64 = 6;

/// The number of responses between two faults, unless `REPARTO_STORM` sets a total for a longer run.
const ANSWERS: u64 = 40;

/// How often each fault occurs in a longer run.
const LONG: u64 = 6;

/// A fault.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// A service is killed and restarted.
    Kill(usize),
    /// The database sessions of a service are terminated.
    Sessions,
    /// The database connections of the first service are cut.
    Cut,
    /// The database server is restarted.
    Restart(Stop),
}

const FAULTS: [Fault; 9] = [
    Fault::Kill(0),
    Fault::Sessions,
    Fault::Cut,
    Fault::Restart(Stop::Fast),
    Fault::Kill(1),
    Fault::Sessions,
    Fault::Restart(Stop::Immediate),
    Fault::Kill(0),
    Fault::Cut,
];

/// Terminates every database session of a service.
const END_SESSIONS: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = 'reparto'";

#[tokio::test(flavor = "multi_thread")]
async fn crash_of_services_or_server_leaves_no_partial_write() {
    let cluster = Arc::new(OwnCluster::start().unwrap());
    let folder = Folder::on(cluster.url());
    folder.demo(400);
    let proxy = Proxy::before(&cluster.url()).await.unwrap();
    // Tokens must outlive a longer run.
    let lifetime = ["--access-lifetime", "86400"];
    let through = [&lifetime[..], &["--database-url", proxy.url()]].concat();
    let fleet = Arc::new(Fleet::start(folder, &[&through, &lifetime]));
    let traffic = Traffic::begin(&fleet, CLIENTS).await;
    let wanted: Option<u64> = std::env::var("REPARTO_STORM").ok().and_then(|wanted| wanted.parse().ok());
    let rounds = wanted.map_or(1, |_| LONG);
    let between = wanted.map_or(ANSWERS, |wanted| wanted.div_ceil(rounds * FAULTS.len() as u64));
    for fault in (0..rounds).flat_map(|_| FAULTS) {
        traffic.answers(between).await;
        strike(fault, &cluster, &proxy, &fleet).await;
        check(&fleet).await;
    }
    traffic.answers(between).await;
    let answers = traffic.end().await;
    check(&fleet).await;
    assert!(answers >= between * (FAULTS.len() as u64 * rounds + 1));
    let log = cluster.log();
    assert!(!log.contains("deadlock detected"), "{log}");
    if wanted.is_some() {
        println!("{answers} answers, {} faults, no deadlock", FAULTS.len() as u64 * rounds);
    }
}

async fn strike(fault: Fault, cluster: &Arc<OwnCluster>, proxy: &Proxy, fleet: &Arc<Fleet>) {
    match fault {
        Fault::Kill(which) => {
            fleet.kill(which);
            let fleet = Arc::clone(fleet);
            tokio::task::spawn_blocking(move || fleet.revive(which)).await.unwrap();
        }
        Fault::Sessions => _ = cluster.sql(END_SESSIONS).await.unwrap(),
        Fault::Cut => proxy.cut(),
        Fault::Restart(how) => {
            let cluster = Arc::clone(cluster);
            tokio::task::spawn_blocking(move || cluster.restart(how)).await.unwrap().unwrap();
        }
    }
}

/// Asserts that every invariant holds, even under load.
async fn check(fleet: &Arc<Fleet>) {
    let fleet = Arc::clone(fleet);
    tokio::task::spawn_blocking(move || fleet.folder.run(&["check"]).succeeded()).await.unwrap();
}
