//! URLs that a webhook may have.

use std::{net::IpAddr, time::Duration};

use reqwest::Url;
use tokio::{net::lookup_host, time::timeout};

use super::address::is_public;

/// The longest URL, in characters.
pub(super) const URL_MAX: usize = 2_000;

/// How long the look-up of a name may take when a webhook is created. A name that takes longer is checked only when it
/// is called.
const LOOKUP: Duration = Duration::from_secs(2);

/// Parses the URL of a webhook: `http` or `https`, with a host, without user and password.
pub(super) fn parse(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = Url::parse(text).ok().filter(|_| text.len() <= URL_MAX)?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.port() != Some(0);
    fits.then_some(url)
}

/// The IP address in the URL, where it has one in place of a name. Unusual notations (`0x7f.1`) were normalised when the
/// URL was parsed.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

/// Whether the URL leads to a private address, as far as that is known now. A name that is not found counts as public:
/// each call checks again.
pub(super) async fn is_private(url: &Url) -> bool {
    if let Some(address) = literal(url) {
        return !is_public(address);
    }
    let host = url.host_str().unwrap_or_default();
    match timeout(LOOKUP, lookup_host((host, 0))).await {
        Ok(Ok(mut found)) => !found.any(|address| is_public(address.ip())),
        Ok(Err(_)) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_accepted() {
        for text in ["https://example.org/hook", "http://example.org:8080/a?b=c", " https://example.org "] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "example.org",
            "ftp://example.org",
            "file:///etc/passwd",
            "https://u:p@example.org",
            "https://",
            "javascript:alert(1)",
            "https://example.org:0/",
            &format!("https://example.org/{}", "x".repeat(URL_MAX)),
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[tokio::test]
    async fn private_addresses_in_unusual_notation_are_recognised() {
        for text in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://0/",
            "http://localhost/",
            "http://169.254.169.254/",
        ] {
            assert!(is_private(&parse(text).unwrap()).await, "{text}");
        }
        assert!(!is_private(&parse("http://1.1.1.1/").unwrap()).await);
    }
}
