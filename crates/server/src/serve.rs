//! Serves connections: each with limits on time and size, all finished before the service stops.

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::header,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tower::{Layer, Service};
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};

use crate::{
    Config,
    connections::{ConnectionLimits, Connections},
    drain::Drained,
};

/// How long to wait before accepting again when the system has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The router as it is served: a trailing slash is dropped before routing.
pub type Served = NormalizePath<Router>;

/// The router as it is served.
pub fn service(router: Router) -> Served {
    NormalizePathLayer::trim_trailing_slash().layer(router)
}

/// What clients are allowed.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// How long a client may take to send its headers.
    pub header_timeout: Duration,
    /// How long a client may leave an answer unread before it is cut off.
    pub write_timeout: Duration,
    /// How many connections may be open.
    pub connections: ConnectionLimits,
}

impl From<&Config> for Allowance {
    fn from(config: &Config) -> Self {
        let Config { header_timeout, write_timeout, connections, .. } = *config;
        Self { header_timeout, write_timeout, connections }
    }
}

/// Serves until `stop` completes; then accepts no new connections, and gives open ones `grace` to finish. A connection
/// over the limit is closed at once.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    allowance: Allowance,
    grace: Duration,
    stop: impl Future<Output = ()>,
) {
    let connections = Connections::new(allowance.connections);
    let mut refused = 0_u64;
    allow_many_connections();
    let service = service(router);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let Some(slot) = connections.open(peer.ip()) else {
            refused += 1;
            if refused.is_power_of_two() {
                tracing::warn!(%peer, refused, "a connection over the limit was closed");
            }
            continue;
        };
        let connection = graceful.watch(connection(service.clone(), stream, peer, allowance));
        tokio::spawn(async move {
            let _slot = slot;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

/// Raises the limit on open files: each connection takes a descriptor, and the usual soft limit is soon reached.
fn allow_many_connections() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "descriptors"),
        Err(error) => tracing::warn!(%error, "the limit on descriptors could not be raised"),
    }
}

fn connection(
    service: Served,
    stream: TcpStream,
    peer: SocketAddr,
    Allowance { header_timeout, write_timeout, .. }: Allowance,
) -> impl GracefulConnection<Error = hyper::Error> {
    // Answers are sent whole: waiting to fill a packet would only delay them.
    _ = stream.set_nodelay(true);
    // A client that never reads would hold its answer in memory for as long as it likes.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write_timeout));
    let service = service_fn(move |request: Request<Incoming>| {
        // A client that sends `Expect: 100-continue` has not begun to send a body, and should not be told to.
        let asks_first = request.headers().contains_key(header::EXPECT);
        let mut request = request
            .map(|body| if asks_first { Body::new(body) } else { Body::new(Drained::new(body, header_timeout)) });
        request.extensions_mut().insert(ConnectInfo(peer));
        service.clone().call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
