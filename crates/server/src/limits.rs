//! Limits on the rate of requests, reported in the IETF `RateLimit` and `RateLimit-Policy` fields
//! (draft-ietf-httpapi-ratelimit-headers).
//!
//! Sign-ins and refreshes are counted by the database for all processes together, where several may serve it; all other
//! requests by each process.

use std::{
    collections::HashMap,
    fmt::Write as _,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
    sync::{Mutex, PoisonError},
};

pub use reparto_domain::limits::Window;
use reparto_domain::{
    Timestamp, UserId,
    limits::{self, Count, Counted},
};
use reparto_store::Store;

/// Windows, all of which must have capacity left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy(Vec<Window>);

/// The text of a policy is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate limit looks like 200/5,1500/60: requests/seconds, one or two of them")]
pub struct BadPolicy;

impl FromStr for Policy {
    type Err = BadPolicy;

    /// Reads `200/5,1500/60`.
    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        let window = |part: &str| {
            let (quota, seconds) = part.trim().split_once('/')?;
            let window = Window { quota: quota.trim().parse().ok()?, seconds: seconds.trim().parse().ok()? };
            (window.quota > 0 && window.seconds > 0).then_some(window)
        };
        let windows: Option<Vec<Window>> = text.split(',').map(window).collect();
        windows.filter(|windows| (1..=2).contains(&windows.len())).map(Self).ok_or(BadPolicy)
    }
}

/// The limits of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of an account.
    pub account: Policy,
    /// Of a place, for requests without a valid token.
    pub address: Policy,
    /// Of a place, for refreshing.
    pub refresh: Policy,
}

impl Default for Limits {
    /// An account: 200 in 5 s and 1,500 a minute. An address: the same. Refresh: 120 a minute.
    fn default() -> Self {
        Self {
            account: policy(&[(200, 5), (1_500, 60)]),
            address: policy(&[(200, 5), (1_500, 60)]),
            refresh: policy(&[(120, 60)]),
        }
    }
}

impl Limits {
    /// Those of whole IPv6 sites.
    fn of_sites(&self) -> Self {
        Self {
            account: self.account.clone(),
            address: self.address.times(SITE_FACTOR),
            refresh: self.refresh.times(SITE_FACTOR),
        }
    }
}

fn policy(windows: &[(u32, u32)]) -> Policy {
    Policy(windows.iter().map(|&(quota, seconds)| Window { quota, seconds }).collect())
}

impl Policy {
    /// The limit on sign-ins of a place: 30 a minute.
    pub fn login() -> Self {
        policy(&[(30, 60)])
    }

    /// As many times as much.
    fn times(&self, factor: u32) -> Self {
        let more = |window: &Window| Window { quota: window.quota.saturating_mul(factor), ..*window };
        Self(self.0.iter().map(more).collect())
    }
}

/// How much more than a single place a whole IPv6 site (/48) may do.
const SITE_FACTOR: u32 = 30;

/// Where a request came from, as far as limits tell places apart: whoever has one address of an IPv6 network has all of
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    narrow: String,
    site: Option<String>,
}

impl Place {
    /// The place of an address: IPv4 as it is, IPv6 by its /64 and its /48.
    pub fn of(ip: Option<&str>) -> Self {
        let Some(ip) = ip else { return Self { narrow: String::new(), site: None } };
        match ip.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(address)) => {
                let network = |bits: u32| {
                    format!("{}/{bits}", Ipv6Addr::from_bits(address.to_bits() >> (128 - bits) << (128 - bits)))
                };
                Self { narrow: network(64), site: Some(network(48)) }
            }
            Ok(IpAddr::V4(address)) => Self { narrow: address.to_string(), site: None },
            Err(_) => Self { narrow: ip.to_owned(), site: None },
        }
    }

    /// The single place: an IPv4 address, an IPv6 /64.
    pub fn narrow(&self) -> &str {
        &self.narrow
    }
}

/// What a request is counted against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An account.
    Account(UserId),
    /// A place (IPv4 address, IPv6 /64).
    Place(Placed, String),
    /// An IPv6 /48.
    Site(Placed, String),
}

/// What is counted against places, not accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placed {
    /// A request without a valid token.
    Anonymous,
    /// A sign-in.
    SignIn,
    /// A refresh.
    Refresh,
}

/// Where a subject stands after a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The value of `RateLimit-Policy`.
    pub policy: String,
    /// The value of `RateLimit`.
    pub limit: String,
    /// Seconds to wait, where the request is over the limit.
    pub retry_after: Option<u64>,
}

/// The names of the windows in the header fields, shortest window first.
const NAMES: [&str; 2] = ["burst", "sustained"];

/// Number of subjects at which those whose windows are over are removed.
const SWEEP_AT: usize = 10_000;

impl Subject {
    /// The name under which the database counts the subject for all processes; `None`: each process counts it itself.
    fn shared(&self) -> Option<String> {
        match self {
            Self::Account(_) | Self::Place(Placed::Anonymous, _) | Self::Site(Placed::Anonymous, _) => None,
            Self::Place(Placed::SignIn, place) | Self::Site(Placed::SignIn, place) => Some(format!("login {place}")),
            Self::Place(Placed::Refresh, place) | Self::Site(Placed::Refresh, place) => {
                Some(format!("refresh {place}"))
            }
        }
    }
}

/// Counts requests.
#[derive(Debug)]
pub struct Limiter {
    limits: Option<Limits>,
    sites: Option<Limits>,
    login: Policy,
    login_site: Policy,
    own: Mutex<Own>,
}

/// The counts of this process alone.
#[derive(Debug, Default)]
struct Own {
    subjects: HashMap<Subject, Vec<Count>>,
    sweep_at: usize,
}

impl Limiter {
    /// A limiter with these limits; `None` counts sign-ins alone, which are always limited.
    pub fn new(limits: Option<Limits>, login: Policy) -> Self {
        let own = Mutex::new(Own { subjects: HashMap::new(), sweep_at: SWEEP_AT });
        let sites = limits.as_ref().map(Limits::of_sites);
        Self { limits, sites, login_site: login.times(SITE_FACTOR), login, own }
    }

    /// Counts a request; `None` where it is not limited. A request over the limit is not counted. While the database
    /// cannot count, this process does.
    pub async fn count(&self, store: &dyn Store, subject: Subject, now: Timestamp) -> Option<Standing> {
        let policy = self.policy(&subject)?;
        if let Some(shared) = subject.shared() {
            match store.session_attempt(&shared, &policy.0, now).await {
                Ok(Some(counted)) => return Some(standing(policy, &counted, now)),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "an attempt was not counted for all processes"),
            }
        }
        Some(standing(policy, &self.count_alone(policy, subject, now), now))
    }

    /// Counts a request from a place, and from the site that it is in.
    pub async fn count_at(&self, store: &dyn Store, placed: Placed, place: Place, now: Timestamp) -> Option<Standing> {
        if let Some(site) = place.site {
            let site = self.count(store, Subject::Site(placed, site), now).await;
            if site.as_ref().is_some_and(|site| site.retry_after.is_some()) {
                return site;
            }
        }
        self.count(store, Subject::Place(placed, place.narrow), now).await
    }

    fn policy(&self, subject: &Subject) -> Option<&Policy> {
        let (limits, login, placed) = match subject {
            Subject::Account(_) => return self.limits.as_ref().map(|limits| &limits.account),
            Subject::Place(placed, _) => (self.limits.as_ref(), &self.login, placed),
            Subject::Site(placed, _) => (self.sites.as_ref(), &self.login_site, placed),
        };
        match placed {
            Placed::Anonymous => limits.map(|limits| &limits.address),
            Placed::SignIn => Some(login),
            Placed::Refresh => limits.map(|limits| &limits.refresh),
        }
    }

    fn count_alone(&self, policy: &Policy, subject: Subject, now: Timestamp) -> Counted {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.subjects.len() >= own.sweep_at {
            own.sweep(|subject| self.policy(subject), now);
        }
        let counts = own.subjects.entry(subject).or_default();
        let counted = limits::count(&policy.0, std::mem::take(counts), now);
        counts.clone_from(&counted.counts);
        counted
    }
}

impl Own {
    /// Removes subjects whose windows are over; the next sweep comes when there are twice as many as are left.
    fn sweep<'a>(&mut self, policy: impl Fn(&Subject) -> Option<&'a Policy>, now: Timestamp) {
        self.subjects.retain(|subject, counts| {
            let longest = policy(subject).into_iter().flat_map(|policy| &policy.0).map(|window| window.micros()).max();
            counts.iter().any(|count| now.micros() < count.began + longest.unwrap_or(0))
        });
        self.sweep_at = (self.subjects.len() * 2).max(SWEEP_AT);
    }
}

fn standing(policy: &Policy, counted: &Counted, now: Timestamp) -> Standing {
    let (mut policies, mut limits) = (String::new(), String::new());
    for (index, (window, count)) in policy.0.iter().zip(&counted.counts).enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        let (name, left) = (NAMES[index], window.quota.saturating_sub(count.seen));
        _ = write!(policies, "{separator}\"{name}\";q={};w={}", window.quota, window.seconds);
        _ = write!(limits, "{separator}\"{name}\";r={left};t={}", count.left(*window, now));
    }
    Standing { policy: policies, limit: limits, retry_after: counted.wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn limiter(account: &str) -> Limiter {
        Limiter::new(Some(Limits { account: account.parse().unwrap(), ..Limits::default() }), Policy::login())
    }

    impl Limiter {
        fn counted(&self, subject: Subject, now: Timestamp) -> Standing {
            let policy = self.policy(&subject).unwrap();
            standing(policy, &self.count_alone(policy, subject, now), now)
        }
    }

    #[test]
    fn by_default_200_requests_in_5_seconds_are_allowed() {
        let (limiter, me) = (limiter("200/5,1500/60"), Subject::Account(UserId::new()));
        for _ in 0..200 {
            assert_eq!(limiter.counted(me.clone(), NOW).retry_after, None);
        }
        assert_eq!(limiter.counted(me.clone(), NOW.plus_seconds(1)).retry_after, Some(4));
        assert_eq!(limiter.counted(me, NOW.plus_seconds(5)).retry_after, None);
    }

    #[test]
    fn the_longer_window_holds_when_the_shorter_has_room() {
        let (limiter, me) = (limiter("2/5,3/60"), Subject::Account(UserId::new()));
        let at = |seconds| limiter.counted(me.clone(), NOW.plus_seconds(seconds));
        assert_eq!(at(0).limit, "\"burst\";r=1;t=5, \"sustained\";r=2;t=60");
        assert_eq!(at(0).policy, "\"burst\";q=2;w=5, \"sustained\";q=3;w=60");
        assert_eq!(at(6).retry_after, None);
        assert_eq!(at(7).retry_after, Some(53));
        assert_eq!(at(60).retry_after, None);
    }

    #[test]
    fn accounts_have_separate_limits() {
        let limiter = limiter("1/60");
        for _ in 0..3 {
            let other = Subject::Account(UserId::new());
            assert_eq!(limiter.counted(other, NOW).retry_after, None);
        }
    }

    #[test]
    fn subjects_with_expired_windows_are_dropped() {
        let limiter = limiter("1/5");
        for n in 0..=SWEEP_AT {
            let at = NOW.plus_seconds(i64::try_from(n).unwrap());
            limiter.counted(Subject::Place(Placed::Anonymous, n.to_string()), at);
        }
        assert!(limiter.own.lock().unwrap().subjects.len() < 100);
    }

    #[test]
    fn an_ipv6_network_is_one_place_within_its_site() {
        let place = |ip| Place::of(Some(ip));
        assert_eq!(place("2001:db8:1:2::7"), place("2001:db8:1:2:ffff::1"));
        assert_eq!(place("2001:db8:1:2::7").narrow(), "2001:db8:1:2::/64");
        assert_eq!(place("2001:db8:1:2::7").site, place("2001:db8:1:3::7").site);
        assert_ne!(place("2001:db8:1:2::7"), place("2001:db8:1:3::7"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
    }

    #[test]
    fn a_site_has_thirty_times_the_limit_of_a_place() {
        let limiter = limiter("1/60");
        for placed in [Placed::Anonymous, Placed::SignIn, Placed::Refresh] {
            let quota = |subject| limiter.policy(&subject).unwrap().0.iter().map(|window| window.quota).max().unwrap();
            let (place, site) = (Subject::Place(placed, String::new()), Subject::Site(placed, String::new()));
            assert_eq!(quota(site), 30 * quota(place), "{placed:?}");
        }
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_refused() {
        for text in ["", "200", "0/5", "200/0", "a/b", "1/1,2/2,3/3"] {
            assert_eq!(text.parse::<Policy>(), Err(BadPolicy), "{text}");
        }
    }
}
