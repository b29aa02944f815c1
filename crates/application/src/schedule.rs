//! What is planned: which items will come into the public's sight, and which will go out of it.

use std::collections::BTreeMap;

use bantin_domain::{
    category::ancestors,
    content::{Window, end_of_time},
    kind::{Kind, Target},
    policy::{Actor, Subject, Verb},
    time::Timestamp,
};
use bantin_persistence::{
    Desk, categories,
    items::{self, Planned},
};

use crate::error::AppError;

/// So many items that come, and so many that go, are looked at.
const MOST_LOOKED_AT: u32 = 5_000;

/// Something that will happen by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// To which item.
    pub target: Target,
    /// Its title.
    pub title: String,
    /// Its language.
    pub locale: String,
    /// When it can be seen.
    pub window: Window,
    /// Whether it appears or disappears.
    pub what: What,
    /// When.
    pub at: Timestamp,
}

/// What happens to an item by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The public sees it from then on.
    Appears,
    /// The public sees it no longer.
    Disappears,
}

/// Which part of the schedule is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleQuery {
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this one.
    pub to: Option<Timestamp>,
    /// Of these kinds; empty is all.
    pub kinds: Vec<Kind>,
    /// So many at most.
    pub limit: usize,
}

/// What will happen to the items that the caller may read, in the order in which it will.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, actor: &Actor, query: &ScheduleQuery) -> Result<Vec<Happening>, AppError> {
    let now = desk.now();
    let planned = items::planned(desk, MOST_LOOKED_AT)?;
    let subjects = subjects_of(desk, &planned)?;
    let readable = planned.into_iter().zip(subjects).filter(|(_, subject)| actor.can(Verb::Read, subject));
    let mut all: Vec<Happening> = readable.flat_map(|(item, _)| happenings(item, now)).collect();
    all.retain(|one| {
        query.from.is_none_or(|from| one.at >= from)
            && query.to.is_none_or(|to| one.at < to)
            && (query.kinds.is_empty() || query.kinds.contains(&one.target.kind))
    });
    all.sort_by_key(|one| (one.at, one.what, one.target));
    all.truncate(query.limit);
    Ok(all)
}

/// What is still to come of an item: it may appear and disappear again.
fn happenings(item: Planned, now: Timestamp) -> impl Iterator<Item = Happening> {
    let Planned { target, title, locale, window, .. } = item;
    let comes = (window.from > now).then_some((What::Appears, window.from));
    let goes = (window.until < end_of_time()).then_some((What::Disappears, window.until));
    comes.into_iter().chain(goes).map(move |(what, at)| Happening {
        target,
        title: title.clone(),
        locale: locale.clone(),
        window,
        what,
        at,
    })
}

/// What the policy asks about each of them, in two statements.
fn subjects_of(desk: &mut Desk<'_>, planned: &[Planned]) -> Result<Vec<Subject>, AppError> {
    let parents: Vec<_> = planned.iter().filter_map(|item| item.parent).collect();
    let of_parents = if parents.is_empty() { BTreeMap::new() } else { items::sections_of(desk, &parents)? };
    let sections = categories::all(&mut desk.public())?;
    let subject = |item: &Planned| {
        let category = item.category.or_else(|| of_parents.get(&item.parent?).copied());
        let way_up = category.map(|category| ancestors(&sections, category));
        let categories =
            way_up.into_iter().flat_map(|way| way.into_iter().rev().map(|section| section.id).collect::<Vec<_>>());
        Subject { resource: item.target.kind.into(), owner: Some(item.owner), categories: categories.collect() }
    };
    Ok(planned.iter().map(subject).collect())
}
