//! Where the reader of HTML writes: the blocks that are done and the one that is open.

use super::MediaRef;
use super::block::{BlockContent, body_too_long};
use super::figure::FigureDraft;
use super::inline::{Inline, Line};
use super::limits::{MAX_BLOCKS, MAX_BODY_BYTES};
use super::marks::Marks;
use super::plain::{self, Glyph};
use super::report::Report;
use super::table::TableDraft;
use crate::violation::Fault;

/// Something that blocks stand in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Container {
    List { ordered: bool },
    Quote,
}

/// The block that is being written.
pub(super) enum Open {
    Nothing,
    Paragraph(Line),
    Heading(u8, Line),
    Quote { text: Line, cite: Line, in_cite: bool },
    List { ordered: bool, items: Vec<Inline>, item: Line },
    File { media_id: MediaRef, title: Line, href: Option<String> },
    Figure(Box<FigureDraft>),
    Table(Box<TableDraft>),
}

impl Open {
    /// Where its text goes.
    fn line(&mut self) -> Option<&mut Line> {
        match self {
            Self::Nothing => None,
            Self::Paragraph(line) | Self::Heading(_, line) | Self::File { title: line, .. } => Some(line),
            Self::Quote { cite, in_cite: true, .. } => Some(cite),
            Self::Quote { text, .. } => Some(text),
            Self::List { item, .. } => Some(item),
            Self::Figure(figure) => Some(figure.line()),
            Self::Table(table) => Some(table.line()),
        }
    }
}

/// The state of reading one HTML text; [`super::html_in`] drives it element by element.
pub(super) struct Reader<'r> {
    pub(super) report: &'r mut Report,
    pub(super) open: Open,
    /// The lists and quotes that are open, outermost first.
    pub(super) containers: Vec<Container>,
    pub(super) marks: Marks,
    pub(super) preformatted: usize,
    pub(super) in_paragraph: bool,
    /// Why the text is refused.
    pub(super) fault: Option<Fault>,
    blocks: Vec<BlockContent>,
    /// How many bytes the finished blocks take at least.
    size: usize,
}

impl<'r> Reader<'r> {
    /// Nothing read yet.
    pub(super) fn new(report: &'r mut Report) -> Self {
        Self {
            report,
            open: Open::Nothing,
            containers: Vec::new(),
            marks: Marks::default(),
            preformatted: 0,
            in_paragraph: false,
            fault: None,
            blocks: Vec::new(),
            size: 0,
        }
    }

    /// The blocks.
    ///
    /// # Errors
    /// Why the text is refused, if it is.
    pub(super) fn finish(mut self) -> Result<Vec<BlockContent>, Fault> {
        self.close_block();
        self.fault.map_or(Ok(self.blocks), Err)
    }

    /// Writes text where it belongs; text outside of any block begins one.
    pub(super) fn write(&mut self, text: &str) {
        let takes_text = match &self.open {
            Open::Nothing => false,
            Open::Table(table) => table.takes_text(),
            _ => true,
        };
        // Spaces between blocks are the layout of the source.
        if !takes_text && text.chars().all(|character| plain::judge(character) != Glyph::Kept) {
            return;
        }
        self.open_text();
        let Some(line) = self.open.line() else { return };
        if self.preformatted > 0 {
            line.push_preformatted(text, &self.marks, self.report);
        } else {
            line.push(text, &self.marks, self.report);
        }
    }

    /// Opens the block that text makes here, unless one is open.
    pub(super) fn open_text(&mut self) {
        if !matches!(self.open, Open::Nothing) {
            return;
        }
        self.open = match self.containers.last() {
            None => Open::Paragraph(Line::default()),
            Some(Container::Quote) => Open::Quote { text: Line::default(), cite: Line::default(), in_cite: false },
            Some(Container::List { ordered }) => {
                Open::List { ordered: *ordered, items: Vec::new(), item: Line::default() }
            }
        };
    }

    /// Breaks the line of the open block.
    pub(super) fn break_line(&mut self) {
        if let Some(line) = self.open.line() {
            line.break_line(&self.marks);
        }
    }

    /// A paragraph ends here: the block does too, or the line where a block has several.
    pub(super) fn break_paragraph(&mut self) {
        match &self.open {
            Open::Paragraph(_) | Open::Heading(..) | Open::File { .. } => self.close_block(),
            Open::Table(table) if !table.takes_text() => {}
            _ => {
                if let Some(line) = self.open.line() {
                    line.end_paragraph(&self.marks);
                }
            }
        }
    }

    /// Ends the open item of a list.
    pub(super) fn end_item(&mut self) {
        if let Open::List { items, item, .. } = &mut self.open {
            let text = std::mem::take(item).into_inline();
            if !text.is_empty() {
                self.size += text.as_html().len();
                items.push(text);
                self.refuse_if_too_long();
            }
        }
    }

    /// Ends the open block and keeps it when anything is in it.
    pub(super) fn close_block(&mut self) {
        self.end_item();
        self.in_paragraph = false;
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => {}
            Open::Paragraph(line) => self.push_text(line, |text| BlockContent::Paragraph { text }),
            Open::Heading(level, line) => self.push_text(line, |text| BlockContent::Heading { level, text }),
            Open::Quote { text, cite, .. } => {
                let cite = cite.into_plain(self.report);
                let text = text.into_inline();
                match cite {
                    // A source of nothing is a text of its own.
                    Some(cite) if text.is_empty() => self.push(BlockContent::Paragraph { text: Inline::plain(&cite) }),
                    cite => self.push_unless(text.is_empty(), BlockContent::Quote { text, cite }),
                }
            }
            Open::List { ordered, items, .. } => {
                self.push_unless(items.is_empty(), BlockContent::List { ordered, items });
            }
            Open::File { media_id, title, href } => {
                let title = title.into_plain(self.report).filter(|title| Some(title) != href.as_ref());
                self.push(BlockContent::File { media_id, title });
            }
            Open::Figure(mut figure) => {
                self.marks = std::mem::take(&mut figure.outer_marks);
                figure.finish(self.report).into_iter().for_each(|block| self.push(block));
            }
            Open::Table(mut table) => {
                self.marks = std::mem::take(&mut table.outer_marks);
                match table.finish(self.report) {
                    Ok(blocks) => blocks.into_iter().for_each(|block| self.push(block)),
                    Err(fault) => self.fault = Some(fault),
                }
            }
        }
    }

    fn push_text(&mut self, line: Line, block: impl FnOnce(Inline) -> BlockContent) {
        let text = line.into_inline();
        self.size += text.as_html().len();
        self.push_unless(text.is_empty(), block(text));
    }

    fn push_unless(&mut self, is_empty: bool, block: BlockContent) {
        if !is_empty {
            self.push(block);
        }
    }

    /// Keeps a finished block.
    pub(super) fn push(&mut self, block: BlockContent) {
        if self.blocks.len() == MAX_BLOCKS {
            self.fault = Some(Fault::new("too_long", format!("A body has at most {MAX_BLOCKS} blocks.")));
        } else {
            self.blocks.push(block);
            self.refuse_if_too_long();
        }
    }

    /// Counts the rows of the open table as far as they are new.
    pub(super) fn count_table(&mut self) {
        if let Open::Table(table) = &mut self.open {
            self.size += table.take_size();
            self.refuse_if_too_long();
        }
    }

    fn refuse_if_too_long(&mut self) {
        if self.size > MAX_BODY_BYTES {
            self.fault = Some(body_too_long());
        }
    }
}
