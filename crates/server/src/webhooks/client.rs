//! Calls webhooks.

use std::{error::Error, time::Duration};

use reparto_domain::{
    Timestamp,
    webhooks::{AttemptResult, DueDelivery},
};
use reqwest::{Client, Response, header, redirect};

use super::{
    address::{NotPublic, PublicOnly, is_public},
    secret, url,
};

/// Timeout for connecting to a receiver.
const CONNECT: Duration = Duration::from_secs(5);

/// Timeout for a whole call.
const WHOLE: Duration = Duration::from_secs(10);

/// How many bytes of an answer are read, so that the connection can be reused. The content does not matter.
const ANSWER_MAX: usize = 16 << 10;

/// The user agent of requests to receivers.
const AGENT: &str = concat!("Reparto/", env!("CARGO_PKG_VERSION"));

/// Calls webhooks.
#[derive(Debug, Clone)]
pub(super) struct WebhookClient {
    client: Client,
    allow_private: bool,
}

impl WebhookClient {
    /// A client that follows no redirects, ignores proxies of the environment, and resolves names to public addresses
    /// only, unless private ones are allowed.
    pub fn new(allow_private: bool) -> Result<Self, reqwest::Error> {
        // Fails where another part of the process has chosen a provider, which then is used.
        _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(AGENT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30));
        let builder = if allow_private { builder } else { builder.dns_resolver(PublicOnly) };
        Ok(Self { client: builder.build()?, allow_private })
    }

    /// Sends a delivery once.
    pub async fn send(&self, due: &DueDelivery, at: Timestamp) -> AttemptResult {
        let failed = |error: &str| AttemptResult { status: None, error: Some(error.to_owned()) };
        let Some(url) = url::parse(&due.url) else { return failed("the URL is not allowed") };
        // An address in the URL does not pass through the resolver.
        if !self.allow_private && url::literal(&url).is_some_and(|address| !is_public(address)) {
            return failed(&NotPublic.to_string());
        }
        let (id, seconds, body) = (due.delivery.id.to_string(), at.seconds(), &due.delivery.body);
        let Some(signature) = secret::sign(&due.secret, &id, seconds, body) else {
            return failed("the signing key of the webhook is not valid");
        };
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(body.clone());
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                discard(response).await;
                let error = (!status.is_success()).then(|| format!("the receiver answered {}", status.as_u16()));
                AttemptResult { status: Some(status.as_u16()), error }
            }
            Err(error) => failed(&describe(&error)),
        }
    }
}

async fn discard(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(piece)) = response.chunk().await {
        read += piece.len();
        if read > ANSWER_MAX {
            return;
        }
    }
}

/// The innermost cause of an error, without the URL.
fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the receiver did not answer in time".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().chars().take(200).collect()
}
