//! What the desk shows beside a working copy: the names behind its ids. For a whole page at once, in
//! one statement per kind.

use std::collections::HashMap;

use bantin_domain::{
    media::{Media, MediaId},
    tag::{Tag, TagId},
};
use diesel::prelude::*;

use crate::{
    error::StoreError,
    media::{MediaRow, into_media},
    schema::{media, tags},
    sql_types::Key,
    store::Desk,
};

/// The names of these tags.
///
/// # Errors
/// When the database fails.
pub fn tag_names(desk: &mut Desk<'_>, ids: &[TagId]) -> Result<HashMap<TagId, String>, StoreError> {
    let ids: Vec<Key<Tag>> = ids.iter().copied().map(Key).collect();
    let rows = tags::table
        .filter(tags::id.eq_any(ids))
        .select((tags::id, tags::name))
        .load::<(Key<Tag>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}

/// These pictures and files, those that exist.
///
/// # Errors
/// When the database fails.
pub fn media_by_ids(desk: &mut Desk<'_>, ids: &[MediaId]) -> Result<Vec<Media>, StoreError> {
    let ids: Vec<Key<Media>> = ids.iter().copied().map(Key).collect();
    let rows = media::table.filter(media::id.eq_any(ids)).select(MediaRow::as_select()).load::<MediaRow>(desk.conn)?;
    rows.into_iter().map(into_media).collect()
}
