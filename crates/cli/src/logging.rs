//! Logs: one JSON object a line, on the standard error.

use tracing_subscriber::EnvFilter;

use crate::{failure::Failure, settings::Settings};

/// Begins to log. Only servers do: of a short command the answer says everything.
///
/// # Errors
/// When it was begun before.
pub fn begin(settings: &Settings) -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::new(&settings.log))
        .try_init()
        .map_err(Failure::new)
}
