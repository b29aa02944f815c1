//! Starting the program itself, for whatever is then done with it.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use bantin_application::StoreSettings;
use bantin_application::{App, AppError, DatabaseUrl, auth::password::HashParameters};
use bantin_domain::webhook::Reach;

use crate::{failure::Failure, settings::Settings, sources};

/// How long a request waits for a connection before it is told to come again.
const WAIT: Duration = Duration::from_secs(2);
/// How many may write at once on SQLite: they share one connection and its commits, so a place costs a
/// waiting thread and no more, and a commit that many share costs each of them little.
const SQLITE_WRITERS: u32 = 32;

/// Makes the folders that are missing, brings the database to shape and starts the program.
///
/// # Errors
/// One line.
pub fn app(settings: &Settings, public_url: String) -> Result<App, Failure> {
    make_folders(settings)?;
    let settings = bantin_application::Settings {
        store: StoreSettings {
            url: settings.database_url.clone(),
            readers: settings.database_readers,
            writers: match settings.database_url {
                DatabaseUrl::Sqlite(_) => SQLITE_WRITERS,
                DatabaseUrl::Postgres(_) => settings.database_writers,
            },
            wait: WAIT,
        },
        data_dir: settings.data_dir.clone(),
        secret_key_file: settings.secret_key_file.clone(),
        // Over PostgreSQL there may be several nodes, and each would make a key of its own.
        make_secret_key: matches!(settings.database_url, DatabaseUrl::Sqlite(_)),
        public_url,
        zone: settings.site_timezone.clone(),
        auto_migrate: settings.auto_migrate,
        hashing: HashParameters::DEFAULT,
        four_eyes: settings.four_eyes,
        audit_addresses: settings.audit_addresses,
        trash_days: settings.trash_days,
        reach: if settings.webhooks_allow_private { Reach::Private } else { Reach::Public },
        changes_days: settings.changes_keep_days,
        wait: WAIT,
    };
    Ok(App::start(settings, sources::of_this_machine())?)
}

/// Starts the program for one use case, and runs it.
///
/// # Errors
/// One line, or one for each fault of the input.
pub fn and_run<T>(settings: &Settings, act: impl AsyncFnOnce(App) -> Result<T, AppError>) -> Result<T, Failure> {
    let app = app(settings, settings.public_url_at(settings.listen))?;
    Ok(actix_web::rt::System::new().block_on(act(app))?)
}

/// Makes the folders of the data and, on SQLite, of the database. They hold drafts and personal data,
/// so what is made here is for the owner only.
///
/// # Errors
/// One line that names the folder.
pub fn make_folders(settings: &Settings) -> Result<(), Failure> {
    let of_database = match &settings.database_url {
        DatabaseUrl::Sqlite(path) => path.parent().map(Path::to_owned),
        DatabaseUrl::Postgres(_) => None,
    };
    let folders = of_database.into_iter().chain([settings.data_dir.clone()]);
    for folder in folders.filter(|folder: &PathBuf| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|error| Failure::new(format_args!("the folder {} cannot be made: {error}", folder.display())))?;
    }
    Ok(())
}
