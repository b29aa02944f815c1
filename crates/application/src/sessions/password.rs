//! Proving that one knows a password, and changing it.

use bantin_domain::{
    audit::{AuditField, Entry},
    policy::Resource,
    violation::Violations,
};
use bantin_persistence::accounts::{self, Account};

use super::{note_failure, session_of, throttle, throttle::Subjects};
use crate::{
    app::{App, Caller},
    auth::password::{self, HashError, Password, PasswordHash, Verdict},
    error::AppError,
    users,
};

/// An account whose password was shown.
pub(super) struct Proven {
    /// The account, as it was when the password was looked at.
    pub account: Account,
    /// The same password's hash anew, where hashes cost more by now than when it was chosen.
    pub renewed: Option<String>,
}

/// Passes the account on if the password is its own. Without an account, or with one that is shut out or
/// has no password yet, the work is the same and the password is wrong.
pub(super) async fn prove(app: &App, account: Option<Account>, candidate: String) -> Result<Option<Proven>, AppError> {
    let (hashing, entropy) = (app.settings().hashing, app.sources().entropy.clone());
    app.hash(move || {
        let failed = |error: HashError| AppError::Unavailable(error.to_string());
        let stored = account
            .as_ref()
            .filter(|account| !account.user.disabled)
            .and_then(|account| account.password_hash.as_deref())
            .and_then(|phc| PasswordHash::parse(phc).ok());
        let (hash, account) = match stored {
            Some(hash) => (hash, account),
            None => (password::dummy_hash(&hashing).map_err(failed)?, None),
        };
        let verdict = password::verify(&candidate, &hash, &hashing).map_err(failed)?;
        let renewed = match verdict {
            Verdict::Mismatch => return Ok(None),
            Verdict::Match => None,
            Verdict::MatchNeedsRehash => {
                Some(password::rehash(&candidate, &hashing, entropy.as_ref()).map_err(failed)?.to_phc())
            }
        };
        Ok(account.map(|account| Proven { account, renewed }))
    })
    .await
}

/// What came of changing a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordChange {
    /// It was changed.
    Done,
    /// What was given as the current one is not.
    WrongPassword,
}

/// Gives the caller another password. Their other sessions end, and their one-time links are void.
///
/// The current one is asked for, and tries of it are counted like those of a login: a stolen token, or a
/// computer left alone, is not enough to take an account over.
///
/// # Errors
/// [`AppError::Invalid`] for a new one that may not be chosen; [`AppError::RateLimited`].
pub async fn change_password(
    app: &App,
    caller: Caller,
    current: String,
    new: &str,
) -> Result<PasswordChange, AppError> {
    let account =
        app.desk(caller, |desk, actor| accounts::find_user(desk, actor.user)?.ok_or(AppError::Unauthenticated)).await?;
    let user = account.user.clone();
    let mut faults = Violations::new();
    let parsed = faults.take("/newPassword", Password::parse(new, &[user.email.as_str(), user.name.as_str()]));
    let Some(new) = parsed else { return Err(faults.into()) };
    let subjects = Subjects::of(app, user.email.as_str(), caller.origin.address);
    app.system(move |tx| throttle::take(tx, &subjects)).await?;
    let proven = match prove(app, Some(account), current).await {
        Ok(Some(proven)) => proven,
        Ok(None) => {
            note_failure(app, caller.origin, "changePasswordFailed", Some(user.id)).await?;
            return Ok(PasswordChange::WrongPassword);
        }
        Err(error) => {
            app.system(move |tx| throttle::give_back(tx, &subjects)).await?;
            return Err(error);
        }
    };
    let hash = users::hash(app, new).await?;
    app.write_rights(caller, move |act| {
        accounts::lock_user(act.tx, user.id)?;
        // Somebody else may have changed it while the hashes were computed.
        let account = accounts::find_user(act.tx, user.id)?
            .filter(|now| now.password_hash == proven.account.password_hash)
            .ok_or(AppError::Unauthenticated)?;
        let session = session_of(&act.actor)?;
        accounts::set_password(act.tx, user.id, &hash, Some(session))?;
        throttle::forgive(act.tx, &subjects)?;
        let entry = Entry::new("changePassword", Resource::User, user.id.uuid()).at(account.version + 1);
        act.record(entry.with(AuditField::hidden("password")));
        Ok(PasswordChange::Done)
    })
    .await
}
