//! Access tokens: JWTs signed with Ed25519, good for minutes, and the only module that knows how.
//!
//! The library does the format and the comparison of issuer and audience; by itself it would accept
//! unknown `crit` headers, ignore `typ`, take a token that lacks `aud`, forgive a minute of expiry
//! and read the machine's own clock. So [`verify`] is stricter on both sides of it: the header must
//! have exactly our three members before any key is touched, and the claims exactly our seven, all of
//! one type, judged at the instant that the caller gives. Nothing that our own [`sign`] would not
//! have written gets through, signature or not.
//!
//! A token proves who asked for it, not that they still may: the caller looks up the session `sid`.

use std::sync::OnceLock;

use bantin_domain::time::Timestamp;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use uuid::Uuid;

use super::key_ring::{SigningKey, VerifyingKeys};

mod ed25519;

/// The longest token that is looked at.
pub const MOST_TOKEN_BYTES: usize = 8 * 1024;
/// The longest that a token may be good for.
pub const MOST_LIFETIME_SECONDS: i64 = 15 * 60;
/// How far ahead of ours the clock of the node that signed may be. Expiry has no leeway at all: a
/// token is refused from the second that `exp` names, by the clock of the node that checks it.
const IAT_LEEWAY_SECONDS: i64 = 5;
/// RFC 9068. Keeps a token that was made for something else from being used for access.
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    /// Who issued it: [`Issuer::issuer`].
    pub iss: String,
    /// Whom it is for: [`Issuer::audience`].
    pub aud: String,
    /// The user.
    #[serde(deserialize_with = "exact_uuid")]
    pub sub: Uuid,
    /// The session, which the caller must find alive.
    #[serde(deserialize_with = "exact_uuid")]
    pub sid: Uuid,
    /// The token itself.
    #[serde(deserialize_with = "exact_uuid")]
    pub jti: Uuid,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// From when it is refused, in seconds since 1970.
    pub exp: i64,
}

/// Who issues tokens and for whom: the public URL of the settings. Two environments with one key but
/// different URLs do not accept each other's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` of every token.
    pub issuer: String,
    /// The `aud` of every token.
    pub audience: String,
}

impl Issuer {
    /// The claims of a new token `jti` for `user` in `session`, good for `seconds` from `now`.
    pub fn claims(&self, user: Uuid, session: Uuid, jti: Uuid, now: Timestamp, seconds: i64) -> AccessClaims {
        let iat = whole_seconds(now);
        AccessClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user,
            sid: session,
            jti,
            iat,
            exp: iat.saturating_add(seconds),
        }
    }
}

/// Why no token can be issued. A fault of the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Something else in the process told the JWT library to use other cryptography.
    #[error("another crypto provider is installed in the JWT library")]
    ForeignProvider,
    /// A token signed for the test did not verify, or an altered one did.
    #[error("the self-test of the token signatures failed")]
    SelfTest,
    /// The claims name a lifetime that [`verify`] would refuse.
    #[error("a token must be good for at least a second and at most {MOST_LIFETIME_SECONDS}")]
    Lifetime,
    /// The library refused to sign.
    #[error("the token could not be signed")]
    NotSigned,
}

/// Why a token proves nothing. Both are answered alike, 401 `invalid_token`; the log may tell them
/// apart, because many expired tokens are a client that does not renew, many invalid ones an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Not a token of ours.
    #[error("the token is not valid")]
    Invalid,
    /// A token of ours whose time is over.
    #[error("the token has expired")]
    Expired,
}

/// Installs our Ed25519 in the JWT library and signs and verifies a token to see that it works.
///
/// To be called at start, so that a fault shows then and as an error. (The library on its own panics
/// at the first token when nothing is installed.) Calling it again costs nothing and changes nothing.
///
/// # Errors
/// [`TokenError::ForeignProvider`] or [`TokenError::SelfTest`]; the process must not serve then.
pub fn install() -> Result<(), TokenError> {
    static INSTALLED: OnceLock<Result<(), TokenError>> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        ed25519::PROVIDER.install_default().map_err(|_| TokenError::ForeignProvider)?;
        ed25519::test_provider()
    })
}

/// Signs `claims`.
///
/// # Errors
/// [`TokenError::Lifetime`] for claims that [`verify`] would refuse, the others as [`install`].
pub fn sign(key: &SigningKey, claims: &AccessClaims) -> Result<String, TokenError> {
    install()?;
    if !lifetime_is_allowed(claims) {
        return Err(TokenError::Lifetime);
    }
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.kid().to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(key.seed())).map_err(|_| TokenError::NotSigned)
}

/// The claims of `token`, when it is one of ours and good at `now`.
///
/// # Errors
/// [`TokenRefused::Expired`] for a token that is right in everything but time, and
/// [`TokenRefused::Invalid`] for all others.
#[expect(clippy::disallowed_methods, reason = "this is the one place where tokens are verified")]
pub fn verify(
    token: &str,
    keys: &VerifyingKeys,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<AccessClaims, TokenRefused> {
    install().map_err(|_| TokenRefused::Invalid)?;
    let kid = kid_of(token).ok_or(TokenRefused::Invalid)?;
    let key = keys.find(&kid).ok_or(TokenRefused::Invalid)?;
    let claims = jsonwebtoken::decode::<AccessClaims>(token, &DecodingKey::from_ed_der(key.as_bytes()), &rules(issuer))
        .map_err(|_| TokenRefused::Invalid)?
        .claims;
    judge_times(&claims, whole_seconds(now))?;
    Ok(claims)
}

/// The `kid` of a token whose outside is exactly as [`sign`] makes it.
pub(crate) fn kid_of(token: &str) -> Option<String> {
    /// Everything a header may say: `crit`, `jwk`, `jku`, `x5u`, `cty` and the like are unknown members,
    /// which are refused, as are members that are there twice.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ExactHeader {
        alg: String,
        typ: String,
        kid: String,
    }

    if token.len() > MOST_TOKEN_BYTES || token.split('.').count() != 3 {
        return None;
    }
    let (encoded, _) = token.split_once('.')?;
    let header: ExactHeader = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    (header.alg == "EdDSA" && header.typ == TYPE).then_some(header.kid)
}

/// What the library checks of the claims. The types of [`AccessClaims`] see to the rest.
fn rules(issuer: &Issuer) -> Validation {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.set_issuer(&[&issuer.issuer]);
    rules.set_audience(&[&issuer.audience]);
    // It would read the machine's clock and forgive a minute: `judge_times` does it instead.
    rules.validate_exp = false;
    rules
}

fn judge_times(claims: &AccessClaims, now: i64) -> Result<(), TokenRefused> {
    if !lifetime_is_allowed(claims) || claims.iat > now.saturating_add(IAT_LEEWAY_SECONDS) {
        Err(TokenRefused::Invalid)
    } else if claims.exp <= now {
        Err(TokenRefused::Expired)
    } else {
        Ok(())
    }
}

/// A token good for years, or for a negative time, was not made by us, whoever signed it.
fn lifetime_is_allowed(claims: &AccessClaims) -> bool {
    claims.exp.checked_sub(claims.iat).is_some_and(|seconds| (1..=MOST_LIFETIME_SECONDS).contains(&seconds))
}

fn whole_seconds(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(1_000_000)
}

/// A UUID in the one spelling that we write: hyphenated, in lower case.
fn exact_uuid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(deserializer)?;
    match Uuid::try_parse(&text) {
        Ok(uuid) if uuid.to_string() == text => Ok(uuid),
        _ => Err(D::Error::custom("not a hyphenated lower-case UUID")),
    }
}

#[cfg(test)]
mod tests;
