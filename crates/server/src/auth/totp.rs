//! Codes of authenticator applications: TOTP (RFC 6238) with SHA-1, six digits, 30 seconds, which every application
//! knows.

use form_urlencoded::byte_serialize;
use reparto_domain::{
    Timestamp,
    second_factor::{Proof, RECOVERY_CODES, accepted},
    sessions::TokenHash,
};
use reparto_store::StoreResult;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

use super::pair;
use crate::random::random_bytes;

/// The letters of base32 (RFC 4648).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The digits of a code.
const DIGITS: usize = 6;

/// What the account is called in applications.
const ISSUER: &str = "Reparto";

/// A new secret, in base32: 160 bits, as RFC 4226 recommends.
pub(crate) fn make() -> StoreResult<SecretString> {
    Ok(SecretString::from(base32(&random_bytes::<20>()?)))
}

/// The address that applications read from a QR code.
pub(crate) fn address(secret: &SecretString, email: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    format!(
        "otpauth://totp/{ISSUER}:{}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period=30",
        encoded(email),
        secret.expose_secret()
    )
}

/// The step whose code this is, if it is accepted at this moment. Blanks, as some applications show, do not matter.
pub(crate) fn step_of(secret: &SecretString, sent: &str, at: Timestamp) -> Option<i64> {
    let sent: String = sent.chars().filter(|c| !c.is_whitespace()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(secret.expose_secret())?);
    // All of them are computed, so that the time says nothing of which it was.
    let matching: Vec<i64> = accepted(at).filter(|step| same(&code(&key, *step, DIGITS), &sent)).collect();
    matching.first().copied()
}

/// What was shown of a second factor: a code of the application, else a recovery code. `None`: the code is wrong. The
/// store looks whether there is such a recovery code, and whether the code was used before.
pub(crate) fn proof(secret: &SecretString, sent: &str, at: Timestamp) -> Option<Proof> {
    let letters: String = sent.chars().filter(char::is_ascii_alphanumeric).collect();
    if letters.len() == DIGITS && letters.bytes().all(|digit| digit.is_ascii_digit()) {
        return step_of(secret, &letters, at).map(Proof::Step);
    }
    (letters.len() == RECOVERY_LETTERS).then(|| Proof::Recovery(recovery_hash(&letters)))
}

/// The letters of a recovery code: 80 bits, too many to be guessed from their hash.
const RECOVERY_LETTERS: usize = 16;

/// New recovery codes, as shown once: `ABCD-EFGH-JKLM-NPQR`.
pub(crate) fn recovery_codes() -> StoreResult<Vec<String>> {
    let one = || {
        let letters = base32(&random_bytes::<10>()?);
        let groups: Vec<&str> =
            (0..RECOVERY_LETTERS).step_by(4).filter_map(|from| letters.get(from..from + 4)).collect();
        Ok(groups.join("-"))
    };
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

/// The hash of a recovery code, however it is written.
pub(crate) fn recovery_hash(code: &str) -> TokenHash {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    pair::hash(&letters.to_ascii_uppercase())
}

/// The code of a step (RFC 4226, section 5.3).
fn code(key: &hmac::Key, step: i64, digits: usize) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let from = usize::from(bytes.last().copied().unwrap_or(0) & 0x0f);
    let four = bytes.get(from..from + 4).and_then(|four| <[u8; 4]>::try_from(four).ok()).unwrap_or_default();
    let number = u64::from(u32::from_be_bytes(four) & 0x7fff_ffff);
    let all = format!("{number:010}");
    all.get(all.len() - digits..).unwrap_or_default().to_owned()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |all, (one, other)| all | (one ^ other)) == 0
}

/// Base32 of bytes; without padding, where their number is a multiple of five.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for five in bytes.chunks(5) {
        let bits =
            five.iter().chain(std::iter::repeat(&0)).take(5).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in (0..8).rev() {
            let index = usize::try_from(bits >> (place * 5) & 31).unwrap_or(0);
            text.push(char::from(BASE32[index]));
        }
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for eight in text.as_bytes().chunks(8) {
        let mut bits = 0_u64;
        for letter in eight {
            bits = bits << 5 | BASE32.iter().position(|known| known == letter)? as u64;
        }
        if eight.len() != 8 {
            return None;
        }
        bytes.extend_from_slice(bits.to_be_bytes().get(3..)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: &[u8; 20] = b"12345678901234567890";

    fn secret() -> SecretString {
        SecretString::from(base32(RFC))
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, RFC);
        for (seconds, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(&key, seconds / 30, 8), expected, "{seconds}");
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(from_base32("MZXW6YTB").as_deref(), Some(b"fooba".as_slice()));
        assert_eq!(from_base32(&base32(RFC)).as_deref(), Some(RFC.as_slice()));
        assert_eq!(from_base32("mzxw6ytb"), None);
    }

    #[test]
    fn a_code_is_accepted_a_step_early_or_late() {
        let at = Timestamp::from_seconds(1_111_111_111);
        assert_eq!(step_of(&secret(), "050 471", at), Some(37_037_037));
        assert_eq!(step_of(&secret(), "081804", at), Some(37_037_036));
        assert_eq!(step_of(&secret(), "050471", at.plus_seconds(60)), None);
        assert_eq!(step_of(&secret(), "", at), None);
    }

    #[test]
    fn recovery_codes_are_read_however_they_are_written() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let at = Timestamp::from_seconds(0);
        for code in &codes {
            assert_eq!(code.len(), 19);
            let written = code.to_lowercase().replace('-', " ");
            assert_eq!(proof(&secret(), &written, at), Some(Proof::Recovery(recovery_hash(code))));
        }
        assert_eq!(proof(&secret(), "ABCD", at), None);
    }

    #[test]
    fn the_address_names_account_and_issuer() {
        let address = address(&secret(), "ana+x@example.org");
        assert!(address.starts_with("otpauth://totp/Reparto:ana%2Bx%40example.org?secret=GEZDGNBV"), "{address}");
        assert!(address.contains("&issuer=Reparto&algorithm=SHA1&digits=6&period=30"));
    }
}
