//! `bantin openapi`

use bantin_api::server;

use crate::{failure::Failure, output};

/// Prints the document, the same wherever and whenever it is printed: no setting is read and no
/// database is opened.
///
/// # Errors
/// When the document cannot be written as JSON.
pub fn print() -> Result<(), Failure> {
    output::say(&serde_json::to_string_pretty(&server::document()).map_err(Failure::new)?);
    Ok(())
}
