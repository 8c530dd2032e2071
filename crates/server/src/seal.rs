//! What the service keeps secret in its database: encrypted texts, and keys for what must come out the same everywhere.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reparto_domain::second_factor::SealedSecret;
use reparto_store::{
    Store, StoreError, StoreResult,
    sealed::{Sealed, SealedKind},
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use crate::random::random_bytes;

/// What encrypted texts begin with: a key of the settings, or the one in the database.
const BY_SETTING: &str = "sealed.s.";
const BY_DATABASE: &str = "sealed.d.";

/// What is encrypted, so that a text of one kind is never taken for another.
pub use reparto_store::sealed::SealedKind as Purpose;

const fn label(purpose: Purpose) -> &'static [u8] {
    match purpose {
        Purpose::SecondFactor => b"second factor",
        Purpose::Webhook => b"webhook",
    }
}

/// The number of texts that are read at once to be encrypted anew.
const AT_ONCE: u64 = 500;

/// Encrypts and decrypts, with AES-256-GCM, and derives keys.
pub struct Keys {
    root: Vec<u8>,
    database: LessSafeKey,
    setting: Option<LessSafeKey>,
    other: Option<LessSafeKey>,
}

/// The secrets of the settings that encrypt.
#[derive(Debug, Clone, Copy, Default)]
pub struct DataKeys<'a> {
    /// Encrypts new texts; `None`: a key that is kept in the database does.
    pub current: Option<&'a SecretString>,
    /// Reads texts, too: the one before, or the one to come.
    pub other: Option<&'a SecretString>,
}

/// By which keys the stored texts are encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Number of those encrypted by the current key of the settings.
    pub by_setting: u64,
    /// Number of those that can be read and are to be encrypted anew.
    pub to_be_sealed: u64,
    /// Number of those that none of the keys can read.
    pub unreadable: u64,
}

impl Keys {
    /// With the secret that all processes on a database share, and those of the settings, where there are any: new
    /// texts are then encrypted by the current one, so that the database alone does not give them away.
    pub fn new(root: Vec<u8>, setting: DataKeys<'_>) -> StoreResult<Self> {
        let database = key(&mac(&root, &[b"encryption"]))?;
        let of = |secret: &SecretString| key(&mac(secret.expose_secret().as_bytes(), &[b"encryption"]));
        let (setting, other) = (setting.current.map(of).transpose()?, setting.other.map(of).transpose()?);
        Ok(Self { root, database, setting, other })
    }

    /// A value that all processes derive from these parts alike, and nobody else can.
    pub fn derive(&self, label: &str, part: &[u8]) -> [u8; 32] {
        mac(&self.root, &[label.as_bytes(), part])
    }

    /// A name for a value, the same in all processes, from which the value cannot be found.
    pub fn name(&self, label: &str, part: &[u8]) -> String {
        let whole = self.derive(label, part);
        URL_SAFE_NO_PAD.encode(whole.split_at(16).0)
    }

    /// Encrypts a text.
    pub fn seal(&self, purpose: Purpose, text: &str) -> StoreResult<String> {
        let (prefix, key) = match &self.setting {
            Some(key) => (BY_SETTING, key),
            None => (BY_DATABASE, &self.database),
        };
        let nonce = random_bytes::<NONCE_LEN>()?;
        let mut sealed = text.as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(label(purpose)), &mut sealed)
            .map_err(|_| StoreError::Internal("a text cannot be encrypted".to_owned()))?;
        Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Whether a text is encrypted as a new one would be.
    fn is_sealed(&self, kind: SealedKind, text: &str) -> bool {
        match (&self.setting, text.strip_prefix(BY_SETTING)) {
            (Some(key), Some(text)) => decrypted(key, kind, text).is_ok(),
            // A text of a key that may be the one to come: its services encrypt by it already.
            (None, Some(_)) => self.open(kind, text).is_ok(),
            (None, None) => text.starts_with(BY_DATABASE),
            (Some(_), None) => false,
        }
    }

    /// Encrypts what is stored and is not encrypted as a new text would be: in plain, by the key in the database though
    /// the settings have one, or by the other key of the settings. Returns how many texts that were. One that cannot be
    /// read stays as it is.
    pub async fn seal_anew(&self, store: &dyn Store) -> StoreResult<u64> {
        let mut anew = 0;
        for kind in SealedKind::ALL {
            let mut after = 0;
            loop {
                let part = store.sealed_list(kind, after, AT_ONCE).await?;
                let Some(last) = part.last() else { break };
                after = last.seq;
                for sealed in part.into_iter().filter(|sealed| !self.is_sealed(kind, &sealed.text.0)) {
                    anew += u64::from(self.one_anew(store, kind, sealed).await?);
                }
            }
        }
        Ok(anew)
    }

    /// By which keys the stored texts are encrypted.
    pub async fn survey(&self, store: &dyn Store) -> StoreResult<Survey> {
        let mut survey = Survey::default();
        for kind in SealedKind::ALL {
            let mut after = 0;
            loop {
                let part = store.sealed_list(kind, after, AT_ONCE).await?;
                let Some(last) = part.last() else { break };
                after = last.seq;
                for Sealed { text: SealedSecret(text), .. } in &part {
                    if self.open(kind, text).is_err() {
                        survey.unreadable += 1;
                    } else if !self.is_sealed(kind, text) {
                        survey.to_be_sealed += 1;
                    } else if self.setting.is_some() {
                        survey.by_setting += 1;
                    }
                }
            }
        }
        Ok(survey)
    }

    async fn one_anew(&self, store: &dyn Store, kind: SealedKind, sealed: Sealed) -> StoreResult<bool> {
        match self.open(kind, &sealed.text.0) {
            Ok(text) => {
                let by = SealedSecret(self.seal(kind, text.expose_secret())?);
                store.sealed_replace(kind, sealed, by).await
            }
            Err(error) => {
                tracing::warn!(?kind, row = sealed.seq, %error, "a secret cannot be encrypted anew");
                Ok(false)
            }
        }
    }

    /// Decrypts a text. One that an earlier version stored without encryption is returned as it is.
    pub fn open(&self, purpose: Purpose, sealed: &str) -> StoreResult<SecretString> {
        if let Some(text) = sealed.strip_prefix(BY_DATABASE) {
            return decrypted(&self.database, purpose, text);
        }
        let Some(text) = sealed.strip_prefix(BY_SETTING) else { return Ok(SecretString::from(sealed)) };
        let mut outcome = Err(unreadable("the key of the settings (REPARTO_DATA_KEY) is missing"));
        for key in [&self.setting, &self.other].into_iter().flatten() {
            outcome = decrypted(key, purpose, text);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

fn unreadable(why: &str) -> StoreError {
    StoreError::Inconsistent(format!("an encrypted text cannot be read: {why}"))
}

fn decrypted(key: &LessSafeKey, purpose: Purpose, text: &str) -> StoreResult<SecretString> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable("not base64"))?;
    let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(|| unreadable("too short"))?;
    let mut rest = rest.to_vec();
    let opened = key
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(label(purpose)), &mut rest)
        .map_err(|_| unreadable("another key encrypted it, or it was changed"))?;
    String::from_utf8(opened.to_vec()).map(SecretString::from).map_err(|_| unreadable("no text"))
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn key(bytes: &[u8; 32]) -> StoreResult<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|_| StoreError::Internal("a key cannot be made".to_owned()))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = [0; 32];
    // A key of any length is a key for HMAC.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        bytes = mac.finalize().into_bytes().into();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(setting: Option<&str>) -> Keys {
        with(setting, None)
    }

    fn with(current: Option<&str>, other: Option<&str>) -> Keys {
        let (current, other) = (current.map(SecretString::from), other.map(SecretString::from));
        Keys::new(vec![7; 32], DataKeys { current: current.as_ref(), other: other.as_ref() }).unwrap()
    }

    fn opened(keys: &Keys, purpose: Purpose, sealed: &str) -> Option<String> {
        keys.open(purpose, sealed).ok().map(|text| text.expose_secret().to_owned())
    }

    #[test]
    fn what_was_encrypted_is_read_again_for_its_purpose() {
        let keys = keys(None);
        let sealed = keys.seal(Purpose::Webhook, "whsec_ñ").unwrap();
        assert!(!sealed.contains("whsec"));
        assert_ne!(sealed, keys.seal(Purpose::Webhook, "whsec_ñ").unwrap());
        assert_eq!(opened(&keys, Purpose::Webhook, &sealed).as_deref(), Some("whsec_ñ"));
        assert_eq!(opened(&keys, Purpose::SecondFactor, &sealed), None);
        assert_eq!(opened(&keys, Purpose::Webhook, "whsec_plain").as_deref(), Some("whsec_plain"));
    }

    #[test]
    fn what_a_key_encrypted_needs_that_key() {
        let (without, with) = (keys(None), keys(Some("a key outside the database, long")));
        let (old, new) = (without.seal(Purpose::Webhook, "old").unwrap(), with.seal(Purpose::Webhook, "new").unwrap());
        assert_eq!(opened(&with, Purpose::Webhook, &old).as_deref(), Some("old"));
        assert_eq!(opened(&with, Purpose::Webhook, &new).as_deref(), Some("new"));
        assert_eq!(opened(&without, Purpose::Webhook, &new), None);
        assert_eq!(opened(&keys(Some("another key outside the database")), Purpose::Webhook, &new), None);
    }

    #[test]
    fn while_a_key_is_exchanged_both_are_read() {
        let (old, new) = ("the key of the settings until now", "the key of the settings from now on");
        let before = keys(Some(old)).seal(Purpose::Webhook, "text").unwrap();
        let after = with(Some(new), Some(old)).seal(Purpose::Webhook, "text").unwrap();
        assert_eq!(opened(&keys(Some(old)), Purpose::Webhook, &after), None);
        for service in [with(Some(old), Some(new)), with(Some(new), Some(old)), with(None, Some(new))] {
            assert_eq!(opened(&service, Purpose::Webhook, &after).as_deref(), Some("text"));
        }
        let exchanged = with(Some(new), Some(old));
        assert_eq!(opened(&exchanged, Purpose::Webhook, &before).as_deref(), Some("text"));
        assert!(!exchanged.is_sealed(Purpose::Webhook, &before) && exchanged.is_sealed(Purpose::Webhook, &after));
        assert!(with(None, Some(new)).is_sealed(Purpose::Webhook, &after), "others encrypt by it already");
    }

    #[test]
    fn what_was_changed_is_not_read() {
        let keys = keys(None);
        let mut sealed = keys.seal(Purpose::Webhook, "text").unwrap();
        let last = if sealed.ends_with('A') { 'Q' } else { 'A' };
        sealed.replace_range(BY_DATABASE.len()..=BY_DATABASE.len(), &last.to_string());
        assert_eq!(opened(&keys, Purpose::Webhook, &sealed), None);
        assert_eq!(opened(&keys, Purpose::Webhook, "sealed.d.AAAA"), None);
    }
}
