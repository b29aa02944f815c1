//! What a person at a console reads: answers on the standard output, refusals on the standard error.
//!
//! A reader that goes away (`bantin openapi | head`) is no reason to fail, let alone to panic, so
//! writing errors are let go.

use std::io::{self, Write};

use crate::failure::Failure;

/// Prints a line of an answer.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Prints why nothing was done, a line for each reason.
pub fn complain(failure: &Failure) {
    let mut stderr = io::stderr().lock();
    for line in failure.lines() {
        let _ = writeln!(stderr, "bantin: {line}");
    }
}
