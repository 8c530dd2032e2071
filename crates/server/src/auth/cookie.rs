//! The refresh token in a cookie, for pages of the service's own origin: scripts cannot read it there. Only for who asks
//! for it by a header of ours. Another origin's page cannot send that header: it is not among those that CORS allows.
//! Everybody else's cookies are ignored.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::state::App;

/// The header that asks for the cookie, with the value `cookie`.
pub(crate) const ASKS: &str = "x-reparto-refresh";

/// The name of the cookie.
const NAME: &str = "reparto_refresh";

/// How the refresh token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// In bodies.
    Body,
    /// In a cookie; `secure`: over HTTPS alone.
    Cookie {
        /// Whether the page is reached by HTTPS.
        secure: bool,
    },
}

impl Delivery {
    /// What a request asks for.
    pub(crate) fn asked(app: &App, headers: &HeaderMap) -> Self {
        let asks = headers.get(ASKS).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"cookie"));
        if asks { Self::Cookie { secure: is_https(app, headers) } } else { Self::Body }
    }

    /// The token of the cookie, where the request asks for cookies.
    pub(crate) fn sent(self, headers: &HeaderMap) -> Option<String> {
        let Self::Cookie { .. } = self else { return None };
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value.to_owned())
    }

    /// The header that sets the cookie for this many seconds; 0 removes it.
    pub(crate) fn set(self, token: &str, seconds: i64) -> Option<HeaderValue> {
        let Self::Cookie { secure } = self else { return None };
        let secure = if secure { "; Secure" } else { "" };
        let cookie = format!("{NAME}={token}; Max-Age={seconds}; Path=/api/auth; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::from_str(&cookie).ok()
    }
}

/// Whether browsers reach the page by HTTPS: by the setting, else by what a proxy says that is believed.
pub(crate) fn is_https(app: &App, headers: &HeaderMap) -> bool {
    if let Some(url) = &app.config.public_url {
        return url.starts_with("https://");
    }
    let forwarded = headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    app.config.proxies.any() && forwarded.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}
