//! From HTML to blocks.
//!
//! The reader keeps one block open and writes into it until the markup begins another. Containers
//! that blocks of ours do not have (a `<div>`, a quote in a list, a figure in a cell) are taken
//! apart in reading order: text is never lost, at most its arrangement, and then a warning says so.

use super::block::BlockContent;
use super::figure::{self, FigureDraft};
use super::inline::Line;
use super::limits::MAX_NESTING;
use super::marks::{Mark, Marks, note_attributes};
use super::reader::{Container, Open, Reader};
use super::report::Report;
use super::table::TableDraft;
use super::tokens::{self, Element, Event};
use super::{href, plain};
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

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>) {
        // What is refused already need not fill the memory.
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
            "table" => {
                self.begin_block(element, |marks| Open::Table(Box::new(TableDraft::begin(marks.clone()))));
                self.marks = Marks::default();
            }
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
            self.break_line();
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
                return self.count_table();
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

    /// Ends the open block and opens another.
    fn begin_block(&mut self, element: &Element, block: impl FnOnce(&Marks) -> Open) {
        note_attributes(element, &[], self.report);
        self.close_block();
        self.open = block(&self.marks);
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
        note_attributes(element, &[], self.report);
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

    fn begin_cite(&mut self) -> bool {
        if self.containers.last() != Some(&Container::Quote) {
            return false;
        }
        self.open_text();
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
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "header"
            | "footer"
            | "aside"
            | "figcaption"
            | "html"
            | "head"
            | "body"
            | "pre"
    )
}

fn separates_paragraphs(name: &str) -> bool {
    is_transparent(name)
        || matches!(
            name,
            "h1" | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "ul"
                | "ol"
                | "li"
                | "dl"
                | "dt"
                | "dd"
                | "blockquote"
                | "figure"
                | "hr"
                | "address"
                | "center"
                | "nav"
                | "details"
                | "summary"
                | "form"
                | "fieldset"
                | "legend"
                | "hgroup"
                | "menu"
                | "dir"
                | "tr"
                | "caption"
                | "table"
                | "td"
                | "th"
        )
}

#[cfg(test)]
mod tests;
