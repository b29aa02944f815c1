//! HTML as a stream of events.
//!
//! The tokenizer is html5ever's, so tags, attributes and character references are read as browsers
//! read them. No tree is built: a tree may nest as deep as its input is long, and mending one takes
//! quadratic time and memory on input made for that. Nothing is lost by it, because nothing is
//! copied through: what the readers do not know by name is never written.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::limits::MAX_TAG_PARTS;
use crate::violation::Fault;

/// What the readers of HTML are told.
pub(super) enum Event<'a> {
    /// An element begins. Void elements (`<br>`) are never closed.
    Open(&'a Element),
    /// The element of this name ends.
    Close(&'a str),
    /// Text, its character references decoded.
    Text(&'a str),
    /// An element of this name was left out with all that is in it.
    Left(&'a str),
}

/// The begin of an element.
pub(super) struct Element(Tag);

impl Element {
    /// Its name in lower case.
    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    /// All attributes in the order written.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.attrs.iter().map(|attribute| (&*attribute.name.local, &*attribute.value))
    }

    /// Whether `class` is among its classes.
    pub(super) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|given| given == class))
    }
}

/// Reads `html` and tells `on` what is in it.
///
/// # Errors
/// `too_long` when one tag has so many attributes that reading them would take quadratic time.
pub(super) fn read(html: &str, on: impl FnMut(Event<'_>)) -> Result<(), Fault> {
    let sink = Sink { state: RefCell::new(State { on, left: None }), tokens: Cell::new(0) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut parts = 0;
    // Piece by piece, so that a tag is seen to grow before it is read. A tag ends at `>`; one that
    // goes on over several pieces has `>` in its quoted values, and its parts add up.
    for piece in html.split_inclusive('>') {
        let tag = if parts > 0 { Some(piece) } else { piece.find('<').and_then(|start| piece.get(start..)) };
        parts += tag.map_or(0, count_parts);
        if parts > MAX_TAG_PARTS {
            return Err(Fault::new("too_long", format!("One tag of the HTML has more than {MAX_TAG_PARTS} parts.")));
        }
        let before = tokenizer.sink.tokens.get();
        input.push_back(StrTendril::from_slice(piece));
        // The sink never asks for a pause, so one call reads the whole piece.
        let _ = tokenizer.feed(&input);
        if tokenizer.sink.tokens.get() > before {
            parts = 0;
        }
    }
    tokenizer.end();
    Ok(())
}

/// No fewer than the attributes that `tag` can hold: they are set apart by spaces, slashes or the
/// quotes of their values.
fn count_parts(tag: &str) -> usize {
    let separates = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'');
    let mut parts = 1;
    let mut separated = true;
    for byte in tag.bytes() {
        if separates(byte) && !separated {
            parts += 1;
        }
        separated = separates(byte);
    }
    parts
}

struct Sink<F> {
    state: RefCell<State<F>>,
    tokens: Cell<u64>,
}

struct State<F> {
    on: F,
    /// The element that is being left out, and how many of its name are open.
    left: Option<(String, usize)>,
}

impl<F: FnMut(Event<'_>)> TokenSink for Sink<F> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if !matches!(token, Token::ParseError(_)) {
            self.tokens.set(self.tokens.get() + 1);
        }
        let mut state = self.state.borrow_mut();
        match token {
            Token::TagToken(tag) => state.tag(tag),
            Token::CharacterTokens(text) => {
                if state.left.is_none() {
                    (state.on)(Event::Text(&text));
                }
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

impl<F: FnMut(Event<'_>)> State<F> {
    fn tag(&mut self, tag: Tag) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        if let Some((left, open)) = &mut self.left {
            if *left == name {
                match tag.kind {
                    TagKind::StartTag if !tag.self_closing => *open += 1,
                    TagKind::StartTag => {}
                    TagKind::EndTag => *open -= 1,
                }
                if *open == 0 {
                    self.left = None;
                }
            }
            let foreign = self.left.as_ref().is_some_and(|(left, _)| is_foreign(left));
            // Inside of SVG and MathML, `<style>` is an element like any other.
            return if tag.kind == TagKind::StartTag && !foreign {
                raw_text_of(&name)
            } else {
                TokenSinkResult::Continue
            };
        }
        if tag.kind == TagKind::EndTag {
            if !is_left_out(&name) {
                (self.on)(Event::Close(&name));
            }
            return TokenSinkResult::Continue;
        }
        let empty = is_void(&name) || (tag.self_closing && is_foreign(&name));
        if name == "iframe" {
            (self.on)(Event::Open(&Element(tag)));
            self.left = Some((name, 1));
            return TokenSinkResult::RawData(RawKind::Rawtext);
        }
        if !is_left_out(&name) {
            (self.on)(Event::Open(&Element(tag)));
            return TokenSinkResult::Continue;
        }
        (self.on)(Event::Left(&name));
        let kind = raw_text_of(&name);
        if !empty {
            self.left = Some((name, 1));
        }
        kind
    }
}

/// Elements whose content is no text of the article: code, drawings, forms, players.
fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "noscript"
            | "noembed"
            | "noframes"
            | "svg"
            | "math"
            | "object"
            | "embed"
            | "applet"
            | "audio"
            | "video"
            | "canvas"
            | "select"
            | "textarea"
            | "option"
            | "datalist"
            | "input"
            | "title"
            | "frameset"
            | "frame"
            | "xmp"
            | "plaintext"
            | "param"
            | "source"
            | "track"
    )
}

fn is_void(name: &str) -> bool {
    matches!(name, "embed" | "input" | "frame" | "param" | "source" | "track")
}

fn is_foreign(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

/// How the tokenizer reads what follows the begin of an element: as markup, or as text up to its end.
fn raw_text_of(name: &str) -> TokenSinkResult<()> {
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => TokenSinkResult::RawData(RawKind::Rawtext),
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        "plaintext" => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(html: &str) -> String {
        let mut trace = String::new();
        read(html, |event| match event {
            Event::Open(element) => {
                let attributes: String = element.attributes().map(|(name, value)| format!(" {name}={value}")).collect();
                trace.push_str(&format!("<{}{attributes}>", element.name()));
            }
            Event::Close(name) => trace.push_str(&format!("</{name}>")),
            Event::Text(text) => trace.push_str(text),
            Event::Left(name) => trace.push_str(&format!("[{name}]")),
        })
        .unwrap();
        trace
    }

    #[test]
    fn character_references_are_decoded_and_comments_go() {
        assert_eq!(trace("<P Title='a&amp;b'>&lt;x&gt;<!-- <b> -->&nbsp;KH&CN</p>"), "<p title=a&b><x>\u{a0}KH&CN</p>");
    }

    #[test]
    fn code_is_left_out_with_its_content() {
        assert_eq!(
            trace("a<script>'<b>'</script>b<style><p></style>c<template><p>x</template>d"),
            "a[script]b[style]c[template]d"
        );
    }

    #[test]
    fn tags_within_code_are_code() {
        assert_eq!(trace("a<script>x = '<script>'</script>b<noscript><noscript></noscript>c"), "a[script]b[noscript]c");
    }

    #[test]
    fn a_drawing_ends_at_its_own_end_tag() {
        assert_eq!(trace("a<svg><svg/><svg><style></svg>x</svg>b<math>c</math>d"), "a[svg]b[math]d");
    }

    #[test]
    fn the_content_of_a_frame_is_no_text() {
        assert_eq!(trace("<iframe src=x><p>old browser</p></iframe>a"), "<iframe src=x>a");
    }

    #[test]
    fn one_tag_with_endless_attributes_is_refused() {
        let many: String = (0..MAX_TAG_PARTS).map(|n| format!("a{n} ")).collect();
        let values: String = (0..MAX_TAG_PARTS).map(|n| format!("a{n}='>'")).collect();
        assert!(read(&format!("<p {many}>"), |_| {}).is_err());
        assert!(read(&format!("<p {values}>"), |_| {}).is_err());
    }

    #[test]
    fn a_long_text_is_not_mistaken_for_a_tag() {
        let text = "năm 2023 ".repeat(20_000);
        assert!(read(&format!("{text}<p>{text}</p>"), |_| {}).is_ok());
    }
}
