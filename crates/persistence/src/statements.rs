//! Counting statements: what an answer cost the database, told in its `Server-Timing`.
//!
//! A transaction runs on one thread from its beginning to its end, so the count is kept per thread, and
//! who wants to know what something cost asks before and after.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent};

thread_local! {
    static RUN: Cell<u64> = const { Cell::new(0) };
}

/// How many statements this thread has run so far, on connections that read.
pub fn run_by_this_thread() -> u64 {
    RUN.get()
}

/// Counts what a connection is told to do.
pub(crate) struct Counting;

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            RUN.set(RUN.get() + 1);
        }
    }
}
