//! The Ed25519 keys behind the access tokens, and how they take turns.
//!
//! A key is first `next`: published, so that everybody who caches our key set has it before the first
//! token signed with it. Then it is `active` and signs. Then it is `previous`: it signs no more but
//! still verifies, until the last token signed with it has run out. Then it is retired: gone from the
//! ring. The functions here are pure; the caller keeps the states in the database and the waiting
//! times between them.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    entropy::{Entropy, EntropyError},
    secret_key::{SecretError, SecretKey},
};

/// What the private keys are sealed for.
const PURPOSE: &str = "signing-key";
/// How much of the public key's SHA-256 names it.
const KID_BYTES: usize = 8;

/// A key pair that signs tokens. The private half is wiped on drop and never printed.
#[derive(Clone)]
pub struct SigningKey {
    pair: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl SigningKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice())?;
        Ok(Self::from_seed(&seed))
    }

    fn from_seed(seed: &[u8; 32]) -> Self {
        let pair = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::of(pair.verifying_key());
        Self { pair, public }
    }

    /// The private half for the database, sealed.
    ///
    /// # Errors
    /// When there is no randomness for the nonce.
    pub fn seal(&self, secret_key: &SecretKey, entropy: &dyn Entropy) -> Result<Vec<u8>, SecretError> {
        secret_key.seal(entropy, PURPOSE, self.seed())
    }

    /// The key that [`SigningKey::seal`] sealed. Its kid follows from it: compare it with the one that
    /// the row gives, when rows could have been mixed up.
    ///
    /// # Errors
    /// When it was sealed with another secret key, altered, or is no key at all.
    pub fn open(secret_key: &SecretKey, sealed: &[u8]) -> Result<Self, SecretError> {
        let seed = secret_key.open(PURPOSE, sealed)?;
        let seed = seed.as_slice().try_into().map_err(|_| SecretError::NotOpened)?;
        Ok(Self::from_seed(seed))
    }

    /// The name of the key in tokens and in the key set.
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// The half that everybody may have.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The private half, for the one module that signs.
    pub(super) fn seed(&self) -> &[u8; 32] {
        self.pair.as_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ..)", self.kid())
    }
}

/// The half of a key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    key: ed25519_dalek::VerifyingKey,
}

impl PublicKey {
    /// The public key with these bytes.
    ///
    /// # Errors
    /// [`KeyRingError::WeakKey`] for bytes that are no point of the curve, and for the few points
    /// under which one signature fits nearly every message.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyRingError> {
        match ed25519_dalek::VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self::of(key)),
            _ => Err(KeyRingError::WeakKey),
        }
    }

    fn of(key: ed25519_dalek::VerifyingKey) -> Self {
        let digest = Sha256::digest(key.as_bytes());
        let kid = digest.iter().take(KID_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Self { kid, key }
    }

    /// The first 16 hex digits of the SHA-256 of the key, so that one key never has two names.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }
}

/// A key's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more, still verifies.
    Previous,
}

impl KeyState {
    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Previous => "previous",
        }
    }
}

impl FromStr for KeyState {
    type Err = KeyRingError;

    fn from_str(text: &str) -> Result<Self, KeyRingError> {
        [Self::Next, Self::Active, Self::Previous]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(KeyRingError::UnknownState)
    }
}

/// Why a ring cannot be made, or changed like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// One key would stand in the ring twice, in two states.
    #[error("the key is in the ring already")]
    DuplicateKey,
    /// The active key cannot be retired: rotate first, or nobody could sign in.
    #[error("the active key cannot be retired")]
    ActiveKey,
    /// There is no such key in the ring.
    #[error("no key of the ring has this kid")]
    UnknownKey,
    /// Not a public key that anything may be verified with.
    #[error("the public key is malformed or weak")]
    WeakKey,
    /// None of `next`, `active`, `previous`.
    #[error("the key state is unknown")]
    UnknownState,
}

/// The keys in use: exactly one that signs, at most one to come, and those that still verify.
#[derive(Debug, Clone)]
pub struct KeyRing {
    active: SigningKey,
    next: Option<SigningKey>,
    previous: Vec<PublicKey>,
}

impl KeyRing {
    /// The ring with these keys. Of a previous key only the public half is held: it never signs again.
    ///
    /// # Errors
    /// [`KeyRingError::DuplicateKey`] when two of them are one.
    pub fn new(active: SigningKey, next: Option<SigningKey>, previous: Vec<PublicKey>) -> Result<Self, KeyRingError> {
        let ring = Self { active, next, previous };
        let mut kids: Vec<&str> = ring.states().map(|(key, _)| key.kid()).collect();
        let all = kids.len();
        kids.sort_unstable();
        kids.dedup();
        if kids.len() == all { Ok(ring) } else { Err(KeyRingError::DuplicateKey) }
    }

    /// The key that signs.
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// Every key of the ring with its turn.
    pub fn states(&self) -> impl Iterator<Item = (&PublicKey, KeyState)> {
        let next = self.next.iter().map(|key| (key.public_key(), KeyState::Next));
        let active = [(self.active.public_key(), KeyState::Active)];
        next.chain(active).chain(self.previous.iter().map(|key| (key, KeyState::Previous)))
    }

    /// Whether a key of that name is in the ring.
    pub fn knows(&self, kid: &str) -> bool {
        self.states().any(|(key, _)| key.kid() == kid)
    }

    /// The ring one turn later: next becomes active, active becomes previous, `new_key` becomes next.
    ///
    /// A ring without a next key only takes `new_key` as its next and goes on signing as before: a key
    /// that signed before it was published would have its tokens refused by all who cache the key set.
    ///
    /// # Errors
    /// [`KeyRingError::DuplicateKey`] when `new_key` is in the ring already.
    pub fn rotate(&self, new_key: SigningKey) -> Result<Self, KeyRingError> {
        let Some(next) = self.next.clone() else {
            return Self::new(self.active.clone(), Some(new_key), self.previous.clone());
        };
        let previous = [self.active.public.clone()].into_iter().chain(self.previous.clone()).collect();
        Self::new(next, Some(new_key), previous)
    }

    /// The ring without the key `kid`: tokens signed with it are refused from now on.
    ///
    /// # Errors
    /// [`KeyRingError::ActiveKey`] for the key that signs, [`KeyRingError::UnknownKey`] for one that is
    /// not in the ring.
    pub fn retire(&self, kid: &str) -> Result<Self, KeyRingError> {
        match self.states().find(|(key, _)| key.kid() == kid) {
            None => Err(KeyRingError::UnknownKey),
            Some((_, KeyState::Active)) => Err(KeyRingError::ActiveKey),
            Some(_) => Ok(Self {
                active: self.active.clone(),
                next: self.next.clone().filter(|key| key.kid() != kid),
                previous: self.previous.iter().filter(|key| key.kid() != kid).cloned().collect(),
            }),
        }
    }

    /// The keys that tokens may be verified with: all of the ring, those to come too, since another
    /// node may have rotated a moment before this one.
    pub fn verifying_keys(&self) -> VerifyingKeys {
        VerifyingKeys(self.states().map(|(key, _)| key.clone()).collect())
    }

    /// The key set for `/.well-known/jwks.json` (RFC 7517, RFC 8037): public members only.
    pub fn jwks_json(&self) -> String {
        let keys: Vec<_> = self
            .states()
            .map(|(key, _)| {
                json!({
                    "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                    "kid": key.kid(), "x": URL_SAFE_NO_PAD.encode(key.as_bytes()),
                })
            })
            .collect();
        json!({ "keys": keys }).to_string()
    }
}

/// Public keys by kid.
#[derive(Debug, Clone, Default)]
pub struct VerifyingKeys(Vec<PublicKey>);

impl VerifyingKeys {
    /// The key with exactly this name.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }
}

/// Keys of the tests of this module and its siblings.
#[cfg(test)]
pub(super) mod fixtures {
    use super::{PublicKey, SigningKey, VerifyingKeys};

    pub(in super::super) fn signing_key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    /// Keys under names of our choosing, weak ones too.
    pub(in super::super) fn misnamed(kid: &str, bytes: &[u8; 32]) -> VerifyingKeys {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).unwrap();
        VerifyingKeys(vec![PublicKey { kid: kid.to_owned(), key }])
    }
}

#[cfg(test)]
mod tests;
