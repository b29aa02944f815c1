//! What can be done with organisations.

use bantin_domain::{
    change::Change,
    content::{Link, Relation},
    criteria::NamePart,
    kind::{Kind, Ref, Target},
    listing::{NameSort, Order, PageRequest, Slice},
    organisation::{Organisation, OrganisationChanges, OrganisationContent, OrganisationId, PublishedOrganisation},
    policy::{Actor, Create, Edit, Read, Subject, Trash},
    violation::{Fault, Violations},
};
pub use bantin_persistence::organisations::OrganisationFilter;
use bantin_persistence::{Desk, PublicReader, organisations, public::Lookup, references};

use crate::{
    app::Act,
    directory::{self, Public},
    error::AppError,
    precondition::Precondition,
};

/// Enters an organisation.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Forbidden`], [`crate::Blocker::SlugTaken`].
pub fn create(act: &mut Act<'_, '_>, changes: OrganisationChanges) -> Result<Organisation, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Create>(&subject())?;
    let chosen = matches!(changes.slug, Change::Set(_));
    let content = OrganisationContent::changed(None, changes)?;
    check_parent(act.tx, None, &content)?;
    let now = act.tx.now();
    let mut organisation = Organisation { id: act.new_id(), version: 1, content, created_at: now, updated_at: now };
    let wanted = organisation.content.slug.clone();
    directory::with_free_slug(&wanted, chosen, |slug| {
        organisation.content.slug = slug;
        organisations::insert(act.tx, &granted, &organisation)
    })?;
    // Nothing can refer to it yet.
    directory::log_creation(act, entry(&organisation, organisation.content.listed));
    directory::record_creation(act, Target::new(Kind::Organisation, organisation.id), &organisation.content);
    Ok(organisation)
}

/// Changes an organisation. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::NotFound`],
/// [`AppError::Invalid`] (`cycle` where it would stand below itself), [`AppError::Forbidden`],
/// [`crate::Blocker::SlugTaken`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: OrganisationId,
    precondition: Precondition,
    changes: OrganisationChanges,
) -> Result<Organisation, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Edit>(&subject())?;
    let organisation = find(act.tx, id)?;
    precondition.check(act.tx, id.uuid(), organisation.version)?;
    let content = OrganisationContent::changed(Some(organisation.content.clone()), changes)?;
    if content == organisation.content {
        return Ok(organisation);
    }
    check_parent(act.tx, Some(id), &content)?;
    let before = organisations::is_public(&mut act.tx.public(), id)?;
    let target = Target::new(Kind::Organisation, id);
    directory::record_edit(act, target, (organisation.version, precondition), &organisation.content, &content)?;
    let edited =
        Organisation { version: organisation.version + 1, content, updated_at: act.tx.now(), ..organisation.clone() };
    organisations::save(act.tx, &granted, &edited)?;
    let after = organisations::is_public(&mut act.tx.public(), id)?;
    directory::log_edit(act, entry(&organisation, before), entry(&edited, after));
    Ok(edited)
}

/// Deletes an organisation that nothing uses.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`], [`crate::Blocker::InUse`].
pub fn delete(act: &mut Act<'_, '_>, id: OrganisationId, version: i64) -> Result<(), AppError> {
    act.take_turns()?;
    references::settle(act.tx)?;
    let granted = act.actor.may::<Trash>(&subject())?;
    let organisation = find(act.tx, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), organisation.version)?;
    directory::refuse_if_used(organisations::uses_of(act.tx, id)?)?;
    let public = organisations::is_public(&mut act.tx.public(), id)?;
    organisations::delete(act.tx, &granted, id, version)?;
    directory::record_deletion(act, Target::new(Kind::Organisation, id), version, &organisation.content);
    directory::log_deletion(act, entry(&organisation, public));
    Ok(())
}

/// One organisation at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: OrganisationId) -> Result<Organisation, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    find(desk, id)
}

/// A page of the organisations, in Vietnamese order; of those right below `parent`, where it is given, and
/// with these parts in their names.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    (filter, name): (OrganisationFilter, &[NamePart]),
    parent: Option<&Ref<Organisation>>,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Organisation>, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    let parent = named(&mut desk.public(), parent)?;
    let ids = directory::fitting(filter.ids, name, || organisations::names(desk))?;
    Ok(organisations::list(desk, &OrganisationFilter { parent, ids, ..filter }, order, page)?)
}

/// One organisation as the public reads it.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Organisation>,
    with_parent: bool,
) -> Result<Lookup<PublishedOrganisation>, AppError> {
    Ok(organisations::public_find(reader, reference, with_parent)?)
}

/// A page of the public organisations, in Vietnamese order; of those right below `parent`, where it is
/// given. Nothing is below one that is not public: the filter would tell that it exists.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    filter: OrganisationFilter,
    parent: Option<&Ref<Organisation>>,
    (order, with_parents): (Order<NameSort>, bool),
    page: &PageRequest,
) -> Result<Slice<PublishedOrganisation>, AppError> {
    let Some(parent) = publicly_named(reader, parent)? else { return Ok(Slice::empty(page)) };
    Ok(organisations::public_list(reader, &OrganisationFilter { parent, ..filter }, order, with_parents, page)?)
}

/// What a filter by organisation means: `None` where there is none. Where it names nothing it is an id that no
/// organisation has, so that as much is asked of the database as for one that nobody can see.
///
/// # Errors
/// When the database fails.
pub(crate) fn named(
    reader: &mut PublicReader<'_>,
    reference: Option<&Ref<Organisation>>,
) -> Result<Option<OrganisationId>, AppError> {
    Ok(reference.map(|reference| organisations::resolve(reader, reference)).transpose()?)
}

/// The same for the public, to whom an organisation that is not public is none: `None` where nothing can be found.
///
/// # Errors
/// When the database fails.
pub(crate) fn publicly_named(
    reader: &mut PublicReader<'_>,
    reference: Option<&Ref<Organisation>>,
) -> Result<Option<Option<OrganisationId>>, AppError> {
    match named(reader, reference)? {
        Some(id) if !organisations::is_public(reader, id)? => Ok(None),
        named => Ok(Some(named)),
    }
}

/// The organisation above must exist and not be the organisation itself or one below it.
fn check_parent(
    desk: &mut Desk<'_>,
    id: Option<OrganisationId>,
    content: &OrganisationContent,
) -> Result<(), AppError> {
    let Some(parent) = content.parent_id else { return Ok(()) };
    let mut faults = Violations::new();
    references::check(desk, &[Link::new(Relation::Parent, Kind::Organisation, parent, "/parentId")], &mut faults)?;
    if let Some(id) = id {
        let parents = organisations::parents(desk)?;
        let way_up = std::iter::successors(Some(parent), |below| parents.get(below).copied());
        // Bounded by the number of organisations, so that even a circle, which no write lets in, ends.
        if way_up.take(parents.len() + 1).any(|above| above == id) {
            faults.add("/parentId", Fault::new("cycle", "must not be the organisation itself or one below it"));
        }
    }
    Ok(faults.into_result(())?)
}

fn find(desk: &mut Desk<'_>, id: OrganisationId) -> Result<Organisation, AppError> {
    organisations::find(desk, id)?.ok_or(AppError::NotFound)
}

fn subject() -> Subject {
    Subject::of(Kind::Organisation)
}

fn entry(organisation: &Organisation, public: bool) -> Public<'_> {
    Public { target: Target::new(Kind::Organisation, organisation.id), slug: &organisation.content.slug, public }
}
