//! Looking after accounts: from the command line here, over the API in `desk`, and by who was handed a
//! one-time link in `links`.

use bantin_domain::{
    audit::{AuditField, Entry},
    policy::{Resource, RoleName},
    text::Name,
    user::{Email, User},
    violation::{Fault, Violations},
};
use bantin_persistence::{Tx, accounts, audit, roles};

pub use self::{
    desk::{Colleague, NewUser, UserChanges, edit, get, invite, page, reset},
    links::{OneTimeLink, accept},
};
use crate::{
    app::{App, Origin},
    auth::password::{self, Password},
    error::AppError,
};
pub use bantin_persistence::accounts::UserFilter;

mod desk;
mod links;

/// Adds an account with a password.
///
/// # Errors
/// [`AppError::Invalid`] with every fault; [`crate::Blocker::EmailTaken`].
pub async fn add(
    app: &App,
    email: &str,
    name: &str,
    role: impl Into<RoleName>,
    password: &str,
) -> Result<User, AppError> {
    let mut faults = Violations::new();
    let email = faults.take("/email", Email::parse(email));
    let name = faults.take("/name", Name::parse(name));
    let names: Vec<&str> = email.iter().map(Email::as_str).chain(name.iter().map(Name::as_str)).collect();
    let password = faults.take("/password", Password::parse(password, &names));
    let (Some(email), Some(name), Some(password)) = (email, name, password) else {
        return Err(faults.into());
    };
    let user = User { id: app.sources().ids.next(), email, name, role: role.into(), disabled: false };
    let (hash, added, keeper) = (hash(app, password).await?, user.clone(), app.clone());
    app.system(move |tx| {
        accounts::take_turns(tx)?;
        expect_role(tx, &added.role)?;
        accounts::insert_user(tx, &added, Some(&hash))?;
        let role = AuditField::changed("role", None::<String>, added.role.as_str());
        record(tx, &keeper, "create", &added, role)
    })
    .await?;
    Ok(user)
}

/// Gives the account with that address another password, ends its sessions, and lets it in again if it
/// was shut out.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`].
pub async fn set_password(app: &App, email: &str, password: &str) -> Result<(), AppError> {
    let user = find(app, email).await?;
    let mut faults = Violations::new();
    let parsed = faults.take("/password", Password::parse(password, &[user.email.as_str(), user.name.as_str()]));
    let Some(password) = parsed else {
        return Err(faults.into());
    };
    let (hash, keeper) = (hash(app, password).await?, app.clone());
    app.system(move |tx| {
        accounts::set_password(tx, user.id, &hash, None)?;
        accounts::let_in(tx, user.id)?;
        record(tx, &keeper, "setPassword", &user, AuditField::hidden("password"))
    })
    .await
}

/// Gives the account with that address another role, and ends its sessions.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for a role that does not exist, and for the last admin.
pub async fn set_role(app: &App, email: &str, role: impl Into<RoleName>) -> Result<(), AppError> {
    let (user, role, keeper) = (find(app, email).await?, role.into(), app.clone());
    app.system(move |tx| {
        accounts::take_turns(tx)?;
        expect_role(tx, &role)?;
        accounts::set_role(tx, user.id, &role)?;
        keep_an_admin(tx, &user.role, "/role")?;
        record(tx, &keeper, "edit", &user, AuditField::changed("role", user.role.as_str(), role.as_str()))
    })
    .await
}

/// Shuts the account with that address out.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for the last admin.
pub async fn disable(app: &App, email: &str) -> Result<(), AppError> {
    let (user, keeper) = (find(app, email).await?, app.clone());
    app.system(move |tx| {
        accounts::take_turns(tx)?;
        accounts::disable(tx, user.id)?;
        keep_an_admin(tx, &user.role, "/disabled")?;
        record(tx, &keeper, "disable", &user, AuditField::changed("disabled", user.disabled, true))
    })
    .await
}

/// Records what was done to an account from the command line.
fn record(tx: &mut Tx<'_>, app: &App, act: &'static str, user: &User, field: AuditField) -> Result<(), AppError> {
    let version = accounts::find_user(tx, user.id)?.map_or(1, |account| account.version);
    let who = app.who(None, None, Origin::default());
    let entry = Entry::new(act, Resource::User, user.id.uuid()).at(version).with(field);
    Ok(audit::append(tx, app.sources().ids.next(), &who, entry)?)
}

/// Refuses a role that does not exist. Call [`accounts::take_turns`] before: whoever deletes one does, too.
fn expect_role(tx: &mut Tx<'_>, role: &RoleName) -> Result<(), AppError> {
    if roles::find(tx, role)?.is_some() {
        return Ok(());
    }
    let mut faults = Violations::new();
    faults.add("/role", Fault::new("unknown_reference", "there is no such role"));
    Err(faults.into())
}

/// Refuses to take the last admin away: nobody could give the role back over the API. Call
/// [`accounts::take_turns`] before the change.
fn keep_an_admin(tx: &mut Tx<'_>, was: &RoleName, pointer: &str) -> Result<(), AppError> {
    if !was.is_admin() || accounts::has_admin(tx)? {
        return Ok(());
    }
    let mut faults = Violations::new();
    faults.add(pointer, Fault::new("last_admin", "this is the last admin; make another one first"));
    Err(faults.into())
}

/// All accounts, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App) -> Result<Vec<User>, AppError> {
    app.system(|tx| Ok(accounts::list_users(tx)?.into_iter().map(|account| account.user).collect())).await
}

/// Whether anybody could administer the site.
///
/// # Errors
/// When the database fails.
pub async fn has_admin(app: &App) -> Result<bool, AppError> {
    app.system(|tx| Ok(accounts::has_admin(tx)?)).await
}

async fn find(app: &App, email: &str) -> Result<User, AppError> {
    let Ok(email) = Email::parse(email) else {
        return Err(AppError::NotFound);
    };
    let account = app.system(move |tx| Ok(accounts::find_by_email(tx, &email)?)).await?;
    account.map(|account| account.user).ok_or(AppError::NotFound)
}

/// The hash of a password that was just chosen.
pub(crate) async fn hash(app: &App, password: Password) -> Result<String, AppError> {
    let (parameters, entropy) = (app.settings().hashing, app.sources().entropy.clone());
    app.hash(move || {
        let hash = password::hash(&password, &parameters, entropy.as_ref())
            .map_err(|error| AppError::Unavailable(error.to_string()))?;
        Ok(hash.to_phc())
    })
    .await
}
