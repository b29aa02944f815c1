//! What people, organisations, categories and tags have in common: their addresses, who may see
//! them, and what keeps them from being deleted.
//!
//! A person, an organisation or a tag is public only while something visible refers to it, while a
//! menu leads to it, or, where there is such a switch, while it is `listed`. The lists say that in
//! their queries, [`seen`] says it of any of them.

use std::collections::{BTreeMap, BTreeSet};

use bantin_domain::{
    category::Translated,
    id::Id,
    kind::{Kind, Ref, Target},
    locale::Locale,
    media::MediaId,
    text::Slug,
};
use diesel::{
    dsl::{exists, not, select},
    prelude::*,
};
use uuid::Uuid;

use crate::{
    error::StoreError,
    media, organisations, people,
    public::Lookup,
    schema::{
        changes, item_links, items, organisations as organisation_table, people as person_table, public_links,
        slugs as slug_table, tags as tag_table,
    },
    site, slugs,
    sql_types::{Instant, Key, Name},
    store::{Desk, PublicReader, Tx},
    tags,
};

/// Takes the addresses of an entry at once, since a directory has no drafts. The one in the site's
/// own language is the current one; those of translations lead to the entry as well.
///
/// # Errors
/// [`crate::Conflict::SlugTaken`]; the transaction can go on.
pub(crate) fn take_slugs(
    tx: &mut Tx<'_>,
    entry: Target,
    slug: &Slug,
    translations: &BTreeMap<Locale, Translated>,
) -> Result<(), StoreError> {
    let translated = translations.values().filter_map(|one| one.slug.as_ref()).filter(|one| *one != slug);
    // All or none: a clash of the last must not leave the entry with the first.
    tx.attempt(|tx| {
        for slug in translated.chain([slug]) {
            slugs::reserve(tx, entry.kind, slug, entry.id)?;
            slugs::make_current(tx, entry.kind, slug, entry.id)?;
        }
        Ok(())
    })
}

/// Whether an entry is known under `slug` now: as its own address, or as that of a translation.
pub(crate) fn has_slug(slug: &Slug, own: &Slug, translations: &BTreeMap<Locale, Translated>) -> bool {
    slug == own || translations.values().any(|one| one.slug.as_ref() == Some(slug))
}

/// The entries of a kind that menus lead to, for a query to add to those that visible content shows.
///
/// # Errors
/// When the database fails.
pub(crate) fn in_menus<T>(reader: &mut PublicReader<'_>, kind: Kind) -> Result<Vec<Key<T>>, StoreError> {
    let targets = site::menu_targets(reader, &[kind])?;
    Ok(targets.into_iter().map(|target| Key(Id::new(target.id))).collect())
}

/// Those of `ids` that menus lead to. The menus are not even read where there are none.
///
/// # Errors
/// When the database fails.
pub(crate) fn in_menus_among<T: 'static>(
    reader: &mut PublicReader<'_>,
    kind: Kind,
    ids: &[Id<T>],
) -> Result<Vec<Id<T>>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(in_menus(reader, kind)?.into_iter().map(|key| key.0).filter(|id| ids.contains(id)).collect())
}

/// Whom a reference names, or named; an id that nobody has where it names nobody. So what is asked next is asked in
/// any case: that there is an entry which nobody can see must not be told from the number of statements.
///
/// # Errors
/// When the database fails.
pub(crate) fn holder<T>(reader: &mut PublicReader<'_>, kind: Kind, reference: &Ref<T>) -> Result<Id<T>, StoreError> {
    Ok(match reference {
        Ref::Id(id) => *id,
        Ref::Slug(slug) => Id::new(slugs::holder(reader, kind, slug)?.unwrap_or_default()),
    })
}

/// What nobody can see now: gone if it was deleted after it could be seen, missing if it is there or never was. Of
/// what is deleted only that keeps its slugs: see [`leave_slugs`]. It is one statement whichever of these it is.
///
/// # Errors
/// When the database fails.
pub(crate) fn unseen<T>(reader: &mut PublicReader<'_>, kind: Kind, id: Uuid) -> Result<Lookup<T>, StoreError> {
    let left = slug_table::table
        .filter(slug_table::resource_id.eq(Key(Id::<()>::new(id))))
        .filter(slug_table::kind.eq(Name(kind)))
        .filter(not(exists(person_table::table.filter(person_table::id.eq(slug_table::resource_id)))))
        .filter(not(exists(organisation_table::table.filter(organisation_table::id.eq(slug_table::resource_id)))))
        .filter(not(exists(tag_table::table.filter(tag_table::id.eq(slug_table::resource_id)))));
    Ok(if select(exists(left)).get_result(reader.conn()?)? { Lookup::Gone } else { Lookup::Missing })
}

/// The entries that an item, or anything that belongs to it, shows the public now or is going to show; and those that
/// a menu shows only while it shows the item.
///
/// # Errors
/// When the database fails.
pub fn shown_by(desk: &mut Desk<'_>, item: Uuid) -> Result<Vec<Target>, StoreError> {
    let item = Key(Id::<()>::new(item));
    let belonging = items::table.filter(items::parent_id.eq(item)).select(items::id);
    let rows = public_links::table
        .filter(public_links::source_id.eq(item).or(public_links::source_id.eq_any(belonging)))
        .select((public_links::target_kind, public_links::target_id))
        .distinct()
        .load::<(Name<Kind>, Key<()>)>(desk.conn)?;
    let below = site::below_in_menus(desk, item.0.uuid())?;
    Ok(rows.into_iter().map(|(kind, id)| Target::new(kind.0, id.0)).chain(below).collect())
}

/// Those of `targets` that the public sees now, each with its address: the people, organisations,
/// tags and media among them, and the portraits of those people, which come and go with them. The other
/// kinds are public by a rule of their own.
///
/// # Errors
/// When the database fails.
pub fn seen(reader: &mut PublicReader<'_>, targets: &[Target]) -> Result<BTreeMap<Target, Option<Slug>>, StoreError> {
    let known = of_kind(targets, Kind::Person);
    let people = people::public_among(reader, &known)?;
    let portraits = people::portraits(reader, &known)?;
    let organisations = organisations::public_among(reader, &of_kind(targets, Kind::Organisation))?;
    let tags = tags::public_among(reader, &of_kind(targets, Kind::Tag))?;
    let mut seen = BTreeMap::new();
    seen.extend(people.into_iter().map(|one| (Target::new(Kind::Person, one.id), Some(one.slug))));
    seen.extend(organisations.into_iter().map(|one| (Target::new(Kind::Organisation, one.id), Some(one.slug))));
    seen.extend(tags.into_iter().map(|one| (Target::new(Kind::Tag, one.id), Some(one.slug))));
    let media: BTreeSet<MediaId> = of_kind(targets, Kind::Media).into_iter().chain(portraits).collect();
    for id in media {
        if media::public_find(reader, id)?.is_some() {
            seen.insert(Target::new(Kind::Media, id), None);
        }
    }
    Ok(seen)
}

fn of_kind<T>(targets: &[Target], kind: Kind) -> Vec<Id<T>> {
    targets.iter().filter(|target| target.kind == kind).map(|target| Id::new(target.id)).collect()
}

/// What the public sees, or is scheduled to see, that refers to an entry though the working copy no
/// longer does: deleting the entry would tear a hole into it. At most 20.
///
/// # Errors
/// When the database fails.
pub(crate) fn public_uses_of(desk: &mut Desk<'_>, entry: Target) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let in_working_copy = item_links::table
        .filter(item_links::item_id.eq(items::id))
        .filter(item_links::target_id.eq(Key(Id::<()>::new(entry.id))));
    let uses = public_links::table
        .inner_join(items::table.on(items::id.eq(public_links::source_id)))
        .filter(public_links::target_id.eq(Key(Id::<()>::new(entry.id))))
        .filter(public_links::visible_until.gt(Instant(desk.now())))
        .filter(not(exists(in_working_copy)))
        .select((items::kind, items::id, items::title))
        .distinct()
        .limit(20)
        .load::<(Name<Kind>, Key<()>, String)>(desk.conn)?;
    Ok(uses.into_iter().map(|(kind, id, title)| (kind.0, id.0.uuid(), title)).collect())
}

/// Keeps the addresses of a deleted entry if the public ever knew it, and frees them otherwise: an
/// address that answers "gone" would tell that there was somebody of that name.
///
/// # Errors
/// When the database fails.
pub(crate) fn leave_slugs(tx: &mut Tx<'_>, entry: Target, was_public: bool) -> Result<(), StoreError> {
    let logged = changes::table
        .filter(changes::resource_id.eq(Key(Id::<()>::new(entry.id))))
        .filter(changes::resource_kind.eq(Name(entry.kind)));
    if was_public || select(exists(logged)).get_result(tx.conn)? {
        return Ok(());
    }
    slugs::release(tx, entry.id)
}
