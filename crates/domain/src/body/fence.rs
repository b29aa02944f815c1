//! The last fence: whatever the rest of this module does, no markup outside the allow-list leaves
//! it.
//!
//! The reader builds bodies from the allow-list only, so the fence has nothing to do, and a
//! property test says so. It is here for the day when that reader has a bug.
//!
//! To say that there is nothing to do takes one look along the tags ([`is_allowed`]); whatever is not written
//! exactly as we write it goes through `ammonia`, which takes fifty times as long and knows all of HTML.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// The attributes of elements, and the only values of those that have a few.
const ATTRIBUTES: [(&str, &str, &[&str]); 9] = [
    ("a", "href", &[]),
    ("a", "download", &[]),
    ("figure", "data-media-id", &[]),
    ("figure", "class", &["embed", "gallery"]),
    ("img", "src", &[]),
    ("img", "alt", &[]),
    ("p", "data-media-id", &[]),
    ("p", "class", &["file"]),
    ("small", "class", &["credit"]),
];
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];
const INLINE_TAGS: [&str; 9] = ["a", "br", "code", "em", "s", "strong", "sub", "sup", "u"];
const BLOCK_TAGS: [&str; 21] = [
    "blockquote",
    "caption",
    "figcaption",
    "figure",
    "footer",
    "h2",
    "h3",
    "h4",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "small",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

static INLINE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = strict();
    builder.tags(HashSet::from(INLINE_TAGS)).tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]));
    builder
});

static WHOLE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = strict();
    builder.tags(INLINE_TAGS.into_iter().chain(BLOCK_TAGS).collect());
    for (tag, attribute, values) in ATTRIBUTES {
        if values.is_empty() {
            builder.add_tag_attributes(tag, [attribute]);
        }
        values.iter().for_each(|value| {
            builder.add_tag_attribute_values(tag, attribute, [*value]);
        });
    }
    builder
});

fn strict() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder.generic_attributes(HashSet::new()).link_rel(None).url_schemes(HashSet::from(SCHEMES));
    builder
}

/// `html` with nothing but the inline elements of a block's text.
pub(super) fn pass_inline(html: String) -> String {
    // Escaped text alone holds no markup; a table of ten thousand numbers need not be parsed.
    if html.contains('<') { INLINE.clean(&html).to_string() } else { html }
}

/// `html` with nothing but what a rendered body is made of.
pub(super) fn pass_whole(html: String) -> String {
    if is_allowed(&html) { html } else { clean_whole(&html) }
}

/// The same by `ammonia` alone.
pub(super) fn clean_whole(html: &str) -> String {
    WHOLE.clean(html).to_string()
}

/// Whether every tag is one that we write, as we write it.
pub(super) fn is_allowed(html: &str) -> bool {
    let mut tags = html.split('<');
    // What stands before the first tag is text.
    tags.next();
    tags.all(|tag| tag.split_once('>').is_some_and(|(tag, _)| is_allowed_tag(tag)))
}

/// Whether this, without its brackets, is an allowed tag.
fn is_allowed_tag(tag: &str) -> bool {
    let is_known = |name: &str| INLINE_TAGS.contains(&name) || BLOCK_TAGS.contains(&name);
    if let Some(name) = tag.strip_prefix('/') {
        return is_known(name);
    }
    let (name, mut attributes) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
    if !is_known(name) {
        return false;
    }
    while let Some((attribute, rest)) = attributes.strip_prefix(' ').and_then(|all| all.split_once("=\"")) {
        let Some((value, rest)) = rest.split_once('"') else { return false };
        if !is_allowed_attribute(name, attribute, value) {
            return false;
        }
        attributes = rest;
    }
    attributes.is_empty()
}

fn is_allowed_attribute(tag: &str, attribute: &str, value: &str) -> bool {
    let known = ATTRIBUTES.iter().find(|(one, name, _)| *one == tag && *name == attribute);
    known.is_some_and(|(_, _, values)| match attribute {
        "href" | "src" => is_allowed_address(value),
        _ => values.is_empty() || values.contains(&value),
    })
}

/// Whether an address is absolute with one of our schemes, or a path of this site.
fn is_allowed_address(value: &str) -> bool {
    let scheme = value.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| SCHEMES.contains(&scheme)) || value.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_stops_what_a_broken_reader_would_let_through() {
        let soup = r#"<p onclick="x" class="file evil">a<script>b</script><a href="javascript:x" rel="x">c</a></p>"#;
        assert_eq!(pass_whole(soup.to_owned()), "<p>a<a>c</a></p>");
        assert_eq!(pass_inline("<img src=x onerror=y><u>a</u>".to_owned()), "<u>a</u>");
    }

    #[test]
    fn what_is_not_written_as_we_write_it_is_looked_at_closely() {
        for hostile in [
            "<script>",
            "<SCRIPT>",
            "<p onclick=\"x\">",
            "<p class=\"evil\">",
            "<a href=\"javascript:x\">",
            "<a href=\"JAVASCRIPT:x\">",
            "<a href=\" javascript:x\">",
            "<a href=\"java&#115;cript:x\">",
            "<a href=x>",
            "<a href='/x'>",
            "<a href=\"/x\"onclick=\"x\">",
            "<a\thref=\"/x\" onclick=\"x\">",
            "<a/href=\"/x\">",
            "<img src=\"data:image/svg+xml,x\">",
            "<img alt=\"a\" onerror=x>",
            "<p",
            "<",
            "<!-- -->",
            "<![CDATA[x]]>",
            "</p onclick=\"x\">",
            "<svg><p>",
            "<p/>",
        ] {
            assert!(!is_allowed(hostile), "{hostile}");
        }
        for ours in
            ["", "a > b", "<p>a</p>", "<hr>", "<a href=\"https://so.example/?a=1&amp;b=2\">b</a>", "<a href=\"/x:y\">"]
        {
            assert!(is_allowed(ours), "{ours}");
        }
    }
}
