//! What the parser took out, gathered so that an editor can read it: each finding once however
//! often it occurs, and at most [`MAX_WARNINGS`] of them.

use std::collections::HashSet;

use super::limits::MAX_WARNINGS;
use crate::violation::Warning;

/// The findings so far, and where in the input the parser stands.
pub(super) struct Report {
    pointer: String,
    seen: HashSet<(&'static str, String)>,
    warnings: Vec<Warning>,
    untold: usize,
}

impl Report {
    /// No findings; the parser stands at `pointer`.
    pub(super) fn new(pointer: &str) -> Self {
        Self { pointer: pointer.to_owned(), seen: HashSet::new(), warnings: Vec::new(), untold: 0 }
    }

    /// Moves on: what is noted from now on was found at `pointer`.
    pub(super) fn stand_at(&mut self, pointer: impl Into<String>) {
        self.pointer = pointer.into();
    }

    /// Notes that `removed` was taken out.
    pub(super) fn note(&mut self, code: &'static str, removed: &str) {
        let removed: String = removed.chars().take(200).collect();
        if !self.seen.insert((code, removed.clone())) {
            return;
        }
        if self.warnings.len() < MAX_WARNINGS - 1 {
            self.warnings.push(Warning { pointer: self.pointer.clone(), code, removed });
        } else {
            self.untold += 1;
        }
    }

    /// Notes that an element was taken out (its text may have stayed).
    pub(super) fn note_element(&mut self, name: &str) {
        self.note("removed_element", &format!("<{name}>"));
    }

    /// Notes that a character without a place in text was taken out.
    pub(super) fn note_character(&mut self, character: char) {
        self.note("removed_character", &format!("U+{:04X}", u32::from(character)));
    }

    /// The findings in order; the last one counts those that are left out.
    pub(super) fn into_warnings(mut self, pointer: &str) -> Vec<Warning> {
        if self.untold > 0 {
            let removed = format!("{} more", self.untold);
            self.warnings.push(Warning { pointer: pointer.to_owned(), code: "more_warnings", removed });
        }
        self.warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_told_once_however_often_it_occurs() {
        let mut report = Report::new("/value");
        for _ in 0..3 {
            report.note_element("font");
        }
        report.note("removed_attribute", "<font>");
        let warnings = report.into_warnings("/value");
        assert_eq!(warnings.len(), 2, "the same text under another code is another finding");
    }

    #[test]
    fn the_last_of_fifty_warnings_counts_the_rest() {
        let mut report = Report::new("/value");
        for n in 0..70 {
            report.note_element(&format!("x{n}"));
        }
        let warnings = report.into_warnings("/value");
        assert_eq!(warnings.len(), MAX_WARNINGS);
        assert_eq!(warnings.last().map(|last| last.removed.as_str()), Some("21 more"));
    }

    #[test]
    fn what_was_removed_is_shortened_to_two_hundred_characters() {
        let mut report = Report::new("/value");
        report.note("removed_url", &"đ".repeat(1000));
        assert_eq!(report.into_warnings("/value")[0].removed.chars().count(), 200);
    }
}
