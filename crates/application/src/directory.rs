//! What making, changing and deleting have in common for categories, tags, people, organisations, media
//! and the site, which have no workflow: a change shows at once, where the entry is public at all.

use std::collections::BTreeMap;

use bantin_domain::{
    audit::{AuditField, Entry},
    content::Link,
    criteria::NamePart,
    id::Id,
    kind::{ChangeKind, Target},
    policy::{Actor, Resource, Subject, Verb},
    text::Slug,
};
use bantin_persistence::{Conflict, StoreError, changes::NewChange, directory as persisted};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    app::Act,
    error::{AppError, Blocker},
    precondition::Precondition,
};

/// How many suffixes are tried for a slug that was made from a name.
const SLUG_TRIES: u32 = 1000;

/// A directory entry, as far as the public side asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Public<'a> {
    /// Which.
    pub target: Target,
    /// Its address.
    pub slug: &'a Slug,
    /// Whether the public sees it.
    pub public: bool,
}

/// Those of `ids`, where some are asked for, whose names have all these parts; `None` where nothing is asked. No index
/// leads to what stands somewhere in a name, so the names are read and looked at here, which is a statement.
///
/// # Errors
/// Those of `read`.
pub(crate) fn fitting<T: 'static>(
    ids: Option<Vec<Id<T>>>,
    parts: &[NamePart],
    read: impl FnOnce() -> Result<Vec<(Id<T>, String)>, StoreError>,
) -> Result<Option<Vec<Id<T>>>, AppError> {
    if parts.is_empty() {
        return Ok(ids);
    }
    let is_asked = |id: &Id<T>| ids.as_ref().is_none_or(|ids| ids.contains(id));
    let fits = |name: &str| parts.iter().all(|part| part.is_in(name));
    Ok(Some(read()?.into_iter().filter(|(id, name)| is_asked(id) && fits(name)).map(|(id, _)| id).collect()))
}

/// Writes an entry under `slug`, or under the first of `slug-2`, `slug-3`, ... that is free. One that
/// the caller chose is not changed: a clash of it is theirs to solve.
///
/// # Errors
/// [`Blocker::SlugTaken`], and those of `write`.
pub(crate) fn with_free_slug(
    slug: &Slug,
    chosen: bool,
    mut write: impl FnMut(Slug) -> Result<(), StoreError>,
) -> Result<(), AppError> {
    let tries = if chosen { 1 } else { SLUG_TRIES };
    for n in 1..=tries {
        match write(if n == 1 { slug.clone() } else { slug.with_suffix(n) }) {
            Err(StoreError::Conflict(Conflict::SlugTaken)) => {}
            done => return Ok(done?),
        }
    }
    Err(AppError::Blocked(Blocker::SlugTaken))
}

/// What the caller can do to what has no workflow, by the names of the contract.
pub fn allowed_actions(actor: &Actor, subject: &Subject) -> Vec<&'static str> {
    let actions = [(Verb::Edit, "edit"), (Verb::Trash, "delete")];
    actions.into_iter().filter(|(verb, _)| actor.can(*verb, subject)).map(|(_, name)| name).collect()
}

/// Records a new entry.
pub(crate) fn record_creation(act: &mut Act<'_, '_>, target: Target, content: &impl Serialize) {
    let fields = AuditField::between(&Value::Null, content, &[]);
    act.record(Entry::new("create", target.kind, target.id).at(1).with_all(fields));
}

/// Records an edit that makes the next version of an entry, unless it touches a member that somebody
/// else has touched since the caller read it.
///
/// # Errors
/// [`AppError::Stale`].
pub(crate) fn record_edit(
    act: &mut Act<'_, '_>,
    target: Target,
    (stored, precondition): (i64, Precondition),
    before: &impl Serialize,
    after: &impl Serialize,
) -> Result<(), AppError> {
    let fields = AuditField::between(before, after, &[]);
    precondition.merge(act.tx, target.id, stored, &fields)?;
    act.record(Entry::new("edit", target.kind, target.id).at(stored + 1).with_all(fields));
    Ok(())
}

/// Records the end of an entry.
pub(crate) fn record_deletion(act: &mut Act<'_, '_>, target: Target, version: i64, content: &impl Serialize) {
    let fields = AuditField::between(content, &Value::Null, &[]);
    act.record(Entry::new("delete", target.kind, target.id).at(version + 1).with_all(fields));
}

/// Refuses to delete what something refers to.
///
/// # Errors
/// [`Blocker::InUse`] with twenty uses: enough to see what they are, and no page of its own.
pub(crate) fn refuse_if_used(
    uses: impl IntoIterator<Item = (impl Into<Resource>, Uuid, String)>,
) -> Result<(), AppError> {
    let uses: Vec<_> = uses.into_iter().take(20).map(|(kind, id, name)| (kind.into(), id, name)).collect();
    if uses.is_empty() { Ok(()) } else { Err(AppError::Blocked(Blocker::InUse(uses))) }
}

/// Logs a new entry, if the public sees it.
pub(crate) fn log_creation(act: &mut Act<'_, '_>, entry: Public<'_>) {
    if entry.public {
        log(act, ChangeKind::Created, entry, None);
    }
}

/// Logs what an edit means to the public, if it means anything.
pub(crate) fn log_edit(act: &mut Act<'_, '_>, before: Public<'_>, after: Public<'_>) {
    match (before.public, after.public) {
        (false, false) => {}
        (false, true) => log(act, ChangeKind::Created, after, None),
        (true, false) => log(act, ChangeKind::Deleted, before, None),
        (true, true) if before.slug == after.slug => log(act, ChangeKind::Updated, after, None),
        (true, true) => log(act, ChangeKind::Moved, after, Some(before.slug)),
    }
}

/// Logs the end of an entry, if the public saw it.
pub(crate) fn log_deletion(act: &mut Act<'_, '_>, entry: Public<'_>) {
    if entry.public {
        log(act, ChangeKind::Deleted, entry, None);
    }
}

/// Logs what went out of sight and what came into it.
pub(crate) fn log_sight(
    act: &mut Act<'_, '_>,
    before: &BTreeMap<Target, Option<Slug>>,
    after: &BTreeMap<Target, Option<Slug>>,
) {
    let at = act.tx.now();
    let mut log = |kind, target: &Target, slug: &Option<Slug>| {
        act.log(NewChange { kind, target: *target, locale: None, slug: slug.clone(), previous_slug: None, at });
    };
    for (target, slug) in before.iter().filter(|(target, _)| !after.contains_key(target)) {
        log(ChangeKind::Deleted, target, slug);
    }
    for (target, slug) in after.iter().filter(|(target, _)| !before.contains_key(target)) {
        log(ChangeKind::Created, target, slug);
    }
}

/// Which directory entries the public saw before something was published or withdrawn: people,
/// organisations, tags and media are public only while something visible shows them, so publishing
/// one article may bring its author into sight.
pub(crate) struct Sight {
    item: Uuid,
    before: BTreeMap<Target, Option<Slug>>,
}

impl Sight {
    /// Looks at what `item` shows now, and at what it is about to show.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn before(act: &mut Act<'_, '_>, item: Uuid, links: &[Link]) -> Result<Self, AppError> {
        let mut targets = persisted::shown_by(act.tx, item)?;
        targets.extend(links.iter().map(|link| link.target));
        Ok(Self { item, before: persisted::seen(&mut act.tx.public(), &targets)? })
    }

    /// Looks again, and logs what came into sight and what went out of it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn log(self, act: &mut Act<'_, '_>) -> Result<(), AppError> {
        let mut targets = persisted::shown_by(act.tx, self.item)?;
        targets.extend(self.before.keys());
        let after = persisted::seen(&mut act.tx.public(), &targets)?;
        log_sight(act, &self.before, &after);
        Ok(())
    }
}

fn log(act: &mut Act<'_, '_>, kind: ChangeKind, entry: Public<'_>, previous_slug: Option<&Slug>) {
    let at = act.tx.now();
    act.log(NewChange {
        kind,
        target: entry.target,
        locale: None,
        slug: Some(entry.slug.clone()),
        previous_slug: previous_slug.cloned(),
        at,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries to write `bao` where these are taken; what it was written under.
    fn write(taken: &[&str], chosen: bool) -> Result<String, AppError> {
        let mut written = None;
        with_free_slug(&Slug::from_title("Bão"), chosen, |slug| {
            if taken.contains(&slug.as_str()) {
                return Err(Conflict::SlugTaken.into());
            }
            written = Some(slug.to_string());
            Ok(())
        })?;
        Ok(written.unwrap())
    }

    #[test]
    fn an_address_that_was_made_from_a_name_gives_way_to_one_that_is_there() {
        assert_eq!(write(&[], false).unwrap(), "bao");
        assert_eq!(write(&["bao", "bao-2"], false).unwrap(), "bao-3");
    }

    #[test]
    fn an_address_that_the_caller_chose_is_never_changed() {
        assert!(matches!(write(&["bao"], true), Err(AppError::Blocked(Blocker::SlugTaken))));
    }

    #[test]
    fn another_conflict_is_not_tried_again() {
        let mut tries = 0;
        let result = with_free_slug(&Slug::from_title("Bão"), false, |_| {
            tries += 1;
            Err(Conflict::TagNameTaken.into())
        });
        assert!(matches!(result, Err(AppError::Blocked(Blocker::NameTaken))));
        assert_eq!(tries, 1);
    }
}
