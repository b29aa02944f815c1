//! In which section content stands for the public after a change, and which section it left by it.
//!
//! Who follows a section must be told of what leaves it: of what is withdrawn while it stands there, and of what is
//! published anew in another one. The draft cannot say so, for it may be anywhere by then, and where it is nobody may
//! learn; the public row is gone, or written anew. So what the log last said of each item is kept.

use std::collections::HashMap;

use bantin_domain::{
    category::{Category, CategoryId},
    id::Id,
    kind::{ChangeKind, Kind},
};
use diesel::prelude::*;
use uuid::Uuid;

use super::NewChange;
use crate::{
    among::AmongExt,
    error::StoreError,
    schema::{public_articles, public_events, public_speeches, told_sections},
    sql_types::Key,
    store::Tx,
};

/// Where the public finds what changed. A speech stands where its event does; what has no section by its nature
/// stands in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The section that it stands in now; none of what nobody sees any more.
    pub section: Option<CategoryId>,
    /// The section that it stood in before, where it left it.
    pub left: Option<CategoryId>,
}

/// What each of the changes says of it, in their order, which is kept. Call it under the lock of the change log.
///
/// # Errors
/// When the database fails.
pub(super) fn after(tx: &mut Tx<'_>, new: &[&NewChange]) -> Result<Vec<Standing>, StoreError> {
    let before = told(tx, new)?;
    let now = standing(tx, new)?;
    let mut last = before.clone();
    let standings = new.iter().map(|change| {
        let id = change.target.id;
        let section = now.get(&id).copied().filter(|_| change.kind != ChangeKind::Deleted);
        let was = match section {
            Some(section) => last.insert(id, section),
            None => last.remove(&id),
        };
        Standing { section, left: was.filter(|was| Some(*was) != section) }
    });
    let standings = standings.collect();
    keep(tx, &before, &last)?;
    Ok(standings)
}

/// What the log last said of the items among them.
fn told(tx: &mut Tx<'_>, new: &[&NewChange]) -> Result<HashMap<Uuid, CategoryId>, StoreError> {
    let ids: Vec<Key<()>> = [Kind::Article, Kind::Event, Kind::Speech].iter().flat_map(|kind| of(new, *kind)).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = told_sections::table
        .filter(told_sections::item_id.among(ids))
        .select((told_sections::item_id, told_sections::section_id))
        .load::<(Key<()>, Key<Category>)>(tx.conn)?;
    Ok(rows.into_iter().map(|(id, section)| (id.0.uuid(), section.0)).collect())
}

/// Where the public side has them.
fn standing(tx: &mut Tx<'_>, new: &[&NewChange]) -> Result<HashMap<Uuid, CategoryId>, StoreError> {
    let mut standing = HashMap::new();
    let articles = of(new, Kind::Article);
    if !articles.is_empty() {
        let rows = public_articles::table
            .filter(public_articles::id.among(articles))
            .select((public_articles::id, public_articles::category_id))
            .load::<(Key<()>, Key<Category>)>(tx.conn)?;
        standing.extend(rows.into_iter().map(|(id, section)| (id.0.uuid(), section.0)));
    }
    let mut note = |rows: Vec<(Key<()>, Option<Key<Category>>)>| {
        standing.extend(rows.into_iter().filter_map(|(id, section)| Some((id.0.uuid(), section?.0))));
    };
    let events = of(new, Kind::Event);
    if !events.is_empty() {
        note(
            public_events::table
                .filter(public_events::id.among(events))
                .select((public_events::id, public_events::category_id))
                .load(tx.conn)?,
        );
    }
    let speeches = of(new, Kind::Speech);
    if !speeches.is_empty() {
        note(
            public_speeches::table
                .inner_join(public_events::table.on(public_events::id.eq(public_speeches::event_id)))
                .filter(public_speeches::id.among(speeches))
                .select((public_speeches::id, public_events::category_id))
                .load(tx.conn)?,
        );
    }
    Ok(standing)
}

fn of(new: &[&NewChange], kind: Kind) -> Vec<Key<()>> {
    let of_kind = new.iter().filter(|change| change.target.kind == kind);
    of_kind.map(|change| Key(Id::new(change.target.id))).collect()
}

/// Writes down what differs.
fn keep(
    tx: &mut Tx<'_>,
    before: &HashMap<Uuid, CategoryId>,
    last: &HashMap<Uuid, CategoryId>,
) -> Result<(), StoreError> {
    let key = |id: &Uuid| Key(Id::<()>::new(*id));
    let old: Vec<_> = before.keys().filter(|id| last.get(id) != before.get(id)).map(key).collect();
    if !old.is_empty() {
        diesel::delete(told_sections::table.filter(told_sections::item_id.among(old))).execute(tx.conn)?;
    }
    for (id, section) in last.iter().filter(|(id, section)| before.get(id) != Some(section)) {
        diesel::insert_into(told_sections::table)
            .values((told_sections::item_id.eq(key(id)), told_sections::section_id.eq(Key(*section))))
            .execute(tx.conn)?;
    }
    Ok(())
}
