//! `bantin migrate`

use bantin_application::{DatabaseUrl, migrate};

use crate::{failure::Failure, output::say, settings::Settings, start};

/// Brings the database to shape, or only says how far it is.
///
/// # Errors
/// One line: the database cannot be reached, is newer than this program, or a migration failed.
pub fn run(settings: &Settings, only_status: bool) -> Result<(), Failure> {
    let url = &settings.database_url;
    if only_status {
        return status(url);
    }
    start::make_folders(settings)?;
    let applied = migrate::migrate(url)?;
    for version in &applied {
        say(&format!("applied {version}"));
    }
    if applied.is_empty() {
        say(&format!("{url} is up to date"));
    }
    Ok(())
}

fn status(url: &DatabaseUrl) -> Result<(), Failure> {
    // To look at a file that is not there would make it.
    if matches!(url, DatabaseUrl::Sqlite(path) if !path.exists()) {
        return Err(Failure::new(format_args!("there is no database {url} yet; `bantin migrate` makes it")));
    }
    let status = migrate::status(url)?;
    for version in &status.applied {
        say(&format!("applied {version}"));
    }
    for version in &status.pending {
        say(&format!("pending {version}"));
    }
    Ok(())
}
