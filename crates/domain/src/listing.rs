//! Pages of a list: what is asked for and what comes back, whatever carries it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    time::{Date, Timestamp},
    violation::Fault,
};

/// The most rows a page may have.
pub const MAX_LIMIT: u32 = 100;
/// The rows of a page when the reader does not say.
pub const DEFAULT_LIMIT: u32 = 20;
/// How deep `page` reaches; beyond it a cursor must be used, since every page before would be read.
pub const MAX_OFFSET: u32 = 10_000;

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many rows, 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// Where the page begins.
    pub start: Start,
    /// Whether to count all rows.
    pub count: bool,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At the top.
    First,
    /// Right after the row that the cursor names.
    After(Cursor),
    /// So that it ends right before the row that the cursor names.
    Before(Cursor),
    /// At a numbered page, from 1.
    Page(u32),
}

/// The place of one row in a list: its sort value and its id, which makes the order total, so that a
/// page neither skips nor repeats while rows are inserted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// What the list is sorted by.
    pub key: SortKey,
    /// Which row.
    pub id: Uuid,
}

/// A sort value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// An instant.
    #[serde(rename = "i")]
    Instant(Timestamp),
    /// A day.
    #[serde(rename = "d")]
    Day(Date),
    /// A collation key.
    #[serde(rename = "b")]
    Bytes(Vec<u8>),
    /// A number.
    #[serde(rename = "n")]
    Number(i64),
}

impl PageRequest {
    /// The first page, as it comes without parameters.
    pub fn first() -> Self {
        Self { limit: DEFAULT_LIMIT, start: Start::First, count: false }
    }

    /// How many rows to pass over for a numbered page.
    ///
    /// # Errors
    /// `invalid_parameter` beyond [`MAX_OFFSET`].
    pub fn offset(&self) -> Result<u32, Fault> {
        let Start::Page(page) = self.start else {
            return Ok(0);
        };
        page.saturating_sub(1)
            .checked_mul(self.limit)
            .filter(|offset| offset.saturating_add(self.limit) <= MAX_OFFSET)
            .ok_or_else(|| {
                Fault::new("invalid_parameter", format!("page reaches {MAX_OFFSET} rows deep; use cursor beyond that"))
            })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
    /// Where the page before ends; `None` on the first.
    pub previous: Option<Cursor>,
    /// How many rows there are in all, when that was asked for.
    pub total: Option<u64>,
}

impl<T> Slice<T> {
    /// Cuts a page out of what a query gave: it was asked for one row more than the page has, in the
    /// order of the list, or in reverse for a page that ends at a cursor.
    pub fn cut(mut rows: Vec<T>, request: &PageRequest, total: Option<u64>, place: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backwards = matches!(request.start, Start::Before(_));
        if backwards {
            rows.reverse();
        }
        let (has_next, has_previous) = match request.start {
            Start::First => (more, false),
            Start::After(_) => (more, true),
            Start::Before(_) => (true, more),
            Start::Page(page) => (more, page > 1),
        };
        let next = rows.last().filter(|_| has_next).map(&place);
        let previous = rows.first().filter(|_| has_previous).map(&place);
        Self { rows, next, previous, total }
    }

    /// The page of a list that has no rows.
    pub fn empty(request: &PageRequest) -> Self {
        Self { rows: Vec::new(), next: None, previous: None, total: request.count.then_some(0) }
    }

    /// The same page of another type.
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Slice<U> {
        Slice {
            rows: self.rows.into_iter().map(with).collect(),
            next: self.next,
            previous: self.previous,
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: &i64) -> Cursor {
        Cursor { key: SortKey::Number(*n), id: Uuid::from_u128(u128::try_from(*n).unwrap()) }
    }

    fn request(start: Start) -> PageRequest {
        PageRequest { limit: 2, start, count: false }
    }

    #[test]
    fn a_page_knows_its_neighbours() {
        let first = Slice::cut(vec![1, 2, 3], &request(Start::First), None, place);
        assert_eq!((first.rows, first.next, first.previous), (vec![1, 2], Some(place(&2)), None));
        let last = Slice::cut(vec![3], &request(Start::After(place(&2))), None, place);
        assert_eq!((last.rows, last.next, last.previous), (vec![3], None, Some(place(&3))));
    }

    #[test]
    fn a_page_before_a_cursor_comes_out_in_the_order_of_the_list() {
        let page = Slice::cut(vec![2, 1], &request(Start::Before(place(&3))), None, place);
        assert_eq!((page.rows, page.next, page.previous), (vec![1, 2], Some(place(&2)), None));
    }

    #[test]
    fn a_numbered_page_reaches_only_so_deep() {
        assert_eq!(request(Start::Page(3)).offset(), Ok(4));
        assert_eq!(request(Start::Page(5002)).offset().unwrap_err().code, "invalid_parameter");
        assert!(request(Start::Page(u32::MAX)).offset().is_err());
    }
}
