//! The last fence: whatever the rest of this module does, no markup outside the allow-list leaves
//! it.
//!
//! The reader builds bodies from the allow-list only, so the fence has nothing to do, and a
//! property test says so. It is here for the day when that reader has a bug.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

const INLINE_TAGS: [&str; 9] = ["a", "br", "code", "em", "s", "strong", "sub", "sup", "u"];
const BLOCK_TAGS: [&str; 19] = [
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
];

static INLINE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = strict();
    builder.tags(HashSet::from(INLINE_TAGS)).tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]));
    builder
});

static WHOLE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = strict();
    builder
        .tags(INLINE_TAGS.into_iter().chain(BLOCK_TAGS).chain(["tr", "ul"]).collect())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "download"])),
            ("figure", HashSet::from(["data-media-id"])),
            ("img", HashSet::from(["src", "alt"])),
            ("p", HashSet::from(["data-media-id"])),
        ]))
        .tag_attribute_values(HashMap::from([
            ("figure", HashMap::from([("class", HashSet::from(["embed", "gallery"]))])),
            ("p", HashMap::from([("class", HashSet::from(["file"]))])),
            ("small", HashMap::from([("class", HashSet::from(["credit"]))])),
        ]));
    builder
});

fn strict() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .generic_attributes(HashSet::new())
        .link_rel(None)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]));
    builder
}

/// `html` with nothing but the inline elements of a block's text.
pub(super) fn pass_inline(html: String) -> String {
    // Escaped text alone holds no markup; a table of ten thousand numbers need not be parsed.
    if html.contains('<') { INLINE.clean(&html).to_string() } else { html }
}

/// `html` with nothing but what a rendered body is made of.
pub(super) fn pass_whole(html: &str) -> String {
    WHOLE.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_stops_what_a_broken_reader_would_let_through() {
        let soup = r#"<p onclick="x" class="file evil">a<script>b</script><a href="javascript:x" rel="x">c</a></p>"#;
        assert_eq!(pass_whole(soup), "<p>a<a>c</a></p>");
        assert_eq!(pass_inline("<img src=x onerror=y><u>a</u>".to_owned()), "<u>a</u>");
    }
}
