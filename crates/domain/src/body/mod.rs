//! The content of an article, an event, a speech or a page.
//!
//! A [`Body`] is a list of blocks. It is stored as blocks, so that an editor can move one, a
//! difference can name one, and no markup of ours is frozen in the database; HTML, Markdown and
//! text are conversions. Reading is where trust begins: whatever came in, a `Body` holds only the
//! blocks of [`BlockContent`] with text in the few inline elements that [`Inline`] knows.
//!
//! Three promises hold and are tested on generated bodies:
//! - what [`Body::to_html`] or [`Body::to_markdown`] wrote, [`Body::parse`] reads back as the same
//!   content, so sending back what was fetched changes nothing;
//! - what was read is canonical: equal texts are equal strings;
//! - rendered HTML holds nothing outside of the allow-list, whatever was read or stored.
//!
//! `tokens` splits HTML, `html_in` and `reader` make blocks of it (`table` and `figure` the
//! complicated ones), `inline` and `marks` their texts; `input` reads blocks; `html_out` and `markdown` write.

mod block;
mod fence;
mod figure;
mod href;
mod html_in;
mod html_out;
mod ids;
mod inline;
mod input;
pub mod limits;
mod markdown;
mod marks;
mod plain;
mod reader;
mod report;
mod table;
mod tokens;

#[cfg(test)]
mod property_tests;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

pub use self::block::{Block, BlockContent, BlockId, Image};
pub use self::inline::Inline;
pub use self::input::{BlockInput, BodyInput, ImageInput};
use self::limits::MAX_BODY_BYTES;
use self::report::Report;
use crate::violation::{Violations, Warning};

/// The id of a picture or file among the media.
pub type MediaRef = uuid::Uuid;

/// The content of an item: its blocks in order. The JSON form, an array of blocks, is what is
/// stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body {
    blocks: Vec<Block>,
}

/// A body and what had to be left out to make it one.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The body.
    pub body: Body,
    /// What was left out; its pointers begin with `/value`.
    pub warnings: Vec<Warning>,
}

impl Body {
    /// Reads what a client sent.
    ///
    /// # Errors
    /// The faults, with pointers that begin with `/value`.
    pub fn parse(input: BodyInput) -> Result<Parsed, Violations> {
        let mut report = Report::new("/value");
        let blocks = input::read(input, &mut report)?;
        let body = Self { blocks: ids::number_blocks(blocks, &[]) };
        let mut violations = Violations::new();
        if serde_json::to_vec(&body).map_or(true, |json| json.len() > MAX_BODY_BYTES) {
            violations.add("/value", block::body_too_long());
        }
        violations.into_result(Parsed { body, warnings: report.into_warnings("/value") })
    }

    /// The blocks in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The public HTML, one block a line. `media_url` finds the address of a file; what has none is
    /// shown without it.
    pub fn to_html(&self, media_url: &dyn Fn(MediaRef) -> Option<String>) -> String {
        let mut html = String::new();
        for (n, block) in self.blocks.iter().enumerate() {
            if n > 0 {
                html.push('\n');
            }
            html_out::write_block(&block.content, media_url, &mut html);
        }
        fence::pass_whole(html)
    }

    /// The body as CommonMark with tables and strikethrough. What Markdown cannot say stands there
    /// as HTML.
    pub fn to_markdown(&self, media_url: &dyn Fn(MediaRef) -> Option<String>) -> String {
        markdown::write(&self.blocks, media_url)
    }

    /// The text without markup, a line for each block, item and row, for search and mail. The texts
    /// of pictures, tables and files are in [`Body::captions`].
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        for block in &self.blocks {
            match &block.content {
                BlockContent::Paragraph { text } | BlockContent::Heading { text, .. } => lines.push(text.to_text()),
                BlockContent::Quote { text, cite: Some(cite) } => lines.push(format!("{} — {cite}", text.to_text())),
                BlockContent::Quote { text, cite: None } => lines.push(text.to_text()),
                BlockContent::List { items, .. } => lines.extend(items.iter().map(Inline::to_text)),
                BlockContent::Table { header, rows, .. } => {
                    let cells = |row: &Vec<Inline>| row.iter().map(Inline::to_text).collect::<Vec<_>>().join("\t");
                    lines.extend(header.iter().chain(rows).map(cells));
                }
                BlockContent::Image(_)
                | BlockContent::Gallery { .. }
                | BlockContent::Embed { .. }
                | BlockContent::File { .. }
                | BlockContent::Divider {} => {}
            }
        }
        lines.join("\n")
    }

    /// The texts around the text, a line each: what pictures show, captions, credits, titles of
    /// tables, embeds and files. The search weighs them apart.
    pub fn captions(&self) -> String {
        let mut lines: Vec<&str> = Vec::new();
        for block in &self.blocks {
            match &block.content {
                BlockContent::Image(image) => lines.extend(image_texts(image)),
                BlockContent::Gallery { items } => lines.extend(items.iter().flat_map(image_texts)),
                BlockContent::Table { caption: title, .. }
                | BlockContent::Embed { title, .. }
                | BlockContent::File { title, .. } => lines.extend(title.as_deref()),
                _ => {}
            }
        }
        lines.join("\n")
    }

    /// The pictures, those of galleries too, in order.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.blocks.iter().flat_map(|block| match &block.content {
            BlockContent::Image(image) => std::slice::from_ref(image),
            BlockContent::Gallery { items } => items,
            _ => &[],
        })
    }

    /// The media that the body shows or offers, in order, each once.
    pub fn media_ids(&self) -> Vec<MediaRef> {
        let mut seen = HashSet::new();
        let ids = self.blocks.iter().flat_map(|block| match &block.content {
            BlockContent::Image(image) => image.media_id.into_iter().collect(),
            BlockContent::Gallery { items } => items.iter().filter_map(|image| image.media_id).collect(),
            BlockContent::File { media_id, .. } => vec![*media_id],
            _ => Vec::new(),
        });
        ids.filter(|id| seen.insert(*id)).collect()
    }

    /// Whether there is nothing but dividers.
    pub fn is_blank(&self) -> bool {
        self.blocks.iter().all(|block| block.content == BlockContent::Divider {})
    }
}

impl BlockContent {
    /// The HTML of this block alone, without the addresses of its files: what two versions of a block
    /// are compared by, whatever its type.
    pub fn to_html(&self) -> String {
        let mut html = String::new();
        html_out::write_block(self, &|_| None, &mut html);
        html
    }
}

fn image_texts(image: &Image) -> impl Iterator<Item = &str> {
    let alt = Some(image.alt.as_str()).filter(|alt| !alt.is_empty());
    alt.into_iter().chain(image.caption.as_deref()).chain(image.credit.as_deref())
}
