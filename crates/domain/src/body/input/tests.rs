use serde_json::{Value, json};

use crate::body::{BlockInput, Body, BodyInput, Parsed};
use crate::violation::Violations;

fn parse(blocks: Value) -> Result<Parsed, Violations> {
    let blocks: Vec<BlockInput> = serde_json::from_value(blocks).unwrap();
    Body::parse(BodyInput::Blocks(blocks))
}

fn faults(blocks: Value) -> Vec<(String, &'static str)> {
    let violations = parse(blocks).unwrap_err().into_vec();
    violations.into_iter().map(|violation| (violation.pointer, violation.code)).collect()
}

#[test]
fn good_blocks_are_stored_as_sent() {
    let id = "0190d1a0-0000-7000-8000-000000000001";
    let blocks = json!([
        {"id": "mo-dau", "type": "heading", "level": 2, "text": "Đo lường"},
        {"id": "b1", "type": "paragraph", "text": "<strong>a</strong> &amp; <a href=\"/x\">b</a>"},
        {"id": "q", "type": "quote", "text": "a", "cite": "b"},
        {"id": "l", "type": "list", "ordered": true, "items": ["a", "<em>b</em>"]},
        {"id": "i", "type": "image", "mediaId": id, "alt": "a", "caption": "<b> & c", "credit": "P.K"},
        {"id": "g", "type": "gallery", "items": [{"alt": "a"}, {"mediaId": id, "alt": ""}]},
        {"id": "t", "type": "table", "caption": "c", "header": ["a", "b"], "rows": [["1", ""]]},
        {"id": "e", "type": "embed", "url": "https://x.vn/v", "title": "v"},
        {"id": "f", "type": "file", "mediaId": id, "title": "KH"},
        {"id": "d", "type": "divider"},
    ]);
    let parsed = parse(blocks.clone()).unwrap();
    assert_eq!(parsed.warnings, []);
    assert_eq!(serde_json::to_value(&parsed.body).unwrap(), blocks);
    assert_eq!(serde_json::from_value::<Body>(blocks).unwrap(), parsed.body);
}

#[test]
fn every_fault_is_told_at_its_place() {
    assert_eq!(
        faults(json!([
            {"type": "paragraph", "text": " <b></b> "},
            {"type": "heading", "level": 1, "text": "a"},
            {"type": "list", "ordered": false, "items": ["a", ""]},
            {"type": "list", "ordered": false, "items": []},
            {"type": "image"},
            {"type": "gallery", "items": [{"mediaId": "x"}]},
            {"type": "table", "header": [""], "rows": [[""]]},
            {"type": "embed", "url": "http://x.vn"},
            {"type": "file", "mediaId": "0190d1a0000070008000000000000001"},
            {"type": "quote", "text": "a\u{0}"},
        ])),
        [
            ("/value/0/text".to_owned(), "required"),
            ("/value/1/level".to_owned(), "out_of_range"),
            ("/value/2/items/1".to_owned(), "required"),
            ("/value/3/items".to_owned(), "required"),
            ("/value/4/mediaId".to_owned(), "required"),
            ("/value/5/items/0/mediaId".to_owned(), "invalid_id"),
            ("/value/5/items/0/mediaId".to_owned(), "required"),
            ("/value/6/rows".to_owned(), "required"),
            ("/value/7/url".to_owned(), "invalid_url"),
            ("/value/8/mediaId".to_owned(), "invalid_id"),
            ("/value/9/text".to_owned(), "invalid_characters"),
        ]
    );
}

#[test]
fn two_blocks_cannot_have_one_id_and_given_ids_are_not_given_again() {
    let twice = json!([{"id": "a", "type": "divider"}, {"id": "a", "type": "divider"}]);
    assert_eq!(faults(twice), [("/value/1/id".to_owned(), "duplicate_id")]);
    let body = parse(json!([{"type": "divider"}, {"id": "b1", "type": "divider"}, {"type": "divider"}])).unwrap().body;
    let ids: Vec<_> = body.blocks().iter().map(|block| block.id.as_str()).collect();
    assert_eq!(ids, ["b2", "b1", "b3"]);
}

#[test]
fn what_is_removed_of_a_text_is_told_at_its_place() {
    let parsed = parse(json!([
        {"type": "divider"},
        {"type": "list", "ordered": false, "items": ["a", "<p onclick=x>b</p><script>c</script>"]},
        {"type": "table", "rows": [["<img src=x>d", "<p>e</p><p>f</p>"]]},
    ]))
    .unwrap();
    let told: Vec<_> = parsed.warnings.iter().map(|told| (told.pointer.as_str(), told.removed.as_str())).collect();
    assert_eq!(told, [("/value/1/items/1", "<p>"), ("/value/1/items/1", "<script>"), ("/value/2/rows/0/0", "<img>")]);
    let html = parsed.body.to_html(&|_| None);
    assert_eq!(
        html,
        "<hr>\n<ul><li>a</li><li>b</li></ul>\n<table><tbody><tr><td>d</td><td>e<br>f</td></tr></tbody></table>"
    );
}

#[test]
fn unknown_members_and_types_are_refused() {
    for block in
        [json!({"type": "paragraph", "text": "a", "colour": 1}), json!({"type": "script"}), json!({"text": "a"})]
    {
        assert!(serde_json::from_value::<BlockInput>(block.clone()).is_err(), "{block}");
    }
}

#[test]
fn rows_are_made_as_long_as_the_longest() {
    let body = parse(json!([{"type": "table", "header": ["a"], "rows": [["1", "2"], []]}])).unwrap().body;
    let stored = serde_json::to_value(&body).unwrap();
    assert_eq!(stored[0]["header"], json!(["a", ""]));
    assert_eq!(stored[0]["rows"], json!([["1", "2"], ["", ""]]));
}

#[test]
fn text_is_parted_at_empty_lines_and_never_read_as_markup() {
    let text = "Dòng <b>một</b>\r\ndòng hai\r\n \r\n\n  Đoạn & hai\n";
    let parsed = Body::parse(BodyInput::Text(text.to_owned())).unwrap();
    assert_eq!(parsed.body.to_html(&|_| None), "<p>Dòng &lt;b&gt;một&lt;/b&gt;<br>dòng hai</p>\n<p>Đoạn &amp; hai</p>");
    assert_eq!(parsed.warnings, []);
}

#[test]
fn the_text_and_the_captions_are_told_apart() {
    let body = parse(json!([
        {"type": "paragraph", "text": "a<br><em>b</em> &lt;c&gt;"},
        {"type": "quote", "text": "d", "cite": "e"},
        {"type": "list", "ordered": true, "items": ["f", "g"]},
        {"type": "table", "caption": "h", "header": ["i", "j"], "rows": [["k", "l"]]},
        {"type": "gallery", "items": [{"alt": "m", "credit": "n"}]},
        {"type": "file", "mediaId": "0190d1a0-0000-7000-8000-000000000001", "title": "o"},
    ]))
    .unwrap()
    .body;
    assert_eq!(body.to_text(), "a b <c>\nd — e\nf\ng\ni\tj\nk\tl");
    assert_eq!(body.captions(), "h\nm\nn\no");
    assert_eq!(body.images().map(|image| image.alt.as_str()).collect::<Vec<_>>(), ["m"]);
}

#[test]
fn media_are_listed_in_order_without_repeats() {
    let id = |n: u8| format!("0190d1a0-0000-7000-8000-00000000000{n}");
    let body = parse(json!([
        {"type": "image", "mediaId": id(2)},
        {"type": "gallery", "items": [{"mediaId": id(1)}, {"mediaId": id(2)}, {"alt": "a"}]},
        {"type": "file", "mediaId": id(3)},
    ]))
    .unwrap()
    .body;
    let ids: Vec<String> = body.media_ids().iter().map(ToString::to_string).collect();
    assert_eq!(ids, [id(2), id(1), id(3)]);
}

#[test]
fn a_body_of_dividers_is_blank() {
    assert!(parse(json!([])).unwrap().body.is_blank());
    assert!(parse(json!([{"type": "divider"}])).unwrap().body.is_blank());
    assert!(!parse(json!([{"type": "image", "alt": "a"}])).unwrap().body.is_blank());
}

#[test]
fn a_body_longer_than_allowed_is_refused() {
    let long = "x".repeat(1024 * 512);
    let blocks = json!([{"type": "paragraph", "text": long}, {"type": "paragraph", "text": long}]);
    assert_eq!(faults(blocks), [("/value".to_owned(), "too_long")]);
}
