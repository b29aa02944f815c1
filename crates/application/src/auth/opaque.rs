//! Opaque bearer secrets: refresh tokens, links for invitations and resets, preview links, API keys.
//!
//! Each is 256 random bits behind a prefix that says what it is for. Whoever holds the text holds
//! the right, so the database keeps only its SHA-256: with 256 bits of randomness inside, a plain
//! hash cannot be reversed by guessing, and no slow one is needed. The digest covers the prefix, so
//! a secret of one kind never answers for another.
//!
//! API keys lie in other people's programs for years, so they end in a checksum: a typing error, or a secret
//! scanner that asks whether what it found is one, is answered without the database.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    entropy::{Entropy, EntropyError},
    secret_key::SecretKey,
};

/// The randomness inside.
const SECRET_BYTES: usize = 32;
/// Its length as unpadded base64url.
const SECRET_CHARACTERS: usize = 43;
/// So many letters a checksum has: of a million words that look like a key, none passes for one by chance.
const CHECKSUM_CHARACTERS: usize = 6;

/// What an opaque secret is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpaqueKind {
    /// Renews an access token.
    Refresh,
    /// Accepts an invitation, or sets a forgotten password.
    Invitation,
    /// Shows an unpublished revision.
    Preview,
    /// Stands for an integration.
    ApiKey,
}

impl OpaqueKind {
    /// How the text begins. Secret scanners find a leaked one by it, people tell them apart by it.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "btnr_",
            Self::Invitation => "btni_",
            Self::Preview => "btnp_",
            Self::ApiKey => "btn_",
        }
    }

    /// What stands behind prefix and secret: the beginning of their SHA-256, or nothing.
    fn checksum(self, text: &str) -> String {
        match self {
            Self::ApiKey => URL_SAFE_NO_PAD.encode(digest(text)).chars().take(CHECKSUM_CHARACTERS).collect(),
            Self::Refresh | Self::Invitation | Self::Preview => String::new(),
        }
    }
}

/// The text of a bearer secret, in the form that [`Opaque::generate`] gives it.
pub struct Opaque(Zeroizing<String>);

impl Opaque {
    /// Draws a new secret.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn generate(entropy: &dyn Entropy, kind: OpaqueKind) -> Result<Self, EntropyError> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        entropy.fill(bytes.as_mut_slice())?;
        Ok(Self::of(kind, &bytes))
    }

    /// The refresh token that this one is exchanged for. It follows from this one, so that a client that
    /// races itself gets the same twice though only digests are kept; and it follows only with the key,
    /// so that who found a spent token cannot go on from it.
    #[must_use]
    pub fn successor(&self, key: &SecretKey) -> Self {
        Self::of(OpaqueKind::Refresh, &key.derive("refresh-token", self.0.as_bytes()))
    }

    fn of(kind: OpaqueKind, bytes: &[u8; SECRET_BYTES]) -> Self {
        // Room for all of it at once: a string that grows leaves copies of its beginning behind.
        let most = kind.prefix().len() + SECRET_CHARACTERS + CHECKSUM_CHARACTERS;
        let mut text = Zeroizing::new(String::with_capacity(most));
        text.push_str(kind.prefix());
        URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut text);
        let checksum = kind.checksum(&text);
        text.push_str(&checksum);
        Self(text)
    }

    /// The secret that `text` is, or `None` when it cannot be one of this kind: another prefix or
    /// length, not the one spelling of its bytes, or a checksum that does not fit. Saves the database a
    /// look-up for noise.
    pub fn parse(kind: OpaqueKind, text: &str) -> Option<Self> {
        let (secret, checksum) = text.split_at_checked(kind.prefix().len() + SECRET_CHARACTERS)?;
        let encoded = secret.strip_prefix(kind.prefix())?;
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        URL_SAFE_NO_PAD.decode_slice(encoded, bytes.as_mut_slice()).ok()?;
        // The checksum is no secret: whoever holds the text can compute it.
        (checksum == kind.checksum(secret)).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, for the one answer that hands it out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps of it.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque(..)")
    }
}

/// The SHA-256 of a secret's text, prefix and all.
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether two digests are the same, in a time that does not tell how far they agree.
pub fn digests_match(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::entropy::counted::{CountedEntropy, NoEntropy};

    const KINDS: [OpaqueKind; 4] =
        [OpaqueKind::Refresh, OpaqueKind::Invitation, OpaqueKind::Preview, OpaqueKind::ApiKey];

    #[test]
    fn a_secret_carries_all_of_its_256_bits() {
        let secret = Opaque::generate(&CountedEntropy::default(), OpaqueKind::Refresh).unwrap();
        assert_eq!(secret.expose(), "btnr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        assert_eq!(Opaque::parse(OpaqueKind::Refresh, secret.expose()).unwrap().expose(), secret.expose());
        assert_eq!(Opaque::generate(&NoEntropy, OpaqueKind::Refresh).unwrap_err(), EntropyError);
    }

    #[test]
    fn a_typing_error_in_a_key_is_found_without_the_database() {
        let key = Opaque::generate(&CountedEntropy::default(), OpaqueKind::ApiKey).unwrap();
        let text = key.expose();
        assert_eq!(text.len(), "btn_".len() + 43 + 6);
        assert!(Opaque::parse(OpaqueKind::ApiKey, text).is_some());
        assert!(Opaque::parse(OpaqueKind::ApiKey, &text[..text.len() - 6]).is_none(), "without its checksum");
        for place in "btn_".len()..text.len() {
            let other = if &text[place..=place] == "A" { "B" } else { "A" };
            let mistyped = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            assert!(Opaque::parse(OpaqueKind::ApiKey, &mistyped).is_none(), "{mistyped}");
        }
        let mut letters: Vec<char> = text.chars().collect();
        letters.swap(10, 11);
        assert!(Opaque::parse(OpaqueKind::ApiKey, &letters.into_iter().collect::<String>()).is_none());
    }

    #[test]
    fn a_secret_of_one_kind_is_none_of_another() {
        let entropy = CountedEntropy::default();
        for made in KINDS {
            let secret = Opaque::generate(&entropy, made).unwrap();
            for asked in KINDS {
                assert_eq!(Opaque::parse(asked, secret.expose()).is_some(), made == asked, "{made:?} as {asked:?}");
            }
        }
    }

    #[test]
    fn other_spellings_of_a_secret_are_refused() {
        let good = "btnr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let non_canonical = "btnr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9";
        assert!(Opaque::parse(OpaqueKind::Refresh, good).is_some());
        for bad in [
            "",
            "btnr_",
            non_canonical,
            &good[..good.len() - 1],
            &format!("{good}A"),
            &format!("{good}="),
            &format!(" {good}"),
            &format!("{good}\n"),
            &good.replace("btnr", "BTNR"),
            &good.replace('Q', "+"),
            &good.replace("QF", "é"),
        ] {
            assert!(Opaque::parse(OpaqueKind::Refresh, bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_digest_is_the_sha_256_of_the_text() {
        let empty = digest("");
        assert_eq!(empty[..4], [0xe3, 0xb0, 0xc4, 0x42]);
        let secret = Opaque::generate(&CountedEntropy::default(), OpaqueKind::Preview).unwrap();
        assert_eq!(secret.digest(), digest(secret.expose()));
        assert!(digests_match(&secret.digest(), &digest(secret.expose())));
        for position in 0..32 {
            let mut other = secret.digest();
            other[position] ^= 1;
            assert!(!digests_match(&secret.digest(), &other), "{position}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Opaque::generate(&CountedEntropy::default(), OpaqueKind::ApiKey).unwrap();
        assert_eq!(format!("{secret:?}"), "Opaque(..)");
    }
}
