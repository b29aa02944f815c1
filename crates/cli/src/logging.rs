//! Logs: one JSON object a line, on the standard error.
//!
//! A line of an answer waits a moment for others, and they are written together: a write of its own for
//! each would cost as much as half of the answer. What warns is written at once, with all that waited
//! before it, so that the last lines before a crash are there; and so is everything when the program ends.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{failure::Failure, settings::Settings};

/// How long a line waits at most.
const WAIT: Duration = Duration::from_millis(100);
/// How many bytes wait at most.
const MOST_WAITING: usize = 64 * 1_024;

/// Begins to log, for as long as what it gives back is kept. Only servers do: of a short command the answer
/// says everything.
///
/// # Errors
/// When it was begun before.
pub fn begin(settings: &Settings) -> Result<Logs, Failure> {
    let lines = Arc::new(Lines::default());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(ToLines(Arc::clone(&lines)))
        .with_env_filter(EnvFilter::new(&settings.log))
        .try_init()
        .map_err(Failure::new)?;
    let waiting = Arc::clone(&lines);
    thread::Builder::new().name("log".to_owned()).spawn(move || waiting.write_for_ever()).map_err(Failure::new)?;
    Ok(Logs(lines))
}

/// Writes what still waits when it is dropped.
pub struct Logs(Arc<Lines>);

impl Drop for Logs {
    fn drop(&mut self) {
        write_out(&mut self.0.waiting());
    }
}

/// The lines that wait.
#[derive(Default)]
struct Lines {
    waiting: Mutex<Vec<u8>>,
    something_waits: Condvar,
}

impl Lines {
    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_for_ever(&self) {
        loop {
            let waiting = self.something_waits.wait_while(self.waiting(), |waiting| waiting.is_empty());
            drop(waiting.unwrap_or_else(PoisonError::into_inner));
            thread::sleep(WAIT);
            write_out(&mut self.waiting());
        }
    }
}

/// Writes under the lock, so that lines come out in the order in which they went in.
fn write_out(waiting: &mut Vec<u8>) {
    // Where the log cannot be written there is nobody to tell.
    let _ = io::stderr().write_all(waiting);
    waiting.clear();
}

struct ToLines(Arc<Lines>);

/// One line on its way.
struct Line<'a> {
    lines: &'a Lines,
    is_urgent: bool,
}

impl<'a> MakeWriter<'a> for ToLines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: &self.0, is_urgent: true }
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> Line<'a> {
        // An error is less than a warning.
        Line { lines: &self.0, is_urgent: *of.level() <= Level::WARN }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lines.waiting();
        if waiting.is_empty() && !self.is_urgent {
            self.lines.something_waits.notify_one();
        }
        waiting.extend_from_slice(line);
        if self.is_urgent || waiting.len() >= MOST_WAITING {
            write_out(&mut waiting);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_for_each_other_until_one_is_urgent() {
        let lines = Lines::default();
        Line { lines: &lines, is_urgent: false }.write_all(b"{}\n").unwrap();
        Line { lines: &lines, is_urgent: false }.write_all(b"{}\n").unwrap();
        assert_eq!(*lines.waiting(), b"{}\n{}\n");
        Line { lines: &lines, is_urgent: true }.write_all(b"\n").unwrap();
        assert!(lines.waiting().is_empty());
    }
}
