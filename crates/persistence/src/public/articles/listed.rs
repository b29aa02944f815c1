//! Lists of published articles: by what, in which order.

use std::collections::HashSet;

use bantin_domain::{
    article::{ArticleId, ArticleSort, PublishedArticle},
    category::CategoryId,
    content::Relation,
    event::EventId,
    kind::Kind,
    listing::{Between, Cursor, Order, PageRequest, Slice, SortKey},
    locale::Locale,
    person::PersonId,
    tag::TagId,
    text::Slug,
    time::Timestamp,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{ArticleParts, ArticleRow, ListedRow, Shown, published, with_relations};
use crate::{
    among::AmongExt,
    categories,
    error::StoreError,
    public::listing::{self, Column, Listing},
    schema::public_articles,
    sql_types::{Instant, Key},
    store::PublicReader,
};

/// Which articles a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticleFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<ArticleId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// In this section or below it.
    pub category: Option<CategoryId>,
    /// With this tag.
    pub tag: Option<TagId>,
    /// Reporting this event.
    pub event: Option<EventId>,
    /// By this author.
    pub author: Option<PersonId>,
    /// With a date in this range.
    pub published: Between<Timestamp>,
    /// With a text that last changed in this range.
    pub updated: Between<Timestamp>,
    /// On the front page now, or not.
    pub featured: Option<bool>,
}

impl ArticleFilter {
    /// The relations that the filter asks for, the rarest first: the list is read along the first.
    fn links(&self) -> impl Iterator<Item = (Relation, Uuid)> {
        [
            self.event.map(|id| (Relation::Event, id.uuid())),
            self.author.map(|id| (Relation::Author, id.uuid())),
            self.tag.map(|id| (Relation::Tag, id.uuid())),
            self.category.map(|id| (Relation::Section, id.uuid())),
        ]
        .into_iter()
        .flatten()
    }

    fn listing(&self, order: Order<ArticleSort>, now: Timestamp) -> Listing {
        use public_articles::{featured_until, id, slug};
        let by = match order.by {
            ArticleSort::PublishedAt => Column { name: "published_at", is_that_of_links: true },
            ArticleSort::UpdatedAt => Column { name: "updated_at", is_that_of_links: false },
            ArticleSort::Title => Column { name: "title_sort", is_that_of_links: false },
        };
        let mut list = Listing::of("public_articles", Kind::Article, Order { by, descending: order.descending });
        if let Some(locale) = &self.locale {
            list.in_language(locale);
        }
        if let Some(ids) = &self.ids {
            list.and_few(id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            list.and_few(slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        for (relation, target) in self.links() {
            list.linked(relation, target);
        }
        list.between("published_at", self.published);
        list.between("updated_at", self.updated);
        match self.featured {
            None => {}
            Some(true) => list.and(featured_until.gt(Instant(now))),
            Some(false) => list.and(featured_until.is_null().or(featured_until.le(Instant(now)))),
        }
        list
    }
}

/// A page of articles.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &ArticleFilter,
    order: Order<ArticleSort>,
    parts: ArticleParts,
    page: &PageRequest,
) -> Result<Slice<PublishedArticle>, StoreError> {
    let listing = filter.listing(order, reader.now());
    if let Some(slice) = list_at_once(reader, &listing, order, parts, page)? {
        return Ok(slice);
    }
    let columns = listing::columns::<ArticleRow, _>(parts.body.then_some(public_articles::body));
    let (rows, total) = listing.load::<_, ListedRow>(reader, columns, page)?;
    let slice = Slice::cut(rows, page, total, |row| place(row, order));
    slice.try_with_rows(|rows| with_relations(reader, rows, parts))
}

/// A page that shows of other things nothing but the sections, which are the remembered ones: nearly always. Else none.
fn list_at_once(
    reader: &mut PublicReader<'_>,
    listing: &Listing,
    order: Order<ArticleSort>,
    parts: ArticleParts,
    page: &PageRequest,
) -> Result<Option<Slice<PublishedArticle>>, StoreError> {
    let Some((version, sections)) = categories::remembered(reader) else { return Ok(None) };
    let shows_more = ArticleParts { category: false, ..parts } != ArticleParts::NOTHING;
    if shows_more || page.count {
        return Ok(None);
    }
    let now = reader.now();
    reader.at_once(|conn| {
        let columns = listing::and_tree(listing::columns::<ArticleRow, _>(None::<public_articles::body>));
        let rows = listing.load_from::<_, (ListedRow, i64)>(conn, columns, page, now)?;
        if rows.first().is_some_and(|(_, of_sections)| *of_sections != version) {
            return Ok(None);
        }
        let rows = rows.into_iter().map(|(row, _)| row).collect();
        let slice = Slice::cut(rows, page, None, |row| place(row, order));
        let mut shown = Shown::nothing_but(&sections);
        slice.try_with_rows(|rows| rows.into_iter().map(|row| published(row, &mut shown)).collect()).map(Some)
    })
}

fn place(ListedRow { article: row, .. }: &ListedRow, order: Order<ArticleSort>) -> Cursor {
    let key = match order.by {
        ArticleSort::PublishedAt => SortKey::Instant(row.published_at.0),
        ArticleSort::UpdatedAt => SortKey::Instant(row.updated_at.0),
        ArticleSort::Title => SortKey::Bytes(row.title_sort.clone()),
    };
    Cursor { key, id: row.id.0.uuid() }
}

/// Those of these articles that a filter lets through.
///
/// # Errors
/// When the database fails.
pub fn fitting(
    reader: &mut PublicReader<'_>,
    filter: &ArticleFilter,
    ids: &[ArticleId],
) -> Result<HashSet<ArticleId>, StoreError> {
    let order = Order { by: ArticleSort::PublishedAt, descending: true };
    filter.listing(order, reader.now()).fitting(reader, public_articles::id, ids)
}
