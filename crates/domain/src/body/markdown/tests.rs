use crate::body::{Body, BodyInput, MediaRef};

fn from_markdown(markdown: &str) -> Body {
    Body::parse(BodyInput::Markdown(markdown.to_owned())).unwrap().body
}

fn html(markdown: &str) -> String {
    from_markdown(markdown).to_html(&|_| None)
}

fn markdown(html: &str) -> String {
    Body::parse(BodyInput::Html(html.to_owned())).unwrap().body.to_markdown(&|_| None)
}

#[test]
fn markdown_becomes_blocks() {
    assert_eq!(
        html(
            "# Tiêu đề\n\nĐoạn **đậm** và _nghiêng_, ~~bỏ~~, `mã`, [liên kết](https://x.vn/đ?a=1&b=2).\n\n- a\n- b\n\n> trích\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
        "<h2>Tiêu đề</h2>\n\
         <p>Đoạn <strong>đậm</strong> và <em>nghiêng</em>, <s>bỏ</s>, <code>mã</code>, <a href=\"https://x.vn/đ?a=1&amp;b=2\">liên kết</a>.</p>\n\
         <ul><li>a</li><li>b</li></ul>\n<blockquote><p>trích</p></blockquote>\n<hr>\n\
         <table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    );
}

#[test]
fn raw_html_in_markdown_meets_the_same_reader() {
    assert_eq!(
        html(
            "a <script>alert(1)</script> <u onclick=x>b</u>\n\n<img src=x onerror=alert(1)>\n\n[c](javascript:alert(1))"
        ),
        "<p>a <u>b</u></p>\n<p>c</p>"
    );
}

#[test]
fn ordinary_text_is_written_as_people_write_markdown() {
    assert_eq!(
        markdown(
            "<h2>Đo lường</h2><p>Sở <strong>KH&amp;CN</strong>, <em>tổng kết</em>: <a href=\"https://x.vn/a_b\">xem</a></p><ol><li>a</li><li>b</li></ol><hr>"
        ),
        "## Đo lường\n\nSở **KH\\&CN**, _tổng kết_: [xem](<https://x.vn/a\\_b>)\n\n1. a\n2. b\n\n---"
    );
}

#[test]
fn text_cannot_become_markup() {
    let text = "<p>1. a</p><p># b</p><p>- c</p><p>*d* _e_ [f](g) &lt;b&gt; `h` ~~i~~ &amp;copy; \\* | j</p><p>2023) k</p><p>+ l</p><p>&gt; m</p><p>===</p>";
    assert_eq!(
        markdown(text),
        "1\\. a\n\n\\# b\n\n\\- c\n\n\\*d\\* \\_e\\_ \\[f\\](g) \\<b> \\`h\\` \\~\\~i\\~\\~ \\&copy; \\\\\\* \\| j\n\n2023\\) k\n\n\\+ l\n\n\\> m\n\n\\==="
    );
}

#[test]
fn emphasis_that_markdown_cannot_say_is_a_tag() {
    assert_eq!(markdown("<p>H<sub>2</sub>O, m<strong>ộ</strong>t</p>"), "H<sub>2</sub>O, m<strong>ộ</strong>t");
}

#[test]
fn a_picture_carries_its_id_in_its_address() {
    let id = "0190d1a0-0000-7000-8000-000000000001";
    let figure =
        format!("<figure data-media-id=\"{id}\"><img alt=\"Lễ [1]\"><figcaption>nói \"a\\b\"</figcaption></figure>");
    let body = Body::parse(BodyInput::Html(figure)).unwrap().body;
    let written = body.to_markdown(&|_: MediaRef| Some("https://x.vn/a.jpg".to_owned()));
    assert_eq!(written, format!("![Lễ \\[1\\]](<https://x.vn/a.jpg#media-{id}> \"nói \\\"a\\\\b\\\"\")"));
    assert_eq!(from_markdown(&written), body);
}

#[test]
fn two_lists_in_a_row_stay_two() {
    let lists = "<ul><li>a</li></ul>\n<ul><li>b</li></ul>\n<ul><li>c</li></ul>\n<ol><li>d</li></ol>";
    assert_eq!(html(&markdown(lists)), lists);
}

#[test]
fn what_markdown_has_no_sign_for_is_html() {
    let credit = "<figure><img alt=\"a\"><figcaption>b <small class=\"credit\">c</small></figcaption></figure>";
    assert_eq!(markdown(credit), credit);
}

#[test]
fn deep_nests_of_quotes_and_lists_end() {
    assert_eq!(html(&format!("{}x", "> ".repeat(50_000))), "<blockquote><p>x</p></blockquote>");
    assert_eq!(html(&format!("{}x", "- ".repeat(50_000))), "<ul><li>x</li></ul>");
    assert_eq!(html(&"[".repeat(50_000)).len(), "<p></p>".len() + 50_000);
}
