//! Statements that stay prepared.
//!
//! diesel prepares every UPDATE anew, since one with optional members has many texts. The hot ones here
//! have one text each; a database that need not parse and plan it again does the same write in half the time.

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, QueryFragment, QueryId},
};

use crate::connection::MultiBackend;

/// A statement of which there are few texts, so that each is kept prepared.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<S>(pub S);

impl<S> QueryId for Prepared<S> {
    type QueryId = ();
    // Found again by its text: one type may have several.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Prepared<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &MultiBackend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<S, C> RunQueryDsl<C> for Prepared<S> {}
