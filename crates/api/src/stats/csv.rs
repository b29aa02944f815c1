//! A report as a table for a spreadsheet.
//!
//! It begins with a byte order mark, without which Excel takes it for the local code page and spoils every
//! Vietnamese letter. A cell that a spreadsheet would run as a formula gets an apostrophe in front: the
//! names of sites come from strangers, those of sections from editors.

use bantin_domain::{named::Named, visits::Breakdown};

use super::view::{ReportRowView, ReportView};

/// The media type.
pub(super) const CSV: &str = "text/csv; charset=utf-8";

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The whole table, its head first.
pub(super) fn of(report: &ReportView, by: Breakdown) -> String {
    let mut table = String::from(BYTE_ORDER_MARK);
    table.push_str(&line(&[by.name(), "label", "pageViews", "visits", "visitors"]));
    for ReportRowView { key, label, page_views, visits, visitors } in &report.rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let visitors = visitors.map(|visitors| visitors.to_string()).unwrap_or_default();
        table.push_str(&line(&[&text(key), &text(label), &page_views.to_string(), &visits.to_string(), &visitors]));
    }
    table
}

fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guarded = if runs { format!("'{cell}") } else { cell.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n', '\t', ';', '\'']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("Hoạt động KH&CN", "Hoạt động KH&CN"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("2023-03-14", "2023-03-14"),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }

    #[test]
    fn a_line_ends_as_spreadsheets_expect() {
        assert_eq!(line(&["a", "b"]), "a,b\r\n");
    }
}
