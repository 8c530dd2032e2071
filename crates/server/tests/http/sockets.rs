//! Real connections: slow, endless, idle and outdated clients.

use std::{net::SocketAddr, time::Duration};

use reparto_domain::{Role, contacts::ContactFields, erasures::IfErased, json::KeptObject};
use reparto_server::{
    Config,
    connections::ConnectionLimits,
    serve::{Allowance, serve},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::common::Server;

/// The time limits for clients in these tests.
const SHORT: Duration = Duration::from_secs(1);

/// The timeout of a test.
const GUARD: Duration = Duration::from_secs(120);

/// The service on a port.
struct Live {
    server: Server,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

async fn live(change: impl FnOnce(&mut Config)) -> Live {
    let server = Server::with(|config| {
        config.body_timeout = SHORT;
        config.header_timeout = SHORT;
        change(config);
    })
    .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let (router, allowance) = (reparto_server::router(&server.app).unwrap(), Allowance::from(&server.app.config));
    let running = tokio::spawn(async move {
        serve(router, listener, allowance, GUARD, async {
            stopped.await.ok();
        })
        .await;
    });
    Live { server, address, stop, running }
}

/// Sends this and reads until the service closes the connection.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(GUARD, stream.read_to_end(&mut answer)).await.expect("the connection is closed in time").unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads to the end of the headers.
async fn head(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(timeout(GUARD, stream.read_u8()).await.expect("an answer in time").unwrap());
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_header_that_never_ends_is_cut_off() {
    let live = live(|_| ()).await;
    for begun in ["GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ", "GET /hea", "GET /healthz HTTP/1.1\r\nhost: x\r\n"] {
        let answer = exchange(live.address, begun.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_off_with_a_problem() {
    let live = live(|_| ()).await;
    let begun = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for rest in ["content-length: 100\r\n\r\n{\"email\"", "transfer-encoding: chunked\r\n\r\n5\r\n{\"ema"] {
        let answer = exchange(live.address, format!("{begun}{rest}").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("request_timeout"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_no_larger() {
    let live = live(|config| config.body_timeout = GUARD).await;
    let piece = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    // One piece more than fits, and no end.
    let request = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n{}",
        piece.repeat(5)
    );
    let answer = exchange(live.address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"), "{answer}");
}

#[tokio::test]
async fn a_10_mb_body_is_refused_with_a_readable_answer() {
    let live = live(|config| config.body_timeout = GUARD).await;
    let body = vec![b' '; 10 << 20];
    let token = live.server.account(Role::Admin).await.token;
    for (path, authorization, status) in [
        ("/api/auth/login", String::new(), "413"),
        ("/api/users", format!("authorization: Bearer {token}\r\n"), "413"),
        ("/api/users", String::new(), "401"),
        ("/api/nothing", String::new(), "404"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {authorization}content-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(live.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A client that sends everything before reading the response.
        stream.write_all(&body).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
}

#[tokio::test]
async fn expect_continue_is_answered_before_the_body() {
    let live = live(|config| config.body_timeout = GUARD).await;
    let ask = |length: usize| {
        format!(
            "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let mut stream = TcpStream::connect(live.address).await.unwrap();
    stream.write_all(ask(2).as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 100"));
    stream.write_all(b"{}").await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 422"));
    let mut stream = TcpStream::connect(live.address).await.unwrap();
    stream.write_all(ask(10 << 20).as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_thousand_idle_connections_disturb_nobody() {
    rlimit::increase_nofile_limit(8_192).unwrap();
    let live = live(|config| config.header_timeout = GUARD).await;
    let mut idle = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(live.address).await.unwrap();
        if number % 2 == 0 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
        }
        idle.push(stream);
    }
    let token = live.server.account(Role::Agent).await.token;
    let ask =
        format!("GET /api/users/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    for _ in 0..20 {
        assert!(exchange(live.address, ask.as_bytes()).await.starts_with("HTTP/1.1 200"));
    }
    // They stayed connected: each can continue.
    for (number, mut stream) in idle.into_iter().enumerate().step_by(250) {
        let begun = if number % 2 == 0 { "" } else { "GET /healthz HTTP/1.1\r\n" };
        stream.write_all(format!("{begun}host: x\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_client_of_http_1_0_is_served() {
    let live = live(|_| ()).await;
    let answer = exchange(live.address, b"GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(answer.ends_with("ok\n"));
}

#[tokio::test]
async fn non_http_is_refused_and_the_service_continues() {
    let live = live(|_| ()).await;
    for rubbish in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..], b"BREW\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let answer = exchange(live.address, rubbish).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let many = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: b\r\n".repeat(500));
    assert!(exchange(live.address, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let smuggled = b"POST /api/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}";
    assert!(exchange(live.address, smuggled).await.starts_with("HTTP/1.1 400"));
    let answer = exchange(live.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn shutdown_finishes_requests_and_accepts_no_more() {
    let live = live(|config| config.body_timeout = GUARD).await;
    let mut under_way = TcpStream::connect(live.address).await.unwrap();
    let begun = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
    under_way.write_all(begun.as_bytes()).await.unwrap();
    // The handler is now waiting for the body.
    assert!(head(&mut under_way).await.starts_with("HTTP/1.1 100"));
    live.stop.send(()).unwrap();
    under_way.write_all(b"{}").await.unwrap();
    assert!(rest(&mut under_way).await.starts_with("HTTP/1.1 422"));
    timeout(GUARD, live.running).await.expect("it stops in time").unwrap();
    assert!(TcpStream::connect(live.address).await.is_err());
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_at_once() {
    let live = live(|config| config.connections = ConnectionLimits { total: 10, per_address: 3 }).await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(live.address).await.unwrap();
        // Answered, so it was taken; and kept open.
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
        open.push(stream);
    }
    let mut refused = TcpStream::connect(live.address).await.unwrap();
    refused.write_all(ask).await.ok();
    let mut answer = Vec::new();
    // Closed without an answer, by a reset where the request had come already.
    timeout(GUARD, refused.read_to_end(&mut answer)).await.expect("closed in time").ok();
    assert!(answer.is_empty());
    drop(open.pop());
    // The service notices a moment later.
    timeout(GUARD, async {
        loop {
            let mut stream = TcpStream::connect(live.address).await.unwrap();
            stream.write_all(ask).await.ok();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.ok();
            if answer.starts_with(b"HTTP/1.1 200") {
                break;
            }
        }
    })
    .await
    .expect("a place is free again");
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off() {
    let live = live(|config| {
        config.write_timeout = SHORT;
        config.connections = ConnectionLimits { total: 1, per_address: 0 };
    })
    .await;
    for _ in 0..15 {
        let custom_fields = KeptObject::stored(format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)));
        let fields = ContactFields { first_name: Some("Ana".into()), custom_fields, ..ContactFields::default() };
        live.server.store().contact_create(&live.server.system(), fields, IfErased::Refuse, None).await.unwrap();
    }
    let token = live.server.account(Role::Admin).await.token;
    let ask = format!("GET /api/crm/contacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    let mut silent = TcpStream::connect(live.address).await.unwrap();
    silent.write_all(ask.as_bytes()).await.unwrap();
    // It is the only connection that may be open: when the next is served, it has been cut off.
    timeout(GUARD, async {
        loop {
            let mut stream = TcpStream::connect(live.address).await.unwrap();
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.ok();
            if answer.starts_with(b"HTTP/1.1 200") {
                break;
            }
        }
    })
    .await
    .expect("it is cut off in time");
    drop(silent);
}
