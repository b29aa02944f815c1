//! The editorial desk: from a draft to the public, with nobody's edit lost.

mod batch;
mod comments;
mod desk_plans;
mod idempotency;
mod listing_editorial;
mod merge;
mod previews;
mod races;
mod revisions;
mod schedule;
mod trash;
mod workflow;
