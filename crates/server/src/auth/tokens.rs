//! Access tokens: JWTs signed with HS256, which another backend with the same secret can issue and verify as well.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use reparto_domain::{Authority, Refusal, SessionId, Timestamp, UserId, sessions::SignedIn};
use reparto_store::{StoreError, StoreResult};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Signs and verifies access tokens.
pub struct Tokens {
    keys: RwLock<Arc<SigningKeys>>,
    validation: Validation,
    policy: TokenPolicy,
}

/// The key that signs, and all that are accepted.
struct SigningKeys {
    signing: EncodingKey,
    accepted: Vec<(DecodingKey, Option<Timestamp>)>,
}

impl SigningKeys {
    fn new(key: &[u8], before: &[(Vec<u8>, Timestamp)]) -> Self {
        let mut accepted = vec![(DecodingKey::from_secret(key), None)];
        accepted.extend(before.iter().map(|(key, until)| (DecodingKey::from_secret(key), Some(*until))));
        Self { signing: EncodingKey::from_secret(key), accepted }
    }
}

/// How tokens are made, and which are accepted.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// Lifetime of an access token; at least 300 s.
    pub lifetime: Duration,
    /// How long a session lasts: no token of it outlives it.
    pub session: Duration,
    /// The longest lifetime of another backend's token.
    pub foreign_max: Duration,
    /// The issuer that every token must name; `None`: any.
    pub issuer: Option<String>,
    /// The audience that every token must name; `None`: any.
    pub audience: Option<String>,
}

/// Whom an access token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user: UserId,
    /// The user's token generation.
    pub generation: i64,
    /// The session, and when it began.
    pub session: Option<(SessionId, Timestamp)>,
}

impl From<&SignedIn> for Bearer {
    fn from(signed_in: &SignedIn) -> Self {
        let session = Some((signed_in.session, signed_in.session_began));
        Self { user: signed_in.user, generation: signed_in.generation, session }
    }
}

/// The shortest lifetime of an access token, in seconds.
const LIFETIME: Duration = Duration::from_secs(300);

/// The longest token that is read, in bytes.
const TOKEN_MAX: usize = 4_096;

impl Tokens {
    /// Signs and verifies with this key.
    pub fn new(key: &[u8], policy: TokenPolicy) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are checked against the injected clock, issuer and audience beside them, see `verify`.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self { keys: RwLock::new(Arc::new(SigningKeys::new(key, &[]))), validation, policy }
    }

    /// From now on signs with this key, and accepts those before it until their times.
    pub fn use_keys(&self, key: &[u8], before: &[(Vec<u8>, Timestamp)]) {
        let keys = Arc::new(SigningKeys::new(key, before));
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn keys(&self) -> Arc<SigningKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A token for a user who has just signed in, and its lifetime in seconds.
    pub fn issue(&self, bearer: &Bearer, now: Timestamp) -> StoreResult<(String, i64)> {
        let (issued, lifetime) = (now.seconds(), seconds(self.policy.lifetime).max(seconds(LIFETIME)));
        let mut claims = json!({
            "sub": bearer.user,
            "type": "access",
            "iat": issued,
            "exp": issued.saturating_add(lifetime),
            "jti": Uuid::now_v7(),
            "gen": bearer.generation,
        });
        if let Some((session, began)) = bearer.session {
            claims["sid"] = json!(session);
            // `exp` is never less than 300 s away; the session may end before.
            claims["session_exp"] = json!(began.plus_seconds(seconds(self.policy.session)).seconds());
        }
        if let Some(issuer) = &self.policy.issuer {
            claims["iss"] = json!(issuer);
        }
        if let Some(audience) = &self.policy.audience {
            claims["aud"] = json!(audience);
        }
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.keys().signing)
            .map(|token| (token, lifetime))
            .map_err(|error| StoreError::Internal(format!("signing a token: {error}")))
    }

    /// The authority of a request with this token. The store decides whether the user still has it.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Authority, Refusal> {
        if token.len() > TOKEN_MAX {
            return Err(Refusal::TokenInvalid);
        }
        let keys = self.keys();
        let live = keys.accepted.iter().filter(|(_, until)| until.is_none_or(|until| until > now));
        let decode = |key| jsonwebtoken::decode::<Map<String, Value>>(token, key, &self.validation).ok();
        let decoded = live.map(|(key, _)| key).find_map(decode).ok_or(Refusal::TokenInvalid)?;
        Claims(decoded.claims).authority(&self.policy, now).ok_or(Refusal::TokenInvalid)
    }
}

/// What a token with a good signature says.
struct Claims(Map<String, Value>);

impl Claims {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A numeric date, which may have a fraction (RFC 7519).
    fn date(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Value::as_f64)
    }

    fn authority(&self, policy: &TokenPolicy, now: Timestamp) -> Option<Authority> {
        let (expiry, issued) = (self.date("exp")?, self.date("iat"));
        let current = expiry > numeric_date(now)
            && self.date("nbf").is_none_or(|from| from <= numeric_date(now))
            && self.date("session_exp").is_none_or(|end| end > numeric_date(now));
        let id: UserId = self.text("sub")?.parse().ok()?;
        if !current || self.text("type") != Some("access") || !self.is_for_us(policy) {
            return None;
        }
        let generation = self.0.get("gen").and_then(Value::as_i64);
        if generation.is_none() {
            // Another backend's. One from the future would outlive a new password, so no clock may be ahead.
            let issued = issued?;
            let in_time = whole_seconds(issued) <= now.seconds();
            if !in_time || expiry - issued > policy.foreign_max.as_secs_f64() {
                return None;
            }
        }
        Some(Authority::User {
            id,
            issued_at: Timestamp::from_seconds(issued.map_or(0, whole_seconds)),
            generation,
            // In another backend's token the name means something else.
            session: generation.and_then(|_| self.text("sid")).and_then(|session| session.parse().ok()),
        })
    }

    /// Whether issuer and audience are those of the settings.
    fn is_for_us(&self, policy: &TokenPolicy) -> bool {
        let issued = policy.issuer.as_deref().is_none_or(|issuer| self.text("iss") == Some(issuer));
        let meant = policy.audience.as_deref().is_none_or(|audience| match self.0.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one == audience),
            _ => false,
        });
        issued && meant
    }
}

/// Whole seconds.
fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// A time as a numeric date of a token.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a float for 285 million years")]
fn numeric_date(at: Timestamp) -> f64 {
    at.seconds() as f64
}

/// The whole seconds of a numeric date.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates: a date beyond all times is the last one")]
fn whole_seconds(date: f64) -> i64 {
    date.floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const KEY: &[u8; 32] = b"a secret of thirty-two bytes....";

    fn policy() -> TokenPolicy {
        TokenPolicy {
            lifetime: Duration::from_secs(1_800),
            session: Duration::from_secs(10_000),
            foreign_max: Duration::from_secs(86_400),
            issuer: None,
            audience: None,
        }
    }

    fn tokens() -> Tokens {
        Tokens::new(KEY, policy())
    }

    fn foreign(claims: &Value, key: &[u8], algorithm: Algorithm) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
    }

    /// Whether a token of another backend with this claim set otherwise (null: missing) is accepted.
    fn accepts(tokens: &Tokens, name: &str, value: Value) -> bool {
        let mut claims = json!({"sub": UserId::new(), "type": "access", "exp": 1_700_000_100, "iat": 1_700_000_000});
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        tokens.verify(&foreign(&claims, KEY, Algorithm::HS256), NOW).is_ok()
    }

    #[test]
    fn an_issued_token_is_valid_until_it_expires() {
        let (user, session) = (UserId::new(), SessionId::new());
        let bearer = Bearer { user, generation: 3, session: Some((session, NOW)) };
        let (token, lifetime) = tokens().issue(&bearer, NOW).unwrap();
        assert_eq!(lifetime, 1_800);
        let authority = Authority::User { id: user, issued_at: NOW, generation: Some(3), session: Some(session) };
        assert_eq!(tokens().verify(&token, NOW), Ok(authority));
        assert_eq!(tokens().verify(&token, NOW.plus_seconds(1_799)), Ok(authority));
        assert_eq!(tokens().verify(&token, NOW.plus_seconds(1_800)), Err(Refusal::TokenInvalid));
    }

    #[test]
    fn a_replaced_key_is_accepted_until_its_time() {
        let (tokens, bearer) = (tokens(), Bearer { user: UserId::new(), generation: 0, session: None });
        let (old, _) = tokens.issue(&bearer, NOW).unwrap();
        tokens.use_keys(b"another secret of thirty-two....", &[(KEY.to_vec(), NOW.plus_seconds(60))]);
        let (new, _) = tokens.issue(&bearer, NOW).unwrap();
        assert!(tokens.verify(&old, NOW.plus_seconds(59)).is_ok() && tokens.verify(&new, NOW.plus_seconds(60)).is_ok());
        assert!(tokens.verify(&old, NOW.plus_seconds(60)).is_err());
        assert!(self::tokens().verify(&new, NOW).is_err());
    }

    #[test]
    fn no_token_outlives_its_session() {
        let session = Some((SessionId::new(), NOW.plus_seconds(-9_900)));
        let (token, lifetime) = tokens().issue(&Bearer { user: UserId::new(), generation: 0, session }, NOW).unwrap();
        assert_eq!(lifetime, 1_800);
        assert!(tokens().verify(&token, NOW.plus_seconds(99)).is_ok());
        assert_eq!(tokens().verify(&token, NOW.plus_seconds(100)), Err(Refusal::TokenInvalid));
    }

    #[test]
    fn another_backends_token_with_our_secret_is_accepted() {
        let user = UserId::new();
        let claims = json!({"sub": user.to_string().to_uppercase(), "type": "access", "exp": 1_700_000_100.5,
            "iat": 1_700_000_000.9, "jti": "x", "role": "admin", "sid": SessionId::new()});
        let token = foreign(&claims, KEY, Algorithm::HS256);
        let authority = Authority::User { id: user, issued_at: NOW, generation: None, session: None };
        assert_eq!(tokens().verify(&token, NOW), Ok(authority));
    }

    #[test]
    fn another_backends_token_says_when_it_was_issued() {
        assert!(accepts(&tokens(), "iat", json!(1_700_000_000)));
        assert!(!accepts(&tokens(), "iat", json!(1_700_000_001)));
        assert!(!accepts(&tokens(), "iat", Value::Null));
        assert!(!accepts(&tokens(), "iat", json!("now")));
    }

    #[test]
    fn another_backends_token_lives_no_longer_than_allowed() {
        assert!(accepts(&tokens(), "exp", json!(1_700_000_000 + 86_400)));
        assert!(!accepts(&tokens(), "exp", json!(1_700_000_000 + 86_401)));
    }

    #[test]
    fn issuer_and_audience_are_checked_where_set() {
        let policy = TokenPolicy { issuer: Some("crm".into()), audience: Some("reparto".into()), ..policy() };
        let strict = Tokens::new(KEY, policy);
        let (token, _) = strict.issue(&Bearer { user: UserId::new(), generation: 0, session: None }, NOW).unwrap();
        assert!(strict.verify(&token, NOW).is_ok());
        assert!(!accepts(&strict, "iss", json!("crm")), "no audience");
        let mut claims = json!({"sub": UserId::new(), "type": "access", "exp": 1_700_000_100, "iat": 1_700_000_000,
            "iss": "crm", "aud": ["other", "reparto"]});
        let verify = |claims: &Value| strict.verify(&foreign(claims, KEY, Algorithm::HS256), NOW).is_ok();
        assert!(verify(&claims));
        claims["iss"] = json!("another");
        assert!(!verify(&claims));
        assert!(accepts(&tokens(), "iss", json!("anybody")) && accepts(&tokens(), "aud", json!("anybody")));
    }

    #[test]
    fn tokens_with_wrong_key_algorithm_type_or_subject_fail() {
        let good = json!({"sub": UserId::new(), "type": "access", "exp": 1_700_000_100, "iat": 1_700_000_000});
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            foreign(&claims, KEY, Algorithm::HS256)
        };
        for token in [
            foreign(&good, b"another secret", Algorithm::HS256),
            foreign(&good, KEY, Algorithm::HS512),
            with("type", json!("refresh")),
            with("sub", json!("nobody")),
            with("sub", json!(7)),
            with("exp", json!("tomorrow")),
            with("exp", Value::Null),
            "eyJhbGciOiJub25lIn0.e30.".into(),
            String::new(),
            "x".repeat(10_000),
        ] {
            assert_eq!(tokens().verify(&token, NOW), Err(Refusal::TokenInvalid), "{token}");
        }
    }
}
