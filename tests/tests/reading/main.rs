//! What the public reads: lists, searches, the print form, and the cache that answers most of it.

mod archive;
mod cache;
mod list_fuzz;
mod listing;
mod listing_directory;
mod listing_events;
mod listing_pages;
mod listing_speeches;
mod negotiation;
mod print;
mod related;
mod search;
mod search_quality;
mod twins;
mod unkeyed_headers;
