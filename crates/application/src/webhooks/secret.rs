//! What messages are signed with, as Standard Webhooks says: `v1,` and the HMAC-SHA-256 of id, time and body.
//!
//! While two secrets live, each message carries both signatures, so that a receiver which knows either of them
//! takes it for ours.

use std::fmt;

use bantin_domain::{time::Timestamp, webhook::WebhookId};
use bantin_persistence::webhooks::SealedSecrets;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    app::App,
    auth::entropy::{Entropy, EntropyError},
    error::AppError,
};

/// What a secret begins with where it is shown.
const PREFIX: &str = "whsec_";
const BYTES: usize = 32;

/// A secret that the receiver shares. Wiped on drop and never printed.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Draws a new one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Zeroizing::new(vec![0; BYTES]);
        entropy.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The secret as the receiver is given it: `whsec_` and base64.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0.as_slice()))
    }

    /// The signature of a message: `v1,` and base64.
    fn sign(&self, id: &str, seconds: i64, body: &str) -> Option<String> {
        // HMAC takes a key of any length, so that there is one.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body.as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Seals a secret for the row of its webhook: in another's it does not open.
///
/// # Errors
/// When there is no randomness.
pub(super) fn seal(app: &App, id: WebhookId, secret: &Secret) -> Result<Vec<u8>, AppError> {
    let sealed = app.secret_key().seal(app.sources().entropy.as_ref(), &purpose(id), &secret.0);
    sealed.map_err(|error| AppError::Unavailable(error.to_string()))
}

/// The secrets of a webhook that live at an instant, the current one first.
///
/// # Errors
/// When they were sealed with another key.
pub(super) fn open(app: &App, id: WebhookId, sealed: &SealedSecrets, now: Timestamp) -> Result<Vec<Secret>, AppError> {
    let previous = sealed.previous.iter().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
    let opened = std::iter::once(&sealed.current)
        .chain(previous)
        .map(|sealed| app.secret_key().open(&purpose(id), sealed).map(Secret));
    opened.collect::<Result<_, _>>().map_err(|error| AppError::Internal(format!("the secret of webhook {id}: {error}")))
}

/// The value of `webhook-signature`.
pub(super) fn signatures(secrets: &[Secret], id: &str, seconds: i64, body: &str) -> String {
    secrets.iter().filter_map(|secret| secret.sign(id, seconds, body)).collect::<Vec<_>>().join(" ")
}

fn purpose(id: WebhookId) -> String {
    format!("webhook secret {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn a_signature_is_what_standard_webhooks_says() {
        let secret = Secret(Zeroizing::new(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()));
        let signature = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret(Zeroizing::new(b"geheim".to_vec()));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
