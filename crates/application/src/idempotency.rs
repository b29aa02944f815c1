//! Writes that may be sent twice and take effect once.
//!
//! The answer is kept for a day, and may hold what must be erasable: who attends an event, with address and
//! telephone number. So it is sealed by the key that lies outside the database. What was taken out of the
//! tables stands in no copy of them, and what is kept is read by who sent the request, with the very body,
//! and by nobody else.

use bantin_domain::policy::Credential;
pub use bantin_persistence::idempotency::{KeptAnswer, RepeatKey};
use bantin_persistence::{
    StoreError,
    idempotency::{self, Repeated},
};

use crate::{
    app::Act,
    auth::secret_key::{SecretError, SecretKey},
    error::{AppError, Blocker},
};

/// Does an act once per key: the answer of the first time is kept in the effect's own transaction and
/// given again, so that whoever lost it can ask without doing the act twice.
///
/// # Errors
/// Those of `act`, which are not kept: a refusal wrote nothing, and the same request may succeed later.
/// [`AppError::IdempotencyMismatch`] for a key that came with another body,
/// [`Blocker::InProgress`] while the first takes longer than a lock is waited for.
pub fn once(
    act: &mut Act<'_, '_>,
    key: &RepeatKey,
    work: impl FnOnce(&mut Act<'_, '_>) -> Result<KeptAnswer, AppError>,
) -> Result<KeptAnswer, AppError> {
    let (user, secret) = (act.actor.user, act.app.secret_key());
    let (key, purpose) = named(act, key);
    match idempotency::begin(act.tx, user, &key) {
        Ok(repeated) => {
            if let Some(answer) = answered(secret, &purpose, repeated)? {
                return Ok(answer);
            }
        }
        Err(StoreError::Unavailable(_)) => return Err(AppError::Blocked(Blocker::InProgress)),
        Err(error) => return Err(error.into()),
    }
    let answer = work(act)?;
    let body = secret.seal(act.app.sources().entropy.as_ref(), &purpose, &answer.body).map_err(failed)?;
    idempotency::keep(act.tx, user, &key, &KeptAnswer { body, ..answer.clone() })?;
    Ok(answer)
}

/// What is known of a request before it does anything.
#[derive(Debug)]
pub struct Before {
    /// The answer that it had.
    pub answer: Option<KeptAnswer>,
    /// Its own secret, the same each time it comes and on every node: of that it can make names for what it does.
    pub seed: [u8; 32],
}

/// Looks up a request whose effect can be in no transaction with its answer. It must do nothing twice by itself,
/// and keep its answer afterwards by [`once`].
///
/// # Errors
/// [`AppError::IdempotencyMismatch`] for a key that came with another body.
pub fn look_up(act: &mut Act<'_, '_>, key: &RepeatKey) -> Result<Before, AppError> {
    let (user, secret) = (act.actor.user, act.app.secret_key());
    let (key, purpose) = named(act, key);
    let known = idempotency::look_up(act.tx, user, &key)?;
    let seed = *secret.derive("names of a repeated request", purpose.as_bytes());
    Ok(Before { answer: answered(secret, &purpose, known)?, seed })
}

/// A request as it is kept, and for which purpose its answer is sealed.
fn named(act: &Act<'_, '_>, key: &RepeatKey) -> (RepeatKey, String) {
    let key = whose(key, act.actor.through);
    let purpose = format!("kept answer {} {} {}", act.actor.user, key.route, key.key);
    // The plain digest of a short document tells it to whoever can guess.
    let digest = *act.app.secret_key().derive("repeated request", &key.digest);
    (RepeatKey { digest, ..key }, purpose)
}

/// The answer of a request that came before.
fn answered(secret: &SecretKey, purpose: &str, repeated: Repeated) -> Result<Option<KeptAnswer>, AppError> {
    match repeated {
        Repeated::First => Ok(None),
        Repeated::Answered(answer) => {
            let body = secret.open(purpose, &answer.body).map_err(failed)?.to_vec();
            Ok(Some(KeptAnswer { body, ..answer }))
        }
        Repeated::Mismatch => Err(AppError::IdempotencyMismatch),
    }
}

/// The name of a request by who sent it. What a key sends is its own: neither who gave it nor another key of
/// theirs is given its answers, which may tell more than they may know. No address has a space in it, so
/// nobody names a request into that of a key.
fn whose(key: &RepeatKey, through: Credential) -> RepeatKey {
    match through {
        Credential::Session(_) => key.clone(),
        Credential::Key(id) => RepeatKey { route: format!("{} by key {id}", key.route), ..key.clone() },
    }
}

fn failed(error: SecretError) -> AppError {
    AppError::Internal(format!("a kept answer: {error}"))
}
