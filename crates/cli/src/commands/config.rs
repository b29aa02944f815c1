//! `bantin config`

use crate::{failure::Failure, output, settings::Settings};

/// Prints the effective settings.
///
/// # Errors
/// None so far: what could not be read was refused before.
pub fn print(settings: &Settings) -> Result<(), Failure> {
    output::say("# The effective settings. Flags win over the environment (BANTIN_...), that over the file.");
    output::say(&settings.to_toml());
    Ok(())
}
