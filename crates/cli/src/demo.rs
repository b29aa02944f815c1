//! `bantin demo`: a site to try things on, from nothing, in a few seconds.
//!
//! The content enters through the use cases, like an editor's: what the demo shows is what the
//! program does. It is loaded in one transaction, so that a demo that was interrupted has no content
//! and begins anew, and one that has content has all of it.

mod accounts;
mod corpus;
mod directory;
mod events;
mod load;
mod picture;
mod site;

use bantin_application::{
    App, AppError,
    articles::{self, ArticleQuery},
    auth::entropy::Entropy,
};
use bantin_domain::listing::PageRequest;

use self::accounts::{ADMIN, Credentials};
use crate::{failure::Failure, output::say, serve::Serving, settings::Settings};

/// `bantin demo`.
///
/// # Errors
/// One line: it cannot start, or the database holds what the demo has not made.
pub fn run(settings: &Settings) -> Result<(), Failure> {
    Serving::open(settings)?.run(settings, async |app| {
        let base = &app.settings().public_url;
        if is_loaded(app).await? {
            say(&again(base));
        } else {
            let credentials = load(app).await?;
            say(&welcome(base, &credentials));
        }
        Ok(())
    })
}

/// Whether the demo content is there.
async fn is_loaded(app: &App) -> Result<bool, Failure> {
    if accounts::belong_to_others(app).await? {
        return Err(Failure::new(format_args!(
            "{} holds what the demo has not made; give it an empty database, for example --database-url sqlite:data/demo.db",
            app.settings().store.url
        )));
    }
    let found =
        app.public(|reader| articles::public_list(reader, ArticleQuery::default(), &PageRequest::first())).await?;
    Ok(!found.rows.is_empty())
}

/// Loads the content.
async fn load(app: &App) -> Result<Vec<Credentials>, Failure> {
    say("Loading the demo content ...");
    let entropy: &dyn Entropy = app.sources().entropy.as_ref();
    let credentials = accounts::make(app, entropy).await?;
    let admin = accounts::log_in(app, credentials.first()).await?;
    let pictures = picture::upload(app, admin).await?;
    app.write(admin, move |act| load::everything(act, pictures)).await?;
    Ok(credentials)
}

/// What somebody who starts the demo for the first time is told; the passwords only now.
fn welcome(base: &str, credentials: &[Credentials]) -> String {
    let accounts: Vec<String> = credentials
        .iter()
        .map(|one| format!("  {:<12} {:<34} {}", one.role.to_string(), one.email, one.password))
        .collect();
    let log_in = credentials.first().map(|admin| {
        format!(
            "curl -s {base}/api/v1/auth/login -H 'Content-Type: application/json' -d '{{\"email\":\"{}\",\"password\":\"{}\"}}'",
            admin.email, admin.password
        )
    });
    format!(
        "The demo is loaded. Its accounts, with passwords that are shown only this once:\n\n{}\n\nLog in:\n  {}\n\n{}",
        accounts.join("\n"),
        log_in.unwrap_or_default(),
        addresses(base)
    )
}

/// What somebody who starts it once more is told.
fn again(base: &str) -> String {
    format!(
        "The demo content is there already. The passwords were shown at the first start; set a new one with\n  \
         bantin user set-password --email {ADMIN} --password-stdin\n\n{}",
        addresses(base)
    )
}

fn addresses(base: &str) -> String {
    format!(
        "Open:\n  {base}/docs/                 the API, to read and to try\n  {base}/api/v1/site           the site\n  \
         {base}/api/v1/articles       the news\n  {base}/api/v1/events         the events"
    )
}

/// What went wrong with our own content: a bug, since it is embedded and tested.
fn spoilt(what: &str, why: impl std::fmt::Display) -> AppError {
    AppError::Internal(format!("the demo content is spoilt: {what}: {why}"))
}
