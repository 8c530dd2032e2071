//! Settings of the service. Where they come from (flags, environment) is the binary's business.

use std::time::Duration;

pub use reparto_domain::second_factor::RequireTotp;
use reparto_domain::{Policy, Roles, contacts::AgentsSee, dealing::hours::Zone, phone::Country, policy::SelfAssign};
use secrecy::SecretString;

use crate::{
    connections::ConnectionLimits,
    http::{language::Language, proxies::Proxies},
    limits::{self, Limits},
};

/// How long a password waits for its turn to be hashed: more would be answered when nobody waits for it any more.
pub const PASSWORD_WAIT: Duration = Duration::from_secs(2);

/// Settings. Every field has a default that suits production.
#[derive(Debug, Clone)]
pub struct Config {
    /// Origins that browsers may call from; `*` is any.
    pub cors_origins: Vec<String>,
    /// One language for every answer; `None` follows `Accept-Language`.
    pub language: Option<Language>,
    /// The key that signs access tokens; `None`: made at the first start and kept in the database.
    pub jwt_secret: Option<SecretString>,
    /// The key that signed access tokens before; its tokens are accepted until they end.
    pub jwt_secret_previous: Option<SecretString>,
    /// How long an access token lives; at least 300 s.
    pub access_lifetime: Duration,
    /// How long a refresh token lives.
    pub refresh_lifetime: Duration,
    /// How long after its first use a refresh token that is sent again gets its replacement again (two tabs raced).
    pub refresh_grace: Duration,
    /// How long a session lasts, however often it is refreshed.
    pub session_max: Duration,
    /// The longest lifetime of another backend's token.
    pub foreign_token_max: Duration,
    /// The issuer that access tokens must name; `None`: any.
    pub jwt_issuer: Option<String>,
    /// The audience that access tokens must name; `None`: any.
    pub jwt_audience: Option<String>,
    /// What encrypts secrets in the database; `None`: a key that is kept in the database itself.
    pub data_key: Option<SecretString>,
    /// What encrypted secrets before, or will from the next start on: it reads them, and encrypts nothing.
    pub data_key_other: Option<SecretString>,
    /// How long a password waits for its turn to be hashed, before its sender is told to come back.
    pub password_wait: Duration,
    /// Who needs a second factor.
    pub require_totp: RequireTotp,
    /// Where browsers reach the page, such as `https://crm.example.org`; `None`: as the request says.
    pub public_url: Option<String>,
    /// Largest number of ids in a bulk request.
    pub bulk_max: usize,
    /// The roles that may hold opportunities.
    pub assignable_roles: Roles,
    /// Which contacts agents and lawyers may read.
    pub agents_see: AgentsSee,
    /// The time zone of times without an offset in files that are imported: an IANA name.
    pub time_zone: String,
    /// The time zone of teams that name none.
    pub team_time_zone: Zone,
    /// The country whose phone numbers are written without a code in these files.
    pub country: Country,
    /// What happens when agents and lawyers take more opportunities in a day than their daily quota.
    pub self_assign: SelfAssign,
    /// Rows of lists that an account may read a minute without an entry in the audit log.
    pub rows_per_minute: u64,
    /// Limits on the rate of requests; `None`: off.
    pub limits: Option<Limits>,
    /// The limit on sign-ins of a place, which is never off.
    pub login_limit: limits::Policy,
    /// The largest body, in bytes.
    pub body_max: usize,
    /// How many requests that need no account are worked on at once.
    pub anonymous_max: usize,
    /// How long a client may take to send its headers.
    pub header_timeout: Duration,
    /// How long a client may take to send its body.
    pub body_timeout: Duration,
    /// How long a client may leave an answer unread before it is cut off.
    pub write_timeout: Duration,
    /// How many connections may be open.
    pub connections: ConnectionLimits,
    /// How long the answer to an idempotency key is kept.
    pub idempotency_lifetime: Duration,
    /// Which proxies are believed to say who a client is (`X-Forwarded-For`).
    pub proxies: Proxies,
    /// How long open requests may take to finish when the service stops.
    pub shutdown_grace: Duration,
    /// Whether webhooks may call private addresses (loopback, local networks).
    pub webhook_allow_private: bool,
    /// Whether webhooks may call public addresses without TLS.
    pub webhook_allow_http: bool,
    /// Whether `/metrics` is served elsewhere, not beside the API.
    pub metrics_apart: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cors_origins: Vec::new(),
            language: None,
            jwt_secret: None,
            jwt_secret_previous: None,
            access_lifetime: Duration::from_secs(30 * 60),
            refresh_lifetime: Duration::from_secs(30 * 24 * 3_600),
            refresh_grace: Duration::from_secs(30),
            session_max: Duration::from_secs(30 * 24 * 3_600),
            foreign_token_max: Duration::from_secs(24 * 3_600),
            jwt_issuer: None,
            jwt_audience: None,
            data_key: None,
            data_key_other: None,
            password_wait: PASSWORD_WAIT,
            require_totp: RequireTotp::None,
            public_url: None,
            bulk_max: 100,
            assignable_roles: Roles::default(),
            agents_see: AgentsSee::default(),
            time_zone: "UTC".to_owned(),
            team_time_zone: "Europe/Madrid".parse().unwrap_or(Zone::UTC),
            country: Country::default(),
            self_assign: SelfAssign::default(),
            rows_per_minute: 5_000,
            limits: Some(Limits::default()),
            login_limit: limits::Policy::login(),
            body_max: 1 << 20,
            anonymous_max: 64,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            connections: ConnectionLimits { total: 10_000, per_address: 2_000 },
            idempotency_lifetime: Duration::from_secs(24 * 3_600),
            proxies: Proxies::default(),
            shutdown_grace: Duration::from_secs(25),
            webhook_allow_private: false,
            webhook_allow_http: false,
            metrics_apart: false,
        }
    }
}

impl Config {
    /// What people may do, as store methods take it.
    pub fn policy(&self) -> Policy {
        Policy { assignable: self.assignable_roles.clone(), agents_see: self.agents_see, self_assign: self.self_assign }
    }
}
