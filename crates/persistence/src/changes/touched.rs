//! What refers to something that came into sight or went out of it.
//!
//! An article that reports an event shows it while the event can be seen, an event links an attendee while that person
//! is public, and so on. The article is not written when the event is withdrawn, and yet it reads differently from
//! then on: without a row of its own a mirror would show the event for ever. What shows a *name* of something else
//! is no such case. A mirror knows the name by the other's own row, so a rename stays one row.

use std::collections::BTreeMap;

use bantin_domain::{
    content::Relation,
    event::Event,
    id::Id,
    kind::{ChangeKind, Kind, Target},
    organisation::Organisation,
    page::Page,
    person::Person,
    site::SITE_ID,
    text::Slug,
    time::Timestamp,
};
use diesel::prelude::*;

use super::NewChange;
use crate::{
    among::AmongExt,
    directory,
    error::StoreError,
    public::relations::stored_locale,
    schema::{items, organisations, person_posts, public_attendees, public_links, public_pages},
    site,
    sql_types::{Key, Name},
    store::Tx,
};

/// The changes of what refers to whatever comes or goes among `new`, but for what is told of there anyway.
///
/// # Errors
/// When the database fails.
pub(super) fn by(tx: &mut Tx<'_>, new: &[NewChange]) -> Result<Vec<NewChange>, StoreError> {
    let mut touched: BTreeMap<Target, Timestamp> = BTreeMap::new();
    for change in new.iter().filter(|change| matches!(change.kind, ChangeKind::Created | ChangeKind::Deleted)) {
        for target in referring(tx, change.target)? {
            touched.insert(target, change.at);
        }
    }
    touched.retain(|target, _| new.iter().all(|change| change.target != *target));
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    let targets: Vec<Target> = touched.keys().copied().collect();
    let visible = visible(tx, &targets)?;
    let locales = locales(tx, &targets)?;
    let told = |(target, at): (Target, Timestamp)| {
        let slug = visible.get(&target)?.clone();
        let locale = locales.get(&target).cloned();
        Some(NewChange { kind: ChangeKind::Updated, target, locale, slug, previous_slug: None, at })
    };
    Ok(touched.into_iter().filter_map(told).collect())
}

/// What may show a resource, or not show it.
fn referring(tx: &mut Tx<'_>, target: Target) -> Result<Vec<Target>, StoreError> {
    let mut found: Vec<Target> = in_menu(tx, target)?.into_iter().collect();
    match target.kind {
        Kind::Article | Kind::Speech => found.extend(translations(tx, target)?),
        Kind::Event => {
            found.extend(translations(tx, target)?);
            let articles = public_links::table
                .filter(public_links::target_id.eq(Key(Id::<()>::new(target.id))))
                .filter(public_links::relation.eq(Name(Relation::Event)))
                .filter(public_links::source_kind.eq(Name(Kind::Article)))
                .select(public_links::source_id)
                .load::<Key<()>>(tx.conn)?;
            found.extend(articles.into_iter().map(|id| Target::new(Kind::Article, id.0)));
        }
        Kind::Page => {
            found.extend(translations(tx, target)?);
            let below = public_pages::table
                .filter(public_pages::parent_id.eq(Key(Id::<Page>::new(target.id))))
                .select(public_pages::id)
                .load::<Key<Page>>(tx.conn)?;
            found.extend(below.into_iter().map(|id| Target::new(Kind::Page, id.0)));
        }
        Kind::Person => {
            let attended = public_attendees::table
                .filter(public_attendees::person_id.eq(Key(Id::<Person>::new(target.id))))
                .select(public_attendees::event_id)
                .distinct()
                .load::<Key<Event>>(tx.conn)?;
            found.extend(attended.into_iter().map(|id| Target::new(Kind::Event, id.0)));
        }
        Kind::Organisation => {
            let id = Key(Id::<Organisation>::new(target.id));
            let posts = person_posts::table
                .filter(person_posts::organisation_id.eq(id))
                .select(person_posts::person_id)
                .load::<Key<Person>>(tx.conn)?;
            found.extend(posts.into_iter().map(|id| Target::new(Kind::Person, id.0)));
            let below = organisations::table
                .filter(organisations::parent_id.eq(id))
                .select(organisations::id)
                .load::<Key<Organisation>>(tx.conn)?;
            found.extend(below.into_iter().map(|id| Target::new(Kind::Organisation, id.0)));
        }
        Kind::Category | Kind::Tag | Kind::Media | Kind::Site => {}
    }
    Ok(found)
}

/// The same in other languages.
fn translations(tx: &mut Tx<'_>, target: Target) -> Result<Vec<Target>, StoreError> {
    let id = Key(Id::<()>::new(target.id));
    let group = items::table.filter(items::id.eq(id)).select(items::group_id).first::<Key<_>>(tx.conn).optional()?;
    let Some(group) = group else { return Ok(Vec::new()) };
    let siblings = items::table
        .filter(items::kind.eq(Name(target.kind)))
        .filter(items::group_id.eq::<Key<()>>(group))
        .filter(items::id.ne(id))
        .select(items::id)
        .load::<Key<()>>(tx.conn)?;
    Ok(siblings.into_iter().map(|id| Target::new(target.kind, id.0)).collect())
}

/// The site, where a menu leads there.
fn in_menu(tx: &mut Tx<'_>, target: Target) -> Result<Option<Target>, StoreError> {
    let targets = site::find(tx)?.content.menu_targets();
    Ok(targets.iter().any(|(_, one)| *one == target).then(|| Target::new(Kind::Site, SITE_ID)))
}

/// Those of them that the public sees now, each with its address.
fn visible(tx: &mut Tx<'_>, targets: &[Target]) -> Result<BTreeMap<Target, Option<Slug>>, StoreError> {
    let content: Vec<Target> = targets.iter().copied().filter(|target| is_content(target.kind)).collect();
    let reader = &mut tx.public();
    let mut visible = directory::seen(reader, targets)?;
    visible.extend(site::resolve(reader, &content)?);
    visible.extend(targets.iter().filter(|target| target.kind == Kind::Site).map(|target| (*target, None)));
    Ok(visible)
}

fn is_content(kind: Kind) -> bool {
    matches!(kind, Kind::Article | Kind::Event | Kind::Speech | Kind::Page)
}

/// The languages of the content among them.
fn locales(tx: &mut Tx<'_>, targets: &[Target]) -> Result<BTreeMap<Target, bantin_domain::locale::Locale>, StoreError> {
    let ids = targets.iter().filter(|target| is_content(target.kind)).map(|target| Key(Id::<()>::new(target.id)));
    let rows = items::table
        .filter(items::id.among(ids.collect::<Vec<_>>()))
        .select((items::kind, items::id, items::locale))
        .load::<(Name<Kind>, Key<()>, String)>(tx.conn)?;
    rows.into_iter()
        .map(|(kind, id, locale)| Ok((Target::new(kind.0, id.0), stored_locale("items", id.0.uuid(), &locale)?)))
        .collect()
}
