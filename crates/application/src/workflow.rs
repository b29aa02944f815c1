//! The steps of the workflow, one implementation for every kind of content.
//!
//! Each step reads the item, asks the policy, compares the version, asks the state, and then either
//! leaves the public side alone (`review`), shows a revision (`show`) or takes it away
//! (`withdraw`). What the public thereby sees differently is told in the change log, what was done in
//! the audit log.

use bantin_domain::{
    audit::AuditField,
    content::{Content, Correction, DeskItem, Item, PublicCopy, Publication, Window, end_of_time},
    id::Id,
    kind::{ChangeKind, Kind, Target, UserId},
    media::MediaId,
    named::Named,
    policy::{Approve, Edit, Publish, Purge, Subject, Trash},
    text::{Prose, Slug},
    time::Timestamp,
    violation::{Fault, Violation, Violations},
    workflow::{Action, State},
};
use bantin_persistence::{
    accounts,
    changes::NewChange,
    companions, items,
    public::{self, PublicContent},
    references,
};
use serde_json::{Value, json};

use crate::{
    app::Act,
    content::{self, entry, find_to_write, needs_other_eyes, standing, state_field, wrong_state},
    directory::{self, Sight},
    error::{AppError, Blocker},
    precondition::Precondition,
};

/// A step of the workflow, with what it says.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Ask somebody to go on with it, or nobody any more.
    Assign {
        /// Whom.
        assignee: Option<UserId>,
    },
    /// Hand in for review.
    Submit,
    /// Find it good.
    Approve,
    /// Send it back.
    RequestChanges {
        /// Why: stands in the comments.
        reason: Prose<2000>,
    },
    /// Show it to the public now.
    Publish {
        /// What the public is told was wrong before.
        correction: Option<Prose<2000>>,
    },
    /// Show it from an instant on, or until one.
    Schedule {
        /// From when; `None` leaves the beginning as it is.
        at: Option<Timestamp>,
        /// Until when; `None` is for ever.
        until: Option<Timestamp>,
    },
    /// Call a schedule off.
    Unschedule,
    /// Take it from the public.
    Unpublish {
        /// Why: stands in the audit log.
        reason: Option<Prose<2000>>,
    },
    /// Put it away.
    Archive,
    /// Bring it back from the archive or the trash.
    Restore,
    /// Put it in the trash.
    Trash,
}

impl Step {
    /// The action that the step is.
    pub fn action(&self) -> Action {
        match self {
            Self::Assign { .. } => Action::Assign,
            Self::Submit => Action::Submit,
            Self::Approve => Action::Approve,
            Self::RequestChanges { .. } => Action::RequestChanges,
            Self::Publish { .. } => Action::Publish,
            Self::Schedule { .. } => Action::Schedule,
            Self::Unschedule => Action::Unschedule,
            Self::Unpublish { .. } => Action::Unpublish,
            Self::Archive => Action::Archive,
            Self::Restore => Action::Restore,
            Self::Trash => Action::Trash,
        }
    }
}

/// Takes a step with an item.
///
/// # Errors
/// [`AppError::Stale`] where `version` is given and is not the stored one, [`Blocker::WrongState`],
/// [`Blocker::AlreadyPublic`], [`Blocker::FourEyes`], [`AppError::NotPublishable`] with every reason,
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn take<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: Option<i64>,
    step: &Step,
) -> Result<DeskItem<C>, AppError> {
    match step {
        Step::Assign { .. } | Step::Submit | Step::Approve | Step::RequestChanges { .. } | Step::Restore => {
            review(act, id, version, step)
        }
        Step::Publish { .. } | Step::Schedule { .. } => show(act, id, version, step),
        Step::Unschedule | Step::Unpublish { .. } | Step::Archive | Step::Trash => withdraw(act, id, version, step),
    }
}

/// Takes a step with what belongs to an item that just took it, where that is called for: what says
/// nothing new is not published again, what is not waiting for a review is not approved.
///
/// # Errors
/// Those of [`take`].
pub fn take_along<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>, step: &Step) -> Result<(), AppError> {
    let item = content::find::<C>(act.tx, id)?;
    let is_called_for = match step {
        Step::Submit => matches!(item.state, State::Draft | State::ChangesRequested),
        Step::Approve => item.state == State::InReview,
        Step::Publish { .. } => {
            !matches!(item.state, State::Archived | State::Scheduled)
                && (item.state != State::Published || item.has_unpublished_changes)
        }
        Step::Schedule { .. } => item.public.is_none() && item.state != State::Archived,
        _ => false,
    };
    if is_called_for {
        // The correction is the article's or the event's own.
        let step = match step {
            Step::Publish { .. } => &Step::Publish { correction: None },
            step => step,
        };
        let _ = take(act, id, None, step)?;
    }
    Ok(())
}

/// Reads an item for a step, and checks the version that the caller means.
fn begin<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>) -> Result<(Item<C>, Subject), AppError> {
    act.take_turns()?;
    let item = find_to_write(act, id)?;
    let subject = content::subject_of(act.tx, Some(item.created_by), &item.content)?;
    Ok((item, subject))
}

fn check_version<C: Content>(act: &mut Act<'_, '_>, item: &Item<C>, version: Option<i64>) -> Result<(), AppError> {
    match version {
        Some(version) => Precondition::from(version).check(act.tx, item.id.uuid(), item.version),
        None => Ok(()),
    }
}

/// The item after a step, with the next version.
fn stepped<C: Content>(act: &Act<'_, '_>, item: &Item<C>, state: State) -> Item<C> {
    Item {
        state,
        version: item.version + 1,
        updated_by: act.actor.user,
        updated_at: act.tx.now(),
        trashed_at: (state == State::Trashed).then(|| act.tx.now()),
        ..item.clone()
    }
}

/// The state that a step leads to.
fn state_after<C: Content>(
    act: &Act<'_, '_>,
    subject: &Subject,
    item: &Item<C>,
    action: Action,
) -> Result<State, AppError> {
    standing(&act.actor, subject, item).after(action).ok_or_else(|| wrong_state(&act.actor, subject, item))
}

/// A step that the public does not notice.
fn review<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: Option<i64>,
    step: &Step,
) -> Result<DeskItem<C>, AppError> {
    let (item, subject) = begin(act, id)?;
    let save = |act: &mut Act<'_, '_>, item: &Item<C>| match step {
        Step::Assign { .. } | Step::Submit => {
            items::set_state(act.tx, &act.actor.may::<Edit>(&subject)?, item).map_err(AppError::from)
        }
        Step::Restore => items::set_state(act.tx, &act.actor.may::<Trash>(&subject)?, item).map_err(AppError::from),
        _ => items::set_state(act.tx, &act.actor.may::<Approve>(&subject)?, item).map_err(AppError::from),
    };
    // Asked first, so that who may not learns nothing from what else is wrong; `save` shows the proof.
    if !act.actor.can(content::verb_of(step.action()), &subject) {
        return Err(content::denied(&act.actor, &subject));
    }
    check_version(act, &item, version)?;
    let state = state_after(act, &subject, &item, step.action())?;
    if step.action() == Action::Approve && needs_other_eyes(&act.actor, &item) {
        return Err(AppError::Blocked(Blocker::FourEyes));
    }
    let mut after = stepped(act, &item, state);
    let mut told = state_field(item.state, state);
    if let Step::Assign { assignee } = step {
        check_assignee(act, *assignee)?;
        let id = |user: Option<UserId>| user.map(|user| user.to_string());
        told.push(AuditField::changed("assigneeId", id(item.assignee), id(*assignee)));
        after.assignee = *assignee;
    }
    save(act, &after)?;
    if let Step::RequestChanges { reason } = step {
        let _ = crate::comments::append(act, id.uuid(), reason)?;
    }
    act.record(entry(step.action().name(), &after).with_all(told));
    Ok(content::at_desk(&act.actor, &subject, after))
}

fn check_assignee(act: &mut Act<'_, '_>, assignee: Option<UserId>) -> Result<(), AppError> {
    let Some(user) = assignee else { return Ok(()) };
    if accounts::find_user(act.tx, user)?.is_some_and(|account| !account.user.disabled) {
        return Ok(());
    }
    let mut faults = Violations::new();
    faults.add("/assigneeId", Fault::new("unknown_reference", "names nobody who works at the desk"));
    Err(faults.into())
}

/// A step that shows the public a revision, now or from an instant on, or sets the end of what it sees.
fn show<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: Option<i64>,
    step: &Step,
) -> Result<DeskItem<C>, AppError> {
    let (item, subject) = begin(act, id)?;
    let granted = act.actor.may::<Publish>(&subject)?;
    check_version(act, &item, version)?;
    let now = act.tx.now();
    let is_public_now = item.public.as_ref().is_some_and(|copy| copy.window.contains(now));
    let (window, state) = match step {
        Step::Schedule { at, until } => {
            check_instants(*at, *until, now)?;
            match (at, &item.public) {
                (Some(_), _) if is_public_now => return Err(AppError::Blocked(Blocker::AlreadyPublic)),
                (None, Some(copy)) => {
                    let window = Window { from: copy.window.from, until: until.unwrap_or_else(end_of_time) };
                    return set_end(act, &item, &subject, window);
                }
                (None, None) => return Err(required_at()),
                (Some(at), _) => {
                    let window = Window { from: *at, until: until.unwrap_or_else(end_of_time) };
                    (window, state_after(act, &subject, &item, Action::Schedule)?)
                }
            }
        }
        _ => {
            // The end that was set for what the public sees stays: this is its next version.
            let window = match &item.public {
                Some(copy) if is_public_now => copy.window,
                _ => Window::from(now),
            };
            (window, state_after(act, &subject, &item, Action::Publish)?)
        }
    };
    let reasons = obstacles(act, &item, window)?;
    if !reasons.is_empty() {
        return Err(AppError::NotPublishable(reasons));
    }
    let mut corrections = item.corrections.clone();
    if let Step::Publish { correction: Some(text) } = step
        && item.first_published_at.is_some()
    {
        corrections.push(Correction { at: now, text: text.clone() });
    }
    let begins = window.from.max(now);
    let first_published_at = item.first_published_at.filter(|first| *first <= now).unwrap_or(begins);
    let publication = Publication {
        id,
        group: item.group,
        revision: item.revision,
        content: item.content.clone(),
        position: item.position,
        published_at: item.content.dated().unwrap_or(first_published_at),
        updated_at: begins,
        corrections: corrections.clone(),
        window,
    };
    let shown = Item {
        first_published_at: Some(first_published_at),
        public: Some(PublicCopy {
            revision: item.revision,
            slug: item.content.slug().clone(),
            published_at: publication.published_at,
            window,
        }),
        has_unpublished_changes: false,
        corrections,
        ..stepped(act, &item, state)
    };
    let noticed = Notice::before(act, &item, &shown.content)?;
    let sections = sections(act, &shown.content)?;
    let followed = public::publish(act.tx, &granted, &shown, &publication, &sections)?;
    noticed.tell(act, &shown.content, shown.content.slug())?;
    act.log_all(followed);
    act.record(entry(step.action().name(), &shown).with_all(state_field(item.state, state)).with(AuditField::changed(
        "public",
        window_of(&item),
        window_of(&shown),
    )));
    Ok(content::at_desk(&act.actor, &subject, shown))
}

/// Sets until when the public copy is seen; its text and the working copy stay as they are.
fn set_end<C: PublicContent>(
    act: &mut Act<'_, '_>,
    item: &Item<C>,
    subject: &Subject,
    window: Window,
) -> Result<DeskItem<C>, AppError> {
    let state = state_after(act, subject, item, Action::Schedule)?;
    if window.until <= window.from {
        return Err(ends_before_start());
    }
    let granted = act.actor.may::<Publish>(subject)?;
    let public = item.public.clone().map(|copy| PublicCopy { window, ..copy });
    let after = Item { public, ..stepped(act, item, state) };
    let followed = public::set_window(act.tx, &granted, &after, window)?;
    act.log_all(followed);
    act.record(entry("schedule", &after).with(AuditField::changed("public", window_of(item), window_of(&after))));
    Ok(content::at_desk(&act.actor, subject, after))
}

/// A step that takes from the public whatever it sees of the item.
fn withdraw<C: PublicContent>(
    act: &mut Act<'_, '_>,
    id: Id<C>,
    version: Option<i64>,
    step: &Step,
) -> Result<DeskItem<C>, AppError> {
    let (item, subject) = begin(act, id)?;
    // Who puts something public away also takes it from the public.
    let withdrawal = match step {
        Step::Archive | Step::Trash => {
            let _ = act.actor.may::<Trash>(&subject)?;
            item.public.as_ref().map(|_| act.actor.may::<Publish>(&subject)).transpose()?
        }
        _ => Some(act.actor.may::<Publish>(&subject)?),
    };
    check_version(act, &item, version)?;
    let state = state_after(act, &subject, &item, step.action())?;
    let after = Item {
        public: None,
        has_unpublished_changes: true,
        // What was only ever planned has not been published yet.
        first_published_at: item.first_published_at.filter(|first| *first <= act.tx.now()),
        ..stepped(act, &item, state)
    };
    match (withdrawal, &item.public) {
        (Some(granted), Some(copy)) => {
            let noticed = Notice::before(act, &item, &item.content)?;
            let followed = public::withdraw(act.tx, &granted, &after)?;
            act.log_all(followed);
            noticed.tell(act, &after.content, &copy.slug)?;
        }
        (Some(granted), None) => items::set_state(act.tx, &granted, &after)?,
        (None, _) => items::set_state(act.tx, &act.actor.may::<Trash>(&subject)?, &after)?,
    }
    let mut told = entry(step.action().name(), &after).with_all(state_field(item.state, state));
    if item.public.is_some() {
        told = told.with(AuditField::changed("public", window_of(&item), Value::Null));
    }
    if let Step::Unpublish { reason: Some(reason) } = step {
        told = told.with(AuditField::changed("reason", Value::Null, reason.as_str()));
    }
    act.record(told);
    Ok(content::at_desk(&act.actor, &subject, after))
}

/// Takes an item out of the trash for ever.
///
/// # Errors
/// [`AppError::Stale`], [`Blocker::WrongState`] for what is not in the trash, [`Blocker::InUse`],
/// [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn purge<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>, version: i64) -> Result<(), AppError> {
    let (item, subject) = begin(act, id)?;
    references::settle(act.tx)?;
    let granted = act.actor.may::<Purge>(&subject)?;
    check_version(act, &item, Some(version))?;
    state_after(act, &subject, &item, Action::Purge)?;
    let target = Target::new(C::KIND, id);
    directory::refuse_if_used(items::uses_of(act.tx, target)?)?;
    items::purge(act.tx, &granted, target)?;
    act.record(entry("purge", &item).with(AuditField::changed("title", item.content.title().as_str(), Value::Null)));
    Ok(())
}

/// What the public sees of an item before a step, so that the difference can be told after it.
struct Notice {
    target: Target,
    was_seen: bool,
    slug: Option<Slug>,
    sight: Sight,
}

impl Notice {
    fn before<C: PublicContent>(act: &mut Act<'_, '_>, item: &Item<C>, next: &C) -> Result<Self, AppError> {
        let target = Target::new(C::KIND, item.id);
        Ok(Self {
            target,
            was_seen: public::is_visible(&mut act.tx.public(), target)?,
            slug: item.public.as_ref().map(|copy| copy.slug.clone()),
            sight: Sight::before(act, target.id, &next.links())?,
        })
    }

    fn tell<C: Content>(self, act: &mut Act<'_, '_>, content: &C, slug: &Slug) -> Result<(), AppError> {
        // Asked of the public side itself: a speech has a window of its own, and is seen only with its event.
        let is_seen = public::is_visible(&mut act.tx.public(), self.target)?;
        let moved = self.slug.filter(|before| before != slug);
        let kind = match (self.was_seen, is_seen, &moved) {
            (false, true, _) => Some(ChangeKind::Created),
            (true, true, None) => Some(ChangeKind::Updated),
            (true, true, Some(_)) => Some(ChangeKind::Moved),
            (true, false, _) => Some(ChangeKind::Deleted),
            (false, false, _) => None,
        };
        let own = kind.map(|kind| NewChange {
            kind,
            target: self.target,
            locale: Some(content.locale().clone()),
            slug: Some(slug.clone()),
            previous_slug: moved.filter(|_| self.was_seen),
            at: act.tx.now(),
        });
        // Who is shown comes before what shows them, and goes after it: a mirror never holds a dangling id.
        if is_seen {
            self.sight.log(act)?;
            act.log_all(own.into_iter().collect());
        } else {
            act.log_all(own.into_iter().collect());
            self.sight.log(act)?;
        }
        Ok(())
    }
}

/// What the audit log says of a public copy.
fn window_of<C>(item: &Item<C>) -> Value {
    let Some(copy) = &item.public else { return Value::Null };
    let until = (copy.window.until != end_of_time()).then(|| copy.window.until.to_utc_text());
    json!({ "revision": copy.revision, "visibleFrom": copy.window.from.to_utc_text(), "visibleUntil": until })
}

fn sections<C: Content>(act: &mut Act<'_, '_>, content: &C) -> Result<Vec<Target>, AppError> {
    let Some(category) = content.category() else {
        return Ok(Vec::new());
    };
    Ok(content::way_up(act.tx, category)?.into_iter().map(|id| Target::new(Kind::Category, id)).collect())
}

/// Everything that keeps an item from being shown in a window as it is.
fn obstacles<C: PublicContent>(
    act: &mut Act<'_, '_>,
    item: &Item<C>,
    window: Window,
) -> Result<Vec<Violation>, AppError> {
    let mut faults = Violations::new();
    let links = item.content.links();
    references::check(act.tx, &links, &mut faults)?;
    // What an article reports must be there to be read; a speech is seen as soon as its event is.
    if C::KIND == Kind::Article {
        for link in links.iter().filter(|link| link.target.kind == Kind::Event) {
            if !items::is_shown_by(act.tx, link.target, window.from)? {
                let message = "is not public by then; publish it too, or first";
                faults.add(&link.pointer, Fault::new("unpublished_relation", message));
            }
        }
    }
    missing_alt(act, item, &mut faults)?;
    let mut reasons = item.content.flaws();
    reasons.extend(faults.into_vec());
    Ok(reasons)
}

/// Notes each picture that says nothing to who cannot see it.
fn missing_alt<C: Content>(act: &mut Act<'_, '_>, item: &Item<C>, faults: &mut Violations) -> Result<(), AppError> {
    let fault = || Fault::new("missing_alt", "needs a text for who cannot see the picture");
    let body = item.content.body();
    for (n, image) in body.images().enumerate() {
        if image.alt.trim().is_empty() {
            faults.add(format!("/body/images/{n}"), fault());
        }
    }
    let covers: Vec<(String, MediaId)> = item
        .content
        .links()
        .into_iter()
        .filter(|link| link.relation == bantin_domain::content::Relation::Cover)
        .map(|link| (link.pointer, Id::new(link.target.id)))
        .collect();
    let ids: Vec<MediaId> = covers.iter().map(|(_, id)| *id).collect();
    let found = if ids.is_empty() { Vec::new() } else { companions::media_by_ids(act.tx, &ids)? };
    for (pointer, id) in covers {
        if found.iter().any(|media| media.id == id && media.texts.alt.is_none()) {
            faults.add(pointer, fault());
        }
    }
    Ok(())
}

fn check_instants(at: Option<Timestamp>, until: Option<Timestamp>, now: Timestamp) -> Result<(), AppError> {
    let mut faults = Violations::new();
    if at.is_some_and(|at| at <= now || at >= end_of_time()) {
        faults.add("/at", Fault::new("out_of_range", "must be an instant to come; to show it now, publish it"));
    }
    if until.is_some_and(|until| until <= now || until > end_of_time()) {
        faults
            .add("/until", Fault::new("out_of_range", "must be an instant to come; to withdraw it now, unpublish it"));
    }
    if at.zip(until).is_some_and(|(at, until)| until <= at) {
        faults.add("/until", Fault::new("ends_before_start", "must be later than at"));
    }
    Ok(faults.into_result(())?)
}

fn required_at() -> AppError {
    let mut faults = Violations::new();
    faults.add("/at", Fault::new("required", "nothing is public yet, so the schedule needs a beginning"));
    faults.into()
}

fn ends_before_start() -> AppError {
    let mut faults = Violations::new();
    faults.add("/until", Fault::new("ends_before_start", "must be later than the beginning"));
    faults.into()
}
