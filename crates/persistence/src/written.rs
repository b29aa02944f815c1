//! Conditions and orders that are written piece by piece.
//!
//! The query builder knows the type of every condition, and so cannot be handed one whose shape is decided by
//! whoever asks; nor can it compare rows, `(updated_at, id) < (?, ?)`, which an index answers at once where the
//! same with AND and OR reads everything before the place. Here both are written out. Words are literals of this
//! crate, which their type says, and a value can only be bound: what a reader types never becomes SQL.

use bantin_domain::{
    id::Id,
    listing::{Cursor, PageRequest, SortKey},
};
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{AsExpression, TypedExpressionType, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Binary, Bool, SingleValue, SqlType},
};

use crate::{
    connection::MultiBackend,
    sql_types::{Day, Instant, Key, sql},
};

/// A condition, or an order.
pub(crate) struct Written {
    pieces: Vec<Piece>,
    varies: bool,
}

enum Piece {
    Words(&'static str),
    Value(Box<dyn QueryFragment<MultiBackend> + Send>),
}

impl Written {
    /// One that begins with these words.
    pub(crate) fn new(words: &'static str) -> Self {
        Self { pieces: vec![Piece::Words(words)], varies: false }
    }

    /// Goes on with words.
    pub(crate) fn words(&mut self, words: &'static str) -> &mut Self {
        self.pieces.push(Piece::Words(words));
        self
    }

    /// Goes on with a value.
    pub(crate) fn value<T, V>(&mut self, value: V) -> &mut Self
    where
        T: SqlType + SingleValue + TypedExpressionType,
        V: AsExpression<T>,
        V::Expression: QueryFragment<MultiBackend> + Send + 'static,
    {
        self.pieces.push(Piece::Value(Box::new(value.as_expression())));
        self
    }

    /// Goes on with what is in `list`, each written by `with`, and `between` two of them; with what is never true
    /// where there is none. There are as many texts as lengths of it: such a statement is not kept prepared.
    pub(crate) fn list<I>(
        &mut self,
        list: impl IntoIterator<Item = I>,
        between: &'static str,
        mut with: impl FnMut(&mut Self, I),
    ) -> &mut Self {
        let mut count = 0_usize;
        for one in list {
            if count > 0 {
                self.words(between);
            }
            with(self, one);
            count += 1;
        }
        if count == 0 {
            self.words("1 = 0");
        }
        self.varies |= count > 1;
        self
    }

    /// `(column, id) > (?, ?)`: what comes after a place, or before it, in the order of that column. `column` writes
    /// it; where the page begins at no place, there is no condition.
    pub(crate) fn beyond(
        page: &PageRequest,
        descending: bool,
        id: &'static str,
        column: impl FnOnce(&mut Self),
    ) -> Option<Self> {
        let cursor = page.cursor()?;
        let mut beyond = Self::new("(");
        column(&mut beyond);
        beyond.words(", ").words(id).words(if descending == page.is_backwards() { ") > (" } else { ") < (" });
        beyond.place(cursor).words(")");
        Some(beyond)
    }

    fn place(&mut self, cursor: &Cursor) -> &mut Self {
        match &cursor.key {
            SortKey::Instant(at) => self.value::<sql::Instant, _>(Instant(*at)),
            SortKey::Day(day) => self.value::<sql::Day, _>(Day(*day)),
            SortKey::Bytes(bytes) => self.value::<Binary, _>(bytes.clone()),
            SortKey::Number(number) => self.value::<BigInt, _>(*number),
        };
        self.words(", ").value::<sql::Identity, _>(Key(Id::<()>::new(cursor.id)))
    }

    /// The order of that column, and of the ids among equals: total. A page that ends at a place is read backwards.
    pub(crate) fn order(
        page: &PageRequest,
        descending: bool,
        id: &'static str,
        column: impl FnOnce(&mut Self),
    ) -> Self {
        let direction = if descending == page.is_backwards() { " ASC" } else { " DESC" };
        let mut order = Self::new("");
        column(&mut order);
        order.words(direction).words(", ").words(id).words(direction);
        order
    }
}

impl QueryFragment<MultiBackend> for Written {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if self.varies {
            out.unsafe_to_cache_prepared();
        }
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => out.push_sql(words),
                Piece::Value(value) => value.walk_ast(out.reborrow())?,
            }
        }
        Ok(())
    }
}

impl QueryId for Written {
    type QueryId = ();
    // One type writes many texts: diesel is to know them by these.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Expression for Written {
    type SqlType = Bool;
}
impl ValidGrouping<()> for Written {
    type IsAggregate = is_aggregate::No;
}
// It says itself which tables it speaks of, and a wrong name is an error of the first test.
impl<T> AppearsOnTable<T> for Written {}
impl<T> SelectableExpression<T> for Written {}

#[cfg(test)]
mod tests {
    use bantin_domain::{listing::Start, time::Timestamp};
    use uuid::Uuid;

    use super::*;

    fn texts(written: &Written) -> String {
        let words = written.pieces.iter().map(|piece| match piece {
            Piece::Words(words) => *words,
            Piece::Value(_) => "?",
        });
        words.collect()
    }

    fn page(start: Start) -> PageRequest {
        PageRequest { start, ..PageRequest::first() }
    }

    fn place() -> Cursor {
        Cursor { key: SortKey::Instant(Timestamp::EPOCH), id: Uuid::nil() }
    }

    #[test]
    fn a_page_begins_beyond_a_place_in_the_direction_it_is_read() {
        let at = |written: &mut Written| {
            written.words("at");
        };
        for (start, descending, beyond, order) in [
            (Start::After(place()), false, "(at, id) > (?, ?)", "at ASC, id ASC"),
            (Start::Before(place()), false, "(at, id) < (?, ?)", "at DESC, id DESC"),
            (Start::After(place()), true, "(at, id) < (?, ?)", "at DESC, id DESC"),
            (Start::Before(place()), true, "(at, id) > (?, ?)", "at ASC, id ASC"),
        ] {
            let page = page(start);
            assert_eq!(texts(&Written::beyond(&page, descending, "id", at).unwrap()), beyond);
            assert_eq!(texts(&Written::order(&page, descending, "id", at)), order);
        }
        assert!(Written::beyond(&page(Start::First), true, "id", at).is_none());
        assert_eq!(texts(&Written::order(&page(Start::Page(2)), true, "id", at)), "at DESC, id DESC");
    }

    #[test]
    fn a_list_without_anything_in_it_is_never_true() {
        let mut none = Written::new("(");
        none.list([] as [&'static str; 0], " OR ", |out, words| {
            out.words(words);
        });
        assert_eq!(texts(none.words(")")), "(1 = 0)");
        let mut some = Written::new("");
        some.list(["a", "b"], " OR ", |out, words| {
            out.words(words);
        });
        assert_eq!(texts(&some), "a OR b");
    }
}
