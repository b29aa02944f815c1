//! The editorial side of content: one set of queries for articles, events, speeches and pages.

use std::collections::BTreeMap;

use bantin_domain::{
    category::CategoryId,
    content::{Content, Correction, Group, Item, PublicCopy, Relation, Window, end_of_time},
    id::Id,
    kind::{Kind, Target},
    policy::{Act, Create, Edit, Granted, Purge},
    text::{Slug, folded_text, sort_key},
    time::Timestamp,
    user::User,
    workflow::State,
};
use diesel::{dsl::exists, prelude::*};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::{DbConnection, MultiBackend},
    error::{Conflict, StoreError},
    prepared::KeptExt,
    schema::{attendees, comments, item_links, items, preview_links, revisions, tombstones},
    slugs,
    sql_types::{Day, Instant, Json, Key, Name},
    store::{Desk, Tx},
};

mod completing;
mod conditions;
mod listing;

pub use self::{
    completing::complete,
    listing::{ItemFilter, list},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = items, check_for_backend(MultiBackend), treat_none_as_null = true, treat_none_as_default_value = false)]
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
    trashed_at: Option<Instant>,
    // What lists ask for, of the working copy.
    title_folded: Option<String>,
    form: Option<String>,
    status: Option<String>,
    starts_on: Option<Day>,
    ends_on: Option<Day>,
}

impl ItemRow {
    fn of<C: Content>(item: &Item<C>) -> Self {
        let public = item.public.as_ref();
        let particulars = item.content.particulars();
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
            trashed_at: item.trashed_at.map(Instant),
            title_folded: Some(folded_text(item.content.title().as_str())),
            form: particulars.kind.map(ToOwned::to_owned),
            status: particulars.status.map(ToOwned::to_owned),
            starts_on: particulars.days.map(|(first, _)| Day(first)),
            ends_on: particulars.days.map(|(_, last)| Day(last)),
        }
    }

    /// The item as it is at `now`: what was scheduled and whose instant has come is published, what has
    /// come to its end is a draft, whether or not anybody has written that down yet.
    fn into_item<C: Content>(self, content: C, written_by: Id<User>, now: Timestamp) -> Result<Item<C>, StoreError> {
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
        let has_come = public.as_ref().is_some_and(|copy| copy.window.from <= now);
        let has_gone = public.as_ref().is_some_and(|copy| copy.window.until <= now);
        let state = match self.state.0 {
            State::Scheduled if has_come && !has_gone => State::Published,
            State::Scheduled | State::Published if has_gone => State::Draft,
            state => state,
        };
        Ok(Item {
            id: Id::new(self.id.0.uuid()),
            group: self.group_id.0,
            state,
            version: self.version,
            revision: self.revision,
            content,
            position: self.position,
            first_published_at: self.first_published_at.map(|at| at.0),
            public: public.filter(|_| !has_gone),
            has_unpublished_changes: self.has_unpublished_changes || has_gone,
            corrections: self.corrections.0,
            created_by: self.created_by.0,
            created_at: self.created_at.0,
            updated_by: self.updated_by.0,
            updated_at: self.updated_at.0,
            written_by,
            assignee: self.assignee_id.map(|id| id.0),
            trashed_at: self.trashed_at.map(|at| at.0),
        })
    }
}

fn corrupt(column: &'static str, id: Key<()>, reason: String) -> StoreError {
    StoreError::Corrupt { table: "items", column, id: id.0.to_string(), reason }
}

/// Refuses an id that something purged had: it is never given again. Only of an id that a client chose it
/// has to be asked.
///
/// # Errors
/// [`Conflict::IdTaken`].
pub fn expect_unused<C: Content>(tx: &mut Tx<'_>, id: Id<C>) -> Result<(), StoreError> {
    let purged = tombstones::table.find(Key(Id::<()>::new(id.uuid())));
    if diesel::select(exists(purged)).get_result(tx.conn)? { Err(Conflict::IdTaken.into()) } else { Ok(()) }
}

/// Writes an item that does not exist yet, and its first revision. Its slug was reserved before.
///
/// # Errors
/// [`Conflict::TranslationTaken`], [`Conflict::IdTaken`].
pub fn insert<C: Content>(tx: &mut Tx<'_>, _granted: &Granted<Create>, item: &Item<C>) -> Result<(), StoreError> {
    diesel::insert_into(items::table).values(ItemRow::of(item)).kept().execute(tx.conn)?;
    append_revision(tx, item)
}

/// Writes the next version of an item, which is a new revision. Its slug was reserved before.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save<C: Content>(tx: &mut Tx<'_>, _granted: &Granted<Edit>, item: &Item<C>) -> Result<(), StoreError> {
    update_row(tx, item)?;
    append_revision(tx, item)
}

/// Writes what publishing, withdrawing or another act of the workflow changed of an item; its text
/// stays the same, so there is no revision. The caller holds the proof of that act.
pub(crate) fn update_row<C: Content>(tx: &mut Tx<'_>, item: &Item<C>) -> Result<(), StoreError> {
    let next = diesel::update(items::table)
        .filter(items::id.eq(Key(Id::<()>::new(item.id.uuid()))))
        .filter(items::version.eq(item.version - 1))
        .set(ItemRow::of(item));
    let changed = next.kept().execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

fn append_revision<C: Content>(tx: &mut Tx<'_>, item: &Item<C>) -> Result<(), StoreError> {
    let id = Key(Id::<()>::new(item.id.uuid()));
    diesel::insert_into(revisions::table)
        .values((
            revisions::item_id.eq(id),
            revisions::number.eq(item.revision),
            revisions::content.eq(Json(item.content.clone())),
            revisions::created_by.eq(Key(item.written_by)),
            revisions::created_at.eq(Instant(item.updated_at)),
        ))
        .kept()
        .execute(tx.conn)?;
    if item.revision > 1 {
        diesel::delete(item_links::table.filter(item_links::item_id.eq(id))).execute(tx.conn)?;
    }
    for (position, link) in (0..).zip(item.content.links()) {
        diesel::insert_into(item_links::table)
            .values((
                item_links::item_id.eq(id),
                item_links::relation.eq(Name::<Relation>(link.relation)),
                item_links::position.eq::<i64>(position),
                item_links::target_kind.eq(Name(link.target.kind)),
                item_links::target_id.eq(Key(Id::<()>::new(link.target.id))),
            ))
            .kept()
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
        .select((ItemRow::as_select(), revisions::content, revisions::created_by))
        .first::<(ItemRow, Json<C>, Key<User>)>(desk.conn)
        .optional()?;
    let now = desk.now();
    found.map(|(row, content, writer)| row.into_item(content.0, writer.0, now)).transpose()
}

/// Reads an item that is about to be written, and keeps other writers of it out until the transaction
/// ends: what is then decided on what was read stays right. SQLite has one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn find_to_write<C: Content>(tx: &mut Tx<'_>, id: Id<C>) -> Result<Option<Item<C>>, StoreError> {
    if let DbConnection::Postgres(conn) = &mut *tx.conn {
        items::table.find(Key(Id::<()>::new(id.uuid()))).select(items::version).for_update().execute(conn)?;
    }
    find(tx, id)
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

/// Whether an item can be seen at an instant, as far as is planned now.
///
/// # Errors
/// When the database fails.
pub fn is_shown_by(desk: &mut Desk<'_>, target: Target, at: Timestamp) -> Result<bool, StoreError> {
    let shown = items::table
        .filter(items::id.eq(Key(Id::<()>::new(target.id))))
        .filter(items::kind.eq(Name(target.kind)))
        .filter(items::visible_from.le(Instant(at)))
        .filter(items::visible_until.gt(Instant(at)));
    Ok(diesel::select(exists(shown)).get_result(desk.conn)?)
}

/// The sections of several items, whatever their kind.
///
/// # Errors
/// When the database fails.
pub fn sections_of(desk: &mut Desk<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, CategoryId>, StoreError> {
    let ids: Vec<Key<()>> = ids.iter().map(|id| Key(Id::new(*id))).collect();
    let rows = items::table
        .filter(items::id.among(ids))
        .filter(items::category_id.is_not_null())
        .select((items::id, items::category_id.assume_not_null()))
        .load::<(Key<()>, Key<bantin_domain::category::Category>)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, category)| (id.0.uuid(), category.0)).collect())
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

/// Writes what an act of the workflow changed of an item that stays out of sight, or as visible as it is.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn set_state<C: Content, A: Act>(tx: &mut Tx<'_>, _granted: &Granted<A>, item: &Item<C>) -> Result<(), StoreError> {
    update_row(tx, item)
}

/// The items whose time in the trash is over, oldest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub fn trashed_before(desk: &mut Desk<'_>, before: Timestamp, limit: u32) -> Result<Vec<Target>, StoreError> {
    let rows = items::table
        .filter(items::trashed_at.le(Instant(before)))
        .order((items::trashed_at.asc(), items::id.asc()))
        .limit(i64::from(limit))
        .select((items::kind, items::id))
        .load::<(Name<Kind>, Key<()>)>(desk.conn)?;
    Ok(rows.into_iter().map(|(kind, id)| Target::new(kind.0, id.0)).collect())
}

/// Takes an item out of the trash for ever: its revisions, its comments, what belongs to it. Its id and
/// the addresses that the public knew are never given to another.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut Tx<'_>, _granted: &Granted<Purge>, target: Target) -> Result<(), StoreError> {
    let id = Key(Id::<()>::new(target.id));
    diesel::delete(comments::table.filter(comments::item_id.eq(id))).execute(tx.conn)?;
    diesel::delete(preview_links::table.filter(preview_links::item_id.eq(id))).execute(tx.conn)?;
    diesel::delete(
        attendees::table.filter(attendees::event_id.eq(Key(Id::<bantin_domain::event::Event>::new(target.id)))),
    )
    .execute(tx.conn)?;
    diesel::delete(item_links::table.filter(item_links::item_id.eq(id))).execute(tx.conn)?;
    diesel::delete(revisions::table.filter(revisions::item_id.eq(id))).execute(tx.conn)?;
    diesel::delete(items::table.find(id)).execute(tx.conn)?;
    slugs::release_drafts(tx, target.id)?;
    diesel::insert_into(tombstones::table)
        .values((
            tombstones::id.eq(id),
            tombstones::kind.eq(Name(target.kind)),
            tombstones::purged_at.eq(Instant(tx.now())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// An item that will come into sight, or go out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub target: Target,
    /// Its title.
    pub title: String,
    /// Its language.
    pub locale: String,
    /// When it can be seen.
    pub window: Window,
    /// Its section.
    pub category: Option<CategoryId>,
    /// What it belongs to.
    pub parent: Option<Uuid>,
    /// Who made it.
    pub owner: Id<User>,
}

/// What is planned after now: items that will come into sight by the order of their instants, and those
/// that are to go, at most `limit` of each.
///
/// # Errors
/// When the database fails.
pub fn planned(desk: &mut Desk<'_>, limit: u32) -> Result<Vec<Planned>, StoreError> {
    let now = Instant(desk.now());
    let columns = (
        items::kind,
        items::id,
        items::title,
        items::locale,
        items::visible_from.assume_not_null(),
        items::visible_until.assume_not_null(),
        items::category_id,
        items::parent_id,
        items::created_by,
    );
    type Row = (
        Name<Kind>,
        Key<()>,
        String,
        String,
        Instant,
        Instant,
        Option<Key<bantin_domain::category::Category>>,
        Option<Key<()>>,
        Key<User>,
    );
    let mut rows = items::table
        .filter(items::visible_from.gt(now))
        .order((items::visible_from.asc(), items::id.asc()))
        .limit(i64::from(limit))
        .select(columns)
        .load::<Row>(desk.conn)?;
    rows.extend(
        items::table
            .filter(items::visible_until.gt(now))
            .filter(items::visible_until.lt(Instant(end_of_time())))
            .filter(items::visible_from.le(now))
            .order((items::visible_until.asc(), items::id.asc()))
            .limit(i64::from(limit))
            .select(columns)
            .load::<Row>(desk.conn)?,
    );
    Ok(rows
        .into_iter()
        .map(|(kind, id, title, locale, from, until, category, parent, owner)| Planned {
            target: Target::new(kind.0, id.0),
            title,
            locale,
            window: Window { from: from.0, until: until.0 },
            category: category.map(|id| id.0),
            parent: parent.map(|id| id.0.uuid()),
            owner: owner.0,
        })
        .collect())
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
