//! The domain of Bantin: what a news-publishing institution means by an article, an event, a
//! speech, a person, and the rules that hold between them.
//!
//! Nothing here does I/O: no database, no HTTP, no async runtime, no clock of its own. Values come
//! in as untrusted text and leave as types that cannot be wrong (*parse, don't validate*); every
//! rule is a pure function, so it is tested without a server.
//!
//! # Where things are
//! - Building blocks: [`id`], [`time`], [`text`], [`body`], [`locale`], [`named`], [`violation`],
//!   [`change`] (keep, clear or set a member).
//! - **Content** has a workflow and revisions: [`article`], [`event`] (with its [`attendee`]s),
//!   [`speech`], [`page`]. What they share stands in [`content`], the workflow in [`workflow`].
//! - **The directory** has neither: [`category`], [`tag`], [`person`], [`organisation`], [`media`],
//!   [`site`].
//! - **Finding**: [`search`], the pure part of the search that knows Vietnamese.
//! - **Who may do what**: [`user`], [`policy`], [`api_key`].
//! - **Who is told of changes**: [`webhook`].

pub mod api_key;
pub mod article;
pub mod attendee;
pub mod audit;
pub mod body;
pub mod category;
pub mod change;
pub mod content;
pub mod criteria;
pub mod diff;
pub mod event;
pub mod id;
pub mod kind;
pub mod listing;
pub mod locale;
pub mod media;
pub mod named;
pub mod organisation;
pub mod page;
pub mod person;
pub mod policy;
pub mod search;
pub mod site;
pub mod speech;
pub mod tag;
pub mod text;
pub mod time;
pub mod url;
pub mod user;
pub mod violation;
pub mod visits;
pub mod webhook;
pub mod workflow;
