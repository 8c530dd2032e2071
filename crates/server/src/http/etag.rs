//! Entity tags: the version that an answer shows, and the one that a change is meant for.

use axum::http::{HeaderMap, header};
use reparto_domain::opportunities::IfMatch;

/// The `ETag` of a version.
pub fn etag(version: &str) -> String {
    format!("\"{version}\"")
}

/// The condition of `If-Match`; `None` where the client sent none.
///
/// A tag that was weakened on the way (proxies that compress do that) still names its version, and so does one that
/// lost its quotes. A tag that cannot be read matches no version: the change is refused rather than made blindly.
pub fn if_match(headers: &HeaderMap) -> Option<IfMatch> {
    let mut versions = Vec::new();
    let mut sent = false;
    for value in headers.get_all(header::IF_MATCH) {
        sent = true;
        let Ok(mut rest) = value.to_str().map(str::trim) else { continue };
        if rest == "*" {
            return Some(IfMatch::Any);
        }
        while !rest.is_empty() {
            let (version, after) = next(rest);
            if !version.is_empty() {
                versions.push(version.to_owned());
            }
            rest = after;
        }
    }
    sent.then_some(IfMatch::Versions(versions))
}

/// The first tag of a list, without its quotes, and what follows it.
fn next(list: &str) -> (&str, &str) {
    let list = list.trim_start_matches([',', ' ', '\t']);
    let tag = list.strip_prefix("W/").or_else(|| list.strip_prefix("w/")).unwrap_or(list);
    if let Some(parts) = tag.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        return parts;
    }
    let (bare, after) = tag.split_once(',').unwrap_or((tag, ""));
    (bare.trim(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<IfMatch> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        if_match(&headers)
    }

    fn versions(list: &[&str]) -> IfMatch {
        IfMatch::Versions(list.iter().map(|&version| version.to_owned()).collect())
    }

    #[test]
    fn weak_and_bare_tags_are_read_as_their_version() {
        assert_eq!(read(&etag("7-a")), Some(versions(&["7-a"])));
        assert_eq!(read("W/\"7-a\""), Some(versions(&["7-a"])));
        assert_eq!(read("7-a"), Some(versions(&["7-a"])));
        assert_eq!(read("\"a\", W/\"b,c\" ,\"d\""), Some(versions(&["a", "b,c", "d"])));
        assert_eq!(read("*"), Some(IfMatch::Any));
        assert_eq!(if_match(&HeaderMap::new()), None);
    }

    #[test]
    fn an_unreadable_tag_names_no_version() {
        for text in ["", ",", "\"", "W/", "\"\"", "\"open"] {
            let read = read(text).unwrap();
            assert!(!read.allows("7-a"), "{text}");
        }
    }
}
