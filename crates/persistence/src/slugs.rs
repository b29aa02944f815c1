//! Addresses: which slug names which resource, and which once did.
//!
//! A slug is unique per kind across languages, drafts and all that was ever public, because an old
//! address leads to its resource for ever. That holds by the table's key, not by looking first.

use bantin_domain::{
    kind::{Kind, SlugState},
    text::Slug,
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    error::{Conflict, StoreError},
    schema::slugs,
    sql_types::{Key, Name},
    store::{PublicReader, Tx},
};

/// Reserves `slug` for a resource of `kind`, and gives back what was reserved for it before and never
/// became public.
///
/// # Errors
/// [`Conflict::SlugTaken`] where another resource has it; the transaction can go on.
pub fn reserve(tx: &mut Tx<'_>, kind: Kind, slug: &Slug, resource: Uuid) -> Result<(), StoreError> {
    let holder = slugs::table
        .filter(slugs::kind.eq(Name(kind)))
        .filter(slugs::slug.eq(slug.as_str()))
        .select(slugs::resource_id)
        .first::<Key<()>>(tx.conn)
        .optional()?;
    match holder {
        Some(holder) if holder.0.uuid() != resource => return Err(Conflict::SlugTaken.into()),
        Some(_) => {}
        // Two writers may both have found it free: then the key decides, inside a savepoint.
        None => tx.attempt(|tx| {
            diesel::insert_into(slugs::table)
                .values((
                    slugs::kind.eq(Name(kind)),
                    slugs::slug.eq(slug.as_str()),
                    slugs::resource_id.eq(key(resource)),
                    slugs::state.eq(Name(SlugState::Draft)),
                ))
                .execute(tx.conn)?;
            Ok(())
        })?,
    }
    diesel::delete(
        slugs::table
            .filter(slugs::resource_id.eq(key(resource)))
            .filter(slugs::state.eq(Name(SlugState::Draft)))
            .filter(slugs::slug.ne(slug.as_str())),
    )
    .execute(tx.conn)?;
    Ok(())
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

/// Whom a slug names, or named, in public. A reserved slug names nobody yet: to tell it from an
/// unknown one would tell of a draft.
///
/// # Errors
/// When the database fails.
pub fn holder(reader: &mut PublicReader<'_>, kind: Kind, slug: &Slug) -> Result<Option<Uuid>, StoreError> {
    let holder = slugs::table
        .filter(slugs::kind.eq(Name(kind)))
        .filter(slugs::slug.eq(slug.as_str()))
        .filter(slugs::state.ne(Name(SlugState::Draft)))
        .select(slugs::resource_id)
        .first::<Key<()>>(reader.conn)
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
        .filter(slugs::state.ne(Name(SlugState::Draft)));
    Ok(diesel::select(diesel::dsl::exists(known)).get_result(reader.conn)?)
}

fn key(resource: Uuid) -> Key<()> {
    Key(bantin_domain::id::Id::new(resource))
}
