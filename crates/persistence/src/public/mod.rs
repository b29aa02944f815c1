//! The public side: tables of its own that only publishing and withdrawing write.
//!
//! A public row is the projection of one revision. Relations stand beside it as rows of
//! `public_links`, by id and never by name, so that a rename writes one row. Whether something is
//! visible is decided when it is read: `visible_from <= now < visible_until`.

use bantin_domain::{
    article::Article,
    content::{Content, Item, Link, Publication, Relation, Window},
    event::Event,
    id::Id,
    kind::{Kind, Target},
    page::Page,
    policy::{Granted, Publish},
    speech::Speech,
    time::Timestamp,
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    changes::NewChange,
    due,
    error::StoreError,
    items,
    schema::public_links,
    search, slugs,
    sql_types::{Instant, Key, Name},
    store::{PublicReader, Tx},
};

pub mod archive;
pub mod articles;
pub mod attendees;
pub mod details;
pub mod events;
pub mod extent;
mod gathered;
mod introduced;
mod listing;
pub mod pages;
pub mod records;
pub mod related;
pub mod relations;
pub mod speeches;

/// What a reference in a URL turned out to name.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup<T> {
    /// Something visible.
    Found(T),
    /// Something visible, under another slug now.
    Moved(bantin_domain::text::Slug),
    /// Something that was public and is not any more.
    Gone,
    /// Nothing that was ever public.
    Missing,
}

impl<T> Lookup<T> {
    /// What was found, one or none.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::Found(found) => std::slice::from_ref(found),
            Self::Moved(_) | Self::Gone | Self::Missing => &[],
        }
    }

    /// The same of another type.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(with(found)),
            Self::Moved(slug) => Lookup::Moved(slug),
            Self::Gone => Lookup::Gone,
            Self::Missing => Lookup::Missing,
        }
    }
}

/// What nobody can see now: gone if it ever could be seen, missing otherwise.
///
/// # Errors
/// When the database fails.
pub fn unseen<T>(reader: &mut PublicReader<'_>, kind: Kind, id: Uuid) -> Result<Lookup<T>, StoreError> {
    Ok(if slugs::was_public(reader, kind, id)? { Lookup::Gone } else { Lookup::Missing })
}

/// A kind of content that has public rows.
pub trait PublicContent: Content {
    /// When the publication can really be seen: a speech only while its event can.
    ///
    /// # Errors
    /// When the database fails.
    fn effective_window(_tx: &mut Tx<'_>, publication: &Publication<Self>) -> Result<Window, StoreError> {
        Ok(publication.window)
    }

    /// Writes the row of a publication that can be seen in `window`; there is none of that id now.
    ///
    /// # Errors
    /// When the database fails.
    fn insert_row(tx: &mut Tx<'_>, publication: &Publication<Self>, window: Window) -> Result<(), StoreError>;

    /// Gives the row another window, and says in which the item can really be seen then.
    ///
    /// # Errors
    /// When the database fails.
    fn set_row_window(tx: &mut Tx<'_>, id: Id<Self>, window: Window) -> Result<Window, StoreError>;

    /// Removes the row.
    ///
    /// # Errors
    /// When the database fails.
    fn delete_row(tx: &mut Tx<'_>, id: Id<Self>) -> Result<(), StoreError>;

    /// Gives what belongs to the item the window that it has now, and says what thereby came into
    /// sight or went out of it. `window` is [`Window::never`] once the item is withdrawn.
    ///
    /// # Errors
    /// When the database fails.
    fn follow(_tx: &mut Tx<'_>, _id: Id<Self>, _window: Window) -> Result<Vec<NewChange>, StoreError> {
        Ok(Vec::new())
    }

    /// What lists that are filtered by a relation are sorted by.
    fn sort_at(publication: &Publication<Self>) -> Timestamp {
        publication.published_at
    }
}

/// Shows a publication in place of whatever was shown of the item, together with its links, and
/// writes the item that says so. What comes back are the changes of what belongs to the item.
///
/// `sections` are the item's section and all above it: what a filter by section reads.
///
/// # Errors
/// [`crate::Conflict::Stale`] unless the stored version is the one right before the item's.
pub fn publish<C: PublicContent>(
    tx: &mut Tx<'_>,
    _granted: &Granted<Publish>,
    item: &Item<C>,
    publication: &Publication<C>,
    sections: &[Target],
) -> Result<Vec<NewChange>, StoreError> {
    items::update_row(tx, item)?;
    erase(tx, publication.id)?;
    let window = C::effective_window(tx, publication)?;
    due::note(tx, Target::new(C::KIND, publication.id), window)?;
    // An address becomes known when something is seen under it: until then it answers 404, not 410.
    if window.contains(tx.now()) {
        slugs::make_current(tx, C::KIND, publication.content.slug(), publication.id.uuid())?;
    }
    C::insert_row(tx, publication, window)?;
    archive::add(tx, Target::new(C::KIND, publication.id))?;
    let sections =
        sections.iter().map(|target| Link { relation: Relation::Section, target: *target, pointer: String::new() });
    let links: Vec<Link> = publication.content.links().into_iter().chain(sections).collect();
    insert_links(tx, publication, window, &links)?;
    search::index(tx, Target::new(C::KIND, publication.id))?;
    C::follow(tx, publication.id, window)
}

/// Writes the rows of a publication and nothing else: for a preview, which reads them inside a savepoint
/// and takes them back. Neither an address nor the change log nor the search learns of it.
pub(crate) fn show<C: PublicContent>(tx: &mut Tx<'_>, publication: &Publication<C>) -> Result<(), StoreError> {
    erase_rows(tx, publication.id)?;
    let window = C::effective_window(tx, publication)?;
    C::insert_row(tx, publication, window)?;
    insert_links(tx, publication, window, &publication.content.links())
}

/// Takes an item from the public and writes the item that says so. Its slug stays its own for ever.
/// What comes back are the changes of what belongs to the item.
///
/// # Errors
/// [`crate::Conflict::Stale`] unless the stored version is the one right before the item's.
pub fn withdraw<C: PublicContent>(
    tx: &mut Tx<'_>,
    _granted: &Granted<Publish>,
    item: &Item<C>,
) -> Result<Vec<NewChange>, StoreError> {
    items::update_row(tx, item)?;
    erase(tx, item.id)?;
    due::note(tx, Target::new(C::KIND, item.id), Window::never())?;
    C::follow(tx, item.id, Window::never())
}

/// Gives what the public sees of an item another end, and writes the item that says so. What comes back
/// are the changes of what belongs to the item.
///
/// # Errors
/// [`crate::Conflict::Stale`] unless the stored version is the one right before the item's.
pub fn set_window<C: PublicContent>(
    tx: &mut Tx<'_>,
    _granted: &Granted<Publish>,
    item: &Item<C>,
    window: Window,
) -> Result<Vec<NewChange>, StoreError> {
    items::update_row(tx, item)?;
    let effective = C::set_row_window(tx, item.id, window)?;
    set_links_window(tx, item.id.uuid(), effective)?;
    due::note(tx, Target::new(C::KIND, item.id), effective)?;
    C::follow(tx, item.id, effective)
}

fn erase<C: PublicContent>(tx: &mut Tx<'_>, id: Id<C>) -> Result<(), StoreError> {
    search::remove(tx, Target::new(C::KIND, id))?;
    archive::remove(tx, Target::new(C::KIND, id))?;
    erase_rows(tx, id)
}

fn erase_rows<C: PublicContent>(tx: &mut Tx<'_>, id: Id<C>) -> Result<(), StoreError> {
    diesel::delete(public_links::table.filter(public_links::source_id.eq(Key(Id::<()>::new(id.uuid())))))
        .execute(tx.conn)?;
    C::delete_row(tx, id)
}

/// Removes the public rows of an item whose kind is known by name only.
pub(crate) fn erase_any(tx: &mut Tx<'_>, target: Target) -> Result<(), StoreError> {
    match target.kind {
        Kind::Article => erase::<Article>(tx, Id::new(target.id)),
        Kind::Event => erase::<Event>(tx, Id::new(target.id)),
        Kind::Speech => erase::<Speech>(tx, Id::new(target.id)),
        Kind::Page => erase::<Page>(tx, Id::new(target.id)),
        _ => Ok(()),
    }
}

fn insert_links<C: PublicContent>(
    tx: &mut Tx<'_>,
    publication: &Publication<C>,
    window: Window,
    links: &[Link],
) -> Result<(), StoreError> {
    for (position, link) in (0_i64..).zip(links) {
        diesel::insert_into(public_links::table)
            .values((
                public_links::source_id.eq(Key(Id::<()>::new(publication.id.uuid()))),
                public_links::source_kind.eq(Name(C::KIND)),
                public_links::relation.eq(Name(link.relation)),
                public_links::position.eq(position),
                public_links::target_kind.eq(Name(link.target.kind)),
                public_links::target_id.eq(Key(Id::<()>::new(link.target.id))),
                public_links::locale.eq(publication.content.locale().as_str()),
                public_links::sort_at.eq(Instant(C::sort_at(publication))),
                public_links::visible_from.eq(Instant(window.from)),
                public_links::visible_until.eq(Instant(window.until)),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Gives the links of an item another window, and what is found of it, when what it belongs to moved its own.
///
/// # Errors
/// When the database fails.
pub fn set_links_window(tx: &mut Tx<'_>, source: Uuid, window: Window) -> Result<(), StoreError> {
    diesel::update(public_links::table.filter(public_links::source_id.eq(Key(Id::<()>::new(source)))))
        .set((
            public_links::visible_from.eq(Instant(window.from)),
            public_links::visible_until.eq(Instant(window.until)),
        ))
        .execute(tx.conn)?;
    search::set_window(tx, source, window)
}

/// Whether a content item can be seen now.
///
/// # Errors
/// When the database fails.
pub fn is_visible(reader: &mut PublicReader<'_>, target: Target) -> Result<bool, StoreError> {
    use crate::schema::{public_articles, public_events, public_pages, public_speeches};
    let (id, now) = (Key(Id::<()>::new(target.id)), Instant(reader.now()));
    /// One statement per table: the columns are of different types, so no list can hold them.
    macro_rules! visible {
        ($table:ident) => {{
            let found = $table::table
                .filter($table::id.eq(id))
                .filter($table::visible_from.le(now))
                .filter($table::visible_until.gt(now));
            diesel::select(diesel::dsl::exists(found)).get_result(reader.conn()?)?
        }};
    }
    Ok(match target.kind {
        Kind::Article => visible!(public_articles),
        Kind::Event => visible!(public_events),
        Kind::Speech => visible!(public_speeches),
        Kind::Page => visible!(public_pages),
        _ => false,
    })
}
