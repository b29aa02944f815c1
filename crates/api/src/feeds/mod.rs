//! Feeds: what readers, calendars and search engines follow without knowing this API.
//!
//! | file | is about |
//! | --- | --- |
//! | `articles` | the feeds of articles: the handlers |
//! | `query`, `address` | what they can be asked, and where they are found |
//! | `entry` | a feed before it is written |
//! | `rss`, `atom`, `json` | the three formats; `reply` chooses among them |
//! | `calendar` | events as RFC 5545 has them |
//! | `sitemaps` | what search engines are told of, and robots |
//! | `text` | what the writers share |
//!
//! They stand at the root and not below `/api/v1`, since their addresses are known to readers for ever. Whoever
//! fetches them says all sorts of things in `Accept` and takes what there is.

use crate::routes::Routes;

mod address;
pub mod articles;
mod atom;
pub mod calendar;
mod entry;
mod json;
mod query;
mod reply;
mod rss;
pub mod sitemaps;
pub(crate) mod text;

/// The routes below `/sitemaps`.
pub fn sitemap_routes(config: &mut Routes<'_, '_>) {
    config.service(sitemaps::part::get_sitemap);
}

/// The routes at the root itself, each with one answer for everybody.
pub fn root_routes(config: &mut Routes<'_, '_>) {
    config.service(sitemaps::get_sitemap_index).service(sitemaps::get_news_sitemap).service(sitemaps::get_robots);
}

/// The routes below `/feeds`.
pub fn routes(config: &mut Routes<'_, '_>) {
    config
        // Before the feeds whose endings are a parameter.
        .service(calendar::get_event_calendar)
        .service(calendar::get_category_calendar)
        .service(calendar::save_event)
        .service(articles::get_article_feed)
        .service(articles::get_category_feed)
        .service(articles::get_tag_feed)
        .service(articles::get_person_feed)
        .service(articles::get_event_feed);
}

#[cfg(test)]
mod property_tests;
