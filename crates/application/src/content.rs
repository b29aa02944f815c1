//! What can be done with content, whatever its kind: one implementation of making, reading and editing
//! for articles, events, speeches and pages. The steps of the workflow stand in [`crate::workflow`].

use std::collections::BTreeMap;

use bantin_domain::{
    audit::{AuditField, Entry},
    body::Body,
    category::{CategoryId, ancestors, subtree},
    content::{Content, DeskItem, Item},
    id::Id,
    kind::{Kind, Ref},
    listing::{PageRequest, Slice},
    media::{Media, MediaId},
    named::Named,
    policy::{Actor, Create, Edit, Read, Sight, Subject, Verb},
    text::Slug,
    violation::{Fault, Violations},
    workflow::{Action, Standing, State},
};
pub use bantin_persistence::items::ItemFilter;
use bantin_persistence::{
    Conflict, Desk, PublicReader, StoreError, categories, companions, items, public::PublicContent, references, site,
    slugs,
};
use serde_json::Value;

use crate::{
    app::Act,
    error::{AppError, Blocker},
    precondition::Precondition,
};

/// What a create says beside the members of the kind.
#[derive(Debug)]
pub struct Birth<C> {
    /// An id that the client made, so that it may safely send the same create again.
    pub id: Option<Id<C>>,
    /// The item that this one is a translation of.
    pub translation_of: Option<Id<C>>,
}

impl<C> Default for Birth<C> {
    fn default() -> Self {
        Self { id: None, translation_of: None }
    }
}

/// Makes an item: its first working copy is its first revision.
///
/// # Errors
/// [`AppError::Invalid`] with every fault, [`AppError::Forbidden`], [`Blocker::SlugTaken`],
/// [`Blocker::TranslationTaken`], [`Blocker::IdTaken`].
pub fn create<C: PublicContent>(
    act: &mut Act<'_, '_>,
    birth: Birth<C>,
    changes: C::Changes,
) -> Result<DeskItem<C>, AppError> {
    let chosen = C::chosen_slug(&changes).cloned();
    let mut content = C::changed(None, changes)?;
    let now = act.tx.now();
    let id = birth.id.unwrap_or_else(|| act.new_id());
    let subject = subject_of(act.tx, Some(act.actor.user), &content)?;
    let granted = act.actor.may::<Create>(&subject)?;
    let mut faults = Violations::new();
    if !site::find(act.tx)?.content.locales.contains(content.locale()) {
        faults.add("/locale", Fault::new("invalid_locale", "must be one of the site's locales"));
    }
    references::check(act.tx, &content.links(), &mut faults)?;
    let group = match birth.translation_of {
        None => Some(act.new_id()),
        Some(other) => match items::find(act.tx, other)? {
            // Whom the actor may not see is answered as who is not there.
            Some(other) => {
                let subject = subject_of(act.tx, Some(other.created_by), &other.content)?;
                act.actor.can(Verb::Read, &subject).then_some(other.group)
            }
            None => None,
        },
    };
    if group.is_none() {
        faults.add("/translationOf", Fault::new("unknown_reference", format!("names no {} that exists", C::KIND)));
    }
    let (true, Some(group)) = (faults.is_empty(), group) else {
        return Err(faults.into());
    };
    if birth.id.is_some() {
        items::expect_unused(act.tx, id)?;
    }
    take_slug(act, &mut content, id, chosen.is_some())?;
    let position = match content.parent() {
        Some(parent) => i64::try_from(items::children::<C>(act.tx, parent.id)?.len()).unwrap_or(0) + 1,
        None => 0,
    };
    let item = Item {
        id,
        group,
        state: State::Draft,
        version: 1,
        revision: 1,
        content,
        position,
        first_published_at: None,
        public: None,
        has_unpublished_changes: true,
        corrections: Vec::new(),
        created_by: act.actor.user,
        created_at: now,
        updated_by: act.actor.user,
        updated_at: now,
        written_by: act.actor.user,
        assignee: None,
        trashed_at: None,
    };
    items::insert(act.tx, &granted, &item)?;
    act.record(
        entry("create", &item)
            .with(AuditField::changed("title", Value::Null, item.content.title().as_str()))
            .with(AuditField::changed("revision", Value::Null, item.revision)),
    );
    Ok(at_desk(&act.actor, &subject, item))
}

/// What the audit log says of an act on an item.
pub(crate) fn entry<C: Content>(act: &'static str, item: &Item<C>) -> Entry {
    Entry::new(act, C::KIND, item.id.uuid()).at(item.version)
}

/// The members in which two states of an item differ, by the names of the contract. Of a text the log
/// keeps the numbers of its revisions, which hold it.
fn edited_fields<C: Content>(before: &Item<C>, after: &Item<C>) -> Vec<AuditField> {
    AuditField::between(&before.content, &after.content, &[])
        .into_iter()
        .map(|field| match field.field.as_str() {
            "body" => AuditField::changed("body", before.revision, after.revision),
            "tagIds" => AuditField { field: "tags".to_owned(), ..field },
            _ => field,
        })
        .collect()
}

/// Reserves the slug of a text: `slug`, or the first of `slug-2`, `slug-3`, ... that is free. One that the
/// caller chose is not changed: a clash of it is theirs to solve.
fn take_slug<C: Content>(act: &mut Act<'_, '_>, content: &mut C, id: Id<C>, chosen: bool) -> Result<(), AppError> {
    let wanted = content.slug().clone();
    let mut slug = wanted.clone();
    for _ in 0..SLUG_TRIES {
        match slugs::reserve(act.tx, C::KIND, &slug, id.uuid()) {
            Ok(()) => {
                content.set_slug(slug);
                return Ok(());
            }
            // Taken, perhaps by another writer who was faster with one that was free.
            Err(StoreError::Conflict(Conflict::SlugTaken)) if !chosen => {
                slug = slugs::free(act.tx, C::KIND, &wanted)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Blocked(Blocker::SlugTaken))
}

/// How often a free slug is looked for again after another writer took it.
const SLUG_TRIES: usize = 8;

/// Changes the working copy of an item. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, or touches other members than
/// those that were changed since and asks to merge; [`AppError::Invalid`], [`Blocker::WrongState`],
/// [`Blocker::SlugTaken`], [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn edit<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    precondition: Precondition,
    changes: C::Changes,
) -> Result<DeskItem<C>, AppError> {
    let chosen = C::chosen_slug(&changes).cloned();
    rewrite(act, id, precondition, "edit", |current| C::changed(Some(current), changes), chosen)
}

/// Puts another working copy in place of an item's, by the rules of an edit. `chosen` is the slug that
/// the caller insists on.
///
/// # Errors
/// Those of [`edit`].
pub(crate) fn rewrite<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    precondition: Precondition,
    what: &'static str,
    write: impl FnOnce(C) -> Result<C, Violations>,
    chosen: Option<Slug>,
) -> Result<DeskItem<C>, AppError> {
    let item = find_to_write(act, id)?;
    let subject = subject_of(act.tx, Some(item.created_by), &item.content)?;
    let granted = act.actor.may::<Edit>(&subject)?;
    precondition.check(act.tx, id.uuid(), item.version)?;
    let state = standing(&act.actor, &subject, &item)
        .after(Action::Edit)
        .ok_or_else(|| wrong_state(&act.actor, &subject, &item))?;
    let mut content = write(item.content.clone())?;
    if serde_json::to_value(&content).ok() == serde_json::to_value(&item.content).ok() {
        return Ok(at_desk(&act.actor, &subject, item));
    }
    let after = subject_of(act.tx, Some(item.created_by), &content)?;
    if after != subject {
        // Moving an item into a section asks for the right to edit there too.
        let _ = act.actor.may::<Edit>(&after)?;
    }
    let mut faults = Violations::new();
    let known = item.content.links();
    let new: Vec<_> =
        content.links().into_iter().filter(|link| !known.iter().any(|old| old.target == link.target)).collect();
    references::check(act.tx, &new, &mut faults)?;
    if !faults.is_empty() {
        return Err(faults.into());
    }
    if content.slug() != item.content.slug() {
        take_slug(act, &mut content, id, chosen.is_some())?;
        slugs::release_other_drafts(act.tx, content.slug(), id.uuid())?;
    }
    let edited = Item {
        state,
        version: item.version + 1,
        revision: item.revision + 1,
        content,
        has_unpublished_changes: true,
        updated_by: act.actor.user,
        updated_at: act.tx.now(),
        written_by: act.actor.user,
        ..item.clone()
    };
    let fields = edited_fields(&item, &edited);
    precondition.merge(act.tx, id.uuid(), item.version, &fields)?;
    items::save(act.tx, &granted, &edited)?;
    act.record(entry(what, &edited).with_all(fields).with_all(state_field(item.state, state)));
    Ok(at_desk(&act.actor, &after, edited))
}

/// The member `state`, where it changed.
pub(crate) fn state_field(from: State, to: State) -> Vec<AuditField> {
    if from == to { Vec::new() } else { vec![AuditField::changed("state", from.name(), to.name())] }
}

/// One item, with what the caller can do to it.
///
/// # Errors
/// [`AppError::NotFound`] where there is none that the caller may see.
pub fn get<C: PublicContent>(desk: &mut Desk<'_>, actor: &Actor, id: Id<C>) -> Result<DeskItem<C>, AppError> {
    let item = find(desk, id)?;
    let subject = subject_of(desk, Some(item.created_by), &item.content)?;
    let _ = actor.may::<Read>(&subject)?;
    Ok(at_desk(actor, &subject, item))
}

/// A page of the items that the caller may see.
///
/// # Errors
/// When the database fails.
pub fn list<C: PublicContent>(
    desk: &mut Desk<'_>,
    actor: &Actor,
    mut filter: ItemFilter,
    page: &PageRequest,
) -> Result<Slice<DeskItem<C>>, AppError> {
    // Who may not read all of them is shown what they may, in rows and in counts alike.
    filter.sight = match actor.sight(C::KIND.into()) {
        Sight::Some { owner, categories } if !categories.is_empty() => {
            let known = categories::all(&mut desk.public())?;
            let below = categories.iter().flat_map(|section| subtree(&known, *section));
            Sight::Some { owner, categories: below.collect() }
        }
        sight => sight,
    };
    items::list::<C>(desk, &filter, page)?.try_with_rows(|items| {
        let subjects = subjects_of(desk, &items)?;
        Ok(items.into_iter().zip(subjects).map(|(item, subject)| at_desk(actor, &subject, item)).collect())
    })
}

/// The id that a filter's reference names. Where it names nothing it is an id that nothing has, so that a list
/// without rows costs as many statements as one of something that nobody can see.
///
/// # Errors
/// When the database fails.
pub fn resolve<T>(
    reader: &mut PublicReader<'_>,
    kind: Kind,
    reference: Option<Ref<T>>,
) -> Result<Option<Id<T>>, AppError> {
    Ok(match reference {
        None => None,
        Some(Ref::Id(id)) => Some(id),
        Some(Ref::Slug(slug)) => Some(Id::new(slugs::holder(reader, kind, &slug)?.unwrap_or_default())),
    })
}

/// The media that each of these texts shows, in one statement.
///
/// # Errors
/// When the database fails.
pub fn body_media<'b>(
    desk: &mut Desk<'_>,
    bodies: impl Iterator<Item = &'b Body>,
) -> Result<Vec<Vec<Media>>, AppError> {
    let wanted: Vec<Vec<MediaId>> =
        bodies.map(|body| body.media_ids().into_iter().map(MediaId::new).collect()).collect();
    let all: Vec<MediaId> = wanted.iter().flatten().copied().collect();
    let found = if all.is_empty() { Vec::new() } else { companions::media_by_ids(desk, &all)? };
    Ok(wanted.iter().map(|ids| found.iter().filter(|media| ids.contains(&media.id)).cloned().collect()).collect())
}

/// Reads an item, or says that there is none.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn find<C: PublicContent>(desk: &mut Desk<'_>, id: Id<C>) -> Result<Item<C>, AppError> {
    items::find(desk, id)?.ok_or(AppError::NotFound)
}

/// What the policy asks about an item: a speech counts as its event does.
///
/// # Errors
/// When the database fails.
pub fn subject_of<C: Content>(
    desk: &mut Desk<'_>,
    owner: Option<bantin_domain::kind::UserId>,
    content: &C,
) -> Result<Subject, AppError> {
    let category = match (content.category(), content.parent()) {
        (Some(category), _) => Some(category),
        (None, Some(parent)) => items::origin(desk, parent)?.and_then(|origin| origin.category),
        (None, None) => None,
    };
    let categories = match category {
        Some(category) => way_up(desk, category)?,
        None => Vec::new(),
    };
    Ok(Subject { resource: C::KIND.into(), owner, categories })
}

/// The same for a page of items, in two statements.
fn subjects_of<C: Content>(desk: &mut Desk<'_>, items: &[Item<C>]) -> Result<Vec<Subject>, AppError> {
    let parents: Vec<_> = items.iter().filter_map(|item| Some(item.content.parent()?.id)).collect();
    let of_parents = if parents.is_empty() { BTreeMap::new() } else { items::sections_of(desk, &parents)? };
    let all = categories::all(&mut desk.public())?;
    let subject = |item: &Item<C>| {
        let inherited = || item.content.parent().and_then(|parent| of_parents.get(&parent.id).copied());
        let category = item.content.category().or_else(inherited);
        let categories = category
            .map(|category| ancestors(&all, category).iter().rev().map(|section| section.id).collect())
            .unwrap_or_default();
        Subject { resource: C::KIND.into(), owner: Some(item.created_by), categories }
    };
    Ok(items.iter().map(subject).collect())
}

/// Reads an item that is about to be written.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn find_to_write<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>) -> Result<Item<C>, AppError> {
    items::find_to_write(act.tx, id)?.ok_or(AppError::NotFound)
}

/// A section and all above it, nearest first.
pub(crate) fn way_up(desk: &mut Desk<'_>, category: CategoryId) -> Result<Vec<CategoryId>, AppError> {
    Ok(categories::way_up(desk, category)?)
}

pub(crate) fn standing<C: Content>(actor: &Actor, subject: &Subject, item: &Item<C>) -> Standing {
    Standing {
        state: item.state,
        is_public: item.public.is_some(),
        has_news: item.has_unpublished_changes,
        may_approve: actor.can(Verb::Approve, subject),
        // Where two pairs of eyes are asked for, nobody goes round the review.
        may_publish: actor.can(Verb::Publish, subject) && !actor.four_eyes,
    }
}

/// The item with what the caller can do to it.
pub fn at_desk<C: Content>(actor: &Actor, subject: &Subject, item: Item<C>) -> DeskItem<C> {
    let allowed_actions = allowed(actor, subject, &item);
    DeskItem { item, allowed_actions }
}

/// The permission that each action asks for.
pub(crate) fn verb_of(action: Action) -> Verb {
    match action {
        Action::Edit | Action::Assign | Action::Submit => Verb::Edit,
        Action::Approve | Action::RequestChanges => Verb::Approve,
        Action::Publish | Action::Schedule | Action::Unschedule | Action::Unpublish => Verb::Publish,
        Action::Archive | Action::Restore | Action::Trash => Verb::Trash,
        Action::Purge => Verb::Purge,
    }
}

/// Whether the rule of two pairs of eyes keeps the actor from approving the item: nobody approves what
/// they made or wrote last.
pub(crate) fn needs_other_eyes<C>(actor: &Actor, item: &Item<C>) -> bool {
    actor.four_eyes && (item.created_by == actor.user || item.written_by == actor.user)
}

fn allowed<C: Content>(actor: &Actor, subject: &Subject, item: &Item<C>) -> Vec<Action> {
    let permitted = |action: &Action| {
        actor.can(verb_of(*action), subject) && !(*action == Action::Approve && needs_other_eyes(actor, item))
    };
    // What withdraws something public is a matter of who publishes.
    let withdraws = |action: &Action| matches!(action, Action::Archive | Action::Trash) && item.public.is_some();
    standing(actor, subject, item)
        .actions()
        .filter(|action| permitted(action) && (!withdraws(action) || actor.can(Verb::Publish, subject)))
        .collect()
}

/// The refusal of what cannot be done from the state that the item is in.
pub(crate) fn wrong_state<C: Content>(actor: &Actor, subject: &Subject, item: &Item<C>) -> AppError {
    AppError::Blocked(Blocker::WrongState { state: item.state, allowed: allowed(actor, subject, item) })
}

/// The refusal of what the actor may not do: forbidden where it may at least be seen.
pub(crate) fn denied(actor: &Actor, subject: &Subject) -> AppError {
    if actor.can(Verb::Read, subject) { AppError::Forbidden } else { AppError::NotFound }
}
