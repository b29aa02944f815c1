//! Statements that stay prepared, and whose text is written once.
//!
//! diesel prepares every UPDATE anew, since one with optional members has many texts. The hot ones here have few; a
//! database that need not parse and plan them again does the same write in half the time.
//!
//! And a connection to either of two databases writes the text of a statement twice each time, for nothing: a
//! statement that is known by its type needs no text to be found, and one that is known by its text needs it once.
//! Of what a public answer is made of that was a sixth of the work.
//!
//! [`Kept`] keeps text and plan.

use std::{
    any::TypeId,
    cell::{OnceCell, RefCell},
    collections::HashMap,
    marker::PhantomData,
    rc::Rc,
};

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    internal::derives::multiconnection::AstPassHelper,
    query_builder::{AstPass, BoxedSqlQuery, Query, QueryBuilder, QueryFragment, QueryId},
};

use crate::connection::{DbConnection, MultiBackend};

/// Lets a statement be kept.
pub(crate) trait KeptExt: QueryId + Sized {
    /// The same statement, with a text that is written once, and prepared for all times. For statements of which
    /// there are few texts: not for those with a list of values.
    fn kept(self) -> Kept<Self> {
        Kept { statement: self, text: OnceCell::new(), is_planned_anew: false }
    }
}

impl<S: QueryId> KeptExt for S {}

impl<S> Kept<S> {
    /// The same, but planned for the values at hand each time it is asked of PostgreSQL. For a statement of which one
    /// plan is good for some values and ruinous for others, as a search for a common word is to a rare one.
    pub(crate) fn planned_anew_if(self, is_planned_anew: bool) -> Self {
        Self { is_planned_anew, ..self }
    }
}

/// A statement with its text: as long as the thread lives where the type says all of it, and else as long as the
/// statement itself.
#[derive(Debug, Clone)]
pub(crate) struct Kept<S> {
    statement: S,
    text: OnceCell<Rc<str>>,
    is_planned_anew: bool,
}

thread_local! {
    /// The texts of statements that are known by their type, in either dialect.
    static TEXTS: RefCell<HashMap<(TypeId, bool), Rc<str>>> = RefCell::default();
}

type Builder = <MultiBackend as Backend>::QueryBuilder;

fn write<S: QueryFragment<MultiBackend>>(statement: &S, backend: &MultiBackend) -> QueryResult<Rc<str>> {
    let mut text = match backend {
        MultiBackend::Postgres(_) => Builder::Postgres(Default::default()),
        MultiBackend::Sqlite(_) => Builder::Sqlite(Default::default()),
    };
    statement.to_sql(&mut text, backend)?;
    Ok(text.finish().into())
}

impl<S: QueryFragment<MultiBackend> + QueryId> Kept<S> {
    fn text(&self, backend: &MultiBackend) -> QueryResult<Rc<str>> {
        if let Some(text) = self.text.get() {
            return Ok(text.clone());
        }
        let known_as = S::query_id().map(|id| (id, matches!(backend, MultiBackend::Postgres(_))));
        let known = known_as.and_then(|id| TEXTS.with_borrow(|texts| texts.get(&id).cloned()));
        let text = match known {
            Some(text) => text,
            None => {
                let text = write(&self.statement, backend)?;
                if let Some(id) = known_as {
                    TEXTS.with_borrow_mut(|texts| texts.insert(id, text.clone()));
                }
                text
            }
        };
        Ok(self.text.get_or_init(|| text).clone())
    }
}

impl<S: QueryId> QueryId for Kept<S> {
    type QueryId = S::QueryId;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID;
}

impl<S: QueryFragment<MultiBackend> + QueryId> QueryFragment<MultiBackend> for Kept<S> {
    /// Who gathers the values is led through the statement; everybody else wants its text, or to know whether there
    /// is anything that speaks against keeping it.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if out.bind_collector().is_some() || out.debug_binds().is_some() {
            return self.statement.walk_ast(out);
        }
        if self.is_planned_anew && matches!(out.backend(), MultiBackend::Postgres(_)) {
            out.unsafe_to_cache_prepared();
        }
        let text = self.text(out.backend())?;
        out.push_sql(&text);
        Ok(())
    }
}

impl<S: Query> Query for Kept<S> {
    type SqlType = S::SqlType;
}

impl<S> RunQueryDsl<DbConnection> for Kept<S> {}

/// Lets a statement that is written by hand say which columns it has.
pub(crate) trait TypedExt: Sized {
    /// The same statement, whose rows are read by place. Else each member of each row is looked for by its name.
    fn typed<ST>(self) -> Typed<Self, ST> {
        Typed { statement: self, of: PhantomData }
    }
}

impl<'a, Inner> TypedExt for BoxedSqlQuery<'a, MultiBackend, Inner> {}

/// A statement whose columns have these types.
pub(crate) struct Typed<S, ST> {
    statement: S,
    of: PhantomData<ST>,
}

impl<S, ST> QueryId for Typed<S, ST> {
    type QueryId = ();
    // What is written by hand is known by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: QueryFragment<MultiBackend>, ST> QueryFragment<MultiBackend> for Typed<S, ST> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.statement.walk_ast(out)
    }
}

impl<S, ST> Query for Typed<S, ST> {
    type SqlType = ST;
}
