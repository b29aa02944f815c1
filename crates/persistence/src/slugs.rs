//! Addresses: which slug names which resource, and which once did.
//!
//! A slug is unique per kind across languages, drafts and all that was ever public, because an old
//! address leads to its resource for ever. That holds by the table's key, not by looking first.

use bantin_domain::{
    kind::{ChangeKind, Kind, SlugState},
    text::Slug,
    time::Timestamp,
};
use diesel::{dsl::exists, prelude::*};
use uuid::Uuid;

use crate::{
    connection::DbConnection,
    error::{Conflict, StoreError},
    schema::{due, slugs},
    sql_types::{Instant, Key, Name},
    store::{PublicReader, Tx},
};

/// Reserves `slug` for a resource of `kind`. One that has another already then frees that by
/// [`release_other_drafts`].
///
/// # Errors
/// [`Conflict::SlugTaken`] where another resource has it; the transaction can go on.
pub fn reserve(tx: &mut Tx<'_>, kind: Kind, slug: &Slug, resource: Uuid) -> Result<(), StoreError> {
    let row = (
        slugs::kind.eq(Name(kind)),
        slugs::slug.eq(slug.as_str()),
        slugs::resource_id.eq(key(resource)),
        slugs::state.eq(Name(SlugState::Draft)),
    );
    // Two writers may both have found it free: the key decides, and a refused insert costs nothing.
    let reserved = match &mut *tx.conn {
        DbConnection::Postgres(conn) => {
            diesel::insert_into(slugs::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(slugs::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
    };
    if reserved == 0 && taken_by(tx, kind, slug)? != Some(resource) {
        return Err(Conflict::SlugTaken.into());
    }
    Ok(())
}

/// Frees what was reserved for a resource before `slug` and never became public.
///
/// # Errors
/// When the database fails.
pub fn release_other_drafts(tx: &mut Tx<'_>, slug: &Slug, resource: Uuid) -> Result<(), StoreError> {
    diesel::delete(
        slugs::table
            .filter(slugs::resource_id.eq(key(resource)))
            .filter(slugs::state.eq(Name(SlugState::Draft)))
            .filter(slugs::slug.ne(slug.as_str())),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// The resource that has a slug, in public or not.
fn taken_by(tx: &mut Tx<'_>, kind: Kind, slug: &Slug) -> Result<Option<Uuid>, StoreError> {
    let holder = slugs::table.find((Name(kind), slug.as_str())).select(slugs::resource_id);
    Ok(holder.get_result::<Key<()>>(tx.conn).optional()?.map(|holder| holder.0.uuid()))
}

/// `slug` if nobody has it, else one with a suffix that is free: the first that is, where the suffixes
/// before it are all taken. It is found in a number of steps that grows with the logarithm of how many
/// there are, so that the thousandth article of one title costs ten questions and not a thousand.
///
/// Another writer may take it meanwhile; [`reserve`] then says so.
///
/// # Errors
/// When the database fails.
pub fn free(tx: &mut Tx<'_>, kind: Kind, slug: &Slug) -> Result<Slug, StoreError> {
    if taken_by(tx, kind, slug)?.is_none() {
        return Ok(slug.clone());
    }
    let mut taken = 1_u32;
    let mut open = 2_u32;
    while taken_by(tx, kind, &slug.with_suffix(open))?.is_some() {
        taken = open;
        open = open.saturating_mul(2);
    }
    while open - taken > 1 {
        let middle = taken + (open - taken) / 2;
        match taken_by(tx, kind, &slug.with_suffix(middle))? {
            Some(_) => taken = middle,
            None => open = middle,
        }
    }
    Ok(slug.with_suffix(open))
}

/// Makes a reserved slug the one that the public knows; the one before becomes old.
///
/// # Errors
/// When the database fails.
pub fn make_current(tx: &mut Tx<'_>, kind: Kind, slug: &Slug, resource: Uuid) -> Result<(), StoreError> {
    diesel::update(
        slugs::table
            .filter(slugs::resource_id.eq(key(resource)))
            .filter(slugs::state.eq(Name(SlugState::Current)))
            .filter(slugs::slug.ne(slug.as_str())),
    )
    .set(slugs::state.eq(Name(SlugState::Old)))
    .execute(tx.conn)?;
    diesel::update(slugs::table.filter(slugs::kind.eq(Name(kind))).filter(slugs::slug.eq(slug.as_str())))
        .set(slugs::state.eq(Name(SlugState::Current)))
        .execute(tx.conn)?;
    Ok(())
}

/// Frees the slugs of a resource that is deleted and never was public.
///
/// # Errors
/// When the database fails.
pub fn release(tx: &mut Tx<'_>, resource: Uuid) -> Result<(), StoreError> {
    diesel::delete(slugs::table.filter(slugs::resource_id.eq(key(resource)))).execute(tx.conn)?;
    Ok(())
}

/// Frees the slugs of a resource that the public never knew; the others stay its own for ever.
///
/// # Errors
/// When the database fails.
pub fn release_drafts(tx: &mut Tx<'_>, resource: Uuid) -> Result<(), StoreError> {
    let mine = slugs::table.filter(slugs::resource_id.eq(key(resource)));
    diesel::delete(mine.filter(slugs::state.eq(Name(SlugState::Draft)))).execute(tx.conn)?;
    Ok(())
}

/// Whom a slug names, or named, in public. A reserved slug names nobody yet: to tell it from an
/// unknown one would tell of a draft. One whose resource has come into sight since does, though nobody
/// may have written that down.
///
/// # Errors
/// When the database fails.
pub fn holder(reader: &mut PublicReader<'_>, kind: Kind, slug: &Slug) -> Result<Option<Uuid>, StoreError> {
    let holder = slugs::table
        .filter(slugs::kind.eq(Name(kind)))
        .filter(slugs::slug.eq(slug.as_str()))
        .filter(slugs::state.ne(Name(SlugState::Draft)).or(exists(has_come(reader.now()))))
        .select(slugs::resource_id)
        .first::<Key<()>>(reader.conn()?)
        .optional()?;
    Ok(holder.map(|holder| holder.0.uuid()))
}

/// Whether a resource was ever public: it is, or once was, known under some slug.
///
/// # Errors
/// When the database fails.
pub fn was_public(reader: &mut PublicReader<'_>, kind: Kind, resource: Uuid) -> Result<bool, StoreError> {
    let known = slugs::table
        .filter(slugs::resource_id.eq(key(resource)))
        .filter(slugs::kind.eq(Name(kind)))
        .filter(slugs::state.ne(Name(SlugState::Draft)).or(exists(has_come(reader.now()))));
    Ok(diesel::select(exists(known)).get_result(reader.conn()?)?)
}

/// What stands in `due` of the resource of a slug whose instant has come: it could be seen from then on.
#[diesel::dsl::auto_type]
fn has_come(now: Timestamp) -> _ {
    let change: Name<ChangeKind> = Name(ChangeKind::Created);
    let now: Instant = Instant(now);
    due::table.filter(due::target_id.eq(slugs::resource_id)).filter(due::change.eq(change)).filter(due::at.le(now))
}

fn key(resource: Uuid) -> Key<()> {
    Key(bantin_domain::id::Id::new(resource))
}
