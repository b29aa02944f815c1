//! What was found, shown in the original spelling: plain text escaped, with `<mark>` and nothing else.

use std::collections::BTreeMap;

use super::{
    Field, Keys, Ranker, Spans,
    keys::{StoredTexts, span},
    rank::Match,
};

/// How many bytes of a long text are shown around what was found. Vietnamese letters take up to three.
const WIDTH: usize = 280;
/// How many of them stand before it.
const BEFORE: usize = 80;

/// A text with what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// Where it stands.
    pub field: Field,
    /// The text, or a piece of a long one, escaped; `<mark>` is the only element.
    pub html: String,
}

/// Bytes of a text that matched, and which words of the query they are.
#[derive(Debug, Clone, Copy)]
struct Marked {
    start: usize,
    end: usize,
    words: u32,
}

/// The best piece of each field in which something was found, the title first.
pub fn highlights(ranker: &Ranker, texts: &StoredTexts, keys: &Keys, spans: &Spans) -> Vec<Highlight> {
    let matches = ranker.best_matches(keys);
    // Where a word stands as it was typed, its look-alikes elsewhere are not what was found.
    let typed = matches.iter().fold(0, |typed, found| typed | found.exact);
    let mut by_part: BTreeMap<usize, Vec<&Match>> = BTreeMap::new();
    for found in &matches {
        by_part.entry(found.part).or_default().push(found);
    }
    let mut best: BTreeMap<Field, (u32, String)> = BTreeMap::new();
    for ((number, (field, text)), spans) in texts.parts().enumerate().zip(spans.parts()) {
        let Some(found) = by_part.get(&number) else { continue };
        let marked = marked(text, found, spans, typed);
        let Some((from, until, worth)) = piece(text, &marked) else { continue };
        if best.get(&field).is_none_or(|(other, _)| worth > *other) {
            best.insert(field, (worth, render(text, from, until, &marked)));
        }
    }
    best.into_iter().map(|(field, (_, html))| Highlight { field, html }).collect()
}

/// The bytes to mark, in order and apart. A day is found as a whole and marked as a whole.
fn marked(text: &[u8], found: &[&Match], spans: &[[u8; 4]], typed: u32) -> Vec<Marked> {
    let mut all: Vec<Marked> = found
        .iter()
        .filter_map(|found| {
            let words = found.exact | (found.words & !typed);
            let (start, end) = span(spans.get(found.place)?);
            let fits = start < end && is_boundary(text, start) && is_boundary(text, end);
            (words != 0 && fits).then_some(Marked { start, end, words })
        })
        .collect();
    all.sort_by_key(|marked| (marked.start, marked.end));
    let mut apart: Vec<Marked> = Vec::with_capacity(all.len());
    for marked in all {
        match apart.last_mut().filter(|last| marked.start < last.end) {
            Some(last) => {
                last.end = last.end.max(marked.end);
                last.words |= marked.words;
            }
            None => apart.push(marked),
        }
    }
    apart
}

/// Whether a letter begins at a byte of a text, or the text ends there.
fn is_boundary(text: &[u8], at: usize) -> bool {
    // All bytes of a letter but its first are 10xxxxxx: RFC 3629, section 3.
    at == text.len() || text.get(at).is_some_and(|byte| byte & 0b1100_0000 != 0b1000_0000)
}

/// Bytes of a text as text, without what is cut off of a letter at either end. Only these are read, not all before
/// them: texts are long, and what is shown of them is a line.
fn between(text: &[u8], from: usize, until: usize) -> &str {
    let is_boundary = |at: &usize| is_boundary(text, *at);
    let range = (from..until).find(is_boundary).zip((from..=until).rev().find(is_boundary));
    let bytes = range.and_then(|(from, until)| text.get(from..until));
    bytes.and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The piece of a text with the most different words of the query, and how many those are.
fn piece(text: &[u8], marked: &[Marked]) -> Option<(usize, usize, u32)> {
    let mut best: Option<(u32, usize, usize)> = None;
    for (n, first) in marked.iter().enumerate() {
        let limit = first.start + WIDTH - BEFORE;
        let inside = marked.get(n..).unwrap_or_default().iter().take_while(|one| one.end <= limit);
        let worth = inside.fold(0, |words, one| words | one.words).count_ones();
        if best.is_none_or(|(other, ..)| worth > other) {
            best = Some((worth, first.start, first.end));
        }
    }
    let (worth, start, end) = best?;
    if text.len() <= WIDTH {
        return Some((0, text.len(), worth));
    }
    let from = if start <= BEFORE { 0 } else { word_start(text, start - BEFORE, start) };
    Some((from, word_end(text, end, from + WIDTH), worth))
}

/// The beginning of the first word after `at`, and not after `limit`.
fn word_start(text: &[u8], at: usize, limit: usize) -> usize {
    let before = between(text, at, limit);
    let after_space = before
        .char_indices()
        .skip_while(|(_, letter)| !letter.is_whitespace())
        .find(|(_, letter)| !letter.is_whitespace());
    after_space.map_or(limit, |(place, _)| limit - (before.len() - place))
}

/// The end of the last word that ends in `from..at`; `from` where none does.
fn word_end(text: &[u8], from: usize, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    from + between(text, from, at).rfind(char::is_whitespace).unwrap_or_default()
}

/// A piece of a text as HTML; an ellipsis stands where the text goes on.
fn render(text: &[u8], from: usize, until: usize, marked: &[Marked]) -> String {
    let mut html = String::with_capacity(until.saturating_sub(from) + 64);
    if from > 0 {
        html.push('…');
    }
    let mut at = from;
    for one in marked.iter().filter(|one| from <= one.start && one.end <= until) {
        escape(between(text, at, one.start), &mut html);
        html.push_str("<mark>");
        escape(between(text, one.start, one.end), &mut html);
        html.push_str("</mark>");
        at = one.end;
    }
    escape(between(text, at, until), &mut html);
    if until < text.len() {
        html.push('…');
    }
    html
}

fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::{Query, Texts};

    fn found(query: &str, parts: &[(Field, &str)]) -> Vec<(Field, String)> {
        let mut texts = Texts::default();
        parts.iter().for_each(|(field, text)| texts.add(*field, *text));
        let indexed = texts.index();
        let ranker = Ranker::new(&Query::parse(query, &[]));
        let found = highlights(&ranker, &indexed.texts, &indexed.keys, &indexed.spans);
        found.into_iter().map(|highlight| (highlight.field, highlight.html)).collect()
    }

    fn one(query: &str, text: &str) -> String {
        found(query, &[(Field::Body, text)]).pop().map(|(_, html)| html).unwrap_or_default()
    }

    #[test]
    fn the_original_spelling_is_marked() {
        assert_eq!(one("hoi nghi", "Hội nghị KH&CN"), "<mark>Hội</mark> <mark>nghị</mark> KH&amp;CN");
        assert_eq!(one("hoà", "Ho\u{300}a giải"), "<mark>Ho\u{300}a</mark> giải");
        assert_eq!(one("28-2-2023", "Ngày 28/02/2023."), "Ngày <mark>28/02/2023</mark>.");
    }

    #[test]
    fn look_alikes_are_marked_only_where_the_word_itself_is_missing() {
        assert_eq!(one("bão", "Báo đưa tin bão"), "Báo đưa tin <mark>bão</mark>");
        assert_eq!(one("bão", "Báo đưa tin"), "<mark>Báo</mark> đưa tin");
    }

    #[test]
    fn markup_of_a_text_stays_text() {
        assert_eq!(
            one("script", "<script>alert('\"&')</script> <mark>"),
            "&lt;<mark>script</mark>&gt;alert(&#39;&quot;&amp;&#39;)&lt;/<mark>script</mark>&gt; &lt;mark&gt;"
        );
    }

    #[test]
    fn a_long_text_shows_the_piece_that_has_most() {
        let far = "dài dòng ".repeat(100);
        let html = one("mật ong", &format!("{far}ong bay {far}mật ong rừng {far}"));
        assert!(html.starts_with('…') && html.ends_with('…') && html.len() < WIDTH + 60, "{html}");
        assert!(html.contains("<mark>mật</mark> <mark>ong</mark> rừng"), "{html}");
    }

    #[test]
    fn each_field_shows_its_best_part_and_the_title_is_first() {
        let parts = [
            (Field::Body, "ong"),
            (Field::Tags, "mật"),
            (Field::Tags, "mật ong"),
            (Field::Summary, "gì khác"),
            (Field::Title, "Ong"),
        ];
        assert_eq!(
            found("mật ong", &parts),
            [
                (Field::Title, "<mark>Ong</mark>".to_owned()),
                (Field::Tags, "<mark>mật</mark> <mark>ong</mark>".to_owned()),
                (Field::Body, "<mark>ong</mark>".to_owned()),
            ]
        );
    }

    #[test]
    fn spans_that_fit_no_text_mark_nothing() {
        let mut texts = Texts::default();
        texts.add(Field::Body, "Đo lường nước");
        let indexed = texts.index();
        let mut other = Texts::default();
        other.add(Field::Body, "Đo");
        let ranker = Ranker::new(&Query::parse("nước", &[]));
        assert_eq!(highlights(&ranker, &other.index().texts, &indexed.keys, &indexed.spans), []);
        assert_eq!(highlights(&ranker, &indexed.texts, &indexed.keys, &Spans::from_bytes(vec![9, 9])), []);
    }

    fn plain(html: &str) -> String {
        html.replace("<mark>", "")
            .replace("</mark>", "")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    fn text() -> impl Strategy<Value = String> {
        let pieces =
            ["bão", "báo", "<b>", "&", "71/2019", "\"", "hòa", "ho\u{300}a", "\u{200b}", "</mark>", "dài ", " "];
        prop_oneof![
            proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..120)
                .prop_map(|words| words.join(" ")),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn a_highlight_is_the_original_text_with_marks_and_nothing_else(query in text(), text in text()) {
            let html = one(&query, &text);
            let shown = plain(&html);
            prop_assert!(text.contains(&shown) || text.contains(shown.trim_matches('…')), "{:?} {:?}", text, html);
            let bare = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!bare.contains(['<', '>', '"', '\'']), "{}", html);
            prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
        }
    }
}
