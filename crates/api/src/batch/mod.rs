//! Many writes of the desk in one request and one transaction.
//!
//! Every operation is parsed before the transaction begins, into what it will do inside it
//! (`prepare::Prepared`): the same use case and the same answer as by itself. In a batch that is not
//! atomic each runs in a savepoint of its own, and a refusal is a result like any other. In an atomic one
//! the first refusal takes everything back and is the answer.

use crate::routes::Routes;

mod directory;
pub mod editorial;
mod prepare;
pub mod results;
pub mod write;

/// The route of batches.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config.service(editorial::run_batch);
}
