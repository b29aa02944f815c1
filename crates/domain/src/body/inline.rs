//! The text of a block: characters with marks (strong, a link, ...) and line breaks.
//!
//! Stored is [`Inline`], a line of HTML in one canonical spelling: the same text with the same
//! marks is the same string, however it was written. So comparing two bodies is comparing strings,
//! and writing back what was read changes nothing.

use serde::{Deserialize, Serialize};

use super::fence;
use super::limits::MAX_BODY_BYTES;
use super::marks::{Mark, Marks};
use super::plain::{self, Glyph};
use super::report::Report;
use super::tokens::{self, Event};
use crate::violation::Fault;

/// Inline HTML made of nothing but text and `a br code em s strong sub sup u`.
///
/// Only the parser of this module makes one. Reading it back from storage trusts what was stored;
/// it passes the fence once more before it is rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inline(String);

impl Inline {
    /// The HTML.
    pub fn as_html(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bare text; a line break is a space.
    pub fn to_text(&self) -> String {
        if !self.0.contains(['<', '&']) {
            return self.0.clone();
        }
        self.runs().into_iter().map(|run| run.text.replace('\n', " ")).collect()
    }

    /// A clean text (see [`plain::clean`]) without marks.
    pub(super) fn plain(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        escape_text(text, &mut html);
        Self(html)
    }

    /// The text in runs of equal marks.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut line = Line::default();
        let read = read_line(&self.0, &mut line, &mut Report::new(""));
        if read.is_err() { Vec::new() } else { line.into_runs() }
    }

    /// Reads inline HTML. Block elements are unwrapped, with a warning and a line break in place.
    pub(super) fn read(html: &str, report: &mut Report) -> Result<Self, Fault> {
        plain::refuse_nul(html)?;
        let mut line = Line::default();
        read_line(html, &mut line, report)?;
        Ok(line.into_inline())
    }
}

fn read_line(html: &str, line: &mut Line, report: &mut Report) -> Result<(), Fault> {
    let mut marks = Marks::default();
    tokens::read(html, |event| match event {
        Event::Text(text) => line.push(text, &marks, report),
        Event::Left(name) => report.note_element(name),
        Event::Close(name) => {
            if !marks.close(name) && is_block(name) {
                line.end_paragraph(&marks);
            }
        }
        Event::Open(element) if element.name() == "br" => line.break_line(&marks),
        Event::Open(element) => {
            if !marks.open(element, report) {
                report.note_element(element.name());
                if is_block(element.name()) {
                    line.end_paragraph(&marks);
                }
            }
        }
    })
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "li"
            | "blockquote"
            | "pre"
            | "figure"
            | "figcaption"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "hr"
            | "dt"
            | "dd"
    )
}

/// A run of text under the same marks. A line break is `\n`: spaces are folded, so no text has one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) marks: Vec<Mark>,
    pub(super) text: String,
}

/// What stands between the last visible character and the next one.
#[derive(Clone, Copy)]
enum Gap {
    Space,
    Breaks(usize),
}

/// A line in the making. Spaces fold into one, those at its ends and around breaks are dropped, as
/// HTML does.
#[derive(Default)]
pub(super) struct Line {
    runs: Vec<Run>,
    gap: Option<(Gap, Vec<Mark>)>,
}

impl Line {
    /// Appends text.
    pub(super) fn push(&mut self, text: &str, marks: &Marks, report: &mut Report) {
        for character in text.chars() {
            match plain::judge(character) {
                Glyph::Kept => self.push_visible(character, marks),
                Glyph::Removed => report.note_character(character),
                Glyph::Space if self.gap.is_none() => self.gap = Some((Gap::Space, marks.list())),
                Glyph::Space => {}
            }
        }
    }

    /// Appends text whose spaces and line ends mean what they are.
    pub(super) fn push_preformatted(&mut self, text: &str, marks: &Marks, report: &mut Report) {
        for character in text.chars() {
            match character {
                '\n' => self.break_line(marks),
                '\t' => (0..4).for_each(|_| self.push_visible('\u{a0}', marks)),
                // One space between words may stay one; others would fold, so they become fixed.
                ' ' if self.gap.is_some() || self.runs.is_empty() => self.push_visible('\u{a0}', marks),
                other => self.push(other.encode_utf8(&mut [0; 4]), marks, report),
            }
        }
    }

    /// Appends a line break.
    pub(super) fn break_line(&mut self, marks: &Marks) {
        let breaks = if let Some((Gap::Breaks(breaks), _)) = self.gap { breaks } else { 0 };
        self.gap = Some((Gap::Breaks(breaks + 1), marks.list()));
    }

    /// What follows stands on a line of its own.
    pub(super) fn end_paragraph(&mut self, marks: &Marks) {
        if !matches!(self.gap, Some((Gap::Breaks(_), _))) {
            self.break_line(marks);
        }
    }

    /// Whether nothing visible was appended yet.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    fn push_visible(&mut self, character: char, marks: &Marks) {
        if let Some((gap, gap_marks)) = self.gap.take()
            && !self.runs.is_empty()
        {
            match gap {
                Gap::Space => self.append(" ", |open| *open == gap_marks, || gap_marks.clone()),
                Gap::Breaks(breaks) => {
                    self.append(&"\n".repeat(breaks), |open| *open == gap_marks, || gap_marks.clone());
                }
            }
        }
        self.append(character.encode_utf8(&mut [0; 4]), |open| marks.are(open), || marks.list());
    }

    fn append(&mut self, text: &str, same: impl Fn(&Vec<Mark>) -> bool, marks: impl Fn() -> Vec<Mark>) {
        match self.runs.last_mut() {
            Some(run) if same(&run.marks) => run.text.push_str(text),
            _ => self.runs.push(Run { marks: marks(), text: text.to_owned() }),
        }
    }

    /// The runs, composed; none when nothing of them is visible.
    fn into_runs(mut self) -> Vec<Run> {
        if self.runs.iter().all(|run| plain::is_blank(&run.text)) {
            return Vec::new();
        }
        for run in &mut self.runs {
            run.text = plain::compose(&run.text);
        }
        self.runs
    }

    /// The line as inline HTML.
    pub(super) fn into_inline(self) -> Inline {
        let mut html = String::new();
        write_html(&self.into_runs(), 0, &mut html);
        Inline(fence::pass_inline(html))
    }

    /// The line without its marks, for captions and titles; the marks that go are told.
    pub(super) fn into_plain(self, report: &mut Report) -> Option<String> {
        for run in &self.runs {
            run.marks.iter().for_each(|mark| report.note_element(mark.tag()));
        }
        let text: String = self.runs.iter().map(|run| run.text.as_str()).collect();
        plain::clean(&text, report)
    }
}

/// Writes runs that share their first `depth` marks. It calls itself once per mark in which they
/// differ, so never deeper than there are marks.
fn write_html(runs: &[Run], depth: usize, html: &mut String) {
    for group in runs.chunk_by(|one, next| one.marks.get(depth) == next.marks.get(depth)) {
        // Overlapping links can write one address again and again. The body is refused for its
        // length later; here the writing must only come to an end.
        if html.len() > MAX_BODY_BYTES {
            return;
        }
        let Some(first) = group.first() else { continue };
        match first.marks.get(depth) {
            None => group.iter().for_each(|run| write_text(&run.text, html)),
            Some(mark) => {
                html.push('<');
                html.push_str(mark.tag());
                if let Mark::Link(link) = mark {
                    html.push_str(" href=\"");
                    escape_attribute(link, html);
                    html.push('"');
                }
                html.push('>');
                write_html(group, depth + 1, html);
                html.push_str("</");
                html.push_str(mark.tag());
                html.push('>');
            }
        }
    }
}

fn write_text(text: &str, html: &mut String) {
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            html.push_str("<br>");
        }
        escape_text(line, html);
    }
}

/// Appends `text` escaped for the place between tags, in the spelling of the HTML standard.
pub(super) fn escape_text(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            other => html.push(other),
        }
    }
}

/// Appends `value` escaped for a double-quoted attribute.
pub(super) fn escape_attribute(value: &str, html: &mut String) {
    for (n, part) in value.split('"').enumerate() {
        if n > 0 {
            html.push_str("&quot;");
        }
        escape_text(part, html);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> String {
        Inline::read(html, &mut Report::new("")).unwrap().as_html().to_owned()
    }

    #[test]
    fn spaces_fold_and_keep_their_marks() {
        assert_eq!(read(" a <b> b </b>\n c "), "a <strong>b </strong>c");
        assert_eq!(read("a<u> b</u>"), "a<u> b</u>");
    }

    #[test]
    fn a_link_in_a_link_ends_the_outer_one() {
        assert_eq!(read("<a href=/x>a<a href=/y>b</a>c</a>"), "<a href=\"/x\">a</a><a href=\"/y\">b</a>c");
        assert_eq!(read("<a name=x>a</a>"), "a");
    }

    #[test]
    fn blocks_in_a_text_become_lines() {
        assert_eq!(read("<p>a</p><p>b<br></p><div>c</div>"), "a<br>b<br>c");
    }

    #[test]
    fn text_is_told_without_markup() {
        let text = Inline::read("a &lt;b&gt;<br><em>c&nbsp;d</em>", &mut Report::new("")).unwrap();
        assert_eq!(text.to_text(), "a <b> c\u{a0}d");
    }

    #[test]
    fn marks_are_dropped_from_plain_text_and_told() {
        let mut line = Line::default();
        let mut marks = Marks::default();
        marks.add(Mark::Em);
        line.push("a ", &marks, &mut Report::new(""));
        line.break_line(&marks);
        line.push("b", &Marks::default(), &mut Report::new(""));
        let mut report = Report::new("");
        assert_eq!(line.into_plain(&mut report).as_deref(), Some("a b"));
        assert_eq!(report.into_warnings("")[0].removed, "<em>");
    }
}
