//! The statistics of visits: what everybody may see, and what the desk sees.

mod csv;
mod editorial;
mod numbers;
mod public;
mod query;
mod view;

use crate::routes::Routes;

pub use self::{
    numbers::Numbers,
    view::{ArticleStatsView, BaselineView, RankedArticleView, ReportView, StatsBody, StatsView},
};

/// The routes for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config.service(public::get_stats).service(public::list_most_read).service(public::get_article_stats);
}

/// The routes for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_get_stats)
        .service(editorial::editorial_get_baseline)
        .service(editorial::set_baseline);
}
