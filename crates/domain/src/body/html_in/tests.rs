use crate::body::{Body, BodyInput, MediaRef};
use crate::violation::Warning;

const MEDIA: &str = "0190d1a0-0000-7000-8000-000000000001";

fn url(id: MediaRef) -> Option<String> {
    (id.to_string() == MEDIA).then(|| "https://cdn.example.vn/a.jpg".to_owned())
}

fn read(html: &str) -> (String, Vec<Warning>) {
    let parsed = Body::parse(BodyInput::Html(html.to_owned())).unwrap();
    (parsed.body.to_html(&url), parsed.warnings)
}

fn html(html: &str) -> String {
    read(html).0
}

fn findings(html: &str) -> Vec<String> {
    read(html).1.into_iter().map(|warning| format!("{} {}", warning.code, warning.removed)).collect()
}

/// Asserts that `markup` is read and written unchanged, without a word.
fn assert_kept(markup: &str) {
    let (written, warnings) = read(markup);
    assert_eq!(written, markup);
    assert_eq!(warnings, []);
}

#[test]
fn our_own_markup_is_kept_to_the_letter() {
    assert_kept("<p>Sở KH&amp;CN <strong>tổng kết</strong><br>năm&nbsp;2023</p>");
    assert_kept("<h2>a</h2>\n<h3>b</h3>\n<h4>c</h4>\n<hr>");
    assert_kept("<ul><li>a</li><li><em>b</em></li></ul>\n<ol><li>c</li></ol>");
    assert_kept("<blockquote><p>Học, học nữa</p><footer>V. I. Lenin</footer></blockquote>");
    assert_kept(
        "<table><caption>c</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
    );
    assert_kept("<figure class=\"embed\"><a href=\"https://x.vn/v\">Phim</a></figure>");
    assert_kept("<figure><img alt=\"Ảnh cũ\"><figcaption>c <small class=\"credit\">P.K</small></figcaption></figure>");
    assert_kept(&format!(
        "<figure data-media-id=\"{MEDIA}\"><img src=\"https://cdn.example.vn/a.jpg\" alt=\"\"></figure>"
    ));
    assert_kept(&format!(
        "<p class=\"file\" data-media-id=\"{MEDIA}\"><a href=\"https://cdn.example.vn/a.jpg\" download=\"\">KH</a></p>"
    ));
    assert_kept(
        "<figure class=\"gallery\"><figure><img alt=\"a\"></figure><figure><img alt=\"b\"><figcaption>c</figcaption></figure></figure>",
    );
}

#[test]
fn a_file_without_known_address_is_named_by_its_id_only() {
    let id = "0190d1a0-0000-7000-8000-000000000002";
    assert_kept(&format!("<figure data-media-id=\"{id}\"><img alt=\"x\"></figure>"));
    assert_kept(&format!("<p class=\"file\" data-media-id=\"{id}\"><a download=\"\"></a></p>"));
}

#[test]
fn old_spellings_become_ours() {
    assert_eq!(html("<b>a</b><i>b</i><strike>c</strike><del>d</del>"), "<p><strong>a</strong><em>b</em><s>cd</s></p>");
    assert_eq!(html("<h1>a</h1><h6>b</h6>"), "<h2>a</h2>\n<h4>b</h4>");
    assert_eq!(html("text <div>a</div> <section><p>b</p></section>"), "<p>text</p>\n<p>a</p>\n<p>b</p>");
}

#[test]
fn one_text_has_one_spelling() {
    assert_eq!(html("<p><b>a</b><b>b</b> \n c <b></b></p>"), "<p><strong>ab</strong> c</p>");
    assert_eq!(html("<p><b>a<i>b</b>c</i></p>"), "<p><strong>a<em>b</em></strong><em>c</em></p>");
    assert_eq!(html("<p><b>a<b>b</b>c</b>d</p>"), "<p><strong>abc</strong>d</p>");
    assert_eq!(html("<p><br>a <br> b<br></p>"), "<p>a<br>b</p>");
}

#[test]
fn decomposed_vietnamese_is_composed_even_across_character_references() {
    assert_eq!(html("<p>Ho&#x302;&#x323;i nghi\u{323} Đồng Tháp, hoà/hòa</p>"), "<p>Hội nghị Đồng Tháp, hoà/hòa</p>");
}

#[test]
fn empty_blocks_are_dropped() {
    assert_eq!(
        html("<p>&nbsp;</p><p><br></p><h2> </h2><ul><li></li></ul><table><tr><td></td></tr></table><p>a</p>"),
        "<p>a</p>"
    );
}

#[test]
fn nested_lists_become_one_with_a_warning() {
    let nested = "<ol><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ol><p>e</p>";
    assert_eq!(html(nested), "<ol><li>a</li><li>b</li><li>c</li><li>d</li></ol>\n<p>e</p>");
    assert_eq!(findings(nested), ["flattened_list <ul>"]);
}

#[test]
fn what_a_list_or_quote_cannot_hold_stands_between_its_parts() {
    assert_eq!(
        html("<ul><li>a<table><tr><td>1</td></tr></table>b</li></ul>"),
        "<ul><li>a</li></ul>\n<table><tbody><tr><td>1</td></tr></tbody></table>\n<ul><li>b</li></ul>"
    );
    assert_eq!(
        html("<blockquote><p>a</p><p>b</p><ul><li>c</li></ul>d</blockquote>e"),
        "<blockquote><p>a<br>b</p></blockquote>\n<ul><li>c</li></ul>\n<blockquote><p>d</p></blockquote>\n<p>e</p>"
    );
}

#[test]
fn a_source_within_the_words_of_a_quote_is_text() {
    assert_eq!(
        html("<blockquote><p>Theo <cite>Tuổi Trẻ</cite></p><cite>A</cite></blockquote>"),
        "<blockquote><p>Theo Tuổi Trẻ</p><footer>A</footer></blockquote>"
    );
}

#[test]
fn a_paragraph_left_open_before_a_quote_does_not_hide_its_source() {
    assert_eq!(
        html("<p>m<blockquote>a<cite>b</cite></blockquote>"),
        "<p>m</p>\n<blockquote><p>a</p><footer>b</footer></blockquote>"
    );
}

#[test]
fn nests_deeper_than_read_are_told() {
    assert_eq!(findings(&format!("{}x", "<blockquote>".repeat(256))), [""; 0]);
    assert_eq!(findings(&format!("{}x", "<blockquote>".repeat(257))), ["removed_element <blockquote>"]);
}

#[test]
fn merged_cells_leave_the_columns_in_place() {
    let merged = "<table><tr><th rowspan=2>a</th><th colspan=2>b</th></tr><tr><td>c</td><td>d</td></tr></table>";
    assert_eq!(
        html(merged),
        "<table><thead><tr><th>a</th><th>b</th><th></th></tr></thead><tbody><tr><td></td><td>c</td><td>d</td></tr></tbody></table>"
    );
    assert_eq!(findings(merged), ["removed_attribute rowspan", "removed_attribute colspan"]);
}

#[test]
fn blocks_in_a_cell_become_its_lines_and_pictures_follow_the_table() {
    let layout = "<table><tr><td><p>a</p><ul><li>b</li></ul><img alt=\"x\"></td><td><table><tr><td>c<td>d</table></td></tr></table>";
    assert_eq!(
        html(layout),
        "<table><tbody><tr><td>a<br>b</td><td>c d</td></tr></tbody></table>\n<figure><img alt=\"x\"></figure>"
    );
    assert!(findings(layout).contains(&"moved_element <img>".to_owned()));
}

#[test]
fn a_mark_left_open_in_a_cell_ends_with_it() {
    assert_eq!(
        html("<table><tr><td><b>a<td>b</table>c"),
        "<table><tbody><tr><td><strong>a</strong></td><td>b</td></tr></tbody></table>\n<p>c</p>"
    );
}

#[test]
fn several_pictures_of_one_figure_are_a_gallery() {
    assert_eq!(
        html("<figure><img alt=a><img alt=b><figcaption>hai ảnh</figcaption></figure>"),
        "<figure class=\"gallery\"><figure><img alt=\"a\"></figure><figure><img alt=\"b\"><figcaption>hai ảnh</figcaption></figure></figure>"
    );
}

#[test]
fn a_picture_parts_the_paragraph_it_stands_in() {
    assert_eq!(html("<p>a<img alt=x>b</p>"), "<p>a</p>\n<figure><img alt=\"x\"></figure>\n<p>b</p>");
}

#[test]
fn a_picture_of_a_strange_server_is_not_shown() {
    assert_eq!(html("<img src=\"https://evil.example/x.gif\" alt=\"A\">"), "<figure><img alt=\"A\"></figure>");
    assert_eq!(
        findings("<img src=\"https://e.example/x.gif\">"),
        ["removed_url https://e.example/x.gif", "removed_element <img>"]
    );
    assert_eq!(findings(&format!("<figure data-media-id={MEDIA}><img src=\"/any\" alt=a></figure>")), [""; 0]);
}

#[test]
fn a_frame_becomes_a_link() {
    let frame = "<iframe src=\"https://www.youtube.com/embed/x\" title=\"Lễ khai mạc\" allow=\"autoplay\"></iframe>";
    assert_eq!(
        html(frame),
        "<figure class=\"embed\"><a href=\"https://www.youtube.com/embed/x\">Lễ khai mạc</a></figure>"
    );
    assert_eq!(findings(frame), ["removed_attribute allow"]);
    assert_eq!(
        findings("<iframe src=\"javascript:x\"></iframe>"),
        ["removed_element <iframe>", "removed_url javascript:x"]
    );
}

#[test]
fn preformatted_text_keeps_its_lines_and_indents() {
    assert_eq!(
        html("<pre><code>if a:\n    b  c\n</code></pre>"),
        "<p><code>if a:<br>&nbsp; &nbsp; b &nbsp;c</code></p>"
    );
}

#[test]
fn what_is_removed_is_told_once() {
    let (written, warnings) = read(
        "<p class=x onclick=y>a <font color=red>b</font><script>c</script></p><p class=z><a href='javascript:1' rel=x>d</a></p>",
    );
    assert_eq!(written, "<p>a b</p>\n<p>d</p>");
    let told: Vec<_> = warnings.iter().map(|warning| (warning.code, warning.removed.as_str())).collect();
    assert_eq!(
        told,
        [
            ("removed_attribute", "class"),
            ("removed_attribute", "onclick"),
            ("removed_element", "<font>"),
            ("removed_element", "<script>"),
            ("removed_attribute", "rel"),
            ("removed_url", "javascript:1"),
        ]
    );
    assert!(warnings.iter().all(|warning| warning.pointer == "/value"));
}

#[test]
fn mutation_samples_leave_no_markup() {
    for sample in [
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
        "<template><style></template><img src=x onerror=alert(1)></style>",
        "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
        "<a href=\"jav&#x09;ascript:alert(1)\">x</a><a href=\" &#14; javascript:alert(1)\">y</a>",
        "<img alt=\"&quot;><script>alert(1)</script>\" onerror=alert(1)>",
        "<p title=\"--!><img src=x onerror=alert(1)>\">&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        "<select><option><style></option></select><b>x<img src=x onerror=alert(1)></style></option></select>",
    ] {
        let written = html(sample);
        let tags: Vec<&str> = written.split('<').skip(1).collect();
        for tag in tags {
            let tag = tag.split('>').next().unwrap();
            assert!(!tag.contains("onerror=a") || tag.starts_with("img alt=\""), "{sample} gave {written}");
            assert!(!tag.contains("javascript"), "{sample} gave {written}");
            assert!(
                ["p", "/p", "a", "/a", "figure", "/figure", "strong", "/strong"].contains(&tag)
                    || tag.starts_with("img alt=\""),
                "{sample} gave {written}"
            );
        }
    }
}

#[test]
fn a_hundred_thousand_nested_elements_are_read_in_their_stride() {
    let depth = 100_000;
    assert_eq!(html(&format!("{}x{}", "<b>".repeat(depth), "</b>".repeat(depth))), "<p><strong>x</strong></p>");
    assert_eq!(html(&format!("{}x", "<div>".repeat(depth))), "<p>x</p>");
    assert_eq!(html(&format!("{}x", "<ul><li>".repeat(depth))), "<ul><li>x</li></ul>");
    assert_eq!(
        html(&format!("{}x{}", "<blockquote>".repeat(depth), "</ul>".repeat(depth))),
        "<blockquote><p>x</p></blockquote>"
    );
    assert_eq!(
        html(&format!("{}x", "<table><tr><td>".repeat(depth))),
        "<table><tbody><tr><td>x</td></tr></tbody></table>"
    );
    assert_eq!(
        html(&format!("{}<img alt=x>", "<figure>".repeat(depth))),
        "<figure class=\"gallery\"><figure><img alt=\"x\"></figure></figure>"
    );
    assert_eq!(html(&format!("{}<p>x", "<svg>".repeat(depth))), "");
    assert_eq!(html(&format!("{}</p>x", "<p><b class=1>".repeat(depth))), "<p><strong>x</strong></p>");
}

#[test]
fn what_would_grow_beyond_a_body_is_refused() {
    let refused = |html: String| Body::parse(BodyInput::Html(html)).unwrap_err().into_vec()[0].code;
    assert_eq!(refused("<p>x".repeat(5_001)), "too_long");
    assert_eq!(refused(format!("<ul>{}", "<li>xxxxxxxx".repeat(150_000))), "too_long");
    assert_eq!(refused(format!("<table><tr>{}", "<td>x".repeat(201))), "too_long");
    assert_eq!(refused(format!("<table><tr>{}{}", "<td>".repeat(200), "<tr><td>x".repeat(100_000))), "too_long");
    let link = format!("<a href=\"/{}\">", "x".repeat(2_000));
    assert_eq!(refused(format!("<b>{link}{}", "</b>x<b>y".repeat(100_000))), "too_long");
    assert_eq!(refused("x".repeat(1024 * 1024)), "too_long");
}

#[test]
fn a_body_as_long_as_allowed_is_read() {
    let parsed = Body::parse(BodyInput::Html("<p>năm <b>2023</b></p>".repeat(5_000))).unwrap();
    assert_eq!(parsed.body.blocks().len(), 5_000);
}

#[test]
fn nul_is_refused() {
    let faults = Body::parse(BodyInput::Html("a\0b".to_owned())).unwrap_err().into_vec();
    assert_eq!((faults[0].pointer.as_str(), faults[0].code), ("/value", "invalid_characters"));
}
