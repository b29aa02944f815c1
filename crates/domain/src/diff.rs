//! What differs between two versions of one thing: by member, and in texts by word.
//!
//! A revision is a full snapshot, so any two can be compared, whatever lies between them. [`changed_fields`]
//! tells the members that differ, for anything that is a JSON object; [`fields`] does so for content and
//! looks into its texts: plain ones word by word, a body block by block and each changed block word by
//! word. No text costs more than it deserves: every step is bounded, whatever the two sides have in common.

mod blocks;
mod fields;
#[cfg(test)]
mod property_tests;
mod words;

use serde::Deserialize;
use serde_json::Value;

use self::words::plain_words;
pub use self::{
    blocks::{BlockDiff, BlockOp, blocks},
    fields::{FieldChange, changed_fields},
    words::{Piece, PieceOp},
};
use crate::{body::Body, content::Content};

/// The members that people write as sentences. All other strings are identities, addresses, days and
/// names out of closed lists: half of one means nothing, so they differ as a whole.
const PROSE: [&str; 3] = ["title", "summary", "byline"];

/// One member in which two versions of an item differ.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDiff {
    /// The member's name.
    pub field: String,
    /// How it differs.
    pub difference: Difference,
}

/// How a member differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// As a whole.
    Value {
        /// Before.
        from: Value,
        /// After.
        to: Value,
    },
    /// In some of its words.
    Text {
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
        /// The text of both sides in pieces.
        pieces: Vec<Piece>,
    },
    /// In some of its blocks: all of both sides, in the order of the later one.
    Body(Vec<BlockDiff>),
}

/// The members in which two versions of an item differ; none when they say the same.
pub fn fields<C: Content>(from: &C, to: &C) -> Vec<FieldDiff> {
    let snapshot = |content: &C| serde_json::to_value(content).unwrap_or_default();
    changed_fields(&snapshot(from), &snapshot(to)).into_iter().map(look_into).collect()
}

/// The difference of one member: into its words where it has any.
fn look_into(change: FieldChange) -> FieldDiff {
    let FieldChange { field, from, to } = change;
    let difference = if field == "body" {
        body(from, to)
    } else if PROSE.contains(&field.as_str()) {
        let (from, to) = (from.as_str().map(str::to_owned), to.as_str().map(str::to_owned));
        let pieces = plain_words(from.as_deref().unwrap_or_default(), to.as_deref().unwrap_or_default());
        Difference::Text { from, to, pieces }
    } else {
        Difference::Value { from, to }
    };
    FieldDiff { field, difference }
}

fn body(from: Value, to: Value) -> Difference {
    match (Body::deserialize(&from), Body::deserialize(&to)) {
        (Ok(from), Ok(to)) => Difference::Body(blocks(from.blocks(), to.blocks())),
        // Not a body of ours: nothing to look into.
        _ => Difference::Value { from, to },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        body::BodyInput,
        locale::Locale,
        page::Page,
        text::{Slug, Summary, Title},
    };

    fn page(title: &str, summary: Option<&str>, html: &str) -> Page {
        Page {
            title: Title::parse(title).unwrap(),
            slug: Slug::from_title(title),
            summary: summary.map(|text| Summary::parse(text).unwrap()),
            body: Body::parse(BodyInput::Html(html.to_owned())).unwrap().body,
            cover_id: None,
            attachment_ids: Vec::new(),
            parent_id: None,
            order: 0,
            locale: Locale::vietnamese(),
        }
    }

    #[test]
    fn what_says_the_same_does_not_differ() {
        let page = page("Giới thiệu", None, "<p>Sở Khoa học và Công nghệ</p>");
        assert_eq!(fields(&page, &page), []);
    }

    #[test]
    fn prose_differs_by_word_and_an_address_as_a_whole() {
        let from = page("Hội nghị tổng kết", None, "");
        let to = page("Hội nghị sơ kết", Some("Sáu tháng đầu năm"), "");
        let differences = fields(&from, &to);
        let names: Vec<&str> = differences.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(names, ["slug", "summary", "title"]);
        assert_eq!(
            differences[0].difference,
            Difference::Value { from: json!("hoi-nghi-tong-ket"), to: json!("hoi-nghi-so-ket") }
        );
        let piece = |op, text: &str| Piece { op, text: text.to_owned() };
        assert_eq!(
            differences[1].difference,
            Difference::Text {
                from: None,
                to: Some("Sáu tháng đầu năm".to_owned()),
                pieces: vec![piece(PieceOp::Insert, "Sáu tháng đầu năm")],
            }
        );
        let Difference::Text { pieces, .. } = &differences[2].difference else { panic!("not by word") };
        assert_eq!(
            *pieces,
            [
                piece(PieceOp::Equal, "Hội nghị "),
                piece(PieceOp::Delete, "tổng"),
                piece(PieceOp::Insert, "sơ"),
                piece(PieceOp::Equal, " kết"),
            ]
        );
    }

    #[test]
    fn a_body_differs_by_block() {
        let from = page("Giới thiệu", None, "<p>Lời mở đầu.</p>");
        let to = page("Giới thiệu", None, "<p>Lời mở đầu.</p><p>Thêm một đoạn.</p>");
        let differences = fields(&from, &to);
        assert_eq!(differences.len(), 1);
        let Difference::Body(blocks) = &differences[0].difference else { panic!("not by block") };
        assert_eq!(blocks.iter().map(|block| block.op).collect::<Vec<_>>(), [BlockOp::Equal, BlockOp::Insert]);
    }
}
