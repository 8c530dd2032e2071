//! Limits on guessing passwords and codes.

use std::time::Duration;

use reparto_domain::Role;
use reparto_server::{http::proxies::Proxies, limits::Limits};
use serde_json::json;

use super::{access, login, sign_in, with_agent};
use crate::common::{PASSWORD, Server};

#[tokio::test]
async fn an_account_pauses_after_ten_failures() {
    let (server, _, agent) = with_agent().await;
    for _ in 0..10 {
        login(&server, &agent, "wrong password").await.refused(401, "credentials_invalid");
    }
    let paused = login(&server, &agent, PASSWORD).await;
    paused.refused(429, "sign_in_paused");
    assert_eq!(paused.header("retry-after"), "1");
    server.advance(1);
    login(&server, &agent, "wrong password").await.refused(401, "credentials_invalid");
    assert_eq!(login(&server, &agent, PASSWORD).await.header("retry-after"), "2");
    server.advance(2);
    login(&server, &agent, PASSWORD).await.ok(200);
    login(&server, &agent, "wrong password").await.refused(401, "credentials_invalid");
}

#[tokio::test]
async fn an_account_pauses_after_a_hundred_failures_from_anywhere() {
    let server = Server::with(|config| {
        config.login_limit = "1000/60".parse().unwrap();
        config.proxies = Proxies { hops: 1, ..Proxies::default() };
    })
    .await;
    let agent = server.account(Role::Agent).await;
    let from = |ip: &str, password: &str| {
        let body = json!({"email": agent.email, "password": password});
        server.post("/api/auth/login", body).header("x-forwarded-for", ip)
    };
    from("203.0.113.7", PASSWORD).await.ok(200);
    for place in 0..100 {
        from(&format!("192.0.2.{place}"), "wrong password").await.refused(401, "credentials_invalid");
    }
    let paused = from("198.51.100.1", PASSWORD).await;
    paused.refused(429, "sign_in_paused");
    assert_eq!(paused.header("retry-after"), "1");
    from("203.0.113.7", PASSWORD).await.ok(200);
    server.advance(1);
    from("198.51.100.1", "wrong password").await.refused(401, "credentials_invalid");
    assert_eq!(from("198.51.100.2", PASSWORD).await.header("retry-after"), "2");
    server.advance(2);
    from("198.51.100.2", PASSWORD).await.ok(200);
}

#[tokio::test]
async fn a_sign_in_that_would_wait_too_long_is_told_when_to_come_back() {
    let server = Server::with(|config| config.password_wait = Duration::ZERO).await;
    let agent = server.account(Role::Agent).await;
    let turns = server.app.passwords.all_turns().await.unwrap();
    for _ in 0..10 {
        let busy = login(&server, &agent, "wrong password").await;
        busy.refused(503, "sign_in_busy");
        assert!(busy.header("retry-after").parse::<u64>().unwrap() > 0);
    }
    drop(turns);
    // What could not be checked counts as no failure.
    for _ in 0..10 {
        login(&server, &agent, "wrong password").await.refused(401, "credentials_invalid");
    }
    login(&server, &agent, PASSWORD).await.refused(429, "sign_in_paused");
}

#[tokio::test]
async fn an_unknown_address_pauses_like_an_account() {
    let server = Server::start().await;
    let attempt = || server.post("/api/auth/login", json!({"email": "nobody@example.org", "password": PASSWORD}));
    for _ in 0..10 {
        attempt().await.refused(401, "credentials_invalid");
    }
    attempt().await.refused(429, "sign_in_paused");
}

#[tokio::test]
async fn the_current_password_is_guessed_no_faster() {
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    let body = json!({"current_password": "wrong password", "new_password": "a new long sentence"});
    let attempt = || server.post("/api/users/me/password", body.clone()).token(access(&pair));
    for _ in 0..10 {
        attempt().await.refused(403, "current_password_wrong");
    }
    attempt().await.refused(429, "sign_in_paused");
    login(&server, &agent, PASSWORD).await.refused(429, "sign_in_paused");
}

#[tokio::test]
async fn refreshes_of_a_whole_ipv6_site_are_limited() {
    let server = Server::with(|config| {
        config.limits = Some(Limits { refresh: "1/60".parse().unwrap(), ..Limits::default() });
        config.proxies = Proxies { hops: 1, ..Proxies::default() };
    })
    .await;
    let from = |network: u32| {
        let ask = server.post("/api/auth/refresh", json!({"refresh_token": "x"}));
        ask.header("x-forwarded-for", &format!("2001:db8:0:{network:x}::1"))
    };
    for network in 0..30 {
        from(network).await.refused(401, "refresh_token_invalid");
    }
    from(30).await.refused(429, "rate_limited");
    let elsewhere = server.post("/api/auth/refresh", json!({"refresh_token": "x"}));
    elsewhere.header("x-forwarded-for", "2001:db8:1::1").await.refused(401, "refresh_token_invalid");
}

#[tokio::test]
async fn the_sign_in_limit_holds_with_all_others_off() {
    let server = Server::with(|config| {
        config.limits = None;
        config.login_limit = "3/60".parse().unwrap();
        config.proxies = Proxies { hops: 1, ..Proxies::default() };
    })
    .await;
    let agent = server.account(Role::Agent).await;
    let from = |ip: &str| {
        let body = json!({"email": agent.email, "password": PASSWORD});
        server.post("/api/auth/login", body).header("x-forwarded-for", ip)
    };
    for place in 0..3 {
        from(&format!("[2001:db8::{place}]:4711")).await.ok(200);
    }
    from("2001:db8::ffff").await.refused(429, "rate_limited");
    from("2001:db8:0:1::1").await.ok(200);
    from("192.0.2.77").await.ok(200);
    server.get("/api/users/me").by(&agent).await.ok(200);
}
