//! Who follows from outside: the change log and its mirror, feeds, calendars, sitemaps, webhooks.

mod change_watch;
mod changes;
mod feeds;
mod feeds_calendar;
mod mirror;
mod sitemaps;
mod webhooks;
