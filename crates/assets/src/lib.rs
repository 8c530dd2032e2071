//! The admin page, embedded: what `web/` was built to, served as files with the headers that they need.
//!
//! A debug build reads `web/dist` at each request, so that the page can be built anew beside a running server. Where
//! the page was never built, `/` says so and how to do it; the rest of the service is not harmed.

mod headers;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
const PLACEHOLDER: &str = include_str!("placeholder.html");
/// Stands in the page where the nonce of an answer goes.
const NONCE_MARK: &str = "__CSP_NONCE__";
/// Encodings of files that are there beforehand, the smaller first.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// Answers a request for anything outside `/api`.
///
/// A file's own path gives the file. Every other path without an extension gives the page, which finds its screen
/// from the path; one with an extension is a 404, so that a missing script is never answered with HTML.
pub fn answer(method: &Method, path: &str, request: &HeaderMap) -> Response<Bytes> {
    if method != Method::GET && method != Method::HEAD {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let name = path.trim_start_matches('/');
    let last = name.rsplit('/').next().unwrap_or_default();
    if name.is_empty() || name == INDEX || !last.contains('.') {
        return page();
    }
    match file(name, request) {
        Some(response) => response,
        None => plain(StatusCode::NOT_FOUND, "not found\n"),
    }
}

/// The page, with a nonce of its own in its policy and its text.
fn page() -> Response<Bytes> {
    let html = Dist::get(INDEX)
        .map_or_else(|| PLACEHOLDER.to_owned(), |file| String::from_utf8_lossy(&file.data).into_owned());
    let nonce = headers::nonce();
    let html = html.replace(NONCE_MARK, nonce.as_deref().unwrap_or_default());
    let mut response = Response::new(Bytes::from(html));
    headers::page(response.headers_mut(), nonce.as_deref());
    response
}

/// A file as it is, or compressed beforehand where the client takes that.
fn file(name: &str, request: &HeaderMap) -> Option<Response<Bytes>> {
    let compressed = ENCODINGS
        .iter()
        .filter(|(encoding, _)| headers::accepts(request, encoding))
        .find_map(|(encoding, extension)| Some((*encoding, Dist::get(&format!("{name}.{extension}"))?)));
    let (encoding, file) = match compressed {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, Dist::get(name)?),
    };
    let tag = headers::entity_tag(&file.metadata.sha256_hash());
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let mut response = Response::new(if unchanged { Bytes::new() } else { bytes_of(file.data) });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    headers::file(response.headers_mut(), name, encoding, &tag);
    Some(response)
}

fn bytes_of(data: std::borrow::Cow<'static, [u8]>) -> Bytes {
    match data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => Bytes::from(data),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    let content = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content);
    headers::common(response.headers_mut());
    response
}

#[cfg(test)]
mod tests;
