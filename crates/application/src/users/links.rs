//! One-time links: an administrator makes one and hands it over, whoever holds it chooses a password.
//!
//! A link is 256 random bits, of which a digest is kept. It is good once and for an hour, void as soon as
//! the account's password changes or another link is made, and it logs nobody in.

use bantin_domain::{
    audit::{AuditField, Entry},
    policy::Resource,
    time::Timestamp,
    user::LinkPurpose,
    violation::{Fault, Violations},
};
use bantin_persistence::accounts::{
    self, Account,
    links::{self, NewLink},
};

use super::hash;
use crate::{
    app::{Act, App, Origin},
    auth::{
        opaque::{Opaque, OpaqueKind},
        password::Password,
    },
    error::AppError,
    sessions::throttle::{self, Subjects},
};

/// How long a link is good, in seconds: an hour.
const LINK_SECONDS: i64 = 60 * 60;

/// A link, for the one answer that hands it out.
pub struct OneTimeLink {
    /// Its token.
    pub token: Opaque,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Makes a link for an account; those made before are void.
pub(super) fn make(act: &mut Act<'_, '_>, account: &Account) -> Result<OneTimeLink, AppError> {
    let purpose = if account.password_hash.is_none() { LinkPurpose::Invitation } else { LinkPurpose::Reset };
    let token = Opaque::generate(act.app.sources().entropy.as_ref(), OpaqueKind::Invitation)?;
    let expires_at = act.tx.now().plus_seconds(LINK_SECONDS);
    let (digest, created_by) = (token.digest(), act.actor.user);
    links::insert(act.tx, &NewLink { digest: &digest, user: account.user.id, purpose, created_by, expires_at })?;
    Ok(OneTimeLink { token, purpose, expires_at })
}

/// Chooses the password of the account that a link was made for. All its sessions end; nobody is logged in
/// by it.
///
/// # Errors
/// [`AppError::Invalid`] for a link that is not good, whyever, and for a password that may not be chosen.
pub async fn accept(app: &App, origin: Origin, token: &str, password: &str) -> Result<(), AppError> {
    let digest = Opaque::parse(OpaqueKind::Invitation, token).ok_or_else(no_good)?.digest();
    let account = app
        .look_up(move |desk| match links::find_good(desk, &digest)? {
            Some((user, _)) => Ok(accounts::find_user(desk, user)?),
            None => Ok(None),
        })
        .await?;
    let account = account.filter(|account| !account.user.disabled).ok_or_else(no_good)?;
    let user = account.user;
    let mut faults = Violations::new();
    let parsed = faults.take("/password", Password::parse(password, &[user.email.as_str(), user.name.as_str()]));
    let Some(password) = parsed else { return Err(faults.into()) };
    let hash = hash(app, password).await?;
    let subjects = Subjects::of(app, user.email.as_str(), None);
    let keeper = app.clone();
    app.system(move |tx| {
        // Of two who bring the link at once, the second waits here and then finds it spent.
        accounts::lock_user(tx, user.id)?;
        let (_, purpose) = links::find_good(tx, &digest)?.ok_or_else(no_good)?;
        let account = accounts::find_user(tx, user.id)?.filter(|account| !account.user.disabled).ok_or_else(no_good)?;
        accounts::set_password(tx, user.id, &hash, None)?;
        throttle::forgive(tx, &subjects)?;
        let act = match purpose {
            LinkPurpose::Invitation => "acceptInvitation",
            LinkPurpose::Reset => "resetPassword",
        };
        let entry = Entry::new(act, Resource::User, user.id.uuid()).at(account.version + 1);
        let who = keeper.who(Some(user.id), None, origin);
        let entry = entry.with(AuditField::hidden("password"));
        Ok(bantin_persistence::audit::append(tx, keeper.sources().ids.next(), &who, entry)?)
    })
    .await
}

/// One answer for a link that never was, is spent, void or over.
fn no_good() -> AppError {
    let mut faults = Violations::new();
    faults.add("/token", Fault::new("invalid_link", "is not good, or not any more; ask an administrator for another"));
    faults.into()
}
