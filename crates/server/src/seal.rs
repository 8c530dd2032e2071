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
}

impl Keys {
    /// With the secret that all processes on a database share, and the one of the settings, where there is one: new
    /// texts are then encrypted by it, so that the database alone does not give them away.
    pub fn new(root: Vec<u8>, setting: Option<&SecretString>) -> StoreResult<Self> {
        let database = key(&mac(&root, &[b"encryption"]))?;
        let setting =
            setting.map(|secret| key(&mac(secret.expose_secret().as_bytes(), &[b"encryption"]))).transpose()?;
        Ok(Self { root, database, setting })
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

    /// Whether a text is not encrypted, or by the key in the database though the settings have one.
    fn is_to_be_sealed(&self, text: &str) -> bool {
        !text.starts_with(BY_SETTING) && (self.setting.is_some() || !text.starts_with(BY_DATABASE))
    }

    /// Encrypts what is stored and is not encrypted, or by the key in the database though the settings have one. Returns
    /// how many texts that were. One that cannot be read stays as it is.
    pub async fn seal_anew(&self, store: &dyn Store) -> StoreResult<u64> {
        let mut anew = 0;
        for kind in SealedKind::ALL {
            let mut after = 0;
            loop {
                let part = store.sealed_list(kind, after, AT_ONCE).await?;
                let Some(last) = part.last() else { break };
                after = last.seq;
                for sealed in part.into_iter().filter(|sealed| self.is_to_be_sealed(&sealed.text.0)) {
                    anew += u64::from(self.one_anew(store, kind, sealed).await?);
                }
            }
        }
        Ok(anew)
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
        let unreadable = |why: &str| StoreError::Inconsistent(format!("an encrypted text cannot be read: {why}"));
        let (key, text) = if let Some(text) = sealed.strip_prefix(BY_DATABASE) {
            (&self.database, text)
        } else if let Some(text) = sealed.strip_prefix(BY_SETTING) {
            let key = self.setting.as_ref();
            (key.ok_or_else(|| unreadable("the key of the settings (REPARTO_DATA_KEY) is missing"))?, text)
        } else {
            return Ok(SecretString::from(sealed));
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable("not base64"))?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(|| unreadable("too short"))?;
        let mut rest = rest.to_vec();
        let opened = key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(label(purpose)), &mut rest)
            .map_err(|_| unreadable("another key encrypted it, or it was changed"))?;
        String::from_utf8(opened.to_vec()).map(SecretString::from).map_err(|_| unreadable("no text"))
    }
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
        Keys::new(vec![7; 32], setting.map(SecretString::from).as_ref()).unwrap()
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
    fn what_was_changed_is_not_read() {
        let keys = keys(None);
        let mut sealed = keys.seal(Purpose::Webhook, "text").unwrap();
        let last = if sealed.ends_with('A') { 'Q' } else { 'A' };
        sealed.replace_range(BY_DATABASE.len()..=BY_DATABASE.len(), &last.to_string());
        assert_eq!(opened(&keys, Purpose::Webhook, &sealed), None);
        assert_eq!(opened(&keys, Purpose::Webhook, "sealed.d.AAAA"), None);
    }
}
