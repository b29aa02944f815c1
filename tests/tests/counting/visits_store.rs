//! Visits below the API, on both databases: what is acknowledged is counted once, whatever happens.

mod durability;
mod invariants;
mod numbers;
mod place;
mod privacy;
mod retention;
mod tables;
