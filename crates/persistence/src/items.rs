//! The editorial side of content: one set of queries for articles, events, speeches and pages.

use bantin_domain::{
    category::CategoryId,
    content::{Content, Correction, Group, Item, PublicCopy, Relation, Window},
    id::Id,
    kind::{Kind, Target},
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    policy::{Create, Edit, Granted},
    text::{Slug, sort_key},
    user::User,
    workflow::State,
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    connection::MultiBackend,
    error::{Conflict, StoreError},
    schema::{item_links, items, revisions},
    slugs,
    sql_types::{Instant, Json, Key, Name},
    store::{Desk, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = items, check_for_backend(MultiBackend), treat_none_as_null = true)]
struct ItemRow {
    id: Key<()>,
    kind: Name<Kind>,
    locale: String,
    group_id: Key<Group>,
    state: Name<State>,
    version: i64,
    revision: i64,
    slug: String,
    title: String,
    title_sort: Vec<u8>,
    category_id: Option<Key<bantin_domain::category::Category>>,
    parent_id: Option<Key<()>>,
    // Only `set_order` changes it: an edit that read it before would put the old place back.
    #[diesel(skip_update)]
    position: i64,
    first_published_at: Option<Instant>,
    public_revision: Option<i64>,
    public_slug: Option<String>,
    published_at: Option<Instant>,
    visible_from: Option<Instant>,
    visible_until: Option<Instant>,
    corrections: Json<Vec<Correction>>,
    has_unpublished_changes: bool,
    created_by: Key<User>,
    assignee_id: Option<Key<User>>,
    created_at: Instant,
    updated_by: Key<User>,
    updated_at: Instant,
}

impl ItemRow {
    fn of<C: Content>(item: &Item<C>) -> Self {
        let public = item.public.as_ref();
        Self {
            id: Key(Id::new(item.id.uuid())),
            kind: Name(C::KIND),
            locale: item.content.locale().to_string(),
            group_id: Key(item.group),
            state: Name(item.state),
            version: item.version,
            revision: item.revision,
            slug: item.content.slug().to_string(),
            title: item.content.title().to_string(),
            title_sort: sort_key(item.content.title().as_str()),
            category_id: item.content.category().map(Key),
            parent_id: item.content.parent().map(|parent| Key(Id::new(parent.id))),
            position: item.position,
            first_published_at: item.first_published_at.map(Instant),
            public_revision: public.map(|copy| copy.revision),
            public_slug: public.map(|copy| copy.slug.to_string()),
            published_at: public.map(|copy| Instant(copy.published_at)),
            visible_from: public.map(|copy| Instant(copy.window.from)),
            visible_until: public.map(|copy| Instant(copy.window.until)),
            corrections: Json(item.corrections.clone()),
            has_unpublished_changes: item.has_unpublished_changes,
            created_by: Key(item.created_by),
            assignee_id: item.assignee.map(Key),
            created_at: Instant(item.created_at),
            updated_by: Key(item.updated_by),
            updated_at: Instant(item.updated_at),
        }
    }

    fn into_item<C: Content>(self, content: C) -> Result<Item<C>, StoreError> {
        let public =
            match (self.public_revision, self.public_slug, self.published_at, self.visible_from, self.visible_until) {
                (Some(revision), Some(slug), Some(published_at), Some(from), Some(until)) => Some(PublicCopy {
                    revision,
                    slug: Slug::parse(&slug).map_err(|fault| corrupt("public_slug", self.id, fault.message))?,
                    published_at: published_at.0,
                    window: Window { from: from.0, until: until.0 },
                }),
                (None, None, None, None, None) => None,
                _ => return Err(corrupt("public_revision", self.id, "half a public copy".to_owned())),
            };
        Ok(Item {
            id: Id::new(self.id.0.uuid()),
            group: self.group_id.0,
            state: self.state.0,
            version: self.version,
            revision: self.revision,
            content,
            position: self.position,
            first_published_at: self.first_published_at.map(|at| at.0),
            public,
            has_unpublished_changes: self.has_unpublished_changes,
            corrections: self.corrections.0,
            created_by: self.created_by.0,
            created_at: self.created_at.0,
            updated_by: self.updated_by.0,
            updated_at: self.updated_at.0,
            assignee: self.assignee_id.map(|id| id.0),
        })
    }
}

fn corrupt(column: &'static str, id: Key<()>, reason: String) -> StoreError {
    StoreError::Corrupt { table: "items", column, id: id.0.to_string(), reason }
}

/// Writes an item that does not exist yet, its first revision and its reserved slug.
///
/// # Errors
/// [`Conflict::SlugTaken`], [`Conflict::TranslationTaken`], [`Conflict::IdTaken`].
pub fn insert<C: Content>(tx: &mut Tx<'_>, _granted: &Granted<Create>, item: &Item<C>) -> Result<(), StoreError> {
    slugs::reserve(tx, C::KIND, item.content.slug(), item.id.uuid())?;
    diesel::insert_into(items::table).values(ItemRow::of(item)).execute(tx.conn)?;
    append_revision(tx, item)
}

/// Writes the next version of an item: a new revision where its number has risen.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before; [`Conflict::SlugTaken`].
pub fn save<C: Content>(tx: &mut Tx<'_>, _granted: &Granted<Edit>, item: &Item<C>) -> Result<(), StoreError> {
    // The row first, as publishing does: two writers that lock in one order cannot lock each other out.
    update_row(tx, item)?;
    slugs::reserve(tx, C::KIND, item.content.slug(), item.id.uuid())?;
    append_revision(tx, item)
}

/// Writes what publishing, withdrawing or another act of the workflow changed of an item; its text
/// stays the same, so there is no revision. The caller holds the proof of that act.
pub(crate) fn update_row<C: Content>(tx: &mut Tx<'_>, item: &Item<C>) -> Result<(), StoreError> {
    let changed = diesel::update(items::table)
        .filter(items::id.eq(Key(Id::<()>::new(item.id.uuid()))))
        .filter(items::version.eq(item.version - 1))
        .set(ItemRow::of(item))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

fn append_revision<C: Content>(tx: &mut Tx<'_>, item: &Item<C>) -> Result<(), StoreError> {
    let id = Key(Id::<()>::new(item.id.uuid()));
    diesel::insert_into(revisions::table)
        .values((
            revisions::item_id.eq(id),
            revisions::number.eq(item.revision),
            revisions::content.eq(Json(item.content.clone())),
            revisions::created_by.eq(Key(item.updated_by)),
            revisions::created_at.eq(Instant(item.updated_at)),
        ))
        .execute(tx.conn)?;
    diesel::delete(item_links::table.filter(item_links::item_id.eq(id))).execute(tx.conn)?;
    for (position, link) in (0..).zip(item.content.links()) {
        diesel::insert_into(item_links::table)
            .values((
                item_links::item_id.eq(id),
                item_links::relation.eq(Name::<Relation>(link.relation)),
                item_links::position.eq::<i64>(position),
                item_links::target_kind.eq(Name(link.target.kind)),
                item_links::target_id.eq(Key(Id::<()>::new(link.target.id))),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Reads an item with its working copy.
///
/// # Errors
/// When the database fails.
pub fn find<C: Content>(desk: &mut Desk<'_>, id: Id<C>) -> Result<Option<Item<C>>, StoreError> {
    let found = items::table
        .inner_join(revisions::table.on(revisions::item_id.eq(items::id).and(revisions::number.eq(items::revision))))
        .filter(items::id.eq(Key(Id::<()>::new(id.uuid()))))
        .filter(items::kind.eq(Name(C::KIND)))
        .select((ItemRow::as_select(), revisions::content))
        .first::<(ItemRow, Json<C>)>(desk.conn)
        .optional()?;
    found.map(|(row, content)| row.into_item(content.0)).transpose()
}

/// Which items of a kind the desk asks for.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Only those in one of these states; all but the trash when empty.
    pub states: Vec<State>,
    /// Only those that this user made.
    pub created_by: Option<Id<User>>,
    /// Only those that belong to this item.
    pub parent: Option<Uuid>,
}

/// A page of items, last changed first.
///
/// # Errors
/// When the database fails.
pub fn list<C: Content>(
    desk: &mut Desk<'_>,
    filter: &ItemFilter,
    page: &PageRequest,
) -> Result<Slice<Item<C>>, StoreError> {
    let query = || {
        let mut query = items::table
            .inner_join(
                revisions::table.on(revisions::item_id.eq(items::id).and(revisions::number.eq(items::revision))),
            )
            .filter(items::kind.eq(Name(C::KIND)))
            .into_boxed::<MultiBackend>();
        if filter.states.is_empty() {
            query = query.filter(items::state.ne(Name(State::Trashed)));
        } else {
            query = query.filter(items::state.eq_any(filter.states.iter().copied().map(Name).collect::<Vec<_>>()));
        }
        if let Some(user) = filter.created_by {
            query = query.filter(items::created_by.eq(Key(user)));
        }
        if let Some(parent) = filter.parent {
            query = query.filter(items::parent_id.eq(Key(Id::<()>::new(parent))));
        }
        query
    };
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(desk.conn)?.unsigned_abs()),
        false => None,
    };
    let mut rows = query();
    let backwards = match &page.start {
        Start::After(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<()>::new(*id)));
            rows = rows.filter(items::updated_at.lt(at).or(items::updated_at.eq(at).and(items::id.lt(id))));
            false
        }
        Start::Before(Cursor { key: SortKey::Instant(at), id }) => {
            let (at, id) = (Instant(*at), Key(Id::<()>::new(*id)));
            rows = rows.filter(items::updated_at.gt(at).or(items::updated_at.eq(at).and(items::id.gt(id))));
            true
        }
        _ => false,
    };
    rows = if backwards {
        rows.order((items::updated_at.asc(), items::id.asc()))
    } else {
        rows.order((items::updated_at.desc(), items::id.desc()))
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select((ItemRow::as_select(), revisions::content))
        .load::<(ItemRow, Json<C>)>(desk.conn)?;
    let found =
        found.into_iter().map(|(row, content)| row.into_item(content.0)).collect::<Result<Vec<Item<C>>, _>>()?;
    Ok(Slice::cut(found, page, total, |item| Cursor { key: SortKey::Instant(item.updated_at), id: item.id.uuid() }))
}

/// What the policy must know of an item that it cannot see: its kind, who made it, where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Who made it.
    pub owner: Id<User>,
    /// Its section.
    pub category: Option<CategoryId>,
    /// Its state.
    pub state: State,
}

/// Where an item comes from, whatever its kind.
///
/// # Errors
/// When the database fails.
pub fn origin(desk: &mut Desk<'_>, target: Target) -> Result<Option<Origin>, StoreError> {
    let found = items::table
        .filter(items::id.eq(Key(Id::<()>::new(target.id))))
        .filter(items::kind.eq(Name(target.kind)))
        .select((items::created_by, items::category_id, items::state))
        .first::<(Key<User>, Option<Key<bantin_domain::category::Category>>, Name<State>)>(desk.conn)
        .optional()?;
    Ok(found.map(|(owner, category, state)| Origin {
        owner: owner.0,
        category: category.map(|id| id.0),
        state: state.0,
    }))
}

/// The ids of the untrashed items that belong to `parent`, in order.
///
/// # Errors
/// When the database fails.
pub fn children<C: Content>(desk: &mut Desk<'_>, parent: Uuid) -> Result<Vec<Id<C>>, StoreError> {
    let ids = items::table
        .filter(items::kind.eq(Name(C::KIND)))
        .filter(items::parent_id.eq(Key(Id::<()>::new(parent))))
        .filter(items::state.ne(Name(State::Trashed)))
        .order((items::position.asc(), items::id.asc()))
        .select(items::id)
        .load::<Key<()>>(desk.conn)?;
    Ok(ids.into_iter().map(|id| Id::new(id.0.uuid())).collect())
}

/// Puts the items that belong together into this order, from 1. Touches no version: the order is a
/// member of what they belong to.
///
/// # Errors
/// When the database fails.
pub fn set_order<C: Content>(tx: &mut Tx<'_>, _granted: &Granted<Edit>, ids: &[Id<C>]) -> Result<(), StoreError> {
    for (position, id) in (1_i64..).zip(ids) {
        diesel::update(items::table.filter(items::id.eq(Key(Id::<()>::new(id.uuid())))))
            .set(items::position.eq(position))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Notes that publishing an item would now show something else, though its text has no new revision:
/// its attendees or the order of its programme changed.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is `version`.
pub fn touch<C: Content>(tx: &mut Tx<'_>, granted: &Granted<Edit>, id: Id<C>, version: i64) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let changed = diesel::update(items::table)
        .filter(items::id.eq(Key(Id::<()>::new(id.uuid()))))
        .filter(items::version.eq(version))
        .set((
            items::version.eq(version + 1),
            items::has_unpublished_changes.eq(true),
            items::updated_by.eq(Key(granted.actor())),
            items::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// The same without a version: attendees have versions of their own, and an event's tag does not
/// cover them.
///
/// # Errors
/// When the database fails.
pub fn mark_changed<C: Content>(tx: &mut Tx<'_>, _granted: &Granted<Edit>, id: Id<C>) -> Result<(), StoreError> {
    diesel::update(items::table.filter(items::id.eq(Key(Id::<()>::new(id.uuid())))))
        .set(items::has_unpublished_changes.eq(true))
        .execute(tx.conn)?;
    Ok(())
}

/// What refers to a resource: the items whose working copy does, at most 20.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, target: Target) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let uses = item_links::table
        .inner_join(items::table.on(items::id.eq(item_links::item_id)))
        .filter(item_links::target_id.eq(Key(Id::<()>::new(target.id))))
        .filter(item_links::target_kind.eq(Name(target.kind)))
        .select((items::kind, items::id, items::title))
        .distinct()
        .limit(20)
        .load::<(Name<Kind>, Key<()>, String)>(desk.conn)?;
    Ok(uses.into_iter().map(|(kind, id, title)| (kind.0, id.0.uuid(), title)).collect())
}
