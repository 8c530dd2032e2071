//! Two services on one PostgreSQL, and all that can befall them while clients write.

use std::sync::Arc;

use reparto_test_postgres::{OwnCluster, Stop, proxy::Proxy};

use super::{fleet::Fleet, traffic::Traffic};
use crate::harness::Folder;

const CLIENTS: u64 = 6;

/// Answers between two faults, unless `REPARTO_STORM` asks for a longer run: so many answers in all.
const ANSWERS: u64 = 40;

/// How often all faults come in a longer run.
const LONG: u64 = 6;

/// What befalls them.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// A service is killed, and started again.
    Kill(usize),
    /// The server's sessions are ended.
    Sessions,
    /// The lines of the first service are cut.
    Cut,
    /// The server is restarted.
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

/// Ends every session of a service.
const END_SESSIONS: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = 'reparto'";

#[tokio::test(flavor = "multi_thread")]
async fn crash_of_services_or_server_leaves_no_partial_write() {
    let cluster = Arc::new(OwnCluster::start().unwrap());
    let folder = Folder::on(cluster.url());
    folder.demo(400);
    let proxy = Proxy::before(&cluster.url()).await.unwrap();
    // Tokens outlive a longer run.
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

/// Every invariant holds, in the middle of it all.
async fn check(fleet: &Arc<Fleet>) {
    let fleet = Arc::clone(fleet);
    tokio::task::spawn_blocking(move || fleet.folder.run(&["check"]).succeeded()).await.unwrap();
}
