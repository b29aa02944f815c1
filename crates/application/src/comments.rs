//! What the desk says to each other about an item. Who may read the item may read and say it.

use bantin_domain::{
    audit::{AuditField, Entry},
    id::Id,
    policy::Actor,
    text::Prose,
};
pub use bantin_persistence::comments::Comment;
use bantin_persistence::{Desk, comments, public::PublicContent};
use serde_json::Value;
use uuid::Uuid;

use crate::{app::Act, content, error::AppError};

/// The comments on an item, oldest first.
///
/// # Errors
/// [`AppError::NotFound`] where there is no item that the caller may see.
pub fn list<C: PublicContent>(desk: &mut Desk<'_>, actor: &Actor, id: Id<C>) -> Result<Vec<Comment>, AppError> {
    may_read(desk, actor, id)?;
    Ok(comments::list(desk, id.uuid())?)
}

/// Says something about an item. That is no edit: the item stays at its version.
///
/// # Errors
/// [`AppError::NotFound`] where there is no item that the caller may see.
pub fn create<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>, text: &Prose<2000>) -> Result<Comment, AppError> {
    may_read(act.tx, &act.actor, id)?;
    let made = append(act, id.uuid(), text)?;
    // What was said stands with the item and goes with it; the log is kept for ever.
    act.record(Entry::new("comment", C::KIND, id.uuid()).with(AuditField::changed(
        "commentId",
        Value::Null,
        made.to_string(),
    )));
    comments::find(act.tx, made)?.ok_or(AppError::NotFound)
}

/// Adds a comment of the actor's to an item that it may see.
///
/// # Errors
/// When the database fails.
pub(crate) fn append(act: &mut Act<'_, '_>, item: Uuid, text: &Prose<2000>) -> Result<Id<Comment>, AppError> {
    let (id, author) = (act.new_id(), act.actor.user);
    comments::insert(act.tx, id, item, author, text)?;
    Ok(id)
}

fn may_read<C: PublicContent>(desk: &mut Desk<'_>, actor: &Actor, id: Id<C>) -> Result<(), AppError> {
    content::get(desk, actor, id).map(drop)
}
