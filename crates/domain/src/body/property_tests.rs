//! The promises of [`super`], on bodies and on soup that nobody would think of.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{BlockContent, BlockInput, Body, BodyInput, ImageInput, Inline, MediaRef, fence};

const MEDIA: [&str; 2] = ["0190d1a0-0000-7000-8000-000000000001", "0190d1a0-0000-7000-8000-000000000002"];

/// One of the two files has an address.
fn url(id: MediaRef) -> Option<String> {
    (id.to_string() == MEDIA[0]).then(|| "https://cdn.example.vn/a b.jpg?x=1&y=_2_".to_owned())
}

fn contents(body: &Body) -> Vec<&BlockContent> {
    body.blocks().iter().map(|block| &block.content).collect()
}

/// Words, signs of Markdown and HTML, spaces and letters that combine.
fn word() -> impl Strategy<Value = String> {
    let signs = vec![
        "*",
        "**",
        "_",
        "__",
        "`",
        "``",
        "~~",
        "[",
        "](/x)",
        "!",
        "#",
        "##",
        "-",
        "+",
        "1.",
        "2)",
        ">",
        "|",
        "\\",
        "\\*",
        "&",
        "&amp;",
        "&copy;",
        "&lt;b>",
        "<",
        "\"",
        "'",
        "=",
        "---",
        ":",
        ".",
        " ",
        "  ",
        "\n",
        "\t",
        "\u{a0}",
        "\u{301}",
        "\u{338}",
        "\u{200b}",
        "\u{202e}",
        "👩\u{200d}🔬",
        "Hội nghị",
        "đo",
        "a",
        "b",
        "x",
        "2023",
        "(",
        ")",
        "“",
        "”",
        "https://x.vn",
        "<!--",
        "-->",
        "$",
        "^",
    ];
    prop_oneof![3 => select(signs).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn tag() -> impl Strategy<Value = String> {
    select(vec![
        "<b>",
        "</b>",
        "<strong>",
        "</strong>",
        "<i>",
        "</i>",
        "<em>",
        "</em>",
        "<u>",
        "</u>",
        "<s>",
        "</s>",
        "<sub>",
        "</sub>",
        "<sup>",
        "</sup>",
        "<code>",
        "</code>",
        "<a href=\"/a_b*c\">",
        "<a href='https://x.vn/?a=1&amp;copy;b'>",
        "<a href=javascript:x>",
        "</a>",
        "<br>",
        "<br/>",
    ])
    .prop_map(str::to_owned)
}

/// Elements whose text stays.
const UNWRAPPED: [&str; 33] = [
    "p",
    "div",
    "h1",
    "h2",
    "h5",
    "blockquote",
    "footer",
    "cite",
    "ul",
    "ol",
    "li",
    "figure",
    "figure class=gallery",
    "figure class=embed",
    "figcaption",
    "small class=credit",
    "img alt=x",
    "img src=/x onerror=y",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "td",
    "td colspan=3 rowspan=2",
    "th",
    "hr",
    "pre",
    "span class=x",
    "font",
    "dt",
    "p class=file data-media-id=0190d1a0-0000-7000-8000-000000000001",
    "figure data-media-id=0190d1a0-0000-7000-8000-000000000002",
];

/// Elements that go with all that is in them, or begin text that is no markup.
const LEFT_OUT: [&str; 16] = [
    "iframe src=https://x.vn/v",
    "script",
    "style",
    "svg",
    "math",
    "template",
    "noscript",
    "textarea",
    "title",
    "select",
    "xmp",
    "plaintext",
    "mglyph",
    "button",
    "p title='</style><img>'",
    "video",
];

fn tag_of(names: Vec<&'static str>) -> impl Strategy<Value = String> {
    (select(names), any::<bool>()).prop_map(|(name, end)| {
        if end { format!("</{}>", name.split(' ').next().unwrap_or_default()) } else { format!("<{name}>") }
    })
}

fn unwrapped_tag() -> impl Strategy<Value = String> {
    tag_of(UNWRAPPED.to_vec())
}

fn block_tag() -> impl Strategy<Value = String> {
    tag_of([UNWRAPPED.as_slice(), LEFT_OUT.as_slice()].concat())
}

fn soup() -> impl Strategy<Value = String> {
    vec(prop_oneof![3 => word(), 2 => tag(), 3 => block_tag(), 1 => "[<>/a-z\"'=! -]{0,8}"], 0..40)
        .prop_map(|parts| parts.concat())
}

fn inline() -> impl Strategy<Value = String> {
    vec(prop_oneof![2 => word(), 1 => tag()], 0..12).prop_map(|parts| parts.concat() + "z")
}

fn plain() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(vec(word(), 0..5).prop_map(|parts| parts.concat()))
}

fn media() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(select(MEDIA.to_vec()).prop_map(str::to_owned))
}

fn image() -> impl Strategy<Value = ImageInput> {
    (media(), plain(), plain(), plain()).prop_map(|(media_id, alt, caption, credit)| ImageInput {
        media_id,
        alt: alt.unwrap_or_default() + "alt",
        caption,
        credit,
    })
}

fn block() -> impl Strategy<Value = BlockInput> {
    prop_oneof![
        4 => inline().prop_map(|text| BlockInput::Paragraph { id: None, text }),
        1 => (2..=4_u8, inline()).prop_map(|(level, text)| BlockInput::Heading { id: None, level, text }),
        1 => (inline(), plain()).prop_map(|(text, cite)| BlockInput::Quote { id: None, text, cite }),
        2 => (any::<bool>(), vec(inline(), 1..4)).prop_map(|(ordered, items)| BlockInput::List { id: None, ordered, items }),
        1 => image().prop_map(|ImageInput { media_id, alt, caption, credit }| BlockInput::Image { id: None, media_id, alt, caption, credit }),
        1 => vec(image(), 1..3).prop_map(|items| BlockInput::Gallery { id: None, items }),
        2 => (plain(), proptest::option::of(vec(inline(), 0..3)), vec(vec(prop_oneof![inline(), Just(String::new())], 0..4), 0..3))
            .prop_map(|(caption, header, mut rows)| {
                rows.push(vec!["z".to_owned()]);
                BlockInput::Table { id: None, caption, header, rows }
            }),
        1 => plain().prop_map(|title| BlockInput::Embed { id: None, url: "https://x.vn/v?a=1&b=2".to_owned(), title }),
        1 => (select(MEDIA.to_vec()), plain()).prop_map(|(id, title)| BlockInput::File { id: None, media_id: id.to_owned(), title }),
        1 => Just(BlockInput::Divider { id: None }),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    // Of blocks whose text came out empty nothing is promised but the refusal.
    let is_good = |block: &BlockInput| Body::parse(BodyInput::Blocks(vec![block.clone()])).is_ok();
    vec(block(), 0..6).prop_map(move |mut blocks| {
        blocks.retain(is_good);
        Body::parse(BodyInput::Blocks(blocks)).unwrap().body
    })
}

proptest! {
    #[test]
    fn html_is_read_back_as_the_same_body_without_a_warning(body in body()) {
        let html = body.to_html(&url);
        let again = Body::parse(BodyInput::Html(html.clone())).unwrap();
        prop_assert_eq!(contents(&again.body), contents(&body), "{}", html);
        prop_assert_eq!(again.warnings, vec![], "{}", html);
    }

    #[test]
    fn markdown_is_read_back_as_the_same_body_without_a_warning(body in body()) {
        let markdown = body.to_markdown(&url);
        let again = Body::parse(BodyInput::Markdown(markdown.clone())).unwrap();
        prop_assert_eq!(contents(&again.body), contents(&body), "{}", markdown);
        prop_assert_eq!(again.warnings, vec![], "{}", markdown);
    }

    #[test]
    fn stored_blocks_are_read_back_as_the_same_body(body in body()) {
        let json = serde_json::to_value(&body).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Body>(json.clone()).unwrap(), &body);
        let blocks: Vec<BlockInput> = serde_json::from_value(json).unwrap();
        prop_assert_eq!(Body::parse(BodyInput::Blocks(blocks)).unwrap().body, body);
    }

    #[test]
    fn whatever_soup_is_read_is_canonical_and_survives_html_and_markdown(soup in soup()) {
        let Ok(parsed) = Body::parse(BodyInput::Html(soup)) else { return Ok(()) };
        let html = parsed.body.to_html(&url);
        let from_html = Body::parse(BodyInput::Html(html.clone())).unwrap();
        prop_assert_eq!(contents(&from_html.body), contents(&parsed.body), "{}", html);
        let markdown = parsed.body.to_markdown(&url);
        let from_markdown = Body::parse(BodyInput::Markdown(markdown.clone())).unwrap();
        prop_assert_eq!(contents(&from_markdown.body), contents(&parsed.body), "{}", markdown);
    }

    #[test]
    fn the_fence_has_nothing_to_do(soup in soup(), markdown in any::<bool>()) {
        let input = if markdown { BodyInput::Markdown(soup) } else { BodyInput::Html(soup) };
        let Ok(parsed) = Body::parse(input) else { return Ok(()) };
        let mut html = String::new();
        for block in parsed.body.blocks() {
            super::html_out::write_block(&block.content, &url, &mut html);
        }
        prop_assert!(fence::is_allowed(&html), "{}", html);
        prop_assert_eq!(fence::clean_whole(&html), html);
    }

    #[test]
    fn inline_text_leaves_the_fence_as_it_came(text in soup()) {
        let read = Inline::read(&text, &mut super::report::Report::new("")).unwrap();
        prop_assert_eq!(fence::pass_inline(read.as_html().to_owned()), read.as_html());
    }

    #[test]
    fn no_text_of_an_editor_is_lost(words in vec("[a-zđêơ]{1,6}", 1..8), tags in vec(unwrapped_tag(), 8)) {
        let html: String = words.iter().zip(&tags).map(|(word, tag)| format!(" {word} {tag}")).collect();
        let body = Body::parse(BodyInput::Html(html.clone())).unwrap().body;
        let kept = format!("{} {}", body.to_text(), body.captions());
        let kept: Vec<&str> = kept.split_whitespace().collect();
        for word in &words {
            prop_assert!(kept.contains(&word.as_str()), "{} lost of {}", word, html);
        }
    }
}
