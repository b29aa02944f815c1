//! Visits: counted once, never lost, and nothing told about anybody.

mod reported;
mod stats;
mod visits;
mod visits_privacy;
mod visits_snippet;
mod visits_store;
