//! Sections of the site: a small tree, always public, read whole.

use bantin_domain::{
    category::{Category, CategoryContent, CategoryId, Translated, ancestors, subtree},
    content::Relation,
    id::Id,
    kind::{Kind, Ref, Target},
    locale::Locale,
    policy::{Create, Edit, Granted, Trash},
    text::{Name as Title, Prose, Slug, sort_key},
    violation::Fault,
};
use diesel::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

use crate::{
    connection::MultiBackend,
    directory,
    error::{Conflict, StoreError},
    items,
    prepared::KeptExt,
    public::{Lookup, unseen},
    schema::{categories, category_tree, public_links},
    site, slugs,
    sql_types::{Instant, Json, Key, Name},
    store::{Desk, PublicReader, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, check_for_backend(MultiBackend), treat_none_as_null = true)]
struct CategoryRow {
    id: Key<Category>,
    version: i64,
    parent_id: Option<Key<Category>>,
    position: i64,
    slug: String,
    name: String,
    name_sort: Vec<u8>,
    description: Option<String>,
    translations: Json<BTreeMap<Locale, Translated>>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<&Category> for CategoryRow {
    fn from(category: &Category) -> Self {
        let content = &category.content;
        Self {
            id: Key(category.id),
            version: category.version,
            parent_id: content.parent_id.map(Key),
            position: content.order,
            slug: content.slug.to_string(),
            name: content.name.to_string(),
            name_sort: sort_key(content.name.as_str()),
            description: content.description.as_ref().map(ToString::to_string),
            translations: Json(content.translations.clone()),
            created_at: Instant(category.created_at),
            updated_at: Instant(category.updated_at),
        }
    }
}

impl TryFrom<CategoryRow> for Category {
    type Error = StoreError;

    fn try_from(row: CategoryRow) -> Result<Self, StoreError> {
        let id = row.id.0;
        let corrupt = |column: &'static str| {
            move |fault: Fault| StoreError::Corrupt {
                table: "categories",
                column,
                id: id.to_string(),
                reason: fault.message,
            }
        };
        Ok(Self {
            id,
            version: row.version,
            content: CategoryContent {
                name: Title::parse(&row.name).map_err(corrupt("name"))?,
                slug: Slug::parse(&row.slug).map_err(corrupt("slug"))?,
                parent_id: row.parent_id.map(|id| id.0),
                description: row
                    .description
                    .as_deref()
                    .map(Prose::parse)
                    .transpose()
                    .map_err(corrupt("description"))?,
                order: row.position,
                translations: row.translations.0,
            },
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

/// Every section, siblings in the editor's order and then by name. The table is small, and nearly
/// every use needs the ways through the tree, so it is whole; and it is read only when it is not the one that is
/// remembered: see `memory.rs`.
///
/// # Errors
/// When the database fails.
pub fn all(reader: &mut PublicReader<'_>) -> Result<Arc<[Category]>, StoreError> {
    let known = remembered(reader);
    // No row when the version is the known one. Else a row for each section, and one without where there is none.
    let rows = category_tree::table
        .left_join(categories::table.on(category_tree::version.is_not_null()))
        .filter(category_tree::version.ne(known.as_ref().map_or(0, |(version, _)| *version)))
        .order((categories::position, categories::name_sort, categories::id))
        .select((category_tree::version, Option::<CategoryRow>::as_select()))
        .kept()
        .load::<(i64, Option<CategoryRow>)>(reader.conn()?)?;
    let Some((version, _)) = rows.first() else {
        return Ok(known.map_or_else(|| Arc::from([]), |(_, sections)| sections));
    };
    let version = *version;
    let sections = rows.into_iter().filter_map(|(_, row)| row).map(Category::try_from);
    let sections: Arc<[Category]> = sections.collect::<Result<Vec<_>, _>>()?.into();
    if let Some(memory) = reader.memory {
        memory.sections.learn(version, &sections);
    }
    Ok(sections)
}

/// The sections that are remembered, and the version of the tree that they are of: who reads that beside something else
/// (`(SELECT version FROM category_tree)`), and finds it the same, need not read the sections.
pub(crate) fn remembered(reader: &PublicReader<'_>) -> Option<(i64, Arc<[Category]>)> {
    reader.memory.and_then(|memory| memory.sections.recall())
}

/// A section and all above it, nearest first.
///
/// # Errors
/// When the database fails.
pub fn way_up(desk: &mut Desk<'_>, section: CategoryId) -> Result<Vec<CategoryId>, StoreError> {
    let mut way = Vec::new();
    let mut next = Some(section);
    // Bounded by what was passed, so that even a circle, which no write lets in, ends.
    while let Some(id) = next.filter(|id| !way.contains(id)) {
        let parent = categories::table
            .find(Key(id))
            .select(categories::parent_id)
            .first::<Option<Key<Category>>>(desk.conn)
            .optional()?;
        next = parent.flatten().map(|key| key.0);
        if parent.is_some() {
            way.push(id);
        }
    }
    Ok(way)
}

/// The section that a reference names among `all`, under its own slug or that of a translation.
///
/// # Errors
/// When the database fails.
pub fn public_find(
    reader: &mut PublicReader<'_>,
    all: &[Category],
    reference: &Ref<Category>,
) -> Result<Lookup<CategoryId>, StoreError> {
    let id = match reference {
        Ref::Id(id) => *id,
        Ref::Slug(slug) => match slugs::holder(reader, Kind::Category, slug)? {
            Some(holder) => Id::new(holder),
            None => return Ok(Lookup::Missing),
        },
    };
    let Some(category) = all.iter().find(|one| one.id == id) else {
        return unseen(reader, Kind::Category, id.uuid());
    };
    Ok(match reference {
        Ref::Slug(slug) if !directory::has_slug(slug, &category.content.slug, &category.content.translations) => {
            Lookup::Moved(category.content.slug.clone())
        }
        _ => Lookup::Found(id),
    })
}

/// Writes a section that does not exist yet.
///
/// # Errors
/// [`Conflict::SlugTaken`]; the transaction can go on.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Create>, category: &Category) -> Result<(), StoreError> {
    take_slugs(tx, category)?;
    diesel::insert_into(categories::table).values(CategoryRow::from(category)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of a section. Where it moved under another, everything that stands in it
/// or below it is found under its new ways from now on.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before; [`Conflict::SlugTaken`].
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, category: &Category) -> Result<(), StoreError> {
    take_slugs(tx, category)?;
    let was_below = categories::table
        .find(Key(category.id))
        .select(categories::parent_id)
        .first::<Option<Key<Category>>>(tx.conn)
        .optional()?
        .flatten()
        .map(|parent| parent.0);
    let changed = diesel::update(categories::table)
        .filter(categories::id.eq(Key(category.id)))
        .filter(categories::version.eq(category.version - 1))
        .set(CategoryRow::from(category))
        .execute(tx.conn)?;
    if changed != 1 {
        return Err(Conflict::Stale.into());
    }
    if was_below != category.content.parent_id {
        let all = all(&mut tx.public())?;
        for id in subtree(&all, category.id) {
            rewrite_sections(tx, &all, id)?;
        }
    }
    Ok(())
}

fn take_slugs(tx: &mut Tx<'_>, category: &Category) -> Result<(), StoreError> {
    directory::take_slugs(
        tx,
        Target::new(Kind::Category, category.id),
        &category.content.slug,
        &category.content.translations,
    )
}

/// Gives whatever public content stands in the section `id` one link for it and each section above,
/// nearest first: a filter by section reads these. Statements by section and not by item, so that
/// moving a section of thousands of articles costs a handful of them.
fn rewrite_sections(tx: &mut Tx<'_>, all: &[Category], id: CategoryId) -> Result<(), StoreError> {
    let own = diesel::alias!(public_links as own);
    let in_section = || {
        own.filter(own.field(public_links::relation).eq(Name(Relation::Category)))
            .filter(own.field(public_links::target_id).eq(Key(Id::<()>::new(id.uuid()))))
    };
    diesel::delete(
        public_links::table
            .filter(public_links::relation.eq(Name(Relation::Section)))
            .filter(public_links::source_id.eq_any(in_section().select(own.field(public_links::source_id)))),
    )
    .execute(tx.conn)?;
    for (position, above) in (0_i64..).zip(ancestors(all, id).iter().rev()) {
        in_section()
            .select((
                own.field(public_links::source_id),
                own.field(public_links::source_kind),
                Name(Relation::Section).into_sql::<crate::sql_types::sql::Named>(),
                position.into_sql::<diesel::sql_types::BigInt>(),
                own.field(public_links::target_kind),
                Key(Id::<()>::new(above.id.uuid())).into_sql::<crate::sql_types::sql::Identity>(),
                own.field(public_links::locale),
                own.field(public_links::sort_at),
                own.field(public_links::visible_from),
                own.field(public_links::visible_until),
            ))
            .insert_into(public_links::table)
            .into_columns((
                public_links::source_id,
                public_links::source_kind,
                public_links::relation,
                public_links::position,
                public_links::target_kind,
                public_links::target_id,
                public_links::locale,
                public_links::sort_at,
                public_links::visible_from,
                public_links::visible_until,
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Deletes a section that nothing uses. Its addresses stay its own, and answer "gone".
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is `version`; [`Conflict::InUse`] where sections
/// stand below it.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Trash>, id: CategoryId, version: i64) -> Result<(), StoreError> {
    let deleted =
        diesel::delete(categories::table.find(Key(id)).filter(categories::version.eq(version))).execute(tx.conn)?;
    if deleted == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// What refers to a section, some 20 of each: content, sections below it, menus.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, id: CategoryId) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let target = Target::new(Kind::Category, id);
    let mut uses = items::uses_of(desk, target)?;
    uses.extend(directory::public_uses_of(desk, target)?);
    let below = categories::table
        .filter(categories::parent_id.eq(Key(id)))
        .order((categories::position, categories::id))
        .limit(20)
        .select((categories::id, categories::name))
        .load::<(Key<Category>, String)>(desk.conn)?;
    uses.extend(below.into_iter().map(|(id, name)| (Kind::Category, id.0.uuid(), name)));
    uses.extend(site::uses_of(desk, target)?);
    Ok(uses)
}
