//! What can be done with content, whatever its kind: one implementation of making, editing,
//! publishing and withdrawing for articles, events, speeches and pages.

use bantin_domain::{
    body::Body,
    category::{CategoryId, ancestors},
    content::{Content, Correction, DeskItem, Item, PublicCopy, Publication, Window},
    id::Id,
    kind::{ChangeKind, Kind, Ref, Target},
    listing::{PageRequest, Slice},
    media::{Media, MediaId},
    policy::{Actor, Create, Edit, Publish, Read, Subject, Verb},
    text::Prose,
    violation::{Fault, Violation, Violations},
    workflow::{Action, Standing, State},
};
pub use bantin_persistence::items::ItemFilter;
use bantin_persistence::{
    Desk, PublicReader, categories,
    changes::NewChange,
    companions, items,
    public::{self, PublicContent},
    references, site, slugs,
};

use crate::{
    app::Act,
    directory::{self, Sight},
    error::{AppError, Blocker},
};

/// The actions that this program offers so far; `allowedActions` names no other.
const OFFERED: [Action; 2] = [Action::Publish, Action::Unpublish];

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
    if chosen.is_none() {
        give_free_slug(act, &mut content, id)?;
    }
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
        assignee: None,
    };
    items::insert(act.tx, &granted, &item)?;
    Ok(at_desk(&act.actor, &subject, item))
}

/// Takes the first of `slug`, `slug-2`, `slug-3`, ... that is free.
fn give_free_slug<C: Content>(act: &mut Act<'_, '_>, content: &mut C, id: Id<C>) -> Result<(), AppError> {
    let wanted = content.slug().clone();
    directory::with_free_slug(&wanted, false, |slug| {
        slugs::reserve(act.tx, C::KIND, &slug, id.uuid())?;
        content.set_slug(slug);
        Ok(())
    })
}

/// Changes the working copy of an item. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::Invalid`],
/// [`Blocker::WrongState`], [`Blocker::SlugTaken`], [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn edit<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: i64,
    changes: C::Changes,
) -> Result<DeskItem<C>, AppError> {
    let item = find(act.tx, id)?;
    let subject = subject_of(act.tx, Some(item.created_by), &item.content)?;
    let granted = act.actor.may::<Edit>(&subject)?;
    if item.version != version {
        return Err(AppError::Stale(item.version));
    }
    let standing = standing(&act.actor, &subject, &item);
    let may_approve = act.actor.can(Verb::Approve, &subject);
    let state = standing.after_edit(may_approve).ok_or_else(|| wrong_state(&act.actor, &subject, &item))?;
    let chosen = C::chosen_slug(&changes).cloned();
    let mut content = C::changed(Some(item.content.clone()), changes)?;
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
    if chosen.is_none() && content.slug() != item.content.slug() {
        give_free_slug(act, &mut content, id)?;
    }
    let edited = Item {
        state,
        version: item.version + 1,
        revision: item.revision + 1,
        content,
        has_unpublished_changes: true,
        updated_by: act.actor.user,
        updated_at: act.tx.now(),
        ..item
    };
    items::save(act.tx, &granted, &edited)?;
    Ok(at_desk(&act.actor, &after, edited))
}

/// Shows the working copy to the public, now.
///
/// # Errors
/// [`AppError::Stale`] where `version` is given and is not the stored one, [`AppError::NotPublishable`]
/// with every reason, [`Blocker::WrongState`], [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn publish<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: Option<i64>,
    correction: Option<Prose<2000>>,
) -> Result<DeskItem<C>, AppError> {
    act.take_turns()?;
    let item = find(act.tx, id)?;
    let subject = subject_of(act.tx, Some(item.created_by), &item.content)?;
    let granted = act.actor.may::<Publish>(&subject)?;
    if version.is_some_and(|version| version != item.version) {
        return Err(AppError::Stale(item.version));
    }
    let state = standing(&act.actor, &subject, &item)
        .after(Action::Publish)
        .ok_or_else(|| wrong_state(&act.actor, &subject, &item))?;
    let reasons = obstacles(act.tx, &item)?;
    if !reasons.is_empty() {
        return Err(AppError::NotPublishable(reasons));
    }
    let now = act.tx.now();
    let before = item.public.clone();
    let mut corrections = item.corrections.clone();
    corrections
        .extend(correction.filter(|_| item.first_published_at.is_some()).map(|text| Correction { at: now, text }));
    let window = match &before {
        Some(copy) if copy.window.contains(now) => copy.window,
        _ => Window::from(now),
    };
    let publication = Publication {
        id,
        group: item.group,
        revision: item.revision,
        content: item.content.clone(),
        position: item.position,
        published_at: item.content.dated().or(item.first_published_at).unwrap_or(now),
        updated_at: now,
        corrections: corrections.clone(),
        window,
    };
    let published = Item {
        state,
        version: item.version + 1,
        first_published_at: item.first_published_at.or(Some(now)),
        public: Some(PublicCopy {
            revision: item.revision,
            slug: item.content.slug().clone(),
            published_at: publication.published_at,
            window,
        }),
        has_unpublished_changes: false,
        corrections,
        updated_by: act.actor.user,
        updated_at: now,
        ..item
    };
    let sections = sections(act.tx, &published.content)?;
    let target = Target::new(C::KIND, id);
    let was_seen = public::is_visible(&mut act.tx.public(), target)?;
    let sight = Sight::before(act, id.uuid(), &published.content.links())?;
    let followed = public::publish(act.tx, &granted, &published, &publication, &sections)?;
    // Asked of the public side itself: a speech has a window of its own, and is seen only with its event.
    let is_seen = public::is_visible(&mut act.tx.public(), target)?;
    sight.log(act)?;
    let moved = before.as_ref().filter(|copy| copy.slug != *published.content.slug()).map(|copy| copy.slug.clone());
    let kind = match (was_seen, is_seen, &moved) {
        (false, true, _) => Some(ChangeKind::Created),
        (true, true, None) => Some(ChangeKind::Updated),
        (true, true, Some(_)) => Some(ChangeKind::Moved),
        (true, false, _) => Some(ChangeKind::Deleted),
        (false, false, _) => None,
    };
    if let Some(kind) = kind {
        act.log(NewChange {
            kind,
            target,
            locale: Some(published.content.locale().clone()),
            slug: Some(published.content.slug().clone()),
            previous_slug: moved.filter(|_| was_seen),
            at: now,
        });
    }
    act.log_all(followed);
    Ok(at_desk(&act.actor, &subject, published))
}

/// Takes an item from the public; the working copy stays.
///
/// # Errors
/// [`AppError::Stale`], [`Blocker::WrongState`] where nothing is public, [`AppError::NotFound`],
/// [`AppError::Forbidden`].
pub fn unpublish<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: Option<i64>,
) -> Result<DeskItem<C>, AppError> {
    act.take_turns()?;
    let item = find(act.tx, id)?;
    let subject = subject_of(act.tx, Some(item.created_by), &item.content)?;
    let granted = act.actor.may::<Publish>(&subject)?;
    if version.is_some_and(|version| version != item.version) {
        return Err(AppError::Stale(item.version));
    }
    let state = standing(&act.actor, &subject, &item)
        .after(Action::Unpublish)
        .ok_or_else(|| wrong_state(&act.actor, &subject, &item))?;
    let now = act.tx.now();
    let target = Target::new(C::KIND, id);
    let was_seen = public::is_visible(&mut act.tx.public(), target)?;
    let before = item.public.clone().filter(|_| was_seen);
    let withdrawn = Item {
        state,
        version: item.version + 1,
        public: None,
        has_unpublished_changes: true,
        updated_by: act.actor.user,
        updated_at: now,
        ..item
    };
    let sight = Sight::before(act, id.uuid(), &[])?;
    let followed = public::withdraw(act.tx, &granted, &withdrawn)?;
    act.log_all(followed);
    if let Some(copy) = before {
        act.log(NewChange {
            kind: ChangeKind::Deleted,
            target,
            locale: Some(withdrawn.content.locale().clone()),
            slug: Some(copy.slug),
            previous_slug: None,
            at: now,
        });
    }
    sight.log(act)?;
    Ok(at_desk(&act.actor, &subject, withdrawn))
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

/// A page of the items that the caller may see, last changed first.
///
/// # Errors
/// When the database fails.
pub fn list<C: PublicContent>(
    desk: &mut Desk<'_>,
    actor: &Actor,
    mut filter: ItemFilter,
    page: &PageRequest,
) -> Result<Slice<DeskItem<C>>, AppError> {
    // Who may not read what others made is shown their own only, in rows and in counts alike.
    let anybodys = Subject { kind: C::KIND, owner: None, categories: Vec::new() };
    if !actor.can(Verb::Read, &anybodys) {
        filter.created_by = Some(actor.user);
    }
    let slice = items::list::<C>(desk, &filter, page)?;
    let (next, previous, total) = (slice.next, slice.previous, slice.total);
    let rows = slice
        .rows
        .into_iter()
        .map(|item| {
            let subject = subject_of(desk, Some(item.created_by), &item.content)?;
            Ok(at_desk(actor, &subject, item))
        })
        .collect::<Result<_, AppError>>()?;
    Ok(Slice { rows, next, previous, total })
}

/// The id that a filter's reference names: `None` where it names nothing, `Some(None)` without a filter.
///
/// # Errors
/// When the database fails.
pub fn resolve<T>(
    reader: &mut PublicReader<'_>,
    kind: Kind,
    reference: Option<Ref<T>>,
) -> Result<Option<Option<Id<T>>>, AppError> {
    Ok(match reference {
        None => Some(None),
        Some(Ref::Id(id)) => Some(Some(id)),
        Some(Ref::Slug(slug)) => slugs::holder(reader, kind, &slug)?.map(|id| Some(Id::new(id))),
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
    Ok(Subject { kind: C::KIND, owner, categories })
}

/// A section and all above it, nearest first.
fn way_up(desk: &mut Desk<'_>, category: CategoryId) -> Result<Vec<CategoryId>, AppError> {
    let all = categories::all(&mut desk.public())?;
    Ok(ancestors(&all, category).iter().rev().map(|section| section.id).collect())
}

fn sections<C: Content>(desk: &mut Desk<'_>, content: &C) -> Result<Vec<Target>, AppError> {
    let Some(category) = content.category() else {
        return Ok(Vec::new());
    };
    Ok(way_up(desk, category)?.into_iter().map(|id| Target::new(Kind::Category, id)).collect())
}

/// Everything that keeps an item from being published as it is.
fn obstacles<C: PublicContent>(desk: &mut Desk<'_>, item: &Item<C>) -> Result<Vec<Violation>, AppError> {
    let mut faults = Violations::new();
    references::check(desk, &item.content.links(), &mut faults)?;
    let mut reasons = item.content.flaws();
    reasons.extend(faults.into_vec());
    Ok(reasons)
}

fn standing<C: Content>(actor: &Actor, subject: &Subject, item: &Item<C>) -> Standing {
    Standing {
        state: item.state,
        is_public: item.public.is_some(),
        has_news: item.has_unpublished_changes,
        may_publish: actor.can(Verb::Publish, subject),
    }
}

/// The item with what the caller can do to it.
pub fn at_desk<C: Content>(actor: &Actor, subject: &Subject, item: Item<C>) -> DeskItem<C> {
    let allowed_actions = allowed(actor, subject, &item);
    DeskItem { item, allowed_actions }
}

fn allowed<C: Content>(actor: &Actor, subject: &Subject, item: &Item<C>) -> Vec<Action> {
    let permitted = |action: Action| match action {
        Action::Submit => actor.can(Verb::Edit, subject),
        Action::Approve | Action::RequestChanges => actor.can(Verb::Approve, subject),
        Action::Publish | Action::Schedule | Action::Unschedule | Action::Unpublish => {
            actor.can(Verb::Publish, subject)
        }
        Action::Archive | Action::Restore | Action::Trash => actor.can(Verb::Trash, subject),
    };
    standing(actor, subject, item).actions().filter(|action| OFFERED.contains(action) && permitted(*action)).collect()
}

fn wrong_state<C: Content>(actor: &Actor, subject: &Subject, item: &Item<C>) -> AppError {
    AppError::Blocked(Blocker::WrongState { state: item.state, allowed: allowed(actor, subject, item) })
}
