//! What an answer costs the database.
//!
//! A handler reads in one transaction or in several, each on a thread of its own. What they cost is added
//! up beside the task that waits for them, so that no use case has to carry a count along.

use std::cell::Cell;

tokio::task_local! {
    static STATEMENTS: Cell<u64>;
}

/// Does some work, and says how many statements the public reads within it ran.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u64) {
    STATEMENTS
        .scope(Cell::new(0), async {
            let value = work.await;
            (value, STATEMENTS.with(Cell::get))
        })
        .await
}

/// Adds what a read cost. Nothing happens where nobody counts.
pub(crate) fn add(statements: u64) {
    // Fails only outside of `counted`.
    let _ = STATEMENTS.try_with(|sum| sum.set(sum.get() + statements));
}
