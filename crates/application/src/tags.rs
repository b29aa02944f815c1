//! What can be done with tags.

use bantin_domain::{
    change::Change,
    criteria::NamePart,
    id::Id,
    kind::{Kind, Ref, Target},
    listing::{NameSort, Order, PageRequest, Slice},
    policy::{Actor, Create, Edit, Read, Subject, Trash},
    tag::{Tag, TagChanges, TagContent, TagId},
    text::Label,
};
pub use bantin_persistence::tags::TagFilter;
use bantin_persistence::{Desk, PublicReader, public::Lookup, references, tags};

use crate::{
    app::Act,
    directory::{self, Public},
    error::{AppError, Blocker},
    found,
    precondition::Precondition,
    search,
};

/// Makes a tag.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Forbidden`], [`Blocker::SlugTaken`], [`Blocker::NameTaken`].
pub fn create(act: &mut Act<'_, '_>, changes: TagChanges) -> Result<Tag, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Create>(&subject())?;
    let chosen = matches!(changes.slug, Change::Set(_));
    let content = TagContent::changed(None, changes)?;
    // Asked before a free address is looked for: no suffix makes a second tag of one name.
    if tags::find_by_name(act.tx, &content.name)?.is_some() {
        return Err(AppError::Blocked(Blocker::NameTaken));
    }
    let now = act.tx.now();
    let mut tag = Tag { id: act.new_id(), version: 1, content, created_at: now, updated_at: now };
    let wanted = tag.content.slug.clone();
    directory::with_free_slug(&wanted, chosen, |slug| {
        tag.content.slug = slug;
        tags::insert(act.tx, &granted, &tag)
    })?;
    directory::record_creation(act, Target::new(Kind::Tag, tag.id), &tag.content);
    Ok(tag)
}

/// Changes a tag. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::NotFound`],
/// [`AppError::Invalid`], [`AppError::Forbidden`], [`Blocker::SlugTaken`], [`Blocker::NameTaken`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: TagId,
    precondition: Precondition,
    changes: TagChanges,
) -> Result<Tag, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Edit>(&subject())?;
    let tag = find(act.tx, id)?;
    precondition.check(act.tx, id.uuid(), tag.version)?;
    let content = TagContent::changed(Some(tag.content.clone()), changes)?;
    if content == tag.content {
        return Ok(tag);
    }
    let target = Target::new(Kind::Tag, id);
    directory::record_edit(act, target, (tag.version, precondition), &tag.content, &content)?;
    let edited = Tag { version: tag.version + 1, content, updated_at: act.tx.now(), ..tag.clone() };
    tags::save(act.tx, &granted, &edited)?;
    let public = tags::is_public(&mut act.tx.public(), id)?;
    directory::log_edit(act, entry(&tag, public), entry(&edited, public));
    Ok(edited)
}

/// Deletes a tag that nothing uses.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`], [`Blocker::InUse`].
pub fn delete(act: &mut Act<'_, '_>, id: TagId, version: i64) -> Result<(), AppError> {
    act.take_turns()?;
    references::settle(act.tx)?;
    let granted = act.actor.may::<Trash>(&subject())?;
    let tag = find(act.tx, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), tag.version)?;
    directory::refuse_if_used(tags::uses_of(act.tx, id)?)?;
    let public = tags::is_public(&mut act.tx.public(), id)?;
    tags::delete(act.tx, &granted, id, version)?;
    directory::record_deletion(act, Target::new(Kind::Tag, id), version, &tag.content);
    directory::log_deletion(act, entry(&tag, public));
    Ok(())
}

/// The tags with these names, in this order and each once: found however the names are typed, and
/// made where there are none and the caller may make them.
///
/// # Errors
/// [`AppError::Forbidden`] where one would have to be made by who may not.
pub fn find_or_create(act: &mut Act<'_, '_>, names: &[Label]) -> Result<Vec<TagId>, AppError> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let id = match tags::find_by_name(act.tx, name)? {
            Some(id) => id,
            None => make(act, name)?,
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Makes a tag of that name. Another writer may make it at the same moment and commit first; then the
/// tag is that writer's. The failed insert stood in a savepoint, so the transaction goes on.
fn make(act: &mut Act<'_, '_>, name: &Label) -> Result<TagId, AppError> {
    match create(act, TagChanges { name: Change::Set(name.clone()), ..TagChanges::default() }) {
        Ok(tag) => Ok(tag.id),
        Err(AppError::Blocked(Blocker::NameTaken)) => {
            tags::find_by_name(act.tx, name)?.ok_or(AppError::Blocked(Blocker::NameTaken))
        }
        Err(error) => Err(error),
    }
}

/// One tag at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: TagId) -> Result<Tag, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    find(desk, id)
}

/// A page of the tags with these parts in their names, in Vietnamese order.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: TagFilter,
    name: &[NamePart],
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Tag>, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    let ids = directory::fitting(filter.ids, name, || tags::names(desk))?;
    Ok(tags::list(desk, &TagFilter { ids, ..filter }, order, page)?)
}

/// One tag as the public reads it.
///
/// # Errors
/// When the database fails.
pub fn public_get(reader: &mut PublicReader<'_>, reference: &Ref<Tag>) -> Result<Lookup<Tag>, AppError> {
    Ok(tags::public_find(reader, reference)?)
}

/// A page of the public tags, in Vietnamese order.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    filter: &TagFilter,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Tag>, AppError> {
    Ok(tags::public_list(reader, filter, order, page)?)
}

/// The tags that a search finds among them, best first.
///
/// # Errors
/// When the database fails.
pub fn public_search(
    reader: &mut PublicReader<'_>,
    text: &str,
    filter: &TagFilter,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Tag>, AppError> {
    let found: Vec<TagId> = search::matching(reader, text, Kind::Tag, None)?.into_iter().map(Id::new).collect();
    let asked = found.iter().copied().filter(|id| filter.ids.as_ref().is_none_or(|ids| ids.contains(id)));
    let filter = TagFilter { ids: Some(asked.collect()), ..filter.clone() };
    let rows = public_list(reader, &filter, order, &PageRequest::all(found.len()))?.rows;
    let fitting = rows.iter().map(|tag| tag.id).collect();
    found::page_of(found, &fitting, page, |_| Ok(rows), |tag| tag.id)
}

fn find(desk: &mut Desk<'_>, id: TagId) -> Result<Tag, AppError> {
    tags::find(desk, id)?.ok_or(AppError::NotFound)
}

fn subject() -> Subject {
    Subject::of(Kind::Tag)
}

fn entry(tag: &Tag, public: bool) -> Public<'_> {
    Public { target: Target::new(Kind::Tag, tag.id), slug: &tag.content.slug, public }
}
