//! The program as such: its schema, its document, how it starts, and what it says when its database is away.

mod api_document;
mod outage;
mod running;
mod schema;
