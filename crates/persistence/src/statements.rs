//! Counting statements: what an answer cost the database, told in its `Server-Timing`.
//!
//! A transaction runs on one thread from its beginning to its end, so the count is kept per thread, and
//! who wants to know what something cost asks before and after.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation};

thread_local! {
    static RUN: Cell<u64> = const { Cell::new(0) };
}

/// How many statements this thread has run so far, on connections that read.
pub fn run_by_this_thread() -> u64 {
    RUN.get()
}

/// Does what is no statement that anybody asked for: beginning a transaction.
pub(crate) fn uncounted<T>(act: impl FnOnce() -> T) -> T {
    let before = RUN.get();
    let value = act();
    RUN.set(before);
    value
}

/// Counts what a connection is told to do. Whoever listens to all connections (diesel's default, which is nobody
/// unless a test sets one, to read the plans of what is asked) hears of this one too.
pub(crate) struct Counting {
    listener: Option<Box<dyn Instrumentation>>,
}

impl Counting {
    /// For a new connection.
    pub(crate) fn new() -> Self {
        Self { listener: get_default_instrumentation() }
    }
}

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            RUN.set(RUN.get() + 1);
        }
        if let Some(listener) = &mut self.listener {
            listener.on_connection_event(event);
        }
    }
}
