//! Articles over HTTP. Every resource has the same files: `public` and `editorial` hold the handlers,
//! `view` what goes out, `write` what comes in.

use crate::routes::Routes;

pub mod archive;
pub mod editorial;
pub mod linked;
pub mod print;
pub mod public;
pub mod related;
pub mod view;
pub mod write;

/// The routes of articles for everybody.
pub fn public_routes(config: &mut Routes<'_, '_>) {
    config
        .service(public::list_articles)
        // Before the article of that name: `archive` is no slug that an article can have.
        .service(archive::get_article_archive)
        .service(public::get_article)
        .service(related::list_related_articles)
        .service(print::print_article);
}

/// The routes of articles for the desk.
pub fn editorial_routes(config: &mut Routes<'_, '_>) {
    config
        .service(editorial::editorial_list_articles)
        .service(editorial::create_article)
        .service(editorial::editorial_get_article)
        .service(editorial::update_article)
        .service(editorial::delete_article)
        .service(editorial::take_article_step);
}
