//! What clients may send as a body, and how it becomes blocks.
//!
//! HTML, Markdown and text are read generously: what cannot be kept is left out with a warning.
//! Blocks are read strictly: a client that builds them means each, so an empty one is a fault at
//! its place and not left out.

use serde::Deserialize;

use super::block::{BlockContent, BlockId, Image, shape_table};
use super::inline::{Inline, Line};
use super::limits::{MAX_BLOCKS, MAX_INPUT_BYTES};
use super::marks::Marks;
use super::report::Report;
use super::{figure, href, html_in, markdown, plain};
use crate::violation::{Fault, Violations};

/// A body as a client sends it.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyInput {
    /// HTML; what is not allowed is taken out with a warning.
    Html(String),
    /// CommonMark with tables and strikethrough.
    Markdown(String),
    /// Text without markup: an empty line parts paragraphs, a line end breaks the line.
    Text(String),
    /// Blocks.
    Blocks(Vec<BlockInput>),
}

/// A block as a client sends it. The members are those of [`BlockContent`], not yet parsed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is documented where it is stored, in BlockContent")]
pub enum BlockInput {
    Paragraph {
        id: Option<String>,
        text: String,
    },
    Heading {
        id: Option<String>,
        level: u8,
        text: String,
    },
    Quote {
        id: Option<String>,
        text: String,
        cite: Option<String>,
    },
    List {
        id: Option<String>,
        ordered: bool,
        items: Vec<String>,
    },
    Image {
        id: Option<String>,
        media_id: Option<String>,
        #[serde(default)]
        alt: String,
        caption: Option<String>,
        credit: Option<String>,
    },
    Gallery {
        id: Option<String>,
        items: Vec<ImageInput>,
    },
    Table {
        id: Option<String>,
        caption: Option<String>,
        header: Option<Vec<String>>,
        rows: Vec<Vec<String>>,
    },
    Embed {
        id: Option<String>,
        url: String,
        title: Option<String>,
    },
    File {
        id: Option<String>,
        media_id: String,
        title: Option<String>,
    },
    Divider {
        id: Option<String>,
    },
}

/// A picture of a gallery as a client sends it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is documented where it is stored, in Image")]
pub struct ImageInput {
    pub media_id: Option<String>,
    #[serde(default)]
    pub alt: String,
    pub caption: Option<String>,
    pub credit: Option<String>,
}

/// Blocks with the ids that the client gave them.
pub(super) type NamedBlocks = Vec<(Option<BlockId>, BlockContent)>;

/// Reads any kind of body.
///
/// # Errors
/// The faults, with pointers that begin with `/value`.
pub(super) fn read(input: BodyInput, report: &mut Report) -> Result<NamedBlocks, Violations> {
    let mut violations = Violations::new();
    let contents = match input {
        BodyInput::Blocks(blocks) => return read_blocks(blocks, report),
        BodyInput::Html(html) => check_text(&html).and_then(|()| html_in::read(&html, report)),
        BodyInput::Markdown(text) => check_text(&text).and_then(|()| markdown::read(&text, report)),
        BodyInput::Text(text) => check_text(&text).and_then(|()| read_text(&text, report)),
    };
    let contents = violations.take("/value", contents).unwrap_or_default();
    violations.into_result(contents.into_iter().map(|content| (None, content)).collect())
}

fn check_text(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_INPUT_BYTES {
        return Err(Fault::new("too_long", format!("A body is sent in at most {MAX_INPUT_BYTES} bytes.")));
    }
    plain::refuse_nul(text)
}

fn read_text(text: &str, report: &mut Report) -> Result<Vec<BlockContent>, Fault> {
    let mut blocks = Vec::new();
    let mut paragraph = Line::default();
    let marks = Marks::default();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in text.split('\n').chain([""]) {
        if !plain::is_blank(line) {
            paragraph.push(line, &marks, report);
            paragraph.break_line(&marks);
            continue;
        }
        let text = std::mem::take(&mut paragraph).into_inline();
        if !text.is_empty() {
            if blocks.len() == MAX_BLOCKS {
                return Err(too_many_blocks());
            }
            blocks.push(BlockContent::Paragraph { text });
        }
    }
    Ok(blocks)
}

/// The fault of a body with more blocks than it may have.
pub(super) fn too_many_blocks() -> Fault {
    Fault::new("too_long", format!("A body has at most {MAX_BLOCKS} blocks."))
}

fn read_blocks(inputs: Vec<BlockInput>, report: &mut Report) -> Result<NamedBlocks, Violations> {
    let mut violations = Violations::new();
    if inputs.len() > MAX_BLOCKS {
        violations.add("/value", too_many_blocks());
        return Err(violations);
    }
    let mut blocks: NamedBlocks = Vec::with_capacity(inputs.len());
    let mut ids = std::collections::HashSet::new();
    for (n, input) in inputs.into_iter().enumerate() {
        let mut form = Form { pointer: format!("/value/{n}"), report: &mut *report, violations: &mut violations };
        let (id, content) = form.read_block(input);
        let id = id.and_then(|id| form.take("id", BlockId::parse(&id)));
        if let Some(id) = &id
            && !ids.insert(id.clone())
        {
            form.refuse("id", Fault::new("duplicate_id", "Another block of this body has this id."));
        }
        blocks.extend(content.map(|content| (id, content)));
    }
    violations.into_result(blocks)
}

/// One block while it is read: it knows where it stands and where its faults go.
struct Form<'a> {
    pointer: String,
    report: &'a mut Report,
    violations: &'a mut Violations,
}

impl Form<'_> {
    fn read_block(&mut self, input: BlockInput) -> (Option<String>, Option<BlockContent>) {
        match input {
            BlockInput::Paragraph { id, text } => {
                (id, self.read_required("text", &text).map(|text| BlockContent::Paragraph { text }))
            }
            BlockInput::Heading { id, level, text } => {
                if !(2..=4).contains(&level) {
                    self.refuse("level", Fault::new("out_of_range", "A heading is of level 2, 3 or 4."));
                }
                (id, self.read_required("text", &text).map(|text| BlockContent::Heading { level, text }))
            }
            BlockInput::Quote { id, text, cite } => {
                let cite = self.read_plain("cite", cite);
                (id, self.read_required("text", &text).map(|text| BlockContent::Quote { text, cite }))
            }
            BlockInput::List { id, ordered, items } => {
                let some = self.require("items", !items.is_empty());
                let items =
                    items.iter().enumerate().filter_map(|(n, item)| self.read_required(&format!("items/{n}"), item));
                let items = items.collect();
                (id, some.then_some(BlockContent::List { ordered, items }))
            }
            BlockInput::Image { id, media_id, alt, caption, credit } => {
                let image = self.read_image("", ImageInput { media_id, alt, caption, credit });
                (id, Some(BlockContent::Image(image)))
            }
            BlockInput::Gallery { id, items } => {
                let some = self.require("items", !items.is_empty());
                let items =
                    items.into_iter().enumerate().map(|(n, item)| self.read_image(&format!("items/{n}/"), item));
                let items = items.collect();
                (id, some.then_some(BlockContent::Gallery { items }))
            }
            BlockInput::Table { id, caption, header, rows } => {
                let caption = self.read_plain("caption", caption);
                let header = header.map(|cells| self.read_row("header", &cells));
                let rows =
                    rows.iter().enumerate().map(|(n, cells)| self.read_row(&format!("rows/{n}"), cells)).collect();
                let table = self.take("rows", shape_table(caption, header, rows));
                if table == Some(None) {
                    self.require("rows", false);
                }
                (id, table.flatten())
            }
            BlockInput::Embed { id, url, title } => {
                let title = self.read_plain("title", title);
                let fault = || Fault::new("invalid_url", "An embed has an absolute https address.");
                let url = self.take("url", href::parse_embed(&url).ok_or_else(fault));
                (id, url.map(|url| figure::embed(url, title)))
            }
            BlockInput::File { id, media_id, title } => {
                let title = self.read_plain("title", title);
                let media_id = self.read_media_id("mediaId", &media_id);
                (id, media_id.map(|media_id| BlockContent::File { media_id, title }))
            }
            BlockInput::Divider { id } => (id, Some(BlockContent::Divider {})),
        }
    }

    fn read_image(&mut self, prefix: &str, input: ImageInput) -> Image {
        let media_id = input.media_id.and_then(|id| self.read_media_id(&format!("{prefix}mediaId"), &id));
        let image = Image {
            media_id,
            alt: self.read_plain(&format!("{prefix}alt"), Some(input.alt)).unwrap_or_default(),
            caption: self.read_plain(&format!("{prefix}caption"), input.caption),
            credit: self.read_plain(&format!("{prefix}credit"), input.credit),
        };
        self.require(&format!("{prefix}mediaId"), !image.is_blank());
        image
    }

    fn read_media_id(&mut self, member: &str, text: &str) -> Option<super::MediaRef> {
        let fault = || Fault::new("invalid_id", "The id of a medium is a UUID with hyphens.");
        self.take(member, figure::parse_media_id(text).ok_or_else(fault))
    }

    fn read_row(&mut self, member: &str, cells: &[String]) -> Vec<Inline> {
        cells.iter().enumerate().filter_map(|(n, cell)| self.read_inline(&format!("{member}/{n}"), cell)).collect()
    }

    fn read_required(&mut self, member: &str, text: &str) -> Option<Inline> {
        let text = self.read_inline(member, text)?;
        self.require(member, !text.is_empty()).then_some(text)
    }

    fn read_inline(&mut self, member: &str, text: &str) -> Option<Inline> {
        self.report.stand_at(format!("{}/{member}", self.pointer));
        let text = Inline::read(text, self.report);
        self.take(member, text)
    }

    fn read_plain(&mut self, member: &str, text: Option<String>) -> Option<String> {
        let text = text?;
        self.report.stand_at(format!("{}/{member}", self.pointer));
        self.take(member, plain::refuse_nul(&text))?;
        plain::clean(&text, self.report)
    }

    fn require(&mut self, member: &str, given: bool) -> bool {
        if !given {
            self.refuse(member, Fault::new("required", "This must not be empty."));
        }
        given
    }

    fn take<T>(&mut self, member: &str, parsed: Result<T, Fault>) -> Option<T> {
        self.violations.take(format!("{}/{member}", self.pointer), parsed)
    }

    fn refuse(&mut self, member: &str, fault: Fault) {
        self.violations.add(format!("{}/{member}", self.pointer), fault);
    }
}

#[cfg(test)]
mod tests;
