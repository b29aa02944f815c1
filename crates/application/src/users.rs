//! Looking after accounts, from the command line.

use bantin_domain::{
    policy::Role,
    text::Name,
    user::{Email, User},
    violation::{Fault, Violations},
};
use bantin_persistence::{Tx, accounts};

use crate::{
    app::App,
    auth::password::{self, Password},
    error::AppError,
};

/// Adds an account with a password.
///
/// # Errors
/// [`AppError::Invalid`] with every fault; [`crate::Blocker::EmailTaken`].
pub async fn add(app: &App, email: &str, name: &str, role: Role, password: &str) -> Result<User, AppError> {
    let mut faults = Violations::new();
    let email = faults.take("/email", Email::parse(email));
    let name = faults.take("/name", Name::parse(name));
    let names: Vec<&str> = email.iter().map(Email::as_str).chain(name.iter().map(Name::as_str)).collect();
    let password = faults.take("/password", Password::parse(password, &names));
    let (Some(email), Some(name), Some(password)) = (email, name, password) else {
        return Err(faults.into());
    };
    let user = User { id: app.sources().ids.next(), email, name, role, disabled: false };
    let hash = hash(app, password).await?;
    let added = user.clone();
    app.system(move |tx| Ok(accounts::insert_user(tx, &added, Some(&hash))?)).await?;
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
    let hash = hash(app, password).await?;
    app.system(move |tx| Ok(accounts::set_password(tx, user.id, &hash)?)).await
}

/// Gives the account with that address another role.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for the last admin.
pub async fn set_role(app: &App, email: &str, role: Role) -> Result<(), AppError> {
    let user = find(app, email).await?;
    app.system(move |tx| {
        accounts::set_role(tx, user.id, role)?;
        keep_an_admin(tx, user.role)
    })
    .await
}

/// Shuts the account with that address out.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for the last admin.
pub async fn disable(app: &App, email: &str) -> Result<(), AppError> {
    let user = find(app, email).await?;
    app.system(move |tx| {
        accounts::disable(tx, user.id)?;
        keep_an_admin(tx, user.role)
    })
    .await
}

/// Refuses to take the last admin away: nobody could give the role back over the API.
fn keep_an_admin(tx: &mut Tx<'_>, was: Role) -> Result<(), AppError> {
    if was != Role::Admin || accounts::has_admin(tx)? {
        return Ok(());
    }
    let mut faults = Violations::new();
    faults.add("/email", Fault::new("last_admin", "is the last admin; make another one first"));
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

async fn hash(app: &App, password: Password) -> Result<String, AppError> {
    let (parameters, entropy) = (app.settings().hashing, app.sources().entropy.clone());
    app.hash(move || {
        let hash = password::hash(&password, &parameters, entropy.as_ref())
            .map_err(|error| AppError::Unavailable(error.to_string()))?;
        Ok(hash.to_phc())
    })
    .await
}
