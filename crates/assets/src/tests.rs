use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::{answer, headers};

fn get(path: &str) -> http::Response<bytes::Bytes> {
    answer(&Method::GET, path, &HeaderMap::new())
}

fn text(response: &http::Response<bytes::Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

#[test]
fn paths_without_an_extension_serve_the_page() {
    for path in ["/", "/index.html", "/opportunities", "/opportunities/0197", "/sign-in/"] {
        let response = get(path);
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
        assert!(text(&response).contains("<title>"), "{path}");
    }
}

#[test]
fn missing_files_never_serve_the_page() {
    for path in ["/assets/missing.js", "/favicon.gone", "/../Cargo.toml", "/assets/../../package.json"] {
        assert_eq!(get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn csp_allows_no_other_host_and_renews_its_nonce() {
    let (first, second) = (get("/"), get("/"));
    let policy = first.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe") && !policy.contains("//"), "{policy}");
    assert_ne!(policy, second.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap());
    assert!(!text(&first).contains("__CSP_NONCE__"));
    assert_eq!(first.headers()[header::CACHE_CONTROL], "no-store");
}

#[test]
fn other_methods_are_refused_with_allow() {
    let response = answer(&Method::POST, "/", &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
}

#[test]
fn hashed_files_are_immutable_others_revalidated() {
    let mut kept = HeaderMap::new();
    headers::file(&mut kept, "assets/index-abc.js", Some("br"), "\"x\"");
    assert!(kept[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert_eq!(kept[header::CONTENT_ENCODING], "br");
    assert_eq!(kept[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    let mut asked = HeaderMap::new();
    headers::file(&mut asked, "icon.svg", None, "\"x\"");
    assert_eq!(asked[header::CACHE_CONTROL], "no-cache");
}

#[test]
fn encodings_follow_accept_encoding() {
    let with = |value: &'static str| {
        let mut map = HeaderMap::new();
        map.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        map
    };
    assert!(headers::accepts(&with("gzip, deflate, br, zstd"), "br"));
    assert!(headers::accepts(&with("gzip;q=0.5"), "gzip"));
    assert!(!headers::accepts(&with("br;q=0, gzip"), "br"));
    assert!(!headers::accepts(&HeaderMap::new(), "gzip"));
}
