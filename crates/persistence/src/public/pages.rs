//! Published standing pages.

use std::collections::HashSet;

use bantin_domain::{
    body::Body,
    content::{Content, Group, Publication, Translation, Window},
    id::Id,
    kind::{Kind, Ref},
    listing::{Cursor, Order, PageRequest, Slice, SortKey},
    locale::Locale,
    media::Media,
    page::{Page, PageId, PageSort, PublishedPage},
    text::{Slug, sort_key},
    time::Timestamp,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{
    Lookup, PublicContent,
    listing::{self, Column, Listing},
    relations::{self, BySource},
    unseen,
};
use crate::{
    among::AmongExt,
    connection::MultiBackend,
    error::StoreError,
    schema::public_pages,
    slugs,
    sql_types::{Instant, Json, Key},
    store::{PublicReader, Tx},
};

/// A row without its text, which lists leave out.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = public_pages, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
struct PageRow {
    id: Key<Page>,
    locale: String,
    group_id: Key<Group>,
    slug: String,
    revision: i64,
    parent_id: Option<Key<Page>>,
    position: i64,
    title: String,
    title_sort: Vec<u8>,
    summary: Option<String>,
    cover_id: Option<Key<Media>>,
    published_at: Instant,
    updated_at: Instant,
    visible_from: Instant,
    visible_until: Instant,
}

/// A row, with its text where that was asked for.
#[derive(Queryable)]
struct ListedRow {
    page: PageRow,
    body: Option<Json<Body>>,
}

impl PublicContent for Page {
    fn insert_row(tx: &mut Tx<'_>, publication: &Publication<Self>, window: Window) -> Result<(), StoreError> {
        let page = &publication.content;
        let row = PageRow {
            id: Key(publication.id),
            locale: page.locale.to_string(),
            group_id: Key(publication.group),
            slug: page.slug.to_string(),
            revision: publication.revision,
            parent_id: page.parent_id.map(Key),
            position: page.order,
            title: page.title.to_string(),
            title_sort: sort_key(page.title.as_str()),
            summary: page.summary.as_ref().map(ToString::to_string),
            cover_id: page.cover_id.map(Key),
            published_at: Instant(publication.published_at),
            updated_at: Instant(publication.updated_at),
            visible_from: Instant(window.from),
            visible_until: Instant(window.until),
        };
        diesel::insert_into(public_pages::table)
            .values((row, public_pages::body.eq(Json(page.body.clone()))))
            .execute(tx.conn)?;
        Ok(())
    }

    fn set_row_window(tx: &mut Tx<'_>, id: PageId, window: Window) -> Result<Window, StoreError> {
        diesel::update(public_pages::table.find(Key(id)))
            .set((
                public_pages::visible_from.eq(Instant(window.from)),
                public_pages::visible_until.eq(Instant(window.until)),
            ))
            .execute(tx.conn)?;
        Ok(window)
    }

    fn delete_row(tx: &mut Tx<'_>, id: PageId) -> Result<(), StoreError> {
        diesel::delete(public_pages::table.find(Key(id))).execute(tx.conn)?;
        Ok(())
    }
}

type Rows<'a> = public_pages::BoxedQuery<'a, MultiBackend>;

fn visible<'a>(now: Timestamp) -> Rows<'a> {
    public_pages::table
        .filter(public_pages::visible_from.le(Instant(now)))
        .filter(public_pages::visible_until.gt(Instant(now)))
        .into_boxed::<MultiBackend>()
}

fn load(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Vec<ListedRow>, StoreError> {
    if with_body {
        let rows = rows.select((PageRow::as_select(), public_pages::body)).load::<(_, _)>(reader.conn()?)?;
        return Ok(rows.into_iter().map(|(page, body)| ListedRow { page, body: Some(body) }).collect());
    }
    let rows = rows.select(PageRow::as_select()).load(reader.conn()?)?;
    Ok(rows.into_iter().map(|page| ListedRow { page, body: None }).collect())
}

fn first(reader: &mut PublicReader<'_>, rows: Rows<'_>, with_body: bool) -> Result<Option<ListedRow>, StoreError> {
    Ok(load(reader, rows.limit(1), with_body)?.pop())
}

/// Which pages a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<PageId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Right below this one, which the reader can see: the filter would tell that it exists.
    pub parent: Option<PageId>,
}

impl PageFilter {
    fn listing(&self, order: Order<PageSort>) -> Listing {
        use public_pages::{id, parent_id, slug};
        let name = match order.by {
            PageSort::Order => "position",
        };
        let by = Column { name, is_that_of_links: false };
        let mut list = Listing::of("public_pages", Kind::Page, Order { by, descending: order.descending });
        if let Some(locale) = &self.locale {
            list.in_language(locale);
        }
        if let Some(ids) = &self.ids {
            list.and_few(id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            list.and_few(slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        if let Some(parent) = self.parent {
            list.and(parent_id.eq(Key(parent)));
        }
        list
    }
}

/// What of a page is wanted beside the members of its own row. What is not costs no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageParts {
    /// Its text, with the media that it shows.
    pub body: bool,
    /// Whether the page above is public.
    pub parent: bool,
    /// Its cover and its attachments.
    pub media: bool,
    /// The same in other languages.
    pub translations: bool,
}

impl PageParts {
    /// Everything.
    pub const WHOLE: Self = Self { body: true, parent: true, media: true, translations: true };
    /// Everything but the text: what lists show.
    pub const LISTED: Self = Self { body: false, ..Self::WHOLE };
}

/// A page of standing pages.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &PageFilter,
    order: Order<PageSort>,
    parts: PageParts,
    page: &PageRequest,
) -> Result<Slice<PublishedPage>, StoreError> {
    let columns = listing::columns::<PageRow, _>(parts.body.then_some(public_pages::body));
    let (rows, total) = filter.listing(order).load::<_, ListedRow>(reader, columns, page)?;
    let slice = Slice::cut(rows, page, total, |ListedRow { page: row, .. }| Cursor {
        key: SortKey::Number(row.position),
        id: row.id.0.uuid(),
    });
    slice.try_with_rows(|rows| with_relations(reader, rows, parts))
}

/// Those of these pages that a filter lets through.
///
/// # Errors
/// When the database fails.
pub fn fitting(
    reader: &mut PublicReader<'_>,
    filter: &PageFilter,
    ids: &[PageId],
) -> Result<HashSet<PageId>, StoreError> {
    filter.listing(Order { by: PageSort::Order, descending: false }).fitting(reader, public_pages::id, ids)
}

/// Of these pages what is wanted, of those that can be seen now, in no order.
///
/// # Errors
/// When the database fails.
pub fn some_parts(
    reader: &mut PublicReader<'_>,
    ids: &[PageId],
    parts: PageParts,
) -> Result<Vec<PublishedPage>, StoreError> {
    let wanted = visible(reader.now()).filter(public_pages::id.among(ids.iter().copied().map(Key)));
    let rows = load(reader, wanted, parts.body)?;
    with_relations(reader, rows, parts)
}

/// One page, whole. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Page>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedPage>, StoreError> {
    find_parts(reader, reference, locale, PageParts::WHOLE)
}

/// Of one page what is wanted: see [`find`].
///
/// # Errors
/// When the database fails.
pub fn find_parts(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Page>,
    locale: Option<&Locale>,
    parts: PageParts,
) -> Result<Lookup<PublishedPage>, StoreError> {
    let now = reader.now();
    let by_id = |id: PageId| visible(now).filter(public_pages::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible(now).filter(public_pages::slug.eq(slug.to_string())),
    };
    let Some(mut found) = first(reader, asked, parts.body)? else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Page::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Page::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)), false)? {
            Some(ListedRow { page: row, .. }) => {
                Ok(Lookup::Moved(relations::stored_slug("public_pages", id, &row.slug)?))
            }
            None => unseen(reader, Page::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.page.locale) {
        let siblings = visible(now)
            .filter(public_pages::group_id.eq(found.page.group_id))
            .filter(public_pages::locale.eq(locale.to_string()));
        found = first(reader, siblings, parts.body)?.unwrap_or(found);
    }
    let mut pages = with_relations(reader, vec![found], parts)?;
    Ok(pages.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// Joins a page of rows with the summaries of what they refer to, in one statement per relation.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<ListedRow>,
    parts: PageParts,
) -> Result<Vec<PublishedPage>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|one| one.page.id.0.uuid()).collect();
    let parents = match parts.parent {
        true => visible_among(reader, rows.iter().filter_map(|one| one.page.parent_id).collect())?,
        false => HashSet::new(),
    };
    let mut media = relations::media_shown(reader, &ids, relations::media_relations(parts.body, parts.media))?;
    let translations = match parts.translations {
        true => translations(reader, rows.iter().map(|one| one.page.group_id).collect())?,
        false => BySource::new(),
    };
    rows.into_iter()
        .map(|ListedRow { page: row, body }| {
            let id = row.id.0.uuid();
            let (cover, body_media, attachments) = relations::sorted_media(media.remove(&id).unwrap_or_default());
            Ok(PublishedPage {
                id: row.id.0,
                locale: relations::stored_locale("public_pages", id, &row.locale)?,
                slug: relations::stored_slug("public_pages", id, &row.slug)?,
                title: row.title,
                summary: row.summary,
                parent_id: row.parent_id.map(|parent| parent.0).filter(|parent| parents.contains(parent)),
                order: row.position,
                body: body.map(|body| body.0),
                body_media,
                cover,
                attachments,
                published_at: row.published_at.0,
                updated_at: row.updated_at.0,
                translations: translations
                    .get(&row.group_id.0.uuid())
                    .map(|group| group.iter().filter(|one| one.id != id).cloned().collect())
                    .unwrap_or_default(),
            })
        })
        .collect()
}

/// Those of `pages` that can be seen now.
fn visible_among(reader: &mut PublicReader<'_>, pages: Vec<Key<Page>>) -> Result<HashSet<PageId>, StoreError> {
    let found = visible(reader.now())
        .filter(public_pages::id.among(pages))
        .select(public_pages::id)
        .load::<Key<Page>>(reader.conn()?)?;
    Ok(found.into_iter().map(|id| id.0).collect())
}

fn translations(reader: &mut PublicReader<'_>, groups: Vec<Key<Group>>) -> Result<BySource<Translation>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_pages::group_id.among(groups))
        .order((public_pages::group_id, public_pages::locale))
        .select((
            public_pages::group_id,
            public_pages::id,
            public_pages::locale,
            public_pages::slug,
            public_pages::title,
        ))
        .load::<(Key<Group>, Key<Page>, String, String, String)>(reader.conn()?)?;
    relations::translations(
        "public_pages",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
