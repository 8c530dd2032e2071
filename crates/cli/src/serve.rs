//! `reparto serve`.

use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
    time::Duration,
};

use reparto_domain::{Clock, Role, SystemClock, retention, users::UserFilter};
use reparto_server::{
    App,
    auth::first_run,
    background::{
        Background,
        expire::{self, Keep, Round},
    },
    retention::enforce,
    serve::{Allowance, serve},
};
use reparto_store::{Store, StoreResult};
use tokio::{net::TcpListener, time::MissedTickBehavior};

use crate::{
    args::ServeArgs,
    failure::{Done, Failure, say},
};

/// How often what has expired is removed.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// How often what is kept too long goes.
const RETAIN_EVERY: Duration = Duration::from_secs(3_600);

/// Serves until it is told to stop.
pub async fn run(args: ServeArgs) -> Result<Done, Failure> {
    let config = args.config()?;
    let stop = stop_signal()?;
    let store = args.database.database_url.open_with(!args.no_migrate, Some((&args.postgres, &args.lists))).await?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| Failure::io(format!("cannot listen on {} (--listen)", args.listen), &error))?;
    let metrics = match args.metrics_listen {
        None => None,
        Some(address) => Some(
            TcpListener::bind(address)
                .await
                .map_err(|error| Failure::io(format!("cannot listen on {address} (--metrics-listen)"), &error))?,
        ),
    };
    let address = listener.local_addr().map_err(|error| Failure::io("cannot tell the address listened on", &error))?;
    let first_run = first_run::offer(&*store, SystemClock.now()).await?;
    let administrators = administrators(&*store).await?;
    let (allowance, grace) = (Allowance::from(&config), config.shutdown_grace);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let app = App::new(config, Arc::clone(&store), Arc::clone(&clock)).await?;
    let router = reparto_server::router(&app)
        .map_err(|error| Failure::new(format!("the API document cannot be made: {error}")))?;
    say(format_args!("Listening on http://{address} (API pages: http://{address}/api/docs)"))?;
    if let Some(token) = first_run {
        say(format_args!(
            "There is no user yet. Open the page and make the first administrator with this one-time token:\n  {token}\n\
             or at the command line:\n  reparto user create --email YOU@EXAMPLE.ORG --role admin \
             --full-name 'YOUR NAME' --database-url {}",
            args.database.database_url
        ))?;
    } else if administrators == 0 {
        say(format_args!(
            "There is no administrator yet. Make the first one:\n  reparto user create --email YOU@EXAMPLE.ORG \
             --role admin --full-name 'YOUR NAME' --database-url {}",
            args.database.database_url
        ))?;
    }
    if let Some(listener) = metrics {
        if let Ok(address) = listener.local_addr() {
            say(format_args!("Metrics on http://{address}/metrics"))?;
        }
        let (router, app) = (reparto_server::metrics_router(&app), app.clone());
        tokio::spawn(async move { serve(router, listener, allowance, grace, app.stopping.cancelled()).await });
    }
    let sealer = tokio::spawn(seal_stored(app.clone()));
    let keeper = tokio::spawn(remove_expired(
        Arc::clone(&store),
        Arc::clone(&clock),
        Days { job_details: args.keep_job_details, deliveries: args.keep_deliveries },
    ));
    let retainer = tokio::spawn(remove_overdue(Arc::clone(&store), Arc::clone(&clock), args.keep.keep()));
    let background = Background::start(&app);
    let stopping = async {
        stop.await;
        app.stop();
    };
    serve(router, listener, allowance, grace, stopping).await;
    sealer.abort();
    keeper.abort();
    retainer.abort();
    background.finish().await;
    store.close().await;
    if io::stdout().is_terminal() {
        say("Stopped")?;
    }
    Ok(Done::Success)
}

/// How many may administer.
async fn administrators(store: &dyn Store) -> Result<u64, Failure> {
    let mut count = 0;
    for role in Role::ALL.into_iter().filter(|role| role.is_administrator()) {
        let filter = UserFilter { role: Some(role), is_active: Some(true), ..UserFilter::default() };
        count += store.user_count(filter).await?;
    }
    Ok(count)
}

/// Days that are kept.
#[derive(Debug, Clone, Copy)]
struct Days {
    job_details: i64,
    deliveries: i64,
}

/// Encrypts secrets that an earlier version stored in plain.
async fn seal_stored(app: App) {
    match app.keys.seal_anew(&*app.store).await {
        Ok(0) => {}
        Ok(secrets) => tracing::info!(secrets, "stored secrets were encrypted"),
        Err(error) => tracing::warn!(%error, "stored secrets could not be encrypted"),
    }
}

/// Removes what has expired and what is too old, at intervals.
async fn remove_expired(store: Arc<dyn Store>, clock: Arc<dyn Clock>, days: Days) {
    let mut ticks = tokio::time::interval(EXPIRE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        reparto_server::telemetry::upkeep();
        let now = clock.now();
        let before = |days: i64| now.plus_seconds(-days * 86_400);
        let keep = Keep { jobs: before(days.job_details), deliveries: before(days.deliveries) };
        log_round("what has expired", expire::expired(&*store, now, expire::BUDGET).await);
        log_round("details of old jobs, and old deliveries", expire::old(&*store, now, keep, expire::BUDGET).await);
    }
}

/// Logs what a round removed.
fn log_round(what: &str, round: StoreResult<Round>) {
    match round {
        Ok(Round { rows: 0, .. }) => {}
        Ok(Round { rows, whole: true }) => tracing::debug!(rows, "removed {what}"),
        Ok(Round { rows, whole: false }) => tracing::info!(rows, "removed {what}; more is left for the next round"),
        Err(error) => tracing::warn!(%error, "{what} could not be removed"),
    }
}

/// Erases people and removes addresses that are kept too long, at intervals.
async fn remove_overdue(store: Arc<dyn Store>, clock: Arc<dyn Clock>, keep: retention::Keep) {
    let mut ticks = tokio::time::interval(RETAIN_EVERY);
    loop {
        ticks.tick().await;
        match enforce(&*store, clock.now(), keep).await {
            Ok(removed) if removed == retention::RetentionCounts::default() => {}
            Ok(retained) => tracing::info!(
                lost_leads = retained.lost_leads,
                deleted_contacts = retained.deleted_contacts,
                audit_addresses = retained.audit_addresses,
                "what was kept too long was erased"
            ),
            Err(error) => tracing::warn!(%error, "what is kept too long could not be erased"),
        }
    }
}

/// Done when the process is told to stop: SIGTERM, or Ctrl-C.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::io("cannot listen for signals", &error));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests under way are finished first");
    })
}
