//! Writes that may be sent twice and take effect once.

pub use bantin_persistence::idempotency::{KeptAnswer, RepeatKey};
use bantin_persistence::{
    StoreError,
    idempotency::{self, Repeated},
};

use crate::{
    app::Act,
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
    let user = act.actor.user;
    match idempotency::begin(act.tx, user, key) {
        Ok(Repeated::First) => {}
        Ok(Repeated::Answered(answer)) => return Ok(answer),
        Ok(Repeated::Mismatch) => return Err(AppError::IdempotencyMismatch),
        Err(StoreError::Unavailable(_)) => return Err(AppError::Blocked(Blocker::InProgress)),
        Err(error) => return Err(error.into()),
    }
    let answer = work(act)?;
    idempotency::keep(act.tx, user, key, &answer)?;
    Ok(answer)
}
