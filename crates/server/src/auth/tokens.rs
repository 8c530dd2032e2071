//! Access tokens: JWTs signed with HS256, which another backend with the same secret can issue and verify as well.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use reparto_domain::{Authority, Refusal, Timestamp, UserId, sessions::SignedIn};
use reparto_store::{StoreError, StoreResult};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Signs and verifies access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    lifetime: i64,
}

/// The shortest lifetime of an access token, in seconds.
const LIFETIME_MIN: u64 = 300;

/// The longest token that is read, in bytes.
const TOKEN_MAX: usize = 4_096;

impl Tokens {
    /// Signs and verifies with this key; tokens have this lifetime (at least 300 s).
    pub fn new(key: &[u8], lifetime: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are checked against the injected clock, see `verify`.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self {
            encoding: EncodingKey::from_secret(key),
            decoding: DecodingKey::from_secret(key),
            validation,
            lifetime: i64::try_from(lifetime.as_secs().max(LIFETIME_MIN)).unwrap_or(i64::MAX),
        }
    }

    /// A token for a user who has just signed in, and its lifetime in seconds.
    pub fn issue(&self, signed_in: &SignedIn, now: Timestamp) -> StoreResult<(String, i64)> {
        let issued = now.seconds();
        let claims = json!({
            "sub": signed_in.user,
            "type": "access",
            "iat": issued,
            "exp": issued.saturating_add(self.lifetime),
            "jti": Uuid::now_v7(),
            "gen": signed_in.generation,
        });
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map(|token| (token, self.lifetime))
            .map_err(|error| StoreError::Internal(format!("signing a token: {error}")))
    }

    /// The authority of a request with this token. The store decides whether the user still has it.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Authority, Refusal> {
        if token.len() > TOKEN_MAX {
            return Err(Refusal::TokenInvalid);
        }
        let decoded = jsonwebtoken::decode::<Map<String, Value>>(token, &self.decoding, &self.validation)
            .map_err(|_| Refusal::TokenInvalid)?;
        let claims = decoded.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        // A numeric date may have a fraction (RFC 7519).
        let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
        let id: Option<UserId> = text("sub").and_then(|sub| sub.parse().ok());
        let current = seconds("exp").is_some_and(|expiry| expiry > numeric_date(now))
            && seconds("nbf").is_none_or(|from| from <= numeric_date(now));
        match id {
            Some(id) if current && text("type") == Some("access") => Ok(Authority::User {
                id,
                issued_at: Timestamp::from_seconds(seconds("iat").map_or(0, whole_seconds)),
                generation: claims.get("gen").and_then(Value::as_i64),
            }),
            _ => Err(Refusal::TokenInvalid),
        }
    }
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
    use reparto_domain::Role;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn tokens() -> Tokens {
        Tokens::new(b"a secret of thirty-two bytes....", Duration::from_secs(1_800))
    }

    fn foreign(claims: &Value, key: &[u8], algorithm: Algorithm) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
    }

    #[test]
    fn an_issued_token_is_valid_until_it_expires() {
        let user = UserId::new();
        let signed_in = SignedIn { user, role: Role::Agent, generation: 3 };
        let (token, lifetime) = tokens().issue(&signed_in, NOW).unwrap();
        assert_eq!(lifetime, 1_800);
        let authority = Authority::User { id: user, issued_at: NOW, generation: Some(3) };
        assert_eq!(tokens().verify(&token, NOW), Ok(authority));
        assert_eq!(tokens().verify(&token, NOW.plus_seconds(1_799)), Ok(authority));
        assert_eq!(tokens().verify(&token, NOW.plus_seconds(1_800)), Err(Refusal::TokenInvalid));
    }

    #[test]
    fn another_backends_token_with_our_secret_is_accepted() {
        let user = UserId::new();
        let claims = json!({"sub": user.to_string().to_uppercase(), "type": "access", "exp": 1_700_000_100.5,
            "iat": 1_700_000_000.9, "jti": "x", "role": "admin"});
        let token = foreign(&claims, b"a secret of thirty-two bytes....", Algorithm::HS256);
        let authority = Authority::User { id: user, issued_at: NOW, generation: None };
        assert_eq!(tokens().verify(&token, NOW), Ok(authority));
    }

    #[test]
    fn tokens_with_wrong_key_algorithm_type_or_subject_fail() {
        let good = json!({"sub": UserId::new(), "type": "access", "exp": 1_700_000_100, "iat": 1_700_000_000});
        let key = b"a secret of thirty-two bytes....";
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            foreign(&claims, key, Algorithm::HS256)
        };
        for token in [
            foreign(&good, b"another secret", Algorithm::HS256),
            foreign(&good, key, Algorithm::HS512),
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
