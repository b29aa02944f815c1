//! What can be done with sections.

use std::sync::Arc;

use bantin_domain::{
    category::{Category, CategoryChanges, CategoryContent, CategoryId, subtree},
    change::Change,
    content::{Link, Relation},
    kind::{Kind, Ref, Target},
    policy::{Actor, Create, Edit, Read, Subject, Trash},
    violation::{Fault, Violations},
};
use bantin_persistence::{Desk, PublicReader, categories, public::Lookup, references};

use crate::{
    app::Act,
    directory::{self, Public},
    error::AppError,
    precondition::Precondition,
};

/// Makes a section.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Forbidden`], [`crate::Blocker::SlugTaken`].
pub fn create(act: &mut Act<'_, '_>, changes: CategoryChanges) -> Result<Category, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Create>(&subject())?;
    let chosen = matches!(changes.slug, Change::Set(_));
    let content = CategoryContent::changed(None, changes)?;
    check_parent(act.tx, None, &content)?;
    let now = act.tx.now();
    let mut category = Category { id: act.new_id(), version: 1, content, created_at: now, updated_at: now };
    let wanted = category.content.slug.clone();
    directory::with_free_slug(&wanted, chosen, |slug| {
        category.content.slug = slug;
        categories::insert(act.tx, &granted, &category)
    })?;
    directory::log_creation(act, entry(&category));
    directory::record_creation(act, Target::new(Kind::Category, category.id), &category.content);
    Ok(category)
}

/// Changes a section. Moved under another, it takes everything in it and below it along. A write that
/// changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::NotFound`],
/// [`AppError::Invalid`] (`cycle` where it would stand below itself), [`AppError::Forbidden`],
/// [`crate::Blocker::SlugTaken`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: CategoryId,
    precondition: Precondition,
    changes: CategoryChanges,
) -> Result<Category, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Edit>(&subject())?;
    let category = find(act.tx, id)?;
    precondition.check(act.tx, id.uuid(), category.version)?;
    let content = CategoryContent::changed(Some(category.content.clone()), changes)?;
    if content == category.content {
        return Ok(category);
    }
    check_parent(act.tx, Some(id), &content)?;
    let target = Target::new(Kind::Category, id);
    directory::record_edit(act, target, (category.version, precondition), &category.content, &content)?;
    let edited = Category { version: category.version + 1, content, updated_at: act.tx.now(), ..category.clone() };
    categories::save(act.tx, &granted, &edited)?;
    directory::log_edit(act, entry(&category), entry(&edited));
    Ok(edited)
}

/// Deletes a section that nothing uses.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`], [`crate::Blocker::InUse`].
pub fn delete(act: &mut Act<'_, '_>, id: CategoryId, version: i64) -> Result<(), AppError> {
    act.take_turns()?;
    references::settle(act.tx)?;
    let granted = act.actor.may::<Trash>(&subject())?;
    let category = find(act.tx, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), category.version)?;
    directory::refuse_if_used(categories::uses_of(act.tx, id)?)?;
    categories::delete(act.tx, &granted, id, version)?;
    directory::record_deletion(act, Target::new(Kind::Category, id), version, &category.content);
    directory::log_deletion(act, entry(&category));
    Ok(())
}

/// One section at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: CategoryId) -> Result<Category, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    find(desk, id)
}

/// Every section, siblings in the editor's order and then by name.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, actor: &Actor) -> Result<Arc<[Category]>, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    Ok(categories::all(&mut desk.public())?)
}

/// Every section together with the one that a reference names: what stands above and below it is
/// shown with it.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Category>,
) -> Result<(Arc<[Category]>, Lookup<CategoryId>), AppError> {
    let all = categories::all(reader)?;
    let found = categories::public_find(reader, &all, reference)?;
    Ok((all, found))
}

/// Every section, siblings in the editor's order and then by name.
///
/// # Errors
/// When the database fails.
pub fn public_list(reader: &mut PublicReader<'_>) -> Result<Arc<[Category]>, AppError> {
    Ok(categories::all(reader)?)
}

/// The section above must exist and not be the section itself or one below it.
fn check_parent(desk: &mut Desk<'_>, id: Option<CategoryId>, content: &CategoryContent) -> Result<(), AppError> {
    let Some(parent) = content.parent_id else { return Ok(()) };
    let mut faults = Violations::new();
    references::check(desk, &[Link::new(Relation::Parent, Kind::Category, parent, "/parentId")], &mut faults)?;
    if let Some(id) = id
        && subtree(&categories::all(&mut desk.public())?, id).contains(&parent)
    {
        faults.add("/parentId", Fault::new("cycle", "must not be the section itself or one below it"));
    }
    Ok(faults.into_result(())?)
}

fn find(desk: &mut Desk<'_>, id: CategoryId) -> Result<Category, AppError> {
    categories::all(&mut desk.public())?.iter().find(|one| one.id == id).cloned().ok_or(AppError::NotFound)
}

fn subject() -> Subject {
    Subject::of(Kind::Category)
}

fn entry(category: &Category) -> Public<'_> {
    Public { target: Target::new(Kind::Category, category.id), slug: &category.content.slug, public: true }
}
