//! What time alone brings about: a scheduled item comes into sight, another goes out of it, and the site shows another
//! banner.
//!
//! Visibility is decided when it is read, so nobody waits for this. But the change log must tell of it,
//! an address that is seen becomes known, and rows that have expired leave the public tables so that
//! the indexes stay free of them. That is *settled* by whoever takes the lock of the change log next,
//! oldest instant first, with the instant as the time of the change.

use std::collections::{BTreeMap, BTreeSet};

use bantin_domain::{
    content::{Window, end_of_time},
    id::Id,
    kind::{ChangeKind, Kind, Target},
    locale::Locale,
    site::SITE_ID,
    text::Slug,
    time::Timestamp,
    workflow::State,
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    changes::NewChange,
    directory,
    error::StoreError,
    public,
    schema::{due, items, public_articles},
    slugs,
    sql_types::{Instant, Key, Name},
    store::Tx,
};

/// How many comings and goings are settled at a time, but for the rest of the last instant: what waited through a
/// long stop is settled in portions, so that no transaction is held for all of it.
const AT_ONCE: i64 = 100;

/// Notes when an item that can be seen in `window` will come into sight or go out of it, in place of
/// whatever was noted of it before.
///
/// # Errors
/// When the database fails.
pub(crate) fn note(tx: &mut Tx<'_>, target: Target, window: Window) -> Result<(), StoreError> {
    let id = Key(Id::<()>::new(target.id));
    diesel::delete(due::table.filter(due::target_id.eq(id))).execute(tx.conn)?;
    let is_ever_seen = window.from < window.until && window.until > tx.now();
    let comes = (ChangeKind::Created, window.from, window.from > tx.now());
    let goes = (ChangeKind::Deleted, window.until, window.until < end_of_time());
    for (change, at, _) in [comes, goes].into_iter().filter(|(_, _, is_to_come)| is_ever_seen && *is_to_come) {
        diesel::insert_into(due::table)
            .values((
                due::target_id.eq(id),
                due::change.eq(Name(change)),
                due::target_kind.eq(Name(target.kind)),
                due::at.eq(Instant(at)),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Notes when the site will show another banner, in place of whatever was noted of it that is still to come. Call it
/// under the lock of the change log: each node does at its start.
///
/// # Errors
/// When the database fails.
pub fn note_banners(tx: &mut Tx<'_>, instants: &[Timestamp]) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let of_site = due::table.filter(due::target_kind.eq(Name(Kind::Site)));
    diesel::delete(of_site.filter(due::at.gt(now))).execute(tx.conn)?;
    for at in instants.iter().filter(|at| **at > now.0) {
        diesel::insert_into(due::table)
            .values((
                due::target_id.eq(banner_row(*at)),
                due::change.eq(Name(ChangeKind::Created)),
                due::target_kind.eq(Name(Kind::Site)),
                due::at.eq(Instant(*at)),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// What tells one instant of the site's from another, since the site is one: the instant. It is the id of nothing,
/// for those begin with a time in milliseconds, and this with zeros.
fn banner_row(at: Timestamp) -> Key<()> {
    Key(Id::new(Uuid::from_u128(u128::from(at.as_micros().unsigned_abs()))))
}

/// The next instant at which something becomes visible, or stops to be.
///
/// # Errors
/// When the database fails.
pub fn next(reader: &mut crate::store::PublicReader<'_>) -> Result<Option<Timestamp>, StoreError> {
    let at = due::table.order(due::at).select(due::at).first::<Instant>(reader.conn()?).optional()?;
    Ok(at.map(|at| at.0))
}

/// The instants after `after` at which something becomes visible or stops to be, or leaves the front page: the
/// next `most` of them, in their order.
///
/// # Errors
/// When the database fails.
pub fn coming(
    reader: &mut crate::store::PublicReader<'_>,
    after: Timestamp,
    most: i64,
) -> Result<Vec<Timestamp>, StoreError> {
    let instants = due::table
        .filter(due::at.gt(Instant(after)))
        .order(due::at)
        .limit(most)
        .select(due::at)
        .load::<Instant>(reader.conn()?)?;
    let leaving = public_articles::table
        .filter(public_articles::featured_until.gt(Instant(after)))
        .order(public_articles::featured_until)
        .limit(most)
        .select(public_articles::featured_until.assume_not_null())
        .load::<Instant>(reader.conn()?)?;
    let mut coming: Vec<Timestamp> = instants.into_iter().chain(leaving).map(|at| at.0).collect();
    coming.sort_unstable();
    coming.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(coming)
}

/// Settles what is due by now and says how the public side changed thereby. Call it under the lock of
/// the change log only: two that settle at once would both tell of it.
///
/// # Errors
/// When the database fails.
pub fn settle(tx: &mut Tx<'_>) -> Result<Vec<NewChange>, StoreError> {
    let by_instant = (due::at.asc(), due::change.asc(), due::target_id.asc());
    let columns = (due::at, due::change, due::target_kind, due::target_id);
    let is_due = due::table.filter(due::at.le(Instant(tx.now())));
    let mut rows: Vec<Due> = is_due.order(by_instant).limit(AT_ONCE).select(columns).load(tx.conn)?;
    if let Some(last) = rows.last().map(|row| row.0).filter(|_| i64::try_from(rows.len()) == Ok(AT_ONCE)) {
        // What happens at one instant is told of as a whole.
        rows.retain(|row| row.0.0 < last.0);
        let of_last = due::table.filter(due::at.eq(last)).order(by_instant).select(columns);
        rows.extend(of_last.load::<Due>(tx.conn)?);
    }
    let mut told = Vec::new();
    for of_instant in rows.chunk_by(|one, next| one.0.0 == next.0.0) {
        told.extend(settle_instant(tx, of_instant)?);
    }
    Ok(told)
}

/// Something that happens at an instant, to what.
type Due = (Instant, Name<ChangeKind>, Name<Kind>, Key<()>);

/// An item that comes into sight or goes out of it.
struct Passing {
    target: Target,
    change: ChangeKind,
    locale: Locale,
    slug: Slug,
    until: Timestamp,
}

/// Settles what happens at one instant. What the directory shows because of it is asked once for all of it, and
/// before any row leaves: an event and its speeches come at once, and each for itself would tell of their speakers.
fn settle_instant(tx: &mut Tx<'_>, rows: &[Due]) -> Result<Vec<NewChange>, StoreError> {
    let Some(at) = rows.first().map(|row| row.0.0) else { return Ok(Vec::new()) };
    let (mut passing, mut shown, mut told) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (_, change, kind, id) in rows {
        diesel::delete(due::table.find((*id, *change))).execute(tx.conn)?;
        if kind.0 == Kind::Site {
            let target = Target::new(Kind::Site, SITE_ID);
            told.push(NewChange {
                kind: ChangeKind::Updated,
                target,
                locale: None,
                slug: None,
                previous_slug: None,
                at,
            });
            continue;
        }
        let target = Target::new(kind.0, id.0);
        if let Some(one) = find_passing(tx, target, change.0)? {
            shown.extend(directory::shown_by(tx, target.id)?);
            passing.push(one);
        }
    }
    let shown: Vec<Target> = shown.into_iter().collect();
    let before = directory::seen(&mut tx.public_at(at.minus_a_moment()), &shown)?;
    let after = directory::seen(&mut tx.public_at(at), &shown)?;
    for one in passing {
        told.push(NewChange {
            kind: one.change,
            target: one.target,
            locale: Some(one.locale.clone()),
            slug: Some(one.slug.clone()),
            previous_slug: None,
            at,
        });
        settle_item(tx, &one, at)?;
    }
    told.extend(sight(&before, &after, at));
    Ok(told)
}

/// `None` for what the public is not meant to see any more.
fn find_passing(tx: &mut Tx<'_>, target: Target, change: ChangeKind) -> Result<Option<Passing>, StoreError> {
    let row = items::table
        .filter(items::id.eq(Key(Id::<()>::new(target.id))))
        .select((items::locale, items::public_slug, items::visible_until))
        .first::<(String, Option<String>, Option<Instant>)>(tx.conn)
        .optional()?;
    let Some((locale, Some(slug), Some(until))) = row else {
        return Ok(None);
    };
    let slug = public::relations::stored_slug("items", target.id, &slug)?;
    let locale = public::relations::stored_locale("items", target.id, &locale)?;
    Ok(Some(Passing { target, change, locale, slug, until: until.0 }))
}

/// Writes down what the instant does to the item.
fn settle_item(
    tx: &mut Tx<'_>,
    Passing { target, change, slug, until, .. }: &Passing,
    at: Timestamp,
) -> Result<(), StoreError> {
    let target = *target;
    match change {
        ChangeKind::Created => {
            slugs::make_current(tx, target.kind, slug, target.id)?;
            set_state(tx, target, State::Scheduled, State::Published)?;
        }
        // A speech may be out of sight only because its event is: it comes back with it.
        _ if *until <= at => {
            public::erase_any(tx, target)?;
            set_state(tx, target, State::Published, State::Draft)?;
            diesel::update(items::table.filter(items::id.eq(Key(Id::<()>::new(target.id)))))
                .set((
                    items::public_revision.eq(None::<i64>),
                    items::public_slug.eq(None::<String>),
                    items::published_at.eq(None::<Instant>),
                    items::visible_from.eq(None::<Instant>),
                    items::visible_until.eq(None::<Instant>),
                    items::has_unpublished_changes.eq(true),
                ))
                .execute(tx.conn)?;
        }
        _ => {}
    }
    Ok(())
}

/// Writes down the state that the item is read in since the instant passed. Its version stays: nobody
/// changed it.
fn set_state(tx: &mut Tx<'_>, target: Target, from: State, to: State) -> Result<(), StoreError> {
    diesel::update(
        items::table.filter(items::id.eq(Key(Id::<()>::new(target.id)))).filter(items::state.eq(Name(from))),
    )
    .set(items::state.eq(Name(to)))
    .execute(tx.conn)?;
    Ok(())
}

/// What of the directory came into sight and went out of it.
fn sight(
    before: &BTreeMap<Target, Option<Slug>>,
    after: &BTreeMap<Target, Option<Slug>>,
    at: Timestamp,
) -> Vec<NewChange> {
    let told = |kind, (target, slug): (&Target, &Option<Slug>)| NewChange {
        kind,
        target: *target,
        locale: None,
        slug: slug.clone(),
        previous_slug: None,
        at,
    };
    let gone = before.iter().filter(|(target, _)| !after.contains_key(target));
    let come = after.iter().filter(|(target, _)| !before.contains_key(target));
    gone.map(|one| told(ChangeKind::Deleted, one)).chain(come.map(|one| told(ChangeKind::Created, one))).collect()
}
