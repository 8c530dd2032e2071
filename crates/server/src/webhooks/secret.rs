//! The key of a webhook: `whsec_` and base64, as Standard Webhooks writes it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reparto_store::StoreResult;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use crate::random::random_bytes;

/// What every key begins with.
const PREFIX: &str = "whsec_";

/// A pattern of all keys: base64 of 24 to 64 bytes, with its padding.
pub(super) const PATTERN: &str = "^whsec_(?:(?:[A-Za-z0-9+/]{4}){8,20}(?:[A-Za-z0-9+/][AQgw]==|\
    [A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?|(?:[A-Za-z0-9+/]{4}){21}(?:[A-Za-z0-9+/][AQgw]==)?)$";

/// How long a key may be, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// A new key.
pub(super) fn make() -> StoreResult<SecretString> {
    Ok(SecretString::from(format!("{PREFIX}{}", STANDARD.encode(random_bytes::<32>()?))))
}

/// The bytes of the key; `None` where the text is not a key.
fn bytes(secret: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    LENGTH.contains(&bytes.len()).then_some(bytes)
}

/// Whether a text is a key.
pub(super) fn is_valid(secret: &str) -> bool {
    bytes(secret).is_some()
}

/// The value of `webhook-signature` for a message.
pub(super) fn sign(secret: &SecretString, id: &str, seconds: i64, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(secret.expose_secret())?).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_example_is_signed_identically() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_key_is_prefixed_base64_of_24_to_64_bytes() {
        assert!(is_valid(make().unwrap().expose_secret()));
        let of = |length: usize| format!("{PREFIX}{}", STANDARD.encode(vec![7; length]));
        assert!(is_valid(&of(24)) && is_valid(&of(64)));
        for text in ["", "whsec_", "whsec_x", &of(23), &of(65), &of(32)[PREFIX.len()..]] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
