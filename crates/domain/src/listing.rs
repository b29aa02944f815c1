//! Pages of a list: what is asked for and what comes back, whatever carries it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    named::named_enum,
    time::{Date, Timestamp},
    violation::Fault,
};

/// The most rows a page may have.
pub const MAX_LIMIT: u32 = 100;
/// The rows of a page when the reader does not say.
pub const DEFAULT_LIMIT: u32 = 20;
/// How deep `page` reaches; beyond it a cursor must be used, since every page before would be read.
pub const MAX_OFFSET: u32 = 10_000;

named_enum! {
    /// How a filter compares.
    pub enum Operator {
        /// Is this one.
        Equal = "eq",
        /// Is another one.
        NotEqual = "ne",
        /// Comes before.
        Less = "lt",
        /// Comes before, or is this one.
        LessOrEqual = "lte",
        /// Comes after.
        Greater = "gt",
        /// Comes after, or is this one.
        GreaterOrEqual = "gte",
        /// Is one of these.
        In = "in",
        /// Is none of these.
        NotIn = "nin",
        /// Has no value, or has one.
        Null = "null",
        /// This text stands in it, whatever its marks and case.
        Contains = "contains",
        /// It begins with this text, whatever its marks and case.
        StartsWith = "startsWith",
    }
}

named_enum! {
    /// What a list of the directory can be sorted by.
    pub enum NameSort {
        /// The name, in Vietnamese order; people by their given name.
        Name = "name",
    }
}

/// In which order a list is wanted. Of equals, the id decides: so the order is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<S> {
    /// What the list is sorted by.
    pub by: S,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// From one value, itself included, to another, itself not. Without an end it is open there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between<T> {
    /// The first that is in it.
    pub from: Option<T>,
    /// The first after it.
    pub until: Option<T>,
}

impl<T> Default for Between<T> {
    /// Everything.
    fn default() -> Self {
        Self { from: None, until: None }
    }
}

impl<T: Ord + Copy> Between<T> {
    /// What compares so with a value that goes from `start` to right before `next`: a day is a long one, an
    /// instant has the length of a microsecond. Everything, for an operator that compares by no order.
    pub fn compared(operator: Operator, start: T, next: T) -> Self {
        let (from, until) = match operator {
            Operator::Equal => (Some(start), Some(next)),
            Operator::Less => (None, Some(start)),
            Operator::LessOrEqual => (None, Some(next)),
            Operator::Greater => (Some(next), None),
            Operator::GreaterOrEqual => (Some(start), None),
            Operator::NotEqual
            | Operator::In
            | Operator::NotIn
            | Operator::Null
            | Operator::Contains
            | Operator::StartsWith => (None, None),
        };
        Self { from, until }
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        // None comes before every value.
        Self { from: self.from.max(other.from), until }
    }

    /// Whether it has ends.
    pub fn is_everything(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

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
    /// Behind so many rows, however many. Readers take a cursor instead: this is for who cuts a whole list into pieces.
    Behind(u32),
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

    /// All rows of a list that has so many at most.
    pub fn all(rows: usize) -> Self {
        Self { limit: u32::try_from(rows).unwrap_or(u32::MAX), ..Self::first() }
    }

    /// The row beyond which the page lies, where it lies beyond one.
    pub fn cursor(&self) -> Option<&Cursor> {
        match &self.start {
            Start::After(cursor) | Start::Before(cursor) => Some(cursor),
            Start::First | Start::Page(_) | Start::Behind(_) => None,
        }
    }

    /// Whether the page ends at its cursor, so that it is read from there in the opposite order.
    pub fn is_backwards(&self) -> bool {
        matches!(self.start, Start::Before(_))
    }

    /// The same page, its cursor with another key.
    pub fn map_key(&self, with: impl FnOnce(&SortKey) -> SortKey) -> Self {
        let mut page = self.clone();
        if let Start::After(cursor) | Start::Before(cursor) = &mut page.start {
            cursor.key = with(&cursor.key);
        }
        page
    }

    /// How many rows to pass over for a numbered page, and behind so many.
    ///
    /// # Errors
    /// `invalid_parameter` beyond [`MAX_OFFSET`].
    pub fn offset(&self) -> Result<u32, Fault> {
        let page = match self.start {
            Start::Page(page) => page,
            Start::Behind(rows) => return Ok(rows),
            Start::First | Start::After(_) | Start::Before(_) => return Ok(0),
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
        if request.is_backwards() {
            rows.reverse();
        }
        let (has_next, has_previous) = match request.start {
            Start::First => (more, false),
            Start::After(_) => (more, true),
            Start::Before(_) => (true, more),
            Start::Page(page) => (more, page > 1),
            Start::Behind(rows) => (more, rows > 0),
        };
        let next = rows.last().filter(|_| has_next).map(&place);
        let previous = rows.first().filter(|_| has_previous).map(&place);
        Self { rows, next, previous, total }
    }

    /// Cuts a page out of a list that is ranked and known whole, as the results of a search are. Its cursors
    /// count its rows.
    pub fn of_ranked(all: Vec<T>, request: &PageRequest) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let counted = |cursor: &Cursor| match cursor.key {
            SortKey::Number(rows) => usize::try_from(rows).unwrap_or(0),
            _ => 0,
        };
        let begin = match &request.start {
            Start::First => 0,
            Start::Page(_) | Start::Behind(_) => usize::try_from(request.offset().unwrap_or(0)).unwrap_or(usize::MAX),
            Start::After(cursor) => counted(cursor),
            Start::Before(cursor) => counted(cursor).saturating_sub(limit),
        };
        let place =
            |rows: usize| Cursor { key: SortKey::Number(i64::try_from(rows).unwrap_or(i64::MAX)), id: Uuid::nil() };
        let end = begin.saturating_add(limit);
        Self {
            next: (end < all.len()).then(|| place(end)),
            previous: (begin > 0).then(|| place(begin)),
            total: request.count.then(|| u64::try_from(all.len()).unwrap_or(u64::MAX)),
            rows: all.into_iter().skip(begin).take(limit).collect(),
        }
    }

    /// The page of a list that has no rows.
    pub fn empty(request: &PageRequest) -> Self {
        Self { rows: Vec::new(), next: None, previous: None, total: request.count.then_some(0) }
    }

    /// The same page with those rows that become another.
    pub fn filter_map<U>(self, with: impl FnMut(T) -> Option<U>) -> Slice<U> {
        self.with_rows(|rows| rows.into_iter().filter_map(with).collect())
    }

    /// The same page of another type.
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Slice<U> {
        self.with_rows(|rows| rows.into_iter().map(with).collect())
    }

    /// The same page with what all its rows together become, unless that fails.
    ///
    /// # Errors
    /// Those of `with`.
    pub fn try_with_rows<U, E>(self, with: impl FnOnce(Vec<T>) -> Result<Vec<U>, E>) -> Result<Slice<U>, E> {
        let Self { rows, next, previous, total } = self;
        Ok(Slice { rows: with(rows)?, next, previous, total })
    }

    fn with_rows<U>(self, with: impl FnOnce(Vec<T>) -> Vec<U>) -> Slice<U> {
        let Self { rows, next, previous, total } = self;
        Slice { rows: with(rows), next, previous, total }
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
    fn what_compares_with_a_day_covers_all_of_it() {
        let values: Vec<i32> = (0..10).collect();
        let kept = |operator| {
            let between = Between::compared(operator, 3, 6);
            values
                .iter()
                .copied()
                .filter(|n| between.from <= Some(*n) && between.until.is_none_or(|end| *n < end))
                .collect::<Vec<_>>()
        };
        assert_eq!(kept(Operator::Equal), [3, 4, 5]);
        assert_eq!(kept(Operator::Less), [0, 1, 2]);
        assert_eq!(kept(Operator::LessOrEqual), [0, 1, 2, 3, 4, 5]);
        assert_eq!(kept(Operator::Greater), [6, 7, 8, 9]);
        assert_eq!(kept(Operator::GreaterOrEqual), [3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn of_two_ranges_the_narrower_end_counts() {
        let after = Between { from: Some(3), until: None };
        let before = Between { from: Some(1), until: Some(8) };
        assert_eq!(after.and(before), Between { from: Some(3), until: Some(8) });
        assert_eq!(before.and(after), after.and(before));
        assert_eq!(after.and(Between::default()), after);
    }

    #[test]
    fn a_ranked_list_is_cut_where_the_page_before_ended() {
        let all: Vec<i64> = (0..5).collect();
        let first = Slice::of_ranked(all.clone(), &request(Start::First));
        assert_eq!((&first.rows, &first.previous), (&vec![0, 1], &None));
        let second = Slice::of_ranked(all.clone(), &request(Start::After(first.next.unwrap())));
        assert_eq!(second.rows, [2, 3]);
        let back = Slice::of_ranked(all.clone(), &request(Start::Before(second.previous.unwrap())));
        assert_eq!((back.rows, back.previous), (vec![0, 1], None));
        let last = Slice::of_ranked(all, &request(Start::After(second.next.unwrap())));
        assert_eq!((last.rows, last.next), (vec![4], None));
    }

    #[test]
    fn a_numbered_page_reaches_only_so_deep() {
        assert_eq!(request(Start::Page(3)).offset(), Ok(4));
        assert_eq!(request(Start::Page(5002)).offset().unwrap_err().code, "invalid_parameter");
        assert!(request(Start::Page(u32::MAX)).offset().is_err());
    }
}
