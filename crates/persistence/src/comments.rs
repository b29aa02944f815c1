//! What the desk says to each other about an item.

use bantin_domain::{id::Id, text::Prose, time::Timestamp, user::User};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    error::StoreError,
    schema::{comments, users},
    sql_types::{Instant, Key},
    store::{Desk, Tx},
};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its identity.
    pub id: Id<Comment>,
    /// Who said it.
    pub author: Id<User>,
    /// Their name.
    pub author_name: String,
    /// What.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// Adds a comment to an item.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    id: Id<Comment>,
    item: Uuid,
    author: Id<User>,
    text: &Prose<2000>,
) -> Result<(), StoreError> {
    diesel::insert_into(comments::table)
        .values((
            comments::id.eq(Key(id)),
            comments::item_id.eq(Key(Id::<()>::new(item))),
            comments::author_id.eq(Key(author)),
            comments::text.eq(text.as_str()),
            comments::created_at.eq(Instant(tx.now())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

type Row = (Key<Comment>, Key<User>, String, String, Instant);

fn read((id, author, author_name, text, at): Row) -> Comment {
    Comment { id: id.0, author: author.0, author_name, text, created_at: at.0 }
}

/// The comments on an item, oldest first, at most 500: the newest ones.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, item: Uuid) -> Result<Vec<Comment>, StoreError> {
    let rows = comments::table
        .inner_join(users::table.on(users::id.eq(comments::author_id)))
        .filter(comments::item_id.eq(Key(Id::<()>::new(item))))
        .order((comments::created_at.desc(), comments::id.desc()))
        .limit(500)
        .select((comments::id, comments::author_id, users::name, comments::text, comments::created_at))
        .load::<Row>(desk.conn)?;
    Ok(rows.into_iter().rev().map(read).collect())
}

/// One comment.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: Id<Comment>) -> Result<Option<Comment>, StoreError> {
    let row = comments::table
        .inner_join(users::table.on(users::id.eq(comments::author_id)))
        .filter(comments::id.eq(Key(id)))
        .select((comments::id, comments::author_id, users::name, comments::text, comments::created_at))
        .first::<Row>(desk.conn)
        .optional()?;
    Ok(row.map(read))
}
