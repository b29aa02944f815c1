//! Published articles.

use std::{collections::HashMap, sync::Arc};

use bantin_domain::{
    article::{Article, ArticleId, Citation, PublishedArticle},
    body::Body,
    category::{Category, CategorySummary},
    content::{Content, Correction, Group, Publication, Relation, Translation, Window},
    id::Id,
    kind::Ref,
    locale::Locale,
    media::Media,
    text::sort_key,
    time::Timestamp,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{
    Lookup, PublicContent,
    details::TranslationDetail,
    relations::{self, BySource, NamedThings},
    unseen,
};
use crate::{
    among::AmongExt,
    categories,
    connection::MultiBackend,
    error::StoreError,
    prepared::KeptExt,
    schema::public_articles,
    slugs,
    sql_types::{Instant, Json, Key},
    store::{PublicReader, Tx},
};

pub use self::listed::{ArticleFilter, fitting, list};

mod listed;
mod whole;

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

/// A row, with its text where that was asked for.
#[derive(Queryable)]
struct ListedRow {
    article: ArticleRow,
    body: Option<Json<Body>>,
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

/// What of an article is wanted beside the members of its own row. What is not costs no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleParts {
    /// Its text, with the media that it shows.
    pub body: bool,
    /// Its section, which its addresses on the front end are made of too.
    pub category: bool,
    /// Its tags.
    pub tags: bool,
    /// Its authors.
    pub authors: bool,
    /// The events that it reports.
    pub events: bool,
    /// Its cover and its attachments.
    pub media: bool,
    /// The same in other languages.
    pub translations: bool,
}

impl ArticleParts {
    /// Everything.
    pub const WHOLE: Self =
        Self { body: true, category: true, tags: true, authors: true, events: true, media: true, translations: true };
    /// Nothing but the members of its own row.
    pub const NOTHING: Self = Self {
        body: false,
        category: false,
        tags: false,
        authors: false,
        events: false,
        media: false,
        translations: false,
    };
    /// Everything but the text: what lists show.
    pub const LISTED: Self = Self { body: false, ..Self::WHOLE };

    /// The links to what has a name that are wanted.
    fn named(self) -> Vec<Relation> {
        let all = [(self.tags, Relation::Tag), (self.authors, Relation::Author), (self.events, Relation::Event)];
        all.into_iter().filter_map(|(is_wanted, relation)| is_wanted.then_some(relation)).collect()
    }

    /// The links to media that are wanted.
    fn media(self) -> &'static [Relation] {
        relations::media_relations(self.body, self.media)
    }
}

/// One article, whole. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedArticle>, StoreError> {
    find_parts(reader, reference, locale, ArticleParts::WHOLE)
}

/// Of one article what is wanted: see [`find`].
///
/// # Errors
/// When the database fails.
pub fn find_parts(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
    parts: ArticleParts,
) -> Result<Lookup<PublishedArticle>, StoreError> {
    if let Some(article) = whole::find_at_once(reader, reference, locale, parts)? {
        return Ok(Lookup::Found(article));
    }
    let now = reader.now();
    let by_id = |id: ArticleId| visible(now).filter(public_articles::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => first(reader, by_id(*id), parts.body)?,
        Ref::Slug(slug) => first(reader, visible(now).filter(public_articles::slug.eq(slug.to_string())), parts.body)?,
    };
    let Some(mut found) = asked else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Article::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Article::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)), false)? {
            Some(ListedRow { article: row, .. }) => {
                Ok(Lookup::Moved(relations::stored_slug("public_articles", id, &row.slug)?))
            }
            None => unseen(reader, Article::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.article.locale) {
        let siblings = visible(now)
            .filter(public_articles::group_id.eq(found.article.group_id))
            .filter(public_articles::locale.eq(locale.to_string()));
        found = first(reader, siblings, parts.body)?.unwrap_or(found);
    }
    let mut articles = with_relations(reader, vec![found], parts)?;
    Ok(articles.pop().map_or(Lookup::Missing, Lookup::Found))
}

type Rows<'a> = public_articles::BoxedQuery<'a, MultiBackend>;

fn visible<'a>(now: Timestamp) -> Rows<'a> {
    public_articles::table
        .filter(public_articles::visible_from.le(Instant(now)))
        .filter(public_articles::visible_until.gt(Instant(now)))
        .into_boxed::<MultiBackend>()
}

fn load(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Vec<ListedRow>, StoreError> {
    if with_body {
        let rows = rows.select((ArticleRow::as_select(), public_articles::body)).load::<(_, _)>(reader.conn()?)?;
        return Ok(rows.into_iter().map(|(article, body)| ListedRow { article, body: Some(body) }).collect());
    }
    let rows = rows.select(ArticleRow::as_select()).load(reader.conn()?)?;
    Ok(rows.into_iter().map(|article| ListedRow { article, body: None }).collect())
}

fn first(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Option<ListedRow>, StoreError> {
    Ok(load(reader, rows.limit(1), with_body)?.pop())
}

/// Those of these articles that can be seen now, without their texts, in no order.
///
/// # Errors
/// When the database fails.
pub fn some(reader: &mut PublicReader<'_>, ids: &[ArticleId]) -> Result<Vec<PublishedArticle>, StoreError> {
    some_parts(reader, ids, ArticleParts::LISTED)
}

/// Of these articles what is wanted: see [`some`].
///
/// # Errors
/// When the database fails.
pub fn some_parts(
    reader: &mut PublicReader<'_>,
    ids: &[ArticleId],
    parts: ArticleParts,
) -> Result<Vec<PublishedArticle>, StoreError> {
    let wanted = visible(reader.now()).filter(public_articles::id.among(ids.iter().copied().map(Key)));
    let rows = load(reader, wanted, parts.body)?;
    with_relations(reader, rows, parts)
}

/// Joins a page of rows with the summaries of what they refer to, in a constant number of statements.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<ListedRow>,
    parts: ArticleParts,
) -> Result<Vec<PublishedArticle>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|one| one.article.id.0.uuid()).collect();
    let sections = if parts.category { categories::all(reader)? } else { Arc::from([]) };
    let mut shown = Shown {
        sections: &sections,
        named: relations::named(reader, &ids, &parts.named())?,
        media: relations::media_shown(reader, &ids, parts.media())?,
        translations: match parts.translations {
            true => translations(reader, rows.iter().map(|one| one.article.group_id).collect())?,
            false => BySource::new(),
        },
    };
    rows.into_iter().map(|row| published(row, &mut shown)).collect()
}

/// What some articles show beside the members of their own rows.
struct Shown<'s> {
    sections: &'s [Category],
    named: NamedThings,
    media: BySource<(Relation, Media)>,
    /// By group; the article itself may be among them.
    translations: BySource<Translation>,
}

impl<'s> Shown<'s> {
    /// The sections alone.
    fn nothing_but(sections: &'s [Category]) -> Self {
        Self { sections, named: NamedThings::default(), media: BySource::new(), translations: BySource::new() }
    }
}

fn published(
    ListedRow { article: row, body }: ListedRow,
    shown: &mut Shown<'_>,
) -> Result<PublishedArticle, StoreError> {
    let id = row.id.0.uuid();
    let (cover, body_media, attachments) = relations::sorted_media(shown.media.remove(&id).unwrap_or_default());
    let locale = relations::stored_locale("public_articles", id, &row.locale)?;
    let group = shown.translations.get(&row.group_id.0.uuid()).map_or(&[][..], Vec::as_slice);
    Ok(PublishedArticle {
        id: row.id.0,
        slug: relations::stored_slug("public_articles", id, &row.slug)?,
        title: row.title,
        summary: row.summary,
        byline: row.byline,
        authors: shown.named.people.remove(&id).unwrap_or_default(),
        published_at: row.published_at.0,
        updated_at: row.updated_at.0,
        corrected_at: row.corrected_at.map(|at| at.0),
        corrections: row.corrections.0,
        featured_until: row.featured_until.map(|at| at.0),
        category: CategorySummary::of(shown.sections, row.category_id.0, &locale),
        tags: shown.named.tags.remove(&id).unwrap_or_default(),
        cover,
        body: body.map(|body| body.0),
        body_media,
        events: shown.named.events.remove(&id).unwrap_or_default(),
        attachments,
        citations: row.citations.0,
        locale,
        translations: group.iter().filter(|one| one.id != id).cloned().collect(),
    })
}

fn translations(reader: &mut PublicReader<'_>, groups: Vec<Key<Group>>) -> Result<BySource<Translation>, StoreError> {
    let now = Instant(reader.now());
    let rows = public_articles::table
        .filter(public_articles::visible_from.le(now))
        .filter(public_articles::visible_until.gt(now))
        .filter(public_articles::group_id.among(groups))
        .order((public_articles::group_id, public_articles::locale))
        .select((
            public_articles::group_id,
            public_articles::id,
            public_articles::locale,
            public_articles::slug,
            public_articles::title,
        ))
        .kept()
        .load::<(Key<Group>, Key<Article>, String, String, String)>(reader.conn()?)?;
    relations::translations(
        "public_articles",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}

/// What `include=translations` adds to these translations.
///
/// # Errors
/// When the database fails.
pub fn translation_details(
    reader: &mut PublicReader<'_>,
    ids: &[ArticleId],
) -> Result<HashMap<Uuid, TranslationDetail>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_articles::id.among(ids.iter().copied().map(Key)))
        .select((public_articles::id, public_articles::summary, public_articles::published_at))
        .load::<(Key<Article>, Option<String>, Instant)>(reader.conn()?)?;
    let detail = |(id, summary, at): (Key<Article>, Option<String>, Instant)| {
        (id.0.uuid(), TranslationDetail { summary, published_at: at.0 })
    };
    Ok(rows.into_iter().map(detail).collect())
}
