//! What stands near an article.

use std::collections::HashMap;

use bantin_domain::{
    article::{Article, ArticleId, PublishedArticle},
    kind::Ref,
    locale::Locale,
};
use bantin_persistence::{
    PublicReader,
    public::{
        Lookup,
        articles::{self, ArticleParts},
        related,
    },
};

use crate::error::AppError;

/// The articles near each of these, the nearest first, `limit` of them at most. As many statements for a
/// hundred as for one.
///
/// # Errors
/// When the database fails.
pub fn of_articles(
    reader: &mut PublicReader<'_>,
    ids: &[ArticleId],
    limit: usize,
) -> Result<HashMap<ArticleId, Vec<PublishedArticle>>, AppError> {
    let near = related::related(reader, ids, limit)?;
    let wanted: Vec<ArticleId> = near.values().flatten().copied().collect();
    let shown: HashMap<ArticleId, PublishedArticle> =
        articles::some(reader, &wanted)?.into_iter().map(|article| (article.id, article)).collect();
    Ok(near.into_iter().map(|(id, near)| (id, near.iter().filter_map(|id| shown.get(id).cloned()).collect())).collect())
}

/// The articles near one that a reader names, in its language.
///
/// # Errors
/// When the database fails.
pub fn of_article(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
    limit: usize,
) -> Result<Lookup<(Locale, Vec<PublishedArticle>)>, AppError> {
    Ok(match articles::find_parts(reader, reference, locale, ArticleParts::NOTHING)? {
        Lookup::Found(article) => {
            let near = of_articles(reader, &[article.id], limit)?.remove(&article.id).unwrap_or_default();
            Lookup::Found((article.locale, near))
        }
        Lookup::Moved(slug) => Lookup::Moved(slug),
        Lookup::Gone => Lookup::Gone,
        Lookup::Missing => Lookup::Missing,
    })
}
