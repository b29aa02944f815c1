//! What is wrong with a value that somebody sent us, said so that they can mend it.
//!
//! A parser never stops at the first fault: it notes each in a [`Violations`] under the JSON
//! pointer (RFC 6901) of the member and goes on, so that an editor sees all of them at once.

use serde::Serialize;

/// One fault in an input: where, which rule (stable, for programs) and a sentence (for people).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// RFC 6901 pointer into the request document, for example `/speaker/name`.
    pub pointer: String,
    /// Stable snake_case code of the contract: `required`, `too_long`, `invalid_date`, ...
    pub code: &'static str,
    /// One English sentence that says what would be accepted instead.
    pub message: String,
}

/// A fault that does not know yet where it stands in the document.
///
/// Value parsers return it; the caller, who knows the member's name, adds the pointer with
/// [`Violations::take`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// See [`Violation::code`].
    pub code: &'static str,
    /// See [`Violation::message`].
    pub message: String,
}

impl Fault {
    /// A fault with a code of the contract and a sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The faults found so far in one input. Empty means the input is good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// No faults yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one fault at `pointer`.
    pub fn add(&mut self, pointer: impl Into<String>, fault: Fault) {
        self.0.push(Violation { pointer: pointer.into(), code: fault.code, message: fault.message });
    }

    /// Passes a parsed value on, or notes its fault at `pointer` and yields `None`.
    pub fn take<T>(&mut self, pointer: impl Into<String>, parsed: Result<T, Fault>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(fault) => {
                self.add(pointer, fault);
                None
            }
        }
    }

    /// Notes the faults of a nested document, each pointer prefixed with `pointer`.
    pub fn nest(&mut self, pointer: &str, inner: Violations) {
        self.0.extend(
            inner
                .0
                .into_iter()
                .map(|violation| Violation { pointer: format!("{pointer}{}", violation.pointer), ..violation }),
        );
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order in which they were found.
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }

    /// `Ok` with `value` when nothing was noted, the faults otherwise.
    ///
    /// # Errors
    /// The noted faults, when there are any.
    pub fn into_result<T>(self, value: T) -> Result<T, Violations> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

/// Something that was taken out of an input that is otherwise accepted, so that nothing is ever
/// dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// RFC 6901 pointer into the request document, for example `/body/value`.
    pub pointer: String,
    /// Stable snake_case code: `removed_element`, `removed_attribute`, `removed_url`, ...
    pub code: &'static str,
    /// What was taken out, shortened to at most 200 characters: `<script>`, `onclick`, ...
    pub removed: String,
}
