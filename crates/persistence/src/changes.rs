//! The change log: every row that the public side gained, changed or lost, numbered without a gap in
//! the order of the commits.
//!
//! What the public reads of a resource also says what it refers to, and a relation to something that nobody can
//! see is left out. So whatever comes into sight or goes out of it changes what refers to it: [`append`] finds
//! that out and logs it, so that no use case can forget it. It also says where content stands, and which section it
//! left: `standing`. What is old is forgotten: `kept`.

use bantin_domain::{
    category::Category,
    id::Id,
    kind::{ChangeKind, Kind, Target},
    locale::Locale,
    text::Slug,
    time::Timestamp,
    violation::Fault,
};
use diesel::prelude::*;

use crate::{
    among::AmongNamesExt,
    connection::{DbConnection, MultiBackend},
    error::StoreError,
    schema::{change_head, changes},
    sql_types::{Instant, Json, Key, Name},
    store::{PublicReader, Tx},
};

mod kept;
mod standing;
mod touched;

pub use self::{
    kept::{forget, is_old, kept_after},
    standing::Standing,
};

/// A change about to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// What happened.
    pub kind: ChangeKind,
    /// To what.
    pub target: Target,
    /// In which language it is.
    pub locale: Option<Locale>,
    /// Its slug after the change.
    pub slug: Option<Slug>,
    /// Its slug before, when it moved.
    pub previous_slug: Option<Slug>,
    /// When: the instant of the transaction, or the instant that passed by itself.
    pub at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = changes, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
struct ChangeRow {
    seq: i64,
    at: Instant,
    kind: Name<ChangeKind>,
    resource_kind: Name<Kind>,
    resource_id: Key<()>,
    locale: Option<String>,
    slug: Option<String>,
    previous_slug: Option<String>,
    tags: Json<Vec<String>>,
    section_id: Option<Key<Category>>,
    left_section_id: Option<Key<Category>>,
}

impl ChangeRow {
    fn into_logged(self) -> Result<LoggedChange, StoreError> {
        let corrupt = |column, fault: Fault| StoreError::Corrupt {
            table: "changes",
            column,
            id: self.seq.to_string(),
            reason: fault.message,
        };
        let slug = |column, slug: Option<&String>| {
            slug.map(|slug| Slug::parse(slug)).transpose().map_err(|fault| corrupt(column, fault))
        };
        let locale = self.locale.as_ref().map(|locale| Locale::parse(locale)).transpose();
        Ok(LoggedChange {
            seq: self.seq,
            change: NewChange {
                kind: self.kind.0,
                target: Target { kind: self.resource_kind.0, id: self.resource_id.0.uuid() },
                locale: locale.map_err(|fault| corrupt("locale", fault))?,
                slug: slug("slug", self.slug.as_ref())?,
                previous_slug: slug("previous_slug", self.previous_slug.as_ref())?,
                at: self.at.0,
            },
            standing: Standing {
                section: self.section_id.map(|key| key.0),
                left: self.left_section_id.map(|key| key.0),
            },
        })
    }
}

/// Appends changes, and those of what refers to what thereby came into sight or went out of it. Call it last in a
/// transaction: from here on it holds the one lock that every publishing transaction waits for.
///
/// # Errors
/// When the database fails.
pub fn append(tx: &mut Tx<'_>, new: &[NewChange]) -> Result<(), StoreError> {
    let touched = touched::by(tx, new)?;
    let new: Vec<&NewChange> = new.iter().chain(&touched).collect();
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(());
    }
    diesel::update(change_head::table.find(1)).set(change_head::seq.eq(change_head::seq + count)).execute(tx.conn)?;
    let head: i64 = change_head::table.find(1).select(change_head::seq).first(tx.conn)?;
    let standings = standing::after(tx, &new)?;
    for ((change, standing), seq) in new.iter().zip(standings).zip(head - count + 1..) {
        diesel::insert_into(changes::table)
            .values(ChangeRow {
                seq,
                at: Instant(change.at),
                kind: Name(change.kind),
                resource_kind: Name(change.target.kind),
                resource_id: Key(Id::new(change.target.id)),
                locale: change.locale.as_ref().map(ToString::to_string),
                slug: change.slug.as_ref().map(ToString::to_string),
                previous_slug: change.previous_slug.as_ref().map(ToString::to_string),
                tags: Json(vec![format!("{}:{}", change.target.kind, change.target.id)]),
                section_id: standing.section.map(Key),
                left_section_id: standing.left.map(Key),
            })
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Waits until no other transaction that changes what the public sees is under way; held until this
/// one ends. SQLite has one writer anyway.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if matches!(tx.conn, DbConnection::Postgres(_)) {
        diesel::update(change_head::table.find(1)).set(change_head::seq.eq(change_head::seq)).execute(tx.conn)?;
    }
    Ok(())
}

/// A change as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its number.
    pub seq: i64,
    /// What it says.
    pub change: NewChange,
    /// Where what changed stands.
    pub standing: Standing,
}

/// The changes after a number, oldest first.
///
/// # Errors
/// When the database fails.
pub fn after(reader: &mut PublicReader<'_>, seq: i64, limit: u32) -> Result<Vec<LoggedChange>, StoreError> {
    let rows = changes::table
        .filter(changes::seq.gt(seq))
        .order(changes::seq)
        .limit(i64::from(limit))
        .select(ChangeRow::as_select())
        .load(reader.conn()?)?;
    rows.into_iter().map(ChangeRow::into_logged).collect()
}

/// A part of the log, as somebody who follows it reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The changes, oldest first.
    pub changes: Vec<LoggedChange>,
    /// The number up to which the log has been read: where to go on.
    pub next: i64,
    /// The number of the newest change.
    pub head: i64,
}

/// The changes after a number of resources of these kinds (of all where none is named), oldest first, at most so many.
///
/// # Errors
/// When the database fails.
pub fn page(reader: &mut PublicReader<'_>, seq: i64, kinds: &[Kind], most: u32) -> Result<LogPage, StoreError> {
    let head = head(reader)?;
    let mut rows = changes::table.filter(changes::seq.gt(seq)).into_boxed::<MultiBackend>();
    if !kinds.is_empty() {
        rows = rows.filter(changes::resource_kind.among_names(kinds));
    }
    let rows = rows.order(changes::seq).limit(i64::from(most)).select(ChangeRow::as_select()).load(reader.conn()?)?;
    let changes = rows.into_iter().map(ChangeRow::into_logged).collect::<Result<Vec<_>, _>>()?;
    let is_full = u32::try_from(changes.len()).is_ok_and(|count| count == most);
    let next = changes.last().filter(|_| is_full).map_or(head.max(seq), |last| last.seq);
    Ok(LogPage { changes, next, head })
}

/// The newest changes, the newest first.
///
/// # Errors
/// When the database fails.
pub fn latest(reader: &mut PublicReader<'_>, limit: u32) -> Result<Vec<LoggedChange>, StoreError> {
    let rows = changes::table
        .order(changes::seq.desc())
        .limit(i64::from(limit))
        .select(ChangeRow::as_select())
        .load(reader.conn()?)?;
    rows.into_iter().map(ChangeRow::into_logged).collect()
}

/// The number of the newest change.
///
/// # Errors
/// When the database fails.
pub fn head(reader: &mut PublicReader<'_>) -> Result<i64, StoreError> {
    Ok(change_head::table.find(1).select(change_head::seq).first(reader.conn()?)?)
}
