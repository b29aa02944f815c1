//! A table while it is read from HTML.
//!
//! Stored tables have no merged cells: a cell that spans columns or rows keeps its text in the
//! first and leaves the others empty, so that what follows stays in its column.

use super::block::{BlockContent, shape_table};
use super::inline::{Inline, Line};
use super::limits::MAX_COLUMNS;
use super::marks::{Marks, note_attributes};
use super::report::Report;
use super::tokens::Element;
use crate::violation::Fault;

/// The rows read so far and the cell that is open.
#[derive(Default)]
pub(super) struct TableDraft {
    /// How many tables are open; those inside of a cell are read as its text.
    pub(super) depth: usize,
    /// The marks that were open where the table began.
    pub(super) outer_marks: Marks,
    /// Blocks found in cells; they come after the table.
    pub(super) moved: Vec<BlockContent>,
    caption: Line,
    in_caption: bool,
    in_head: bool,
    header: Option<Vec<Inline>>,
    rows: Vec<Vec<Inline>>,
    row: Option<Row>,
    /// For each column, how many of the next rows a cell above reaches into.
    reach: Vec<usize>,
    size: usize,
}

#[derive(Default)]
struct Row {
    cells: Vec<Inline>,
    open: Option<Cell>,
    /// Whether all cells so far were `<th>`.
    names: bool,
    in_head: bool,
}

struct Cell {
    line: Line,
    columns: usize,
    rows: usize,
    names: bool,
}

impl TableDraft {
    /// A table that begins where `outer_marks` are open.
    pub(super) fn begin(outer_marks: Marks) -> Self {
        Self { depth: 1, outer_marks, ..Self::default() }
    }

    /// Where text goes: the caption or the open cell. Text between cells opens one.
    pub(super) fn line(&mut self) -> &mut Line {
        if self.in_caption {
            return &mut self.caption;
        }
        let row = self.row.get_or_insert_with(|| Row { names: true, in_head: self.in_head, ..Row::default() });
        &mut row.open.get_or_insert_with(|| Cell { line: Line::default(), columns: 1, rows: 1, names: false }).line
    }

    /// Whether text would go to a cell or caption that is open.
    pub(super) fn takes_text(&self) -> bool {
        self.in_caption || self.row.as_ref().is_some_and(|row| row.open.is_some())
    }

    /// Takes the begin of a part of this table; `false` when `element` is none.
    pub(super) fn open(&mut self, element: &Element, report: &mut Report) -> bool {
        match element.name() {
            "caption" => {
                self.end_row();
                self.in_caption = true;
            }
            "thead" | "tbody" | "tfoot" => {
                self.end_row();
                self.in_head = element.name() == "thead";
            }
            "colgroup" | "col" => {}
            "tr" => {
                self.end_row();
                self.row = Some(Row { names: true, in_head: self.in_head, ..Row::default() });
            }
            "td" | "th" => self.open_cell(element),
            _ => return false,
        }
        note_attributes(element, &[], report);
        true
    }

    /// Takes the end of a part of this table; `false` when there is no such part.
    pub(super) fn close(&mut self, name: &str) -> bool {
        match name {
            "caption" => self.in_caption = false,
            "td" | "th" => self.end_cell(),
            "tr" => self.end_row(),
            "thead" | "tbody" | "tfoot" => {
                self.end_row();
                self.in_head = false;
            }
            "colgroup" | "col" => {}
            _ => return false,
        }
        true
    }

    fn open_cell(&mut self, element: &Element) {
        self.in_caption = false;
        self.end_cell();
        let span = |name| element.attribute(name).and_then(|span| span.trim().parse().ok()).unwrap_or(1_usize).max(1);
        let cell = Cell {
            line: Line::default(),
            columns: span("colspan").min(MAX_COLUMNS + 1),
            rows: span("rowspan"),
            names: element.name() == "th",
        };
        self.row.get_or_insert_with(|| Row { names: true, in_head: self.in_head, ..Row::default() }).open = Some(cell);
    }

    fn end_cell(&mut self) {
        let Some(row) = &mut self.row else { return };
        let Some(cell) = row.open.take() else { return };
        leave_reached(&mut row.cells, &mut self.reach);
        row.names &= cell.names;
        let mut text = Some(cell.line.into_inline());
        for _ in 0..cell.columns {
            // One column too many is kept, so that the table is refused and not cut.
            if row.cells.len() > MAX_COLUMNS {
                return;
            }
            let column = row.cells.len();
            let text = text.take().unwrap_or_default();
            self.size += text.as_html().len();
            row.cells.push(text);
            if self.reach.len() <= column {
                self.reach.resize(column + 1, 0);
            }
            if let Some(reach) = self.reach.get_mut(column) {
                *reach = cell.rows - 1;
            }
        }
    }

    fn end_row(&mut self) {
        self.in_caption = false;
        self.end_cell();
        let Some(mut row) = self.row.take() else { return };
        if row.cells.is_empty() {
            return;
        }
        leave_reached(&mut row.cells, &mut self.reach);
        self.size += 3 * row.cells.len();
        let is_header = self.header.is_none() && self.rows.is_empty() && (row.in_head || row.names);
        if is_header { self.header = Some(row.cells) } else { self.rows.push(row.cells) }
    }

    /// How many bytes the cells read since the last call will take at least.
    pub(super) fn take_size(&mut self) -> usize {
        std::mem::take(&mut self.size)
    }

    /// The finished table, what is left of it when it is empty, and what stood in its cells.
    ///
    /// # Errors
    /// `too_long` when it is too wide or too long to be stored.
    pub(super) fn finish(mut self, report: &mut Report) -> Result<Vec<BlockContent>, Fault> {
        self.end_row();
        let caption = self.caption.into_plain(report);
        let lone_caption = caption.as_deref().map(|text| BlockContent::Paragraph { text: Inline::plain(text) });
        let table = shape_table(caption, self.header, self.rows)?;
        Ok(table.or(lone_caption).into_iter().chain(self.moved).collect())
    }
}

/// Leaves the next columns empty as far as cells above reach into this row.
fn leave_reached(cells: &mut Vec<Inline>, reach: &mut [usize]) {
    for above in reach.iter_mut().skip(cells.len()) {
        if *above == 0 {
            return;
        }
        *above -= 1;
        cells.push(Inline::default());
    }
}
