//! Lists of items for the desk. Any condition goes with any other and with any order; what every editor opens
//! (the last changed, those in a state, one's own, what waits for somebody) is read along an index, and the rest
//! costs what it costs: a desk has few readers, and each asks for a page.

use bantin_domain::{
    category::CategoryId,
    content::{Content, Item, end_of_time},
    criteria::{Criteria, ItemField, ItemSort, Trash},
    id::Id,
    kind::UserId,
    listing::{Cursor, Order, PageRequest, Slice, SortKey},
    policy::Sight,
    time::{Date, SiteZone},
    user::User,
    workflow::State,
};
use diesel::{dsl::exists, prelude::*};
use uuid::Uuid;

use super::{ItemRow, conditions::Asked};
use crate::{
    connection::MultiBackend,
    error::StoreError,
    schema::{items, revisions},
    sql_types::{Day, Instant, Json, Key, Name, sql},
    store::Desk,
    written::Written,
};

/// Which items of a kind the desk asks for, and in which order.
#[derive(Debug, Clone)]
pub struct ItemFilter {
    /// Those that meet these conditions.
    pub criteria: Criteria,
    /// Whether those in the trash are shown, which nobody is who does not ask for them.
    pub trash: Option<Trash>,
    /// Only those that somebody may see, whatever the conditions say. Of sections those below are named, too.
    pub sight: Sight,
    /// In which order.
    pub order: Order<ItemSort>,
    /// Whose calendar says what day it is.
    pub zone: SiteZone,
}

/// A page of items.
///
/// # Errors
/// When the database fails.
pub fn list<C: Content>(
    desk: &mut Desk<'_>,
    filter: &ItemFilter,
    page: &PageRequest,
) -> Result<Slice<Item<C>>, StoreError> {
    let now = desk.now();
    let asked = Asked {
        kind: C::KIND,
        now,
        today: now.day_in(&filter.zone),
        is_settled: !filter.criteria.ask_for(ItemField::State) || is_settled::<C>(desk)?,
    };
    let query = || {
        let mut query = items::table
            .inner_join(
                revisions::table.on(revisions::item_id.eq(items::id).and(revisions::number.eq(items::revision))),
            )
            .filter(items::kind.eq(Name(C::KIND)))
            .filter(asked.meets(&filter.criteria))
            .into_boxed::<MultiBackend>();
        match filter.trash {
            None if filter.criteria.name_the_trash() => {}
            None => query = query.filter(items::state.ne(Name(State::Trashed))),
            Some(Trash::With) => {}
            Some(Trash::Only) => query = query.filter(items::state.eq(Name(State::Trashed))),
        }
        match &filter.sight {
            Sight::All => query,
            Sight::Some { owner, categories } if categories.is_empty() => {
                // Somebody's own are read along an index; nobody's are none.
                query.filter(items::created_by.eq(Key(owner.unwrap_or(Id::new(Uuid::nil())))))
            }
            Sight::Some { owner, categories } => query.filter(is_within(*owner, categories)),
        }
    };
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(desk.conn)?.unsigned_abs()),
        false => None,
    };
    let Order { by, descending } = filter.order;
    let sorted_by = |out: &mut Written| sorted_by(out, by);
    let mut rows = query();
    if let Some(beyond) = Written::beyond(page, descending, "items.id", sorted_by) {
        rows = rows.filter(beyond);
    }
    let found = rows
        .order(Written::order(page, descending, "items.id", sorted_by))
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select((ItemRow::as_select(), revisions::content, revisions::created_by))
        .load::<(ItemRow, Json<C>, Key<User>)>(desk.conn)?;
    let slice = Slice::cut(found, page, total, |(row, _, _)| place(row, by));
    let into_item = |(row, content, writer): (ItemRow, Json<C>, Key<User>)| row.into_item(content.0, writer.0, now);
    slice.try_with_rows(|rows| rows.into_iter().map(into_item).collect())
}

/// Whether an item was made by somebody, or stands in one of these sections; a speech in that of its event.
fn is_within(owner: Option<UserId>, sections: &[CategoryId]) -> Written {
    let mut out = Written::new("(");
    if let Some(owner) = owner {
        out.words("items.created_by = ").value::<sql::Identity, _>(Key(owner)).words(" OR ");
    }
    let is_one = |out: &mut Written, section: &CategoryId| {
        out.value::<sql::Identity, _>(Key(*section));
    };
    out.words("items.category_id IN (").list(sections, ", ", is_one);
    out.words(") OR items.parent_id IN (SELECT host.id FROM items host WHERE host.category_id IN (");
    out.list(sections, ", ", is_one).words(")))");
    out
}

/// Whether no item has come into sight, or gone out of it, that is not written down to have.
fn is_settled<C: Content>(desk: &mut Desk<'_>) -> Result<bool, StoreError> {
    let now = Instant(desk.now());
    let has_come = items::table
        .filter(items::kind.eq(Name(C::KIND)))
        .filter(items::state.eq(Name(State::Scheduled)))
        .filter(items::visible_from.le(now));
    let has_gone = items::table.filter(items::visible_until.le(now));
    Ok(!diesel::select(exists(has_come).or(exists(has_gone))).get_result::<bool>(desk.conn)?)
}

/// Writes what a list is sorted by. What has no such value comes after every value: NULL compares with nothing.
fn sorted_by(out: &mut Written, by: ItemSort) {
    match by {
        ItemSort::UpdatedAt => out.words("items.updated_at"),
        ItemSort::CreatedAt => out.words("items.created_at"),
        ItemSort::Title => out.words("items.title_sort"),
        ItemSort::Order => out.words("items.position"),
        ItemSort::PublishedAt => {
            let end = Instant(end_of_time());
            out.words("COALESCE(items.published_at, ").value::<sql::Instant, _>(end).words(")")
        }
        ItemSort::StartsOn => out.words("COALESCE(items.starts_on, ").value::<sql::Day, _>(Day(Date::MAX)).words(")"),
    };
}

/// The place of a row in that order.
fn place(row: &ItemRow, by: ItemSort) -> Cursor {
    let key = match by {
        ItemSort::UpdatedAt => SortKey::Instant(row.updated_at.0),
        ItemSort::CreatedAt => SortKey::Instant(row.created_at.0),
        ItemSort::Title => SortKey::Bytes(row.title_sort.clone()),
        ItemSort::Order => SortKey::Number(row.position),
        ItemSort::PublishedAt => SortKey::Instant(row.published_at.map_or_else(end_of_time, |at| at.0)),
        ItemSort::StartsOn => SortKey::Day(row.starts_on.map_or(Date::MAX, |day| day.0)),
    };
    Cursor { key, id: row.id.0.uuid() }
}
