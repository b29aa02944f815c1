//! What is printed: Markdown, to be kept in `docs/benchmarks.md`.

use crate::{Result, machine};

/// A table that is printed as a whole, with its columns in line.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these columns.
    pub fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|&column| column.to_owned()).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// As Markdown. The first column is text, the others are numbers.
    pub fn to_markdown(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0).max(4)).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                text += &if column == 0 { format!("| {cell:<width$} ") } else { format!("| {cell:>width$} ") };
            }
            text += "|\n";
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let line = "-".repeat(width - 1);
                    text += &if column == 0 { format!("| {line}- ") } else { format!("| {line}: ") };
                }
                text += "|\n";
            }
        }
        text
    }
}

/// Prints what was measured, by which command and on what.
pub fn print(command: &str, remarks: &[String], table: &Table) -> Result<()> {
    println!("`cargo run --release -p bantin-bench -- {command}`, on {}.", machine::shape()?);
    for remark in remarks {
        println!("{remark}");
    }
    println!("\n{}", table.to_markdown());
    Ok(())
}

/// The run in the middle, of an odd number of runs in the order of `key`.
pub fn median<T>(mut runs: Vec<T>, key: impl Fn(&T) -> f64) -> Result<T> {
    runs.sort_by(|one, other| key(one).total_cmp(&key(other)));
    let middle = runs.len() / 2;
    if runs.is_empty() { Err("nothing was run".into()) } else { Ok(runs.swap_remove(middle)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_in_line() {
        let mut table = Table::new(&["what", "a second"]);
        table.row(vec!["Đề tài".to_owned(), "7".to_owned()]);
        assert_eq!(table.to_markdown(), "| what   | a second |\n| ------ | -------: |\n| Đề tài |        7 |\n");
    }

    #[test]
    fn the_median_is_the_run_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0], |run| *run).unwrap(), 2.0);
    }
}
