//! Content negotiation: whether `Accept` allows a format that the service has.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Problem, QueryFields};

/// Refuses a request to the API whose `Accept` allows neither JSON nor CSV nor another format of its path.
pub async fn check(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // A file is requested by its URL, whatever the endpoint: a link in a page sends the browser's own Accept.
    if matches!(QueryFields::new(request.uri()).raw("format"), Some("csv" | "xlsx")) {
        return next.run(request).await;
    }
    let more: &[&str] = if path.ends_with("/events") { &["text/event-stream"] } else { &[] };
    if !path.starts_with("/api/") || path.starts_with("/api/docs") || allows(request.headers(), more) {
        next.run(request).await
    } else {
        Problem::NotAcceptable.into_response()
    }
}

/// Whether CSV is asked for: `Accept` names it, and rates JSON no higher.
pub fn prefers_csv(headers: &HeaderMap) -> bool {
    let (mut csv, mut json) = (0.0_f32, 0.0_f32);
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let mut pieces = range.split(';').map(str::trim);
        let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let quality = pieces.find_map(|piece| piece.strip_prefix("q=")?.trim().parse::<f32>().ok()).unwrap_or(1.0);
        match media.as_str() {
            "text/csv" => csv = csv.max(quality),
            "application/json" => json = json.max(quality),
            _ => {}
        }
    }
    csv > 0.0 && csv >= json
}

/// Whether one of the types that are given may be given. `application/json` is satisfied by `problem+json` and CSV.
fn allows(headers: &HeaderMap, more: &[&str]) -> bool {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .peekable();
    if ranges.peek().is_none() {
        return true;
    }
    let given = ["application/json", "application/problem+json", "text/csv"];
    ranges.any(|range| {
        let mut pieces = range.split(';').map(str::trim);
        let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let refused = pieces.any(|piece| {
            piece.strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0))
        });
        let allowed = media == "*/*"
            || given.iter().chain(more).any(|known| {
                media == *known || media.strip_suffix("/*").is_some_and(|kind| known.split('/').next() == Some(kind))
            });
        allowed && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unsatisfiable_accept_is_refused() {
        for (accept, allowed) in [
            ("application/json", true),
            ("*/*", true),
            ("text/html, */*;q=0.1", true),
            ("text/csv", true),
            ("application/*", true),
            ("application/problem+json", true),
            ("", true),
            ("text/html", false),
            ("image/png, application/xml", false),
            ("application/json;q=0", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(allows(&headers, &[]), allowed, "{accept}");
        }
        assert!(allows(&HeaderMap::new(), &[]));
    }
}
