//! Content lines of RFC 5545.
//!
//! The crate `icalendar` knows which property is of which type and how a text is escaped. It folds some lines
//! at 76 octets, gives every component without one a random `UID` and the present as `DTSTAMP`, a time zone
//! too, and lets control characters through: so components are put together here, and lines are folded here.

use icalendar::{Parameter, Property};

/// The most octets of a line, without its end.
const LINE: usize = 75;

/// A calendar, or a part of it, while it is written.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// A component with what stands in it.
    pub fn component(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.property("BEGIN", name);
        content(self);
        self.property("END", name);
    }

    /// A property.
    pub fn property(&mut self, name: &str, value: &str) {
        self.property_with(name, &[], value);
    }

    /// A property with parameters.
    pub fn property_with(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        let mut property = Property::new(name, without_controls(value));
        for (name, value) in parameters {
            property.append_parameter(Parameter::new(name, value));
        }
        let folded: String = property.try_into().unwrap_or_default();
        fold(&folded.replace("\r\n ", ""), &mut self.0);
    }

    /// The texts of a list, each by itself: a comma within one is no end of it.
    pub fn texts(&mut self, name: &str, texts: &[&str]) {
        let escaped: Vec<String> = texts.iter().map(|text| escape(text)).collect();
        self.property(name, &escaped.join(","));
    }

    /// What was written.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// A text as a value: the crate does it for every property but for lists.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// A text with no control character but tab and line feed, which RFC 5545 has no place for.
fn without_controls(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\t' | '\n')).collect()
}

/// Writes a line, folded before it has more than 75 octets, and never within a letter.
fn fold(line: &str, out: &mut String) {
    let mut room = LINE;
    for letter in line.trim_end_matches("\r\n").chars() {
        if letter.len_utf8() > room {
            out.push_str("\r\n ");
            // The space that begins the line is one of its octets.
            room = LINE - 1;
        }
        room = room.saturating_sub(letter.len_utf8());
        out.push(letter);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(name: &str, value: &str) -> String {
        let mut lines = Lines::default();
        lines.property(name, value);
        lines.into_text()
    }

    #[test]
    fn what_means_something_in_a_line_is_escaped() {
        assert_eq!(written("SUMMARY", "a,b;c\\d\ne:f\"g"), "SUMMARY:a\\,b\\;c\\\\d\\ne:f\"g\r\n");
        assert_eq!(written("SUMMARY", "a\r\nATTENDEE:x\u{7f}\u{85}\0"), "SUMMARY:a\\nATTENDEE:x\r\n");
        assert_eq!(written("URL", "https://a.vn/?x=1,2;3"), "URL:https://a.vn/?x=1,2;3\r\n");
        let mut lines = Lines::default();
        lines.texts("CATEGORIES", &["Khoa học, công nghệ", "Tin"]);
        assert_eq!(lines.into_text(), "CATEGORIES:Khoa học\\, công nghệ,Tin\r\n");
    }

    #[test]
    fn the_last_line_has_75_octets_too_where_the_crate_writes_76() {
        // What is left after the first fold is exactly 75 octets long.
        let text = "x".repeat(75 - "SUMMARY:".len() + 75);
        let lines: Vec<usize> = written("SUMMARY", &text).split("\r\n").map(str::len).collect();
        assert_eq!(lines, [75, 75, 2, 0]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_unfolded_it_is_what_it_was(text in "[\\PC\\n\\t ]{0,300}") {
            let written = written("DESCRIPTION", &text);
            prop_assert!(written.ends_with("\r\n"));
            let body = written.trim_end_matches("\r\n");
            prop_assert!(body.split("\r\n").all(|line| line.len() <= 75));
            prop_assert!(!body.replace("\r\n", "").contains(['\r', '\n']));
            let unfolded = body.replace("\r\n ", "");
            prop_assert_eq!(unfolded, format!("DESCRIPTION:{}", escape(&text)));
        }
    }
}
