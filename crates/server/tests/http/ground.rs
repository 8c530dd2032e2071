//! Common behaviour of all responses.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Uri},
    routing::get,
};
use http_body_util::BodyExt as _;
use reparto_domain::Role;
use reparto_server::http::Language;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{
    common::{PASSWORD, Server},
    crm::Crm,
};

#[tokio::test]
async fn unknown_api_paths_are_problems_with_or_without_token() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    for path in ["/api", "/api/", "/api/nothing", "/api/users/me/nothing", "/api/crm/nothing/7", "/api/%00"] {
        server.get(path).await.refused(404, "path_not_found");
        server.get(path).by(&agent).await.refused(404, "path_not_found");
        server.post(path, json!({})).by(&agent).await.refused(404, "path_not_found");
    }
    let answer = server.get("/api/nothing").await;
    insta::assert_json_snapshot!(answer.redacted());
}

#[tokio::test]
async fn a_wrong_method_is_405_with_allow() {
    let server = Server::start().await;
    let answer = server.ask(Method::DELETE, "/api/users/").await;
    answer.refused(405, "method_not_allowed");
    let mut allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    server.get("/api/auth/login").await.refused(405, "method_not_allowed");
    let unknown = server.ask("BREW".parse().unwrap(), "/api/users/me").await;
    unknown.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let answer = server.ask(Method::HEAD, "/api/users/me").by(&agent).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn a_trailing_slash_is_served_without_redirect() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for path in ["/api/users", "/api/users/", "/api/users/?limit=1", "/api/users/me/", "/api/users/me"] {
        server.get(path).by(&admin).await.ok(200);
    }
}

#[tokio::test]
async fn only_an_accept_without_json_or_csv_is_refused() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    for accept in ["text/html", "image/png, application/xml", "application/json;q=0"] {
        server.get("/api/users/me").header("accept", accept).by(&agent).await.refused(406, "not_acceptable");
    }
    for accept in ["application/json", "*/*", "application/problem+json", "text/csv", "text/html, */*;q=0.1", ""] {
        server.get("/api/users/me").header("accept", accept).by(&agent).await.ok(200);
    }
    // An unknown path is not found, whatever `Accept` says.
    server.get("/api/nothing").header("accept", "text/html").await.refused(404, "path_not_found");
}

#[tokio::test]
async fn a_file_is_answered_whatever_accept_says() {
    let crm = Crm::new().await;
    let document = crm.server.get("/api/openapi.json").await.ok(200);
    let offers = |operation: &Value, wanted: &str| {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        parameters.iter().filter(|parameter| parameter["name"] == "format").any(|parameter| {
            let schema = parameter["schema"].to_string();
            let named = schema.rsplit_once("schemas/").and_then(|(_, name)| name.split('"').next());
            let values = named.map_or(&Value::Null, |name| &document["components"]["schemas"][name]["enum"]);
            values.as_array().is_some_and(|values| values.iter().any(|value| value == wanted))
                || schema.contains(wanted)
        })
    };
    let mut tried = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for format in ["csv", "xlsx"].into_iter().filter(|format| offers(&item["get"], format)) {
            let path = format!("{}?format={format}", path.replace("{id}", &Uuid::now_v7().to_string()));
            for accept in ["text/html", "text/csv", "image/png"] {
                let answer = crm.server.get(&path).header("accept", accept).by(&crm.admin).await;
                assert!([200, 404].contains(&answer.status), "{path} as {accept}: {}", answer.status);
            }
            tried.push(path);
        }
    }
    assert!(tried.iter().any(|path| path.contains("/imports/")) && tried.len() >= 5, "{tried:?}");
}

#[tokio::test]
async fn a_body_is_json_an_object_and_within_the_limit() {
    let server = Server::with(|config| config.body_max = 1_000).await;
    let post = |content: &str, body: &str| server.ask(Method::POST, "/api/auth/login").raw(content, body);
    let good = json!({"email": "a@example.org", "password": PASSWORD}).to_string();
    post("application/json", "{").await.refused(400, "body_not_json");
    post("application/json", "\u{feff}{}").await.refused(400, "body_not_json");
    server.ask(Method::POST, "/api/auth/login").await.refused(400, "body_not_json");
    for other in ["[]", "7", "null", "\"text\""] {
        post("application/json", other).await.refused(422, "body_not_an_object");
    }
    for content in
        ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json; charset=latin1"]
    {
        post(content, &good).await.refused(415, "media_type_unsupported");
    }
    for content in ["application/json", "application/JSON; charset=UTF-8", "application/vnd.api+json"] {
        post(content, &good).await.refused(401, "credentials_invalid");
    }
    let long = json!({"email": "x".repeat(1_000)}).to_string();
    let answer = post("application/json", &long).await.refused(413, "body_too_large");
    assert!(answer["detail"].as_str().unwrap().contains("1000"));
}

#[tokio::test]
async fn the_language_is_spanish_unless_english_is_preferred() {
    let server = Server::start().await;
    for (accept, language) in [("", "es"), ("en", "en"), ("es,en", "es"), ("fr", "es"), ("fr, en;q=0.1", "en")] {
        let answer = server.get("/api/users/me").header("accept-language", accept).await;
        assert_eq!(answer.header("content-language"), language, "{accept}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(detail == "Falta el token de acceso", language == "es", "{detail}");
    }
    let fixed = Server::with(|config| config.language = Some(Language::English)).await;
    let answer = fixed.get("/api/users/me").header("accept-language", "es").await;
    assert_eq!(answer.json()["detail"], "The access token is missing");
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_not_cached() {
    let server = Server::start().await;
    for path in ["/api/users/me", "/api/nothing", "/api/openapi.json"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(Uuid::try_parse(answer.header("x-request-id")).is_ok());
    }
    let given = server.get("/api/users/me").header("x-request-id", "proxy-4711").await;
    assert!(Uuid::try_parse(given.header("x-request-id")).is_ok(), "a client's id is not ours");
}

#[tokio::test]
async fn answers_are_compressed_when_asked_for() {
    let server = Server::start().await;
    for coding in ["gzip", "br", "zstd"] {
        let answer = server.get("/api/openapi.json").header("accept-encoding", coding).await;
        assert_eq!(answer.header("content-encoding"), coding);
        assert!(answer.body.len() > 100);
        let vary: Vec<String> =
            answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap().to_lowercase()).collect();
        assert!(vary.join(",").contains("accept-encoding"), "{vary:?}");
    }
    let plain = server.get("/api/openapi.json").await;
    assert_eq!(plain.header("content-encoding"), "");
}

#[tokio::test]
async fn liveness_readiness_and_metrics_are_served() {
    let server = Server::start().await;
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
    server.get("/api/nothing").await;
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(metrics.text().contains("reparto_http_requests_total{"), "{}", metrics.text());
    assert!(!metrics.text().contains("/api/nothing"), "a path that nobody made is no label");
    server.store().close().await;
    let away = server.get("/readyz").await;
    assert_eq!(away.status, 503);
    assert_ne!(away.header("retry-after"), "");
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn without_a_database_the_answer_is_an_opaque_503() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    server.store().close().await;
    let answer = server.get("/api/users/me").by(&agent).await;
    answer.refused(503, "service_unavailable");
    assert_ne!(answer.header("retry-after"), "");
    assert!(!answer.text().to_lowercase().contains("sqlite"), "{}", answer.text());
}

#[tokio::test]
async fn a_panic_is_an_opaque_500_and_the_service_continues() {
    let server = Server::start().await;
    let boom = async |uri: Uri| {
        assert_ne!(uri.path(), "/api/boom", "a secret of the inside");
        "well"
    };
    let routes = Router::new().route("/api/boom", get(boom)).route("/api/well", get(boom));
    let wrapped = reparto_server::layers::wrap(routes, &server.app);
    let ask = |path: &str| wrapped.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    let response = ask("/api/boom").await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["code"], "internal_error");
    assert!(!problem.to_string().contains("secret"), "{problem}");
    assert_eq!(ask("/api/well").await.unwrap().status(), 200);
}
