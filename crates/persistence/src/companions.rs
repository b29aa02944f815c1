//! What the desk shows beside a working copy: the names behind its ids. For a whole page at once, in
//! one statement per kind.

use std::collections::HashMap;

use bantin_domain::{
    media::{Media, MediaId},
    tag::{Tag, TagId},
};
use diesel::prelude::*;

use crate::{
    among::AmongExt,
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
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Key<Tag>> = ids.iter().copied().map(Key).collect();
    let rows =
        tags::table.filter(tags::id.among(ids)).select((tags::id, tags::name)).load::<(Key<Tag>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}

/// These pictures and files, those that exist.
///
/// # Errors
/// When the database fails.
pub fn media_by_ids(desk: &mut Desk<'_>, ids: &[MediaId]) -> Result<Vec<Media>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Key<Media>> = ids.iter().copied().map(Key).collect();
    let rows = media::table.filter(media::id.among(ids)).select(MediaRow::as_select()).load::<MediaRow>(desk.conn)?;
    rows.into_iter().map(into_media).collect()
}
