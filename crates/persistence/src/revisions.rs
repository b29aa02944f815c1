//! The history of content: one set of queries for articles, events, speeches and pages.
//!
//! Every save appends a revision, a full snapshot, which nobody changes any more (`items.rs` writes it, in
//! the transaction of the save). All that is ever added to one is a label.

use bantin_domain::{
    content::Content,
    id::Id,
    listing::{Cursor, PageRequest, Slice, SortKey, Start},
    policy::{Edit, Granted},
    text::Label,
    time::Timestamp,
    user::User,
};
use diesel::prelude::*;

use crate::{
    connection::MultiBackend,
    error::StoreError,
    schema::{revisions, users},
    sql_types::{Instant, Json, Key},
    store::{Desk, Tx},
};

/// A revision without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Counted from 1 for each item, without a gap.
    pub number: i64,
    /// Who saved it.
    pub created_by: Author,
    /// When.
    pub created_at: Timestamp,
    /// What an editor calls it.
    pub label: Option<Label>,
}

/// Who saved a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account.
    pub id: Id<User>,
    /// As it is called today.
    pub name: String,
}

type Row = (i64, Key<User>, String, Instant, Option<String>);

fn columns() -> (revisions::number, revisions::created_by, users::name, revisions::created_at, revisions::label) {
    (revisions::number, revisions::created_by, users::name, revisions::created_at, revisions::label)
}

fn read<C: Content>(item: Id<C>, (number, user, name, at, label): Row) -> Result<Revision, StoreError> {
    let label = label.map(|text| Label::parse(&text)).transpose().map_err(|fault| StoreError::Corrupt {
        table: "revisions",
        column: "label",
        id: format!("{item}/{number}"),
        reason: fault.message,
    })?;
    Ok(Revision { number, created_by: Author { id: user.0, name }, created_at: at.0, label })
}

fn key<C: Content>(item: Id<C>) -> Key<()> {
    Key(Id::new(item.uuid()))
}

/// A page of an item's revisions, newest first, without what they say.
///
/// # Errors
/// When the database fails.
pub fn list<C: Content>(desk: &mut Desk<'_>, item: Id<C>, page: &PageRequest) -> Result<Slice<Revision>, StoreError> {
    let query = || {
        revisions::table
            .inner_join(users::table.on(users::id.eq(revisions::created_by)))
            .filter(revisions::item_id.eq(key(item)))
            .into_boxed::<MultiBackend>()
    };
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(desk.conn)?.unsigned_abs()),
        false => None,
    };
    let rows = match &page.start {
        Start::After(Cursor { key: SortKey::Number(number), .. }) => {
            query().filter(revisions::number.lt(*number)).order(revisions::number.desc())
        }
        Start::Before(Cursor { key: SortKey::Number(number), .. }) => {
            query().filter(revisions::number.gt(*number)).order(revisions::number.asc())
        }
        _ => query().order(revisions::number.desc()),
    };
    let found = rows
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(columns())
        .load::<Row>(desk.conn)?;
    let found = found.into_iter().map(|row| read(item, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(found, page, total, |one| Cursor { key: SortKey::Number(one.number), id: item.uuid() }))
}

/// One revision and what it says.
///
/// # Errors
/// When the database fails.
pub fn find<C: Content>(desk: &mut Desk<'_>, item: Id<C>, number: i64) -> Result<Option<(Revision, C)>, StoreError> {
    let found = revisions::table
        .inner_join(users::table.on(users::id.eq(revisions::created_by)))
        .filter(revisions::item_id.eq(key(item)))
        .filter(revisions::number.eq(number))
        .select((columns(), revisions::content))
        .first::<(Row, Json<C>)>(desk.conn)
        .optional()?;
    found.map(|(row, content)| Ok((read(item, row)?, content.0))).transpose()
}

/// Names a revision, or takes its name away. A label is no content: neither the item nor its version
/// changes.
///
/// # Errors
/// When the database fails.
pub fn set_label<C: Content>(
    tx: &mut Tx<'_>,
    _granted: &Granted<Edit>,
    item: Id<C>,
    number: i64,
    label: Option<&Label>,
) -> Result<(), StoreError> {
    diesel::update(revisions::table.find((key(item), number)))
        .set(revisions::label.eq(label.map(Label::as_str)))
        .execute(tx.conn)?;
    Ok(())
}
