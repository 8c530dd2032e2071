//! The settings of the service.

use std::{net::SocketAddr, time::Duration};

use clap::{Args, builder::FalseyValueParser, value_parser};
use reparto_domain::{Roles, contacts::AgentsSee, dealing::hours::Zone, policy::SelfAssign};
use reparto_server::{
    Config, RequireTotp,
    config::PASSWORD_WAIT,
    connections::ConnectionLimits,
    http::{
        language::Language,
        proxies::{Network, Proxies, network},
    },
    limits::{Limits, Policy},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{DatabaseArgs, KeepArgs};
use crate::{
    database::{ListArgs, PostgresArgs},
    failure::Failure,
};

/// `reparto serve`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  reparto serve --database-url sqlite:reparto.db
  REPARTO_DATABASE_URL=postgres://reparto@db/reparto reparto serve --listen 0.0.0.0:8080
  REPARTO_CORS_ORIGINS=https://crm.example.org REPARTO_JWT_SECRET=… reparto serve")]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "REPARTO_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Where to serve /metrics, and only there; else beside the API
    #[arg(long, env = "REPARTO_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub lists: ListArgs,
    #[command(flatten)]
    pub postgres: PostgresArgs,
    /// Refuse an older schema instead of bringing it up to date
    #[arg(long, env = "REPARTO_NO_MIGRATE", value_parser = FalseyValueParser::new())]
    pub no_migrate: bool,
    /// Origins that browsers may call from, comma-separated; * is any
    #[arg(long, env = "REPARTO_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGINS")]
    pub cors_origins: Vec<String>,
    /// One language for every answer (es or en); else the client's
    #[arg(long, env = "REPARTO_LANGUAGE", value_parser = language)]
    pub language: Option<Language>,
    /// The secret that signs access tokens; else made at the first start and kept in the database
    #[arg(long, env = "REPARTO_JWT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub jwt_secret: Option<SecretString>,
    /// The secret that signed them before: accepted, never used to sign, until its tokens end
    #[arg(long, env = "REPARTO_JWT_SECRET_PREVIOUS", hide_env_values = true, value_name = "SECRET")]
    pub jwt_secret_previous: Option<SecretString>,
    /// Seconds that an access token lives
    #[arg(long, env = "REPARTO_ACCESS_LIFETIME", default_value_t = 1_800, value_parser = value_parser!(u64).range(300..=86_400), value_name = "SECONDS")]
    pub access_lifetime: u64,
    /// Seconds that a refresh token lives
    #[arg(long, env = "REPARTO_REFRESH_LIFETIME", default_value_t = 2_592_000, value_parser = value_parser!(u64).range(300..=31_536_000), value_name = "SECONDS")]
    pub refresh_lifetime: u64,
    /// Seconds after which a session ends, however often it is refreshed
    #[arg(long, env = "REPARTO_SESSION_MAX", default_value_t = 2_592_000, value_parser = value_parser!(u64).range(1..=315_360_000), value_name = "SECONDS")]
    pub session_max: u64,
    /// The longest lifetime of another backend's access token, in seconds
    #[arg(long, env = "REPARTO_FOREIGN_TOKEN_MAX", default_value_t = 86_400, value_parser = value_parser!(u64).range(1..=31_536_000), value_name = "SECONDS")]
    pub foreign_token_max: u64,
    /// The issuer (iss) that every access token must name
    #[arg(long, env = "REPARTO_JWT_ISSUER", value_name = "TEXT")]
    pub jwt_issuer: Option<String>,
    /// The audience (aud) that every access token must name
    #[arg(long, env = "REPARTO_JWT_AUDIENCE", value_name = "TEXT")]
    pub jwt_audience: Option<String>,
    /// What encrypts secrets in the database, at least 32 bytes; else a key that is kept in the database itself
    #[arg(long, env = "REPARTO_DATA_KEY", hide_env_values = true, value_name = "SECRET")]
    pub data_key: Option<SecretString>,
    /// Another such secret, which only reads: the one before, or the one to come while the services are restarted
    #[arg(long, env = "REPARTO_DATA_KEY_OTHER", hide_env_values = true, value_name = "SECRET")]
    pub data_key_other: Option<SecretString>,
    /// Who needs a second factor: administrators, all or none
    #[arg(long, env = "REPARTO_REQUIRE_TOTP", default_value = "none", value_parser = require_totp, value_name = "WHO")]
    pub require_totp: RequireTotp,
    /// Where browsers reach the page, for links (https://crm.example.org); else as the request says
    #[arg(long, env = "REPARTO_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Seconds within which a used refresh token that comes back gets the same replacement again
    #[arg(long, env = "REPARTO_REFRESH_GRACE", default_value_t = 30, value_parser = value_parser!(u64).range(0..=3_600), value_name = "SECONDS")]
    pub refresh_grace: u64,
    /// The most ids in a bulk request
    #[arg(long, env = "REPARTO_BULK_MAX", default_value_t = 100, value_parser = value_parser!(u64).range(1..=10_000), value_name = "N")]
    pub bulk_max: u64,
    /// The roles that may hold opportunities, comma-separated
    #[arg(long, env = "REPARTO_ASSIGNABLE_ROLES", default_value = "agent,lawyer,admin", value_parser = roles, value_name = "ROLES")]
    pub assignable_roles: Roles,
    /// Contacts that agents and lawyers may read: own (theirs, and those that nobody works on) or all
    #[arg(long, env = "REPARTO_AGENTS_SEE", default_value = "own", value_parser = agents_see, value_name = "WHICH")]
    pub agents_see: AgentsSee,
    /// The time zone of teams that name none (Europe/Madrid where not set), and of times without an offset in files that are
    /// imported (UTC where not set)
    #[arg(long, env = "REPARTO_TIME_ZONE", value_parser = time_zone, value_name = "ZONE")]
    pub time_zone: Option<Zone>,
    /// When agents and lawyers take more opportunities in a day than their daily quota: tell or refuse
    #[arg(long, env = "REPARTO_SELF_ASSIGN_QUOTA", default_value = "tell", value_parser = self_assign, value_name = "WHAT")]
    pub self_assign_quota: SelfAssign,
    /// Rows of lists that an account may read a minute without an entry in the audit log
    #[arg(long, env = "REPARTO_ROWS_PER_MINUTE", default_value_t = 5_000, value_parser = value_parser!(u64).range(0..=1_000_000_000), value_name = "ROWS")]
    pub rows_per_minute: u64,
    /// Requests of an account as REQUESTS/SECONDS, one or two (200/5,1500/60); off switches all limits but that of sign-ins off
    #[arg(long, env = "REPARTO_RATE_LIMIT", default_value = "200/5,1500/60", value_parser = rate, value_name = "LIMIT")]
    pub rate_limit: Rate,
    /// Sign-ins from an IPv4 address or an IPv6 /64, likewise; never off
    #[arg(long, env = "REPARTO_LOGIN_RATE_LIMIT", default_value = "30/60", value_parser = policy, value_name = "LIMIT")]
    pub login_rate_limit: Policy,
    /// Refreshes from an IPv4 address or an IPv6 /64, likewise; an IPv6 /48 has thirty times as many, as for sign-ins
    #[arg(long, env = "REPARTO_REFRESH_RATE_LIMIT", default_value = "120/60", value_parser = policy, value_name = "LIMIT")]
    pub refresh_rate_limit: Policy,
    /// The largest body, in bytes
    #[arg(long, env = "REPARTO_BODY_MAX", default_value_t = 1 << 20, value_parser = value_parser!(u64).range(1_024..=1_073_741_824), value_name = "BYTES")]
    pub body_max: u64,
    /// Seconds that a client may take to send its headers
    #[arg(long, env = "REPARTO_HEADER_TIMEOUT", default_value_t = 10, value_parser = value_parser!(u64).range(1..=600), value_name = "SECONDS")]
    pub header_timeout: u64,
    /// Seconds that a client may take to send its body
    #[arg(long, env = "REPARTO_BODY_TIMEOUT", default_value_t = 30, value_parser = value_parser!(u64).range(1..=3_600), value_name = "SECONDS")]
    pub body_timeout: u64,
    /// Seconds that a client may leave an answer unread before it is cut off
    #[arg(long, env = "REPARTO_WRITE_TIMEOUT", default_value_t = 30, value_parser = value_parser!(u64).range(1..=3_600), value_name = "SECONDS")]
    pub write_timeout: u64,
    /// Connections open at once, at most
    #[arg(long, env = "REPARTO_CONNECTIONS", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000), value_name = "N")]
    pub connections: u32,
    /// Connections open at once of one address (IPv6: one /64); 0 is no limit, as behind a proxy (--trust-forwarded)
    #[arg(long, env = "REPARTO_CONNECTIONS_PER_ADDRESS", default_value_t = 2_000, value_parser = value_parser!(u32).range(0..=1_000_000), value_name = "N")]
    pub connections_per_address: u32,
    /// Seconds that the answer to an idempotency key is kept
    #[arg(long, env = "REPARTO_IDEMPOTENCY_LIFETIME", default_value_t = 86_400, value_parser = value_parser!(u64).range(1..=31_536_000), value_name = "SECONDS")]
    pub idempotency_lifetime: u64,
    /// Days that the sets, errors and exports of jobs are kept after their end; the jobs themselves stay
    #[arg(long, env = "REPARTO_KEEP_JOB_DETAILS", default_value_t = 90, value_parser = value_parser!(i64).range(1..=36_500), value_name = "DAYS")]
    pub keep_job_details: i64,
    /// Days that deliveries to webhooks are kept, delivered or not
    #[arg(long, env = "REPARTO_KEEP_DELIVERIES", default_value_t = 30, value_parser = value_parser!(i64).range(1..=36_500), value_name = "DAYS")]
    pub keep_deliveries: i64,
    #[command(flatten)]
    pub keep: KeepArgs,
    /// Believe X-Forwarded-For: only behind a proxy that sets it
    #[arg(long, env = "REPARTO_TRUST_FORWARDED", value_parser = FalseyValueParser::new())]
    pub trust_forwarded: bool,
    /// How many proxies stand in front, each adding an address to X-Forwarded-For
    #[arg(long, env = "REPARTO_PROXY_HOPS", default_value_t = 1, value_parser = value_parser!(u8).range(1..=32), value_name = "N")]
    pub proxy_hops: u8,
    /// Networks that proxies are in, comma-separated (10.0.0.0/8,192.0.2.1): only they are believed, and all of them
    #[arg(long, env = "REPARTO_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network, value_name = "NETWORKS")]
    pub trusted_proxies: Vec<Network>,
    /// Seconds that requests under way may take to finish when the service stops
    #[arg(long, env = "REPARTO_SHUTDOWN_GRACE", default_value_t = 25, value_parser = value_parser!(u64).range(0..=3_600), value_name = "SECONDS")]
    pub shutdown_grace: u64,
    /// Let webhooks call private addresses: loopback and local networks
    #[arg(long, env = "REPARTO_WEBHOOK_ALLOW_PRIVATE", value_parser = FalseyValueParser::new())]
    pub webhook_allow_private: bool,
    /// Let webhooks call public addresses by http, without TLS
    #[arg(long, env = "REPARTO_WEBHOOK_ALLOW_HTTP", value_parser = FalseyValueParser::new())]
    pub webhook_allow_http: bool,
}

/// A limit, or none.
#[derive(Debug, Clone)]
pub enum Rate {
    /// No limits at all.
    Off,
    /// This one for accounts and addresses.
    At(Policy),
}

impl ServeArgs {
    /// How many connections may be open. Behind a proxy all of them are the proxy's.
    const fn connections(&self) -> ConnectionLimits {
        let per_address = if self.trust_forwarded { 0 } else { self.connections_per_address as usize };
        ConnectionLimits { total: self.connections as usize, per_address }
    }

    /// The settings that they come to.
    pub fn config(&self) -> Result<Config, Failure> {
        long_enough(self.jwt_secret.as_ref(), "--jwt-secret (REPARTO_JWT_SECRET)")?;
        long_enough(self.jwt_secret_previous.as_ref(), "--jwt-secret-previous (REPARTO_JWT_SECRET_PREVIOUS)")?;
        long_enough(self.data_key.as_ref(), "--data-key (REPARTO_DATA_KEY)")?;
        long_enough(self.data_key_other.as_ref(), "--data-key-other (REPARTO_DATA_KEY_OTHER)")?;
        let limits = match &self.rate_limit {
            Rate::Off => None,
            Rate::At(policy) => Some(Limits {
                account: policy.clone(),
                address: policy.clone(),
                refresh: self.refresh_rate_limit.clone(),
            }),
        };
        let origins = self.cors_origins.iter().map(|origin| origin.trim().trim_end_matches('/').to_owned());
        Ok(Config {
            cors_origins: origins.filter(|origin| !origin.is_empty()).collect(),
            language: self.language,
            jwt_secret: self.jwt_secret.clone(),
            jwt_secret_previous: self.jwt_secret_previous.clone(),
            access_lifetime: Duration::from_secs(self.access_lifetime),
            refresh_lifetime: Duration::from_secs(self.refresh_lifetime),
            refresh_grace: Duration::from_secs(self.refresh_grace),
            session_max: Duration::from_secs(self.session_max),
            foreign_token_max: Duration::from_secs(self.foreign_token_max),
            jwt_issuer: set(self.jwt_issuer.as_deref()),
            jwt_audience: set(self.jwt_audience.as_deref()),
            data_key: self.data_key.clone(),
            data_key_other: self.data_key_other.clone(),
            password_wait: PASSWORD_WAIT,
            require_totp: self.require_totp,
            public_url: set(self.public_url.as_deref()),
            bulk_max: usize::try_from(self.bulk_max).unwrap_or(usize::MAX),
            assignable_roles: self.assignable_roles.clone(),
            agents_see: self.agents_see,
            time_zone: self.time_zone.as_ref().unwrap_or(&Zone::UTC).name().to_owned(),
            team_time_zone: self.time_zone.clone().unwrap_or_else(|| Config::default().team_time_zone),
            country: self.database.country,
            self_assign: self.self_assign_quota,
            rows_per_minute: self.rows_per_minute,
            limits,
            login_limit: self.login_rate_limit.clone(),
            body_max: usize::try_from(self.body_max).unwrap_or(usize::MAX),
            header_timeout: Duration::from_secs(self.header_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
            write_timeout: Duration::from_secs(self.write_timeout),
            connections: self.connections(),
            idempotency_lifetime: Duration::from_secs(self.idempotency_lifetime),
            proxies: Proxies {
                networks: self.trusted_proxies.clone(),
                hops: if self.trust_forwarded { usize::from(self.proxy_hops) } else { 0 },
            },
            shutdown_grace: Duration::from_secs(self.shutdown_grace),
            webhook_allow_private: self.webhook_allow_private,
            webhook_allow_http: self.webhook_allow_http,
            metrics_apart: self.metrics_listen.is_some(),
            anonymous_max: Config::default().anonymous_max,
        })
    }
}

/// The shortest secret, in bytes: one that can be guessed signs tokens for anybody (RFC 7518, section 3.2).
const SECRET_MIN: usize = 32;

pub(super) fn long_enough(secret: Option<&SecretString>, name: &str) -> Result<(), Failure> {
    match secret.map(|secret| secret.expose_secret().len()) {
        Some(length) if length < SECRET_MIN => Err(Failure::new(format!(
            "{name} has {length} bytes; at least {SECRET_MIN} are needed, such as from: openssl rand -base64 32"
        ))),
        _ => Ok(()),
    }
}

/// A text that is set: an empty variable counts as not set.
fn set(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn require_totp(text: &str) -> Result<RequireTotp, String> {
    text.parse().map_err(str::to_owned)
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|_| "es or en".to_owned())
}

fn roles(text: &str) -> Result<Roles, String> {
    text.parse().map_err(|_| "roles, comma-separated, of superuser, admin, lawyer, agent and user".to_owned())
}

fn time_zone(text: &str) -> Result<Zone, String> {
    text.parse().map_err(|_| super::UNKNOWN_ZONE.to_owned())
}

fn agents_see(text: &str) -> Result<AgentsSee, String> {
    text.parse().map_err(|_| "own or all".to_owned())
}

fn self_assign(text: &str) -> Result<SelfAssign, String> {
    text.parse().map_err(|_| "tell or refuse".to_owned())
}

fn policy(text: &str) -> Result<Policy, String> {
    text.parse().map_err(|error: reparto_server::limits::BadPolicy| error.to_string())
}

fn rate(text: &str) -> Result<Rate, String> {
    if text.eq_ignore_ascii_case("off") { Ok(Rate::Off) } else { policy(text).map(Rate::At) }
}
