//! Tags: one per name, whatever its marks and case. Public while something visible carries them.

use std::collections::BTreeMap;

use bantin_domain::{
    category::Translated,
    kind::{Kind, Ref, Target},
    listing::{Cursor, NameSort, Order, PageRequest, Slice, SortKey},
    locale::Locale,
    policy::{Create, Edit, Granted, Trash},
    tag::{Tag, TagContent, TagId, TagSummary},
    text::{Label, Slug, sort_key},
    violation::Fault,
};
use diesel::{dsl::exists, prelude::*};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::{DbConnection, MultiBackend},
    directory,
    error::{Conflict, StoreError},
    items,
    public::{Lookup, relations},
    schema::{public_links, tags},
    search, site,
    sql_types::{Instant, Json, Key},
    store::{Desk, PublicReader, Tx},
    written::Written,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tags, check_for_backend(MultiBackend))]
struct TagRow {
    id: Key<Tag>,
    version: i64,
    slug: String,
    name: String,
    name_folded: String,
    name_sort: Vec<u8>,
    translations: Json<BTreeMap<Locale, Translated>>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<&Tag> for TagRow {
    fn from(tag: &Tag) -> Self {
        Self {
            id: Key(tag.id),
            version: tag.version,
            slug: tag.content.slug.to_string(),
            name: tag.content.name.to_string(),
            name_folded: TagContent::identity(&tag.content.name),
            name_sort: sort_key(tag.content.name.as_str()),
            translations: Json(tag.content.translations.clone()),
            created_at: Instant(tag.created_at),
            updated_at: Instant(tag.updated_at),
        }
    }
}

impl TryFrom<TagRow> for Tag {
    type Error = StoreError;

    fn try_from(row: TagRow) -> Result<Self, StoreError> {
        let id = row.id.0;
        let corrupt = |column: &'static str| {
            move |fault: Fault| StoreError::Corrupt { table: "tags", column, id: id.to_string(), reason: fault.message }
        };
        Ok(Self {
            id,
            version: row.version,
            content: TagContent {
                name: Label::parse(&row.name).map_err(corrupt("name"))?,
                slug: Slug::parse(&row.slug).map_err(corrupt("slug"))?,
                translations: row.translations.0,
            },
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

/// Writes a tag that does not exist yet.
///
/// # Errors
/// [`Conflict::SlugTaken`], [`Conflict::TagNameTaken`]; the transaction can go on.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Create>, tag: &Tag) -> Result<(), StoreError> {
    tx.attempt(|tx| {
        take_slugs(tx, tag)?;
        diesel::insert_into(tags::table).values(TagRow::from(tag)).execute(tx.conn)?;
        search::index(tx, target(tag.id))
    })
}

/// Writes the next version of a tag.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before; [`Conflict::SlugTaken`],
/// [`Conflict::TagNameTaken`].
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, tag: &Tag) -> Result<(), StoreError> {
    take_slugs(tx, tag)?;
    let changed = diesel::update(tags::table)
        .filter(tags::id.eq(Key(tag.id)))
        .filter(tags::version.eq(tag.version - 1))
        .set(TagRow::from(tag))
        .execute(tx.conn)?;
    if changed != 1 {
        return Err(Conflict::Stale.into());
    }
    search::index(tx, target(tag.id))
}

fn take_slugs(tx: &mut Tx<'_>, tag: &Tag) -> Result<(), StoreError> {
    directory::take_slugs(tx, target(tag.id), &tag.content.slug, &tag.content.translations)
}

/// Deletes a tag that nothing uses.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is `version`.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Trash>, id: TagId, version: i64) -> Result<(), StoreError> {
    let was_public = is_public(&mut tx.public(), id)?;
    let deleted = diesel::delete(tags::table.find(Key(id)).filter(tags::version.eq(version))).execute(tx.conn)?;
    if deleted != 1 {
        return Err(Conflict::Stale.into());
    }
    search::remove(tx, target(id))?;
    directory::leave_slugs(tx, target(id), was_public)
}

/// Reads one, public or not.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: TagId) -> Result<Option<Tag>, StoreError> {
    find_row(desk.conn, id)
}

fn find_row(conn: &mut DbConnection, id: TagId) -> Result<Option<Tag>, StoreError> {
    let row = tags::table.find(Key(id)).select(TagRow::as_select()).first(conn).optional()?;
    row.map(Tag::try_from).transpose()
}

/// The tag with that name, however it is typed.
///
/// # Errors
/// When the database fails.
pub fn find_by_name(desk: &mut Desk<'_>, name: &Label) -> Result<Option<TagId>, StoreError> {
    let id = tags::table
        .filter(tags::name_folded.eq(TagContent::identity(name)))
        .select(tags::id)
        .first::<Key<Tag>>(desk.conn)
        .optional()?;
    Ok(id.map(|id| id.0))
}

/// Which tags are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagFilter {
    /// These.
    pub ids: Option<Vec<TagId>>,
    /// With one of these slugs, in the site's own language.
    pub slugs: Option<Vec<Slug>>,
}

impl TagFilter {
    fn of<'q>(&self, mut query: tags::BoxedQuery<'q, MultiBackend>) -> tags::BoxedQuery<'q, MultiBackend> {
        if let Some(ids) = &self.ids {
            query = query.filter(tags::id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            query = query.filter(tags::slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        query
    }
}

/// The names of all, in no order.
///
/// # Errors
/// When the database fails.
pub fn names(desk: &mut Desk<'_>) -> Result<Vec<(TagId, String)>, StoreError> {
    let rows = tags::table.select((tags::id, tags::name)).load::<(Key<Tag>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}

/// A page of all tags, in Vietnamese order.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    filter: &TagFilter,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Tag>, StoreError> {
    load_page(desk.conn, order, page, || filter.of(tags::table.into_boxed()))
}

/// A page of the public tags, in Vietnamese order.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    filter: &TagFilter,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Tag>, StoreError> {
    let now = Instant(reader.now());
    let in_menus = directory::in_menus(reader, Kind::Tag)?;
    load_page(reader.conn()?, order, page, || filter.of(public_query(now, in_menus.clone())))
}

/// Counts and reads the same query, so that a total and its rows cannot disagree.
fn load_page<'q>(
    conn: &mut DbConnection,
    order: Order<NameSort>,
    page: &PageRequest,
    query: impl Fn() -> tags::BoxedQuery<'q, MultiBackend>,
) -> Result<Slice<Tag>, StoreError> {
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(conn)?.unsigned_abs()),
        false => None,
    };
    let name = |out: &mut Written| {
        out.words("tags.name_sort");
    };
    let mut rows = query();
    if let Some(beyond) = Written::beyond(page, order.descending, "tags.id", name) {
        rows = rows.filter(beyond);
    }
    let found = rows
        .order(Written::order(page, order.descending, "tags.id", name))
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(TagRow::as_select())
        .load(conn)?;
    let slice = Slice::cut(found, page, total, |row| Cursor {
        key: SortKey::Bytes(row.name_sort.clone()),
        id: row.id.0.uuid(),
    });
    Ok(Slice {
        rows: slice.rows.into_iter().map(Tag::try_from).collect::<Result<_, _>>()?,
        next: slice.next,
        previous: slice.previous,
        total: slice.total,
    })
}

/// Those among `ids` that the public sees now.
///
/// # Errors
/// When the database fails.
pub fn public_among(reader: &mut PublicReader<'_>, ids: &[TagId]) -> Result<Vec<TagSummary>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let among = |ids: &[TagId]| TagFilter { ids: Some(ids.to_vec()), slugs: None };
    let summary = (tags::id, tags::slug, tags::name);
    let mut rows = among(ids)
        .of(shown_query(Instant(reader.now())))
        .select(summary)
        .load::<(Key<Tag>, String, String)>(reader.conn()?)?;
    let others: Vec<TagId> = ids.iter().copied().filter(|id| rows.iter().all(|row| row.0.0 != *id)).collect();
    let in_menus = directory::in_menus_among(reader, Kind::Tag, &others)?;
    if !in_menus.is_empty() {
        let led_to = among(&in_menus).of(tags::table.into_boxed());
        rows.extend(led_to.select(summary).load::<(Key<Tag>, String, String)>(reader.conn()?)?);
    }
    rows.into_iter()
        .map(|(id, slug, name)| {
            let slug = relations::stored_slug("tags", id.0.uuid(), &slug)?;
            Ok(TagSummary { id: id.0, slug, name })
        })
        .collect()
}

/// The tags that something visible carries at `now`: nearly all that the public sees.
fn shown_query<'q>(now: Instant) -> tags::BoxedQuery<'q, MultiBackend> {
    tags::table.filter(exists(shown_at(now))).into_boxed()
}

/// The tags that the public sees at `now`.
fn public_query<'q>(now: Instant, in_menus: Vec<Key<Tag>>) -> tags::BoxedQuery<'q, MultiBackend> {
    tags::table.filter(exists(shown_at(now)).or(tags::id.among(in_menus))).into_boxed()
}

/// The links by which something visible at `now` carries a tag.
#[diesel::dsl::auto_type(no_type_alias)]
fn shown_at(now: Instant) -> _ {
    public_links::table
        .filter(public_links::target_id.eq(tags::id))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now))
}

/// Whether the public sees a tag now.
///
/// # Errors
/// When the database fails.
pub fn is_public(reader: &mut PublicReader<'_>, id: TagId) -> Result<bool, StoreError> {
    Ok(!public_among(reader, &[id])?.is_empty())
}

/// The public tag that a reference names, under its own slug or that of a translation.
///
/// # Errors
/// When the database fails.
pub fn public_find(reader: &mut PublicReader<'_>, reference: &Ref<Tag>) -> Result<Lookup<Tag>, StoreError> {
    let asked = match reference {
        Ref::Id(id) => TagFilter { ids: Some(vec![*id]), slugs: None },
        Ref::Slug(slug) => TagFilter { ids: None, slugs: Some(vec![slug.clone()]) },
    };
    let shown =
        asked.of(shown_query(Instant(reader.now()))).select(TagRow::as_select()).first(reader.conn()?).optional()?;
    if let Some(row) = shown {
        return Ok(Lookup::Found(row.try_into()?));
    }
    let id = directory::holder(reader, Kind::Tag, reference)?;
    let in_menus = directory::in_menus(reader, Kind::Tag)?;
    let row = TagFilter { ids: Some(vec![id]), slugs: None }
        .of(public_query(Instant(reader.now()), in_menus))
        .select(TagRow::as_select())
        .first(reader.conn()?)
        .optional()?;
    let Some(row) = row else { return directory::unseen(reader, Kind::Tag, id.uuid()) };
    let tag = Tag::try_from(row)?;
    Ok(match reference {
        Ref::Slug(slug) if !directory::has_slug(slug, &tag.content.slug, &tag.content.translations) => {
            Lookup::Moved(tag.content.slug)
        }
        _ => Lookup::Found(tag),
    })
}

/// What refers to a tag, some 20 of each: content, menus.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, id: TagId) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let mut uses = items::uses_of(desk, target(id))?;
    uses.extend(directory::public_uses_of(desk, target(id))?);
    uses.extend(site::uses_of(desk, target(id))?);
    Ok(uses)
}

fn target(id: TagId) -> Target {
    Target::new(Kind::Tag, id)
}
