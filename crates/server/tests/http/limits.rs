//! Rate limits and CORS.

use axum::http::Method;
use reparto_domain::Role;
use reparto_server::limits::Limits;
use serde_json::json;

use crate::common::{Ask, Server};

const ORIGIN: &str = "https://crm.example.org";

async fn limited() -> Server {
    Server::with(|config| {
        config.limits = Some(Limits {
            account: "2/5,3/60".parse().unwrap(),
            address: "2/5".parse().unwrap(),
            refresh: "1/60".parse().unwrap(),
        });
        config.login_limit = "1/60".parse().unwrap();
        config.cors_origins = vec![ORIGIN.into()];
    })
    .await
}

#[tokio::test]
async fn an_account_over_its_limit_learns_when_to_retry() {
    let server = limited().await;
    let (agent, other) = (server.account(Role::Agent).await, server.account(Role::Agent).await);
    let ask = || server.get("/api/users/me").by(&agent);
    let first = ask().await;
    first.ok(200);
    assert_eq!(first.header("ratelimit-policy"), "\"burst\";q=2;w=5, \"sustained\";q=3;w=60");
    assert_eq!(first.header("ratelimit"), "\"burst\";r=1;t=5, \"sustained\";r=2;t=60");
    ask().await.ok(200);
    let over = ask().header("origin", ORIGIN).await;
    over.refused(429, "rate_limited");
    assert_eq!(over.header("retry-after"), "5");
    assert_eq!(over.header("ratelimit"), "\"burst\";r=0;t=5, \"sustained\";r=1;t=60");
    assert_eq!(over.header("access-control-allow-origin"), ORIGIN);
    server.get("/api/users/me").by(&other).await.ok(200);
    server.advance(5);
    ask().await.ok(200);
    let over = ask().await;
    over.refused(429, "rate_limited");
    assert_eq!(over.header("retry-after"), "55");
}

#[tokio::test]
async fn without_a_valid_token_the_address_is_limited() {
    let server = limited().await;
    server.get("/api/users/me").await.refused(401, "token_missing");
    server.get("/api/users/me").token("rubbish").await.refused(401, "token_invalid");
    server.get("/api/nothing").await.refused(429, "rate_limited");
    // An account at the same address has its own limit.
    let agent = server.account(Role::Agent).await;
    server.get("/api/users/me").by(&agent).await.ok(200);
}

#[tokio::test]
async fn sign_in_and_refresh_have_limits_of_their_own() {
    let server = limited().await;
    for path in ["/api/auth/login", "/api/auth/refresh"] {
        let first = server.post(path, json!({})).await;
        assert_ne!(first.status, 429);
        assert_eq!(first.header("ratelimit"), "\"burst\";r=0;t=60");
        let second = server.post(&format!("{path}/"), json!({})).await;
        second.refused(429, "rate_limited");
    }
}

#[tokio::test]
async fn first_run_posts_and_links_for_passwords_share_the_sign_in_limit() {
    let server = limited().await;
    server.get("/api/auth/first-run").await.ok(200);
    assert_ne!(server.post("/api/auth/first-run", json!({})).await.status, 429);
    server.post("/api/auth/login", json!({})).await.refused(429, "rate_limited");
    server.post("/api/auth/first-run/", json!({})).await.refused(429, "rate_limited");
    server.post("/api/auth/reset-password", json!({})).await.refused(429, "rate_limited");
    server.get("/api/auth/first-run").await.ok(200);
}

#[tokio::test]
async fn every_answer_to_an_allowed_origin_is_readable() {
    let server = limited().await;
    let agent = server.account(Role::Agent).await;
    let asks: [Ask<'_>; 5] = [
        server.get("/api/users/me").by(&agent),
        server.get("/api/users/me"),
        server.get("/api/nothing"),
        server.get("/api/auth/login"),
        server.get("/api/users/me").header("accept", "text/html").by(&agent),
    ];
    for ask in asks {
        let answer = ask.header("origin", ORIGIN).await;
        assert_eq!(answer.header("access-control-allow-origin"), ORIGIN, "{}", answer.status);
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        let exposed = answer.header("access-control-expose-headers").to_lowercase();
        for name in [
            "retry-after",
            "ratelimit",
            "ratelimit-policy",
            "content-disposition",
            "etag",
            "location",
            "idempotency-replayed",
        ] {
            assert!(exposed.split(',').any(|known| known.trim() == name), "{name}: {exposed}");
        }
        assert!(answer.headers.get_all("vary").iter().any(|v| v.to_str().unwrap().to_lowercase().contains("origin")));
    }
    let stranger = server.get("/api/openapi.json").header("origin", "https://evil.example").await;
    assert_eq!(stranger.header("access-control-allow-origin"), "");
}

fn preflight<'a>(server: &'a Server, path: &str, origin: &str) -> Ask<'a> {
    server
        .ask(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
}

#[tokio::test]
async fn preflights_need_no_token_and_are_never_limited() {
    let server = limited().await;
    for _ in 0..3 {
        for path in ["/api/users/me", "/api/nothing", "/api/users/", "/api/auth/login"] {
            let answer = preflight(&server, path, ORIGIN).await;
            assert_eq!(answer.status, 204, "{path}");
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
            let methods = answer.header("access-control-allow-methods");
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                assert!(methods.contains(method), "{methods}");
            }
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            for header in [
                "authorization",
                "content-type",
                "accept",
                "accept-language",
                "idempotency-key",
                "if-match",
                "x-crm-auth",
            ] {
                assert!(headers.split(',').any(|known| known.trim() == header), "{header}: {headers}");
            }
            assert!(answer.header("access-control-max-age").parse::<u32>().unwrap() >= 600);
        }
    }
    let stranger = preflight(&server, "/api/users/me", "https://evil.example").await;
    assert_eq!(stranger.status, 204);
    assert_eq!(stranger.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_star_allows_every_origin() {
    let server = Server::with(|config| config.cors_origins = vec!["*".into()]).await;
    let answer = server.get("/api/users/me").header("origin", "https://any.example").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(preflight(&server, "/api/x", "https://any.example").await.header("access-control-allow-origin"), "*");
}
