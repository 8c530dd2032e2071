//! The embedded admin page: the build output of `web/`, served with the appropriate headers.
//!
//! A debug build reads `web/dist` at each request, so that the page can be rebuilt while the server runs. If the page
//! was never built, `/` says so and how to build it; the rest of the service works.

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
/// The placeholder in the page for the nonce of a response.
const NONCE_MARK: &str = "__CSP_NONCE__";
/// The encodings of precompressed files, smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// Answers a request for anything outside `/api`.
///
/// The path of a file returns the file. Any other path without an extension returns the page, which routes by path; one
/// with an extension is a 404, so that a missing script never gets HTML.
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

/// The page, with a fresh nonce in its policy and its text.
fn page() -> Response<Bytes> {
    let html = Dist::get(INDEX)
        .map_or_else(|| PLACEHOLDER.to_owned(), |file| String::from_utf8_lossy(&file.data).into_owned());
    let nonce = headers::nonce();
    let html = html.replace(NONCE_MARK, nonce.as_deref().unwrap_or_default());
    let mut response = Response::new(Bytes::from(html));
    headers::page(response.headers_mut(), nonce.as_deref());
    response
}

/// A file, precompressed if the client accepts that.
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
