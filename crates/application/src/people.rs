//! What can be done with people.

use std::collections::BTreeMap;

use bantin_domain::{
    change::Change,
    criteria::NamePart,
    id::Id,
    kind::{Kind, Ref, Target},
    listing::{NameSort, Order, PageRequest, Slice},
    locale::Locale,
    organisation::Organisation,
    person::{Appearance, Person, PersonChanges, PersonContent, PersonId, PublishedPerson},
    policy::{Actor, Create, Edit, Read, Subject, Trash},
    text::Slug,
    violation::Violations,
};
pub use bantin_persistence::people::{PersonFilter, PersonParts};
use bantin_persistence::{
    Desk, PublicReader, directory as persisted,
    people::{self, appearances},
    public::Lookup,
    references,
};

use crate::{
    app::Act,
    directory::{self, Public},
    error::AppError,
    found, organisations,
    precondition::Precondition,
    search,
};

/// Enters a person.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Forbidden`], [`crate::Blocker::SlugTaken`].
pub fn create(act: &mut Act<'_, '_>, changes: PersonChanges) -> Result<Person, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Create>(&subject())?;
    let chosen = matches!(changes.slug, Change::Set(_));
    let content = PersonContent::changed(None, changes)?;
    check_references(act.tx, &content)?;
    let now = act.tx.now();
    let portrait = Portrait::before(act, [&content])?;
    let mut person = Person { id: act.new_id(), version: 1, content, created_at: now, updated_at: now };
    let wanted = person.content.slug.clone();
    directory::with_free_slug(&wanted, chosen, |slug| {
        person.content.slug = slug;
        people::insert(act.tx, &granted, &person)
    })?;
    portrait.log(act)?;
    // Nothing can refer to them yet.
    directory::log_creation(act, entry(&person, person.content.listed));
    directory::record_creation(act, Target::new(Kind::Person, person.id), &person.content);
    Ok(person)
}

/// Changes a person. What they were introduced as at events stays as it was. A write that changes
/// nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::NotFound`],
/// [`AppError::Invalid`], [`AppError::Forbidden`], [`crate::Blocker::SlugTaken`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: PersonId,
    precondition: Precondition,
    changes: PersonChanges,
) -> Result<Person, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Edit>(&subject())?;
    let person = find(act.tx, id)?;
    precondition.check(act.tx, id.uuid(), person.version)?;
    let content = PersonContent::changed(Some(person.content.clone()), changes)?;
    if content == person.content {
        return Ok(person);
    }
    check_references(act.tx, &content)?;
    let before = people::is_public(&mut act.tx.public(), id)?;
    let target = Target::new(Kind::Person, id);
    directory::record_edit(act, target, (person.version, precondition), &person.content, &content)?;
    let portrait = Portrait::before(act, [&person.content, &content])?;
    let edited = Person { version: person.version + 1, content, updated_at: act.tx.now(), ..person.clone() };
    people::save(act.tx, &granted, &edited)?;
    let after = people::is_public(&mut act.tx.public(), id)?;
    directory::log_edit(act, entry(&person, before), entry(&edited, after));
    portrait.log(act)?;
    Ok(edited)
}

/// Deletes a person whom nothing uses.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`], [`crate::Blocker::InUse`].
pub fn delete(act: &mut Act<'_, '_>, id: PersonId, version: i64) -> Result<(), AppError> {
    act.take_turns()?;
    references::settle(act.tx)?;
    let granted = act.actor.may::<Trash>(&subject())?;
    let person = find(act.tx, id)?;
    Precondition::from(version).check(act.tx, id.uuid(), person.version)?;
    directory::refuse_if_used(people::uses_of(act.tx, id)?)?;
    let public = people::is_public(&mut act.tx.public(), id)?;
    let portrait = Portrait::before(act, [&person.content])?;
    people::delete(act.tx, &granted, id, version)?;
    directory::record_deletion(act, Target::new(Kind::Person, id), version, &person.content);
    directory::log_deletion(act, entry(&person, public));
    portrait.log(act)
}

/// The pictures of somebody, which the public sees because it sees them: an act on the person may bring one into sight.
struct Portrait {
    media: Vec<Target>,
    before: BTreeMap<Target, Option<Slug>>,
}

impl Portrait {
    fn before<'c>(
        act: &mut Act<'_, '_>,
        contents: impl IntoIterator<Item = &'c PersonContent>,
    ) -> Result<Self, AppError> {
        let photos = contents.into_iter().filter_map(|content| content.photo_id);
        let media: Vec<Target> = photos.map(|photo| Target::new(Kind::Media, photo)).collect();
        let before = persisted::seen(&mut act.tx.public(), &media)?;
        Ok(Self { media, before })
    }

    /// Logs what of them came into sight and what went out of it.
    fn log(self, act: &mut Act<'_, '_>) -> Result<(), AppError> {
        let after = persisted::seen(&mut act.tx.public(), &self.media)?;
        directory::log_sight(act, &self.before, &after);
        Ok(())
    }
}

/// One person at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: PersonId) -> Result<Person, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    find(desk, id)
}

/// A page of the people, by given name, family and middle; of those with a post at `organisation`,
/// where it is given, and with these parts in their names.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    (filter, name): (PersonFilter, &[NamePart]),
    organisation: Option<&Ref<Organisation>>,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Person>, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    let organisation = organisations::named(&mut desk.public(), organisation)?;
    let ids = directory::fitting(filter.ids, name, || people::names(desk))?;
    Ok(people::list(desk, &PersonFilter { organisation, ids, ..filter }, order, page)?)
}

/// One person as the public reads them, or what of them is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Person>,
    parts: PersonParts,
) -> Result<Lookup<PublishedPerson>, AppError> {
    Ok(people::public_find(reader, reference, parts)?)
}

/// A page of the public people, by given name, family and middle; of those with a post at the public
/// `organisation`, where it is given.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    filter: PersonFilter,
    organisation: Option<&Ref<Organisation>>,
    (order, parts): (Order<NameSort>, PersonParts),
    page: &PageRequest,
) -> Result<Slice<PublishedPerson>, AppError> {
    let Some(organisation) = organisations::publicly_named(reader, organisation)? else {
        return Ok(Slice::empty(page));
    };
    Ok(people::public_list(reader, &PersonFilter { organisation, ..filter }, order, parts, page)?)
}

/// The people that a search finds among them, best first.
///
/// # Errors
/// When the database fails.
pub fn public_search(
    reader: &mut PublicReader<'_>,
    text: &str,
    filter: PersonFilter,
    organisation: Option<&Ref<Organisation>>,
    (order, parts): (Order<NameSort>, PersonParts),
    page: &PageRequest,
) -> Result<Slice<PublishedPerson>, AppError> {
    let found: Vec<PersonId> = search::matching(reader, text, Kind::Person, None)?.into_iter().map(Id::new).collect();
    let mut some = |ids: &[PersonId], organisation, parts| {
        let asked = ids.iter().copied().filter(|id| filter.ids.as_ref().is_none_or(|ids| ids.contains(id)));
        let filter = PersonFilter { ids: Some(asked.collect()), ..filter.clone() };
        public_list(reader, filter, organisation, (order, parts), &PageRequest::all(ids.len()))
    };
    let nothing = PersonParts { photo: false, organisations: false };
    let fitting = some(&found, organisation, nothing)?.rows.into_iter().map(|one| one.person.id).collect();
    let read = |ids: &[PersonId]| Ok(some(ids, None, parts)?.rows);
    found::page_of(found, &fitting, page, read, |one| one.person.id)
}

/// How many public people there are under each letter.
///
/// # Errors
/// When the database fails.
pub fn public_index(reader: &mut PublicReader<'_>) -> Result<Vec<(String, u64)>, AppError> {
    Ok(people::public_index(reader)?)
}

/// What a person publicly wrote or spoke at, newest first.
///
/// # Errors
/// When the database fails.
pub fn public_appearances(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Person>,
    locale: Option<&Locale>,
    page: &PageRequest,
) -> Result<Lookup<Slice<Appearance>>, AppError> {
    Ok(match people::public_find(reader, reference, PersonParts { photo: false, organisations: false })? {
        Lookup::Found(found) => Lookup::Found(appearances::list(reader, found.person.id, locale, page)?),
        Lookup::Moved(slug) => Lookup::Moved(slug),
        Lookup::Gone => Lookup::Gone,
        Lookup::Missing => Lookup::Missing,
    })
}

fn check_references(desk: &mut Desk<'_>, content: &PersonContent) -> Result<(), AppError> {
    let mut faults = Violations::new();
    references::check(desk, &content.links(), &mut faults)?;
    Ok(faults.into_result(())?)
}

fn find(desk: &mut Desk<'_>, id: PersonId) -> Result<Person, AppError> {
    people::find(desk, id)?.ok_or(AppError::NotFound)
}

fn subject() -> Subject {
    Subject::of(Kind::Person)
}

fn entry(person: &Person, public: bool) -> Public<'_> {
    Public { target: Target::new(Kind::Person, person.id), slug: &person.content.slug, public }
}
