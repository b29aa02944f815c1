//! `bantin keys`

use bantin_application::sessions;

use crate::{command_line::KeysCommand, failure::Failure, output::say, settings::Settings, start};

/// Looks after the keys that sign access tokens.
///
/// # Errors
/// One line.
pub fn run(settings: &Settings, command: KeysCommand) -> Result<(), Failure> {
    let keys = start::and_run(settings, async |app| {
        match command {
            KeysCommand::List => {}
            KeysCommand::Rotate => sessions::rotate_keys(&app).await?,
            KeysCommand::Retire { kid } => sessions::retire_key(&app, kid).await?,
        }
        sessions::list_keys(&app).await
    })?;
    for (kid, state) in keys {
        say(&format!("{kid}  {}", state.as_str()));
    }
    Ok(())
}
