//! Published articles.

use bantin_domain::{
    article::{Article, ArticleId, Citation, PublishedArticle},
    body::Body,
    category::{Category, CategoryId, CategorySummary},
    content::{Content, Correction, Group, Publication, Relation, Window},
    event::EventId,
    id::Id,
    kind::{Kind, Ref},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    locale::Locale,
    media::Media,
    person::PersonId,
    tag::TagId,
    text::sort_key,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Lookup, PublicContent, relations, unseen};
use crate::{
    categories,
    connection::MultiBackend,
    error::StoreError,
    schema::{public_articles, public_links},
    slugs,
    sql_types::{Instant, Json, Key, Name},
    store::{PublicReader, Tx},
};

/// A row without its text, which lists leave out.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = public_articles, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
struct ArticleRow {
    id: Key<Article>,
    locale: String,
    group_id: Key<Group>,
    slug: String,
    revision: i64,
    title: String,
    title_sort: Vec<u8>,
    summary: Option<String>,
    byline: Option<String>,
    category_id: Key<Category>,
    cover_id: Option<Key<Media>>,
    citations: Json<Vec<Citation>>,
    corrections: Json<Vec<Correction>>,
    featured_until: Option<Instant>,
    published_at: Instant,
    updated_at: Instant,
    corrected_at: Option<Instant>,
    visible_from: Instant,
    visible_until: Instant,
}

impl PublicContent for Article {
    fn insert_row(tx: &mut Tx<'_>, publication: &Publication<Self>, window: Window) -> Result<(), StoreError> {
        let article = &publication.content;
        let row = ArticleRow {
            id: Key(publication.id),
            locale: article.locale.to_string(),
            group_id: Key(publication.group),
            slug: article.slug.to_string(),
            revision: publication.revision,
            title: article.title.to_string(),
            title_sort: sort_key(article.title.as_str()),
            summary: article.summary.as_ref().map(ToString::to_string),
            byline: article.byline.as_ref().map(ToString::to_string),
            category_id: Key(article.category_id),
            cover_id: article.cover_id.map(Key),
            citations: Json(article.citations.clone()),
            corrections: Json(publication.corrections.clone()),
            featured_until: article.featured_until.map(Instant),
            published_at: Instant(publication.published_at),
            updated_at: Instant(publication.updated_at),
            corrected_at: publication.corrections.last().map(|correction| Instant(correction.at)),
            visible_from: Instant(window.from),
            visible_until: Instant(window.until),
        };
        diesel::insert_into(public_articles::table)
            .values((row, public_articles::body.eq(Json(article.body.clone()))))
            .execute(tx.conn)?;
        Ok(())
    }

    fn set_row_window(tx: &mut Tx<'_>, id: ArticleId, window: Window) -> Result<Window, StoreError> {
        diesel::update(public_articles::table.find(Key(id)))
            .set((
                public_articles::visible_from.eq(Instant(window.from)),
                public_articles::visible_until.eq(Instant(window.until)),
            ))
            .execute(tx.conn)?;
        Ok(window)
    }

    fn delete_row(tx: &mut Tx<'_>, id: ArticleId) -> Result<(), StoreError> {
        diesel::delete(public_articles::table.find(Key(id))).execute(tx.conn)?;
        Ok(())
    }
}

/// Which articles a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticleFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// In this section or below it.
    pub category: Option<CategoryId>,
    /// With this tag.
    pub tag: Option<TagId>,
    /// Reporting this event.
    pub event: Option<EventId>,
    /// By this author.
    pub author: Option<PersonId>,
}

impl ArticleFilter {
    /// The relations that the filter asks for.
    fn links(&self) -> Vec<(Relation, Uuid)> {
        [
            self.category.map(|id| (Relation::Section, id.uuid())),
            self.tag.map(|id| (Relation::Tag, id.uuid())),
            self.event.map(|id| (Relation::Event, id.uuid())),
            self.author.map(|id| (Relation::Author, id.uuid())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A page of articles, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &ArticleFilter,
    page: &PageRequest,
) -> Result<Slice<PublishedArticle>, StoreError> {
    let now = Instant(reader.now());
    let query = || {
        let mut query = public_articles::table
            .filter(public_articles::visible_from.le(now))
            .filter(public_articles::visible_until.gt(now))
            .into_boxed::<MultiBackend>();
        if let Some(locale) = &filter.locale {
            query = query.filter(public_articles::locale.eq(locale.to_string()));
        }
        for (relation, target) in filter.links() {
            let linked = public_links::table
                .filter(public_links::target_id.eq(Key(Id::<()>::new(target))))
                .filter(public_links::relation.eq(Name(relation)))
                .filter(public_links::source_kind.eq(Name(Kind::Article)))
                .select(public_links::source_id);
            query = query.filter(public_articles::id.eq_any(linked));
        }
        query
    };
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(reader.conn)?.unsigned_abs()),
        false => None,
    };
    let mut rows = query();
    rows = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<Article>::new(*id)));
            rows.filter(
                public_articles::published_at
                    .lt(at)
                    .or(public_articles::published_at.eq(at).and(public_articles::id.lt(id))),
            )
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<Article>::new(*id)));
            rows.filter(
                public_articles::published_at
                    .gt(at)
                    .or(public_articles::published_at.eq(at).and(public_articles::id.gt(id))),
            )
        }
        _ => rows,
    };
    rows = match page.start {
        Start::Before(_) => rows.order((public_articles::published_at.asc(), public_articles::id.asc())),
        _ => rows.order((public_articles::published_at.desc(), public_articles::id.desc())),
    };
    let rows = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(ArticleRow::as_select())
        .load(reader.conn)?;
    let slice =
        Slice::cut(rows, page, total, |row| Cursor { key: SortKey::Instant(row.published_at.0), id: row.id.0.uuid() });
    let (next, previous, total) = (slice.next, slice.previous, slice.total);
    let rows = with_relations(reader, slice.rows.into_iter().map(|row| (row, None)).collect())?;
    Ok(Slice { rows, next, previous, total })
}

/// One article with its text. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedArticle>, StoreError> {
    let now = Instant(reader.now());
    let visible = || {
        public_articles::table
            .filter(public_articles::visible_from.le(now))
            .filter(public_articles::visible_until.gt(now))
            .select((ArticleRow::as_select(), public_articles::body))
            .into_boxed::<MultiBackend>()
    };
    let by_id = |id: ArticleId| visible().filter(public_articles::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible().filter(public_articles::slug.eq(slug.to_string())),
    };
    let found = asked.first::<(ArticleRow, Json<Body>)>(reader.conn).optional()?;
    let Some((row, body)) = found else {
        let id = match reference {
            Ref::Id(id) => Some(id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Article::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        if let (Ref::Slug(_), Some((row, _))) =
            (reference, by_id(Id::new(id)).first::<(ArticleRow, Json<Body>)>(reader.conn).optional()?)
        {
            return Ok(Lookup::Moved(relations::stored_slug("public_articles", id, &row.slug)?));
        }
        return unseen(reader, Article::KIND, id);
    };
    let mut chosen = (row, body);
    if let Some(locale) = locale.filter(|locale| locale.as_str() != chosen.0.locale) {
        let sibling = visible()
            .filter(public_articles::group_id.eq(chosen.0.group_id))
            .filter(public_articles::locale.eq(locale.to_string()))
            .first::<(ArticleRow, Json<Body>)>(reader.conn)
            .optional()?;
        chosen = sibling.unwrap_or(chosen);
    }
    let (row, body) = chosen;
    let mut articles = with_relations(reader, vec![(row, Some(body.0))])?;
    Ok(articles.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// Those of these articles that can be seen now, in no order.
///
/// # Errors
/// When the database fails.
pub fn some(reader: &mut PublicReader<'_>, ids: &[ArticleId]) -> Result<Vec<PublishedArticle>, StoreError> {
    let now = Instant(reader.now());
    let rows = public_articles::table
        .filter(public_articles::id.eq_any(ids.iter().copied().map(Key).collect::<Vec<_>>()))
        .filter(public_articles::visible_from.le(now))
        .filter(public_articles::visible_until.gt(now))
        .select(ArticleRow::as_select())
        .load(reader.conn)?;
    with_relations(reader, rows.into_iter().map(|row| (row, None)).collect())
}

/// Joins a page of rows with the summaries of what they refer to, in one statement per relation.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<(ArticleRow, Option<Body>)>,
) -> Result<Vec<PublishedArticle>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id.0.uuid()).collect();
    let groups: Vec<Key<Group>> = rows.iter().map(|(row, _)| row.group_id).collect();
    let sections = categories::all(reader)?;
    let mut tags = relations::tags_of(reader, &ids)?;
    let mut authors = relations::people_of(reader, &ids, &[Relation::Author])?;
    let mut events = relations::events_of(reader, &ids)?;
    let mut media = relations::media_of(reader, &ids)?;
    let translations = translations(reader, groups)?;
    rows.into_iter()
        .map(|(row, body)| {
            let id = row.id.0.uuid();
            let (cover, body_media, attachments) = relations::sorted_media(media.remove(&id).unwrap_or_default());
            let locale = relations::stored_locale("public_articles", id, &row.locale)?;
            Ok(PublishedArticle {
                id: row.id.0,
                slug: relations::stored_slug("public_articles", id, &row.slug)?,
                title: row.title,
                summary: row.summary,
                byline: row.byline,
                authors: authors.remove(&id).unwrap_or_default(),
                published_at: row.published_at.0,
                updated_at: row.updated_at.0,
                corrected_at: row.corrected_at.map(|at| at.0),
                corrections: row.corrections.0,
                featured_until: row.featured_until.map(|at| at.0),
                category: CategorySummary::of(&sections, row.category_id.0, &locale),
                tags: tags.remove(&id).unwrap_or_default(),
                cover,
                body,
                body_media,
                events: events.remove(&id).unwrap_or_default(),
                attachments,
                citations: row.citations.0,
                locale,
                translations: translations
                    .get(&row.group_id.0.uuid())
                    .map(|group| group.iter().filter(|one| one.id != id).cloned().collect())
                    .unwrap_or_default(),
            })
        })
        .collect()
}

fn translations(
    reader: &mut PublicReader<'_>,
    groups: Vec<Key<Group>>,
) -> Result<relations::BySource<bantin_domain::content::Translation>, StoreError> {
    let now = Instant(reader.now());
    let rows = public_articles::table
        .filter(public_articles::group_id.eq_any(groups))
        .filter(public_articles::visible_from.le(now))
        .filter(public_articles::visible_until.gt(now))
        .order((public_articles::group_id, public_articles::locale))
        .select((
            public_articles::group_id,
            public_articles::id,
            public_articles::locale,
            public_articles::slug,
            public_articles::title,
        ))
        .load::<(Key<Group>, Key<Article>, String, String, String)>(reader.conn)?;
    relations::translations(
        "public_articles",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
