//! Logs: one JSON object a line, on the standard error.
//!
//! A line of an answer waits a moment for others, and they are written together: a write of its own for
//! each would cost as much as half of the answer. What warns is written at once, with all that waited
//! before it, so that the last lines before a crash are there; and so is everything when the program ends.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use bantin_domain::time::Clock;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use self::line::LineWriter;
use crate::{failure::Failure, settings::Settings};

mod line;

/// How long a line waits at most.
const WAIT: Duration = Duration::from_millis(100);
/// How many bytes wait at most.
const MOST_WAITING: usize = 64 * 1_024;

/// Begins to log, for as long as what it gives back is kept. Only servers do: of a short command the answer
/// says everything.
///
/// # Errors
/// When it was begun before.
pub fn begin(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Logs, Failure> {
    let lines = Arc::new(Lines::default());
    let to_lines = ToLines { lines: Arc::clone(&lines), clock };
    let subscriber = tracing_subscriber::registry().with(EnvFilter::new(&settings.log)).with(to_lines);
    subscriber.try_init().map_err(Failure::new)?;
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

    /// Takes a line, and writes it with all that wait where it is urgent or they are many.
    fn take(&self, line: &[u8], is_urgent: bool) {
        let mut waiting = self.waiting();
        if waiting.is_empty() && !is_urgent {
            self.something_waits.notify_one();
        }
        waiting.extend_from_slice(line);
        if is_urgent || waiting.len() >= MOST_WAITING {
            write_out(&mut waiting);
        }
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

/// Takes the events of the whole program.
struct ToLines {
    lines: Arc<Lines>,
    clock: Arc<dyn Clock>,
}

thread_local! {
    /// Each thread makes its lines without waiting for another's.
    static WRITER: RefCell<LineWriter> = RefCell::default();
}

impl<S: Subscriber> Layer<S> for ToLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // An error is less than a warning.
        let is_urgent = *event.metadata().level() <= Level::WARN;
        WRITER.with(|writer| {
            // What logs while it is being logged is not heard: it would never end.
            if let Ok(mut writer) = writer.try_borrow_mut() {
                self.lines.take(writer.write(event, self.clock.now()), is_urgent);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_for_each_other_until_one_is_urgent() {
        let lines = Lines::default();
        lines.take(b"{}\n", false);
        lines.take(b"{}\n", false);
        assert_eq!(*lines.waiting(), b"{}\n{}\n");
        lines.take(b"\n", true);
        assert!(lines.waiting().is_empty());
    }
}
