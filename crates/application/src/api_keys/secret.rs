//! What a program shows: the text of a secret, of which no more is carried on than its digest.

use std::fmt;

use crate::auth::opaque::{Opaque, OpaqueKind};

/// The digest of a text that has the form of a key's secret. Whether there is such a key is asked elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Whether a credential claims to be a key: one that does is never taken for anything else.
    pub fn is_claimed(credential: &str) -> bool {
        credential.starts_with(OpaqueKind::ApiKey.prefix())
    }

    /// The digest of a credential; `None` for what is mistyped, or no key's secret at all.
    pub fn of(credential: &str) -> Option<Self> {
        Opaque::parse(OpaqueKind::ApiKey, credential).map(|secret| Self(secret.digest()))
    }

    /// Its bytes, as they are kept.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(..)")
    }
}
