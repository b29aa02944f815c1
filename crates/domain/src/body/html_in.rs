//! From HTML to blocks.
//!
//! The reader keeps one block open and writes into it until the markup begins another. Containers
//! that blocks of ours do not have (a `<div>`, a quote in a list, a figure in a cell) are taken
//! apart in reading order: text is never lost, at most its arrangement, and then a warning says so.

use super::block::{BlockContent, body_too_long};
use super::figure::{self, FigureDraft};
use super::inline::{Inline, Line, Mark, Marks, note_attributes};
use super::limits::{MAX_BLOCKS, MAX_BODY_BYTES, MAX_NESTING};
use super::report::Report;
use super::table::TableDraft;
use super::tokens::{self, Element, Event};
use super::{MediaRef, href, plain};
use crate::violation::Fault;

/// Reads `html` into blocks; none of them is empty.
///
/// # Errors
/// `too_long` when the blocks would be more or longer than a body may be, or a table wider.
pub(super) fn read(html: &str, report: &mut Report) -> Result<Vec<BlockContent>, Fault> {
    let mut reader = Reader::new(report);
    tokens::read(html, |event| reader.take(event))?;
    reader.finish()
}

/// Something that blocks stand in.
#[derive(Clone, Copy, PartialEq)]
enum Container {
    List { ordered: bool },
    Quote,
}

/// The block that is being written.
enum Open {
    Nothing,
    Paragraph(Line),
    Heading(u8, Line),
    Quote { text: Line, cite: Line, in_cite: bool },
    List { ordered: bool, items: Vec<Inline>, item: Line },
    File { media_id: MediaRef, title: Line, href: Option<String> },
    Figure(Box<FigureDraft>),
    Table(Box<TableDraft>),
}

struct Reader<'r> {
    report: &'r mut Report,
    blocks: Vec<BlockContent>,
    open: Open,
    containers: Vec<Container>,
    marks: Marks,
    preformatted: usize,
    in_paragraph: bool,
    /// How many bytes the finished blocks take at least.
    size: usize,
    fault: Option<Fault>,
}

impl<'r> Reader<'r> {
    fn new(report: &'r mut Report) -> Self {
        Self {
            report,
            blocks: Vec::new(),
            open: Open::Nothing,
            containers: Vec::new(),
            marks: Marks::default(),
            preformatted: 0,
            in_paragraph: false,
            size: 0,
            fault: None,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        // Whatever is refused already need not fill the memory.
        if self.fault.is_some() {
            return;
        }
        match event {
            Event::Text(text) => self.write(text),
            Event::Left(name) => self.report.note_element(name),
            Event::Open(element) => self.begin(element),
            Event::Close(name) => self.end(name),
        }
    }

    fn finish(mut self) -> Result<Vec<BlockContent>, Fault> {
        self.close_block();
        self.fault.map_or(Ok(self.blocks), Err)
    }

    // --- text ---

    fn write(&mut self, text: &str) {
        let takes_text = match &self.open {
            Open::Nothing => false,
            Open::Table(table) => table.takes_text(),
            _ => true,
        };
        // Spaces between blocks are the layout of the source.
        if !takes_text && text.chars().all(|character| plain::judge(character) != plain::Glyph::Kept) {
            return;
        }
        let marks = self.marks.clone();
        let preformatted = self.preformatted > 0;
        let (line, report) = self.line();
        if preformatted { line.push_preformatted(text, &marks, report) } else { line.push(text, &marks, report) }
    }

    /// The line that text goes to; text outside of any block begins one.
    fn line(&mut self) -> (&mut Line, &mut Report) {
        if matches!(self.open, Open::Nothing) {
            self.open = match self.containers.last() {
                None => Open::Paragraph(Line::default()),
                Some(Container::Quote) => {
                    Open::Quote { text: Line::default(), cite: Line::default(), in_cite: false }
                }
                Some(Container::List { ordered }) => {
                    Open::List { ordered: *ordered, items: Vec::new(), item: Line::default() }
                }
            };
        }
        let line = match &mut self.open {
            Open::Paragraph(line) | Open::Heading(_, line) | Open::File { title: line, .. } => line,
            Open::Quote { cite, in_cite: true, .. } => cite,
            Open::Quote { text, .. } => text,
            Open::List { item, .. } => item,
            Open::Figure(figure) => figure.line(),
            Open::Table(table) => table.line(),
            // Not reached: one was opened above. Written as a block so that nothing can panic.
            Open::Nothing => return self.line(),
        };
        (line, self.report)
    }

    /// A paragraph ends here: the block does too, or the line where a block has several.
    fn break_paragraph(&mut self) {
        match &self.open {
            Open::Nothing => {}
            Open::Paragraph(_) | Open::Heading(..) | Open::File { .. } => self.close_block(),
            Open::Table(table) if !table.takes_text() => {}
            _ => {
                let marks = self.marks.clone();
                self.line().0.end_paragraph(&marks);
            }
        }
    }

    // --- elements ---

    fn begin(&mut self, element: &Element) {
        let name = element.name();
        if let Open::Table(table) = &mut self.open {
            if table.depth == 1 && table.open(element, self.report) {
                self.marks = Marks::default();
                return;
            }
            if !matches!(name, "img" | "iframe") {
                return self.begin_in_cell(element);
            }
        }
        match name {
            "figure" => self.begin_figure(element),
            "img" => self.place_image(element),
            "iframe" => self.place_frame(element),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if self.containers.is_empty() => {
                self.begin_block(element, |_| Open::Heading(heading_level(name), Line::default()));
            }
            "table" => self.begin_block(element, |marks| {
                Open::Table(Box::new(TableDraft { depth: 1, outer_marks: marks.clone(), ..TableDraft::default() }))
            }),
            "hr" => {
                self.begin_block(element, |_| Open::Nothing);
                self.push(BlockContent::Divider {});
            }
            "blockquote" => self.begin_container(element, Container::Quote),
            "ul" => self.begin_container(element, Container::List { ordered: false }),
            "ol" => self.begin_container(element, Container::List { ordered: true }),
            "li" if matches!(self.containers.last(), Some(Container::List { .. })) => {
                note_attributes(element, &[], self.report);
                self.end_item();
            }
            "p" if element.has_class("file") && self.begin_file(element) => {}
            "footer" if self.begin_cite() => note_attributes(element, &[], self.report),
            "cite" if !self.in_paragraph && self.begin_cite() => note_attributes(element, &[], self.report),
            "small" if element.has_class("credit") && self.begin_credit() => {}
            "a" => self.begin_link(element),
            _ => self.begin_in_line(element),
        }
    }

    /// An element inside of a cell: a cell is one line, so blocks become lines of it.
    fn begin_in_cell(&mut self, element: &Element) {
        match element.name() {
            "table" => {
                if let Open::Table(table) = &mut self.open {
                    table.depth += 1;
                }
                self.report.note_element("table");
                self.break_paragraph();
            }
            "tr" => self.break_paragraph(),
            "td" | "th" => self.write(" "),
            _ => self.begin_in_line(element),
        }
    }

    /// An element that begins no block of its own: a mark, a line break, or one to be unwrapped.
    fn begin_in_line(&mut self, element: &Element) {
        let name = element.name();
        if name == "br" {
            if !matches!(self.open, Open::Nothing) {
                let marks = self.marks.clone();
                self.line().0.break_line(&marks);
            }
            return note_attributes(element, &[], self.report);
        }
        if self.marks.open(element, self.report) {
            return;
        }
        if is_transparent(name) {
            note_attributes(element, &[], self.report);
        } else {
            self.report.note_element(name);
        }
        if separates_paragraphs(name) {
            self.break_paragraph();
        }
        match name {
            "p" => self.in_paragraph = true,
            "pre" => {
                self.preformatted += 1;
                self.marks.add(Mark::Code);
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Open::Table(table) = &mut self.open {
            if table.depth == 1 && table.close(name) {
                self.size += table.size();
                return self.refuse_if_too_long();
            }
            match name {
                "table" if table.depth == 1 => return self.close_block(),
                "table" => table.depth -= 1,
                "ul" | "ol" | "li" | "blockquote" | "figure" => return self.break_paragraph(),
                _ => {}
            }
        }
        match name {
            "figure" => {
                if let Open::Figure(figure) = &mut self.open
                    && figure.end_inner(self.report)
                {
                    self.close_block();
                }
            }
            "small" => {
                if let Open::Figure(figure) = &mut self.open {
                    figure.write_credit(false);
                }
            }
            "footer" | "cite" => {
                if let Open::Quote { in_cite, .. } = &mut self.open {
                    *in_cite = false;
                }
            }
            "li" => self.end_item(),
            "ul" | "ol" => self.end_container(|container| matches!(container, Container::List { .. })),
            "blockquote" => self.end_container(|container| *container == Container::Quote),
            "pre" if self.preformatted > 0 => {
                self.preformatted -= 1;
                self.marks.close("code");
                self.break_paragraph();
            }
            _ if self.marks.close(name) => {}
            _ if separates_paragraphs(name) => {
                self.in_paragraph = false;
                self.break_paragraph();
            }
            _ => {}
        }
    }

    // --- blocks ---

    /// Ends the open block and opens another.
    fn begin_block(&mut self, element: &Element, block: impl FnOnce(&Marks) -> Open) {
        note_attributes(element, &[], self.report);
        self.close_block();
        self.open = block(&self.marks);
        if matches!(self.open, Open::Table(_)) {
            self.marks = Marks::default();
        }
    }

    fn begin_figure(&mut self, element: &Element) {
        if let Open::Figure(figure) = &mut self.open {
            return figure.begin_inner(element, self.report);
        }
        self.close_block();
        let outer_marks = std::mem::take(&mut self.marks);
        if outer_marks.link().is_some() {
            self.report.note_element("a");
        }
        self.open = Open::Figure(Box::new(FigureDraft::begin(element, outer_marks, self.report)));
    }

    fn begin_file(&mut self, element: &Element) -> bool {
        let Some(media_id) = element.attribute("data-media-id").and_then(figure::parse_media_id) else { return false };
        figure::read_media_id(element, self.report);
        self.close_block();
        self.open = Open::File { media_id, title: Line::default(), href: None };
        true
    }

    fn begin_container(&mut self, element: &Element, container: Container) {
        note_attributes(element, &["cite"], self.report);
        let nests = |open: &Container| std::mem::discriminant(open) == std::mem::discriminant(&container);
        if self.containers.last().is_some_and(nests) {
            if container == Container::Quote {
                self.break_paragraph();
            } else {
                self.end_item();
                self.report.note("flattened_list", &format!("<{}>", element.name()));
            }
        } else {
            self.close_block();
        }
        if self.containers.len() < MAX_NESTING {
            self.containers.push(container);
        } else {
            self.report.note_element(element.name());
        }
    }

    fn end_container(&mut self, ends: impl Fn(&Container) -> bool) {
        let Some(at) = self.containers.iter().rposition(ends) else { return };
        self.containers.truncate(at);
        // A list in a list is one block with it.
        if matches!((&self.open, self.containers.last()), (Open::List { .. }, Some(Container::List { .. }))) {
            self.end_item();
        } else {
            self.close_block();
        }
    }

    fn end_item(&mut self) {
        if let Open::List { items, item, .. } = &mut self.open {
            let text = std::mem::take(item).into_inline();
            if !text.is_empty() {
                self.size += text.as_html().len();
                items.push(text);
                self.refuse_if_too_long();
            }
        }
    }

    fn begin_cite(&mut self) -> bool {
        if self.containers.last() != Some(&Container::Quote) {
            return false;
        }
        self.line();
        if let Open::Quote { in_cite, cite, .. } = &mut self.open {
            *in_cite = true;
            cite.end_paragraph(&Marks::default());
            return true;
        }
        false
    }

    fn begin_credit(&mut self) -> bool {
        let Open::Figure(figure) = &mut self.open else { return false };
        figure.write_credit(true);
        true
    }

    fn begin_link(&mut self, element: &Element) {
        match &mut self.open {
            Open::File { href, .. } => {
                note_attributes(element, &["href", "download"], self.report);
                *href = element.attribute("href").map(str::to_owned);
            }
            Open::Figure(figure) => {
                note_attributes(element, &["href"], self.report);
                if !figure.take_link(element) {
                    self.report.note("removed_url", element.attribute("href").unwrap_or_default());
                }
            }
            _ => {
                self.marks.open(element, self.report);
            }
        }
    }

    /// Places a picture: in its figure, after the table whose cell it stood in, or as a block.
    fn place_image(&mut self, element: &Element) {
        let file_is_named = matches!(&self.open, Open::Figure(figure) if figure.names_file());
        let image = figure::read_image(element, file_is_named, self.report);
        if let Open::Figure(figure) = &mut self.open {
            return figure.add_image(image);
        }
        if self.marks.link().is_some() {
            self.report.note_element("a");
        }
        if image.is_blank() { self.report.note_element("img") } else { self.place(BlockContent::Image(image), "<img>") }
    }

    fn place_frame(&mut self, element: &Element) {
        note_attributes(element, &["src", "title"], self.report);
        let src = element.attribute("src").unwrap_or_default();
        let title = element.attribute("title").unwrap_or_default();
        let Some(url) = href::parse_embed(src) else {
            self.report.note_element("iframe");
            return self.report.note("removed_url", src);
        };
        if let Open::Figure(figure) = &mut self.open {
            return figure.embed(url, title, self.report);
        }
        let title = plain::clean(title, self.report);
        self.place(figure::embed(url, title), "<iframe>");
    }

    fn place(&mut self, block: BlockContent, written: &str) {
        if let Open::Table(table) = &mut self.open {
            self.report.note("moved_element", written);
            return table.moved.push(block);
        }
        self.close_block();
        self.push(block);
    }

    /// Ends the open block and keeps it when anything is in it.
    fn close_block(&mut self) {
        self.end_item();
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

    fn push(&mut self, block: BlockContent) {
        if self.blocks.len() == MAX_BLOCKS {
            self.fault = Some(Fault::new("too_long", format!("A body has at most {MAX_BLOCKS} blocks.")));
        } else {
            self.blocks.push(block);
            self.refuse_if_too_long();
        }
    }

    fn refuse_if_too_long(&mut self) {
        if self.size > MAX_BODY_BYTES {
            self.fault = Some(body_too_long());
        }
    }
}

fn heading_level(name: &str) -> u8 {
    match name {
        "h1" | "h2" => 2,
        "h3" => 3,
        _ => 4,
    }
}

/// Elements that only arrange their content: leaving them out takes nothing away.
fn is_transparent(name: &str) -> bool {
    matches!(
        name,
        "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "aside" | "figcaption" | "html" | "head"
            | "body" | "pre"
    )
}

fn separates_paragraphs(name: &str) -> bool {
    is_transparent(name)
        || matches!(
            name,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "li" | "dl" | "dt" | "dd" | "blockquote" | "figure"
                | "hr" | "address" | "center" | "nav" | "details" | "summary" | "form" | "fieldset" | "legend"
                | "hgroup" | "menu" | "dir" | "tr" | "caption" | "table" | "td" | "th"
        )
}

#[cfg(test)]
#[path = "html_in_tests.rs"]
mod tests;
