//! Published standing pages.

use std::collections::HashSet;

use bantin_domain::{
    body::Body,
    content::{Content, Group, Publication, Translation, Window},
    id::Id,
    kind::Ref,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    locale::Locale,
    media::Media,
    page::{Page, PageId, PublishedPage},
    text::sort_key,
    time::Timestamp,
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Lookup, PublicContent, relations, unseen};
use crate::{
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

fn filtered<'a>(locale: Option<&Locale>, now: Timestamp) -> Rows<'a> {
    match locale {
        Some(locale) => visible(now).filter(public_pages::locale.eq(locale.to_string())),
        None => visible(now),
    }
}

/// A page of standing pages, in the editors' order.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
    page: &PageRequest,
) -> Result<Slice<PublishedPage>, StoreError> {
    use public_pages::{id, position};
    let now = reader.now();
    let total = match page.count {
        true => Some(filtered(locale, now).count().get_result::<i64>(reader.conn)?.unsigned_abs()),
        false => None,
    };
    let mut rows = filtered(locale, now);
    rows = match &page.start {
        Start::After(Cursor { key: SortKey::Number(at), id: row }) => {
            let row = Key(Id::<Page>::new(*row));
            rows.filter(position.gt(*at).or(position.eq(*at).and(id.gt(row))))
        }
        Start::Before(Cursor { key: SortKey::Number(at), id: row }) => {
            let row = Key(Id::<Page>::new(*row));
            rows.filter(position.lt(*at).or(position.eq(*at).and(id.lt(row))))
        }
        _ => rows,
    };
    rows = match page.start {
        Start::Before(_) => rows.order((position.desc(), id.desc())),
        _ => rows.order((position.asc(), id.asc())),
    };
    let rows = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(PageRow::as_select())
        .load(reader.conn)?;
    let slice = Slice::cut(rows, page, total, |row| Cursor { key: SortKey::Number(row.position), id: row.id.0.uuid() });
    let (next, previous, total) = (slice.next, slice.previous, slice.total);
    let rows = with_relations(reader, slice.rows.into_iter().map(|row| (row, None)).collect())?;
    Ok(Slice { rows, next, previous, total })
}

/// One page with its text. Asked for in another language, its sibling answers where there is one.
///
/// # Errors
/// When the database fails.
pub fn find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Page>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedPage>, StoreError> {
    let now = reader.now();
    let first = |reader: &mut PublicReader<'_>, rows: Rows<'_>| {
        rows.select((PageRow::as_select(), public_pages::body)).first::<(PageRow, Json<Body>)>(reader.conn).optional()
    };
    let by_id = |id: PageId| visible(now).filter(public_pages::id.eq(Key(id)));
    let asked = match reference {
        Ref::Id(id) => by_id(*id),
        Ref::Slug(slug) => visible(now).filter(public_pages::slug.eq(slug.to_string())),
    };
    let Some(mut found) = first(reader, asked)? else {
        let id = match reference {
            Ref::Id(id) => return unseen(reader, Page::KIND, id.uuid()),
            Ref::Slug(slug) => slugs::holder(reader, Page::KIND, slug)?,
        };
        let Some(id) = id else { return Ok(Lookup::Missing) };
        return match first(reader, by_id(Id::new(id)))? {
            Some((row, _)) => Ok(Lookup::Moved(relations::stored_slug("public_pages", id, &row.slug)?)),
            None => unseen(reader, Page::KIND, id),
        };
    };
    if let Some(locale) = locale.filter(|locale| locale.as_str() != found.0.locale) {
        let siblings = filtered(Some(locale), now).filter(public_pages::group_id.eq(found.0.group_id));
        found = first(reader, siblings)?.unwrap_or(found);
    }
    let (row, body) = found;
    let mut pages = with_relations(reader, vec![(row, Some(body.0))])?;
    Ok(pages.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// Joins a page of rows with the summaries of what they refer to, in one statement per relation.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<(PageRow, Option<Body>)>,
) -> Result<Vec<PublishedPage>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id.0.uuid()).collect();
    let groups: Vec<Key<Group>> = rows.iter().map(|(row, _)| row.group_id).collect();
    let parents = visible_among(reader, rows.iter().filter_map(|(row, _)| row.parent_id).collect())?;
    let mut media = relations::media_of(reader, &ids)?;
    let translations = translations(reader, groups)?;
    rows.into_iter()
        .map(|(row, body)| {
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
                body,
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
        .filter(public_pages::id.eq_any(pages))
        .select(public_pages::id)
        .load::<Key<Page>>(reader.conn)?;
    Ok(found.into_iter().map(|id| id.0).collect())
}

fn translations(
    reader: &mut PublicReader<'_>,
    groups: Vec<Key<Group>>,
) -> Result<relations::BySource<Translation>, StoreError> {
    let rows = visible(reader.now())
        .filter(public_pages::group_id.eq_any(groups))
        .order((public_pages::group_id, public_pages::locale))
        .select((
            public_pages::group_id,
            public_pages::id,
            public_pages::locale,
            public_pages::slug,
            public_pages::title,
        ))
        .load::<(Key<Group>, Key<Page>, String, String, String)>(reader.conn)?;
    relations::translations(
        "public_pages",
        rows.into_iter()
            .map(|(group, id, locale, slug, title)| (group.0.uuid(), id.0.uuid(), locale, slug, title))
            .collect(),
    )
}
