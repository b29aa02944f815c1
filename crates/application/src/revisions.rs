//! The history of content, whatever its kind: reading it, naming parts of it, comparing any two of them,
//! and going back.
//!
//! Who may read an item may read how it came to be; there is no permission of its own for that, and none
//! that reaches further.

use bantin_domain::{
    audit::{AuditField, Entry},
    content::{Content, DeskItem, Item},
    diff::{self, FieldDiff, changed_fields},
    id::Id,
    kind::Kind,
    listing::{PageRequest, Slice},
    policy::{Actor, Backdate, Byline, Edit, Read, Subject},
    text::Label,
};
use bantin_persistence::{
    Conflict, Desk, StoreError,
    public::PublicContent,
    revisions::{self, Revision},
    slugs,
};

use crate::{app::Act, content, error::AppError, pages, precondition::Precondition};

/// A revision as the desk is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskRevision {
    /// When it was saved, by whom, what it is called.
    pub revision: Revision,
    /// Whether the public copy shows it.
    pub is_public: bool,
}

impl DeskRevision {
    fn of<C>(item: &Item<C>, revision: Revision) -> Self {
        let is_public = item.public.as_ref().is_some_and(|copy| copy.revision == revision.number);
        Self { revision, is_public }
    }
}

/// A page of an item's revisions, newest first.
///
/// # Errors
/// [`AppError::NotFound`] where there is no item that the caller may see.
pub fn list<C: PublicContent>(
    desk: &mut Desk<'_>,
    actor: &Actor,
    id: Id<C>,
    page: &PageRequest,
) -> Result<Slice<DeskRevision>, AppError> {
    let item = readable(desk, actor, id)?;
    Ok(revisions::list(desk, id, page)?.map(|revision| DeskRevision::of(&item, revision)))
}

/// One revision, and the item as it was written then.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get<C: PublicContent>(
    desk: &mut Desk<'_>,
    actor: &Actor,
    id: Id<C>,
    number: i64,
) -> Result<(DeskRevision, Item<C>), AppError> {
    let item = readable(desk, actor, id)?;
    let (revision, content) = find(desk, id, number)?;
    Ok((DeskRevision::of(&item, revision), Item { content, ..item }))
}

/// How revision `to` differs from revision `from`: nothing where they say the same. With the item as it
/// was written in either.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn compare<C: PublicContent>(
    desk: &mut Desk<'_>,
    actor: &Actor,
    id: Id<C>,
    from: i64,
    to: i64,
) -> Result<(Vec<FieldDiff>, [Item<C>; 2]), AppError> {
    let (_, from) = get(desk, actor, id, from)?;
    let (_, to) = get(desk, actor, id, to)?;
    Ok((diff::fields(&from.content, &to.content), [from, to]))
}

/// Names a revision, or takes its name away (`None`). That is no edit: the item stays at its version.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn label<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    number: i64,
    label: Option<Label>,
) -> Result<(), AppError> {
    let item = content::find(act.tx, id)?;
    let subject = content::subject_of(act.tx, Some(item.created_by), &item.content)?;
    let granted = act.actor.may::<Edit>(&subject)?;
    let (revision, _) = find(act.tx, id, number)?;
    if revision.label != label {
        revisions::set_label(act.tx, &granted, id, number, label.as_ref())?;
        let name = |label: Option<Label>| label.map(|label| label.to_string());
        act.record(
            Entry::new("labelRevision", C::KIND, id.uuid())
                .with(AuditField::changed("revision", number, number))
                .with(AuditField::changed("label", name(revision.label), name(label))),
        );
    }
    Ok(())
}

/// Writes what a revision says as the next one: an edit, by the rules of edits, and the public copy stays
/// as it is. The old address comes back unless another item has got it meanwhile.
///
/// # Errors
/// Those of the kind's own `edit`, and [`AppError::NotFound`] for a revision that does not exist.
pub fn restore<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    precondition: Precondition,
    number: i64,
) -> Result<DeskItem<C>, AppError> {
    if C::KIND == Kind::Page {
        act.take_turns()?;
    }
    // The item is locked before a slug is, in the order of every other write.
    let item = content::find_to_write(act, id)?;
    let subject = content::subject_of(act.tx, Some(item.created_by), &item.content)?;
    let _ = act.actor.may::<Edit>(&subject)?;
    let (_, mut old) = find(act.tx, id, number)?;
    ask_for_fields(&act.actor, &subject, &item.content, &old)?;
    match slugs::reserve(act.tx, C::KIND, old.slug(), id.uuid()) {
        Ok(()) => {}
        Err(StoreError::Conflict(Conflict::SlugTaken)) => old.set_slug(item.content.slug().clone()),
        Err(error) => return Err(error.into()),
    }
    let slug = old.slug().clone();
    let restored = content::rewrite(act, id, precondition, "restoreRevision", |_| Ok(old), Some(slug))?;
    if C::KIND == Kind::Page {
        let parent = restored.item.content.parent().map(|parent| Id::new(parent.id));
        pages::refuse_circle(act.tx, parent, Id::new(id.uuid()))?;
    }
    Ok(restored)
}

/// Asks for the permissions that members have of their own: a revision gives nobody what they could not
/// have written.
fn ask_for_fields<C: Content>(actor: &Actor, subject: &Subject, now: &C, old: &C) -> Result<(), AppError> {
    let members = |content: &C| serde_json::to_value(content).unwrap_or_default();
    for change in changed_fields(&members(now), &members(old)) {
        match change.field.as_str() {
            "publishedAt" if !change.to.is_null() => drop(actor.may::<Backdate>(subject)?),
            "byline" => drop(actor.may::<Byline>(subject)?),
            _ => {}
        }
    }
    Ok(())
}

/// The item, if the caller may read it.
fn readable<C: PublicContent>(desk: &mut Desk<'_>, actor: &Actor, id: Id<C>) -> Result<Item<C>, AppError> {
    let item = content::find(desk, id)?;
    let subject = content::subject_of(desk, Some(item.created_by), &item.content)?;
    let _ = actor.may::<Read>(&subject)?;
    Ok(item)
}

fn find<C: PublicContent>(desk: &mut Desk<'_>, id: Id<C>, number: i64) -> Result<(Revision, C), AppError> {
    revisions::find(desk, id, number)?.ok_or(AppError::NotFound)
}
