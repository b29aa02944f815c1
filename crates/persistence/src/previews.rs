//! Links that show a draft to who has no account, and the draft as the public would read it.
//!
//! A preview is a publication that is taken back. The rows of the draft are written beside the public
//! ones inside a savepoint, read by the very query that the public reads with, and rolled back: what a
//! preview shows cannot differ from what publishing will show, since there is no second projection, and
//! nobody else ever sees the rows.
//!
//! Whoever holds a token holds a [`Preview`], which opens one item and nothing beside it.

use std::convert::Infallible;

use bantin_domain::{
    article::{Article, PublishedArticle},
    content::{Content, Item, Publication, Window},
    event::{Event, PublishedEvent},
    id::Id,
    kind::{Kind, Ref, Target},
    page::{Page, PublishedPage},
    policy::{Edit, Granted},
    speech::{PublishedSpeech, Speech},
    time::Timestamp,
    user::User,
    workflow::State,
};
use diesel::{dsl::exists, prelude::*};
use uuid::Uuid;

use crate::{
    error::StoreError,
    items,
    public::{self, Lookup, PublicContent},
    revisions,
    schema::{items as item_rows, preview_links},
    sql_types::{Instant, Key, Name},
    store::{Desk, Tx},
};

/// So many links of one item are listed.
const MOST_LISTED: i64 = 200;

/// A link that shows one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewLink {
    /// Its identity, which is no secret: the token is.
    pub id: Id<PreviewLink>,
    /// The revision that it shows; `None` follows the working copy.
    pub revision: Option<i64>,
    /// How often it was opened.
    pub views: i64,
    /// How often it may be.
    pub max_views: Option<i64>,
    /// Who made it.
    pub created_by: Id<User>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When somebody ended it.
    pub revoked_at: Option<Timestamp>,
}

/// Makes a link to an item. Of its token only the digest is kept.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    _granted: &Granted<Edit>,
    item: Uuid,
    digest: &[u8; 32],
    link: &PreviewLink,
) -> Result<(), StoreError> {
    diesel::insert_into(preview_links::table)
        .values((
            preview_links::id.eq(Key(Id::<()>::new(link.id.uuid()))),
            preview_links::item_id.eq(key(item)),
            preview_links::digest.eq(digest.to_vec()),
            preview_links::revision.eq(link.revision),
            preview_links::max_views.eq(link.max_views),
            preview_links::views.eq(link.views),
            preview_links::created_by.eq(Key(link.created_by)),
            preview_links::created_at.eq(Instant(link.created_at)),
            preview_links::expires_at.eq(Instant(link.expires_at)),
            preview_links::revoked_at.eq(link.revoked_at.map(Instant)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The links to an item, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, item: Uuid) -> Result<Vec<PreviewLink>, StoreError> {
    type Row = (Key<()>, Option<i64>, i64, Option<i64>, Key<User>, Instant, Instant, Option<Instant>);
    let rows = preview_links::table
        .filter(preview_links::item_id.eq(key(item)))
        .order((preview_links::created_at.desc(), preview_links::id.desc()))
        .limit(MOST_LISTED)
        .select((
            preview_links::id,
            preview_links::revision,
            preview_links::views,
            preview_links::max_views,
            preview_links::created_by,
            preview_links::created_at,
            preview_links::expires_at,
            preview_links::revoked_at,
        ))
        .load::<Row>(desk.conn)?;
    let link = |(id, revision, views, max_views, user, created, expires, revoked): Row| PreviewLink {
        id: Id::new(id.0.uuid()),
        revision,
        views,
        max_views,
        created_by: user.0,
        created_at: created.0,
        expires_at: expires.0,
        revoked_at: revoked.map(|at| at.0),
    };
    Ok(rows.into_iter().map(link).collect())
}

/// Ends a link of an item, and says whether there is one of that id. One that has ended stays as it is.
///
/// # Errors
/// When the database fails.
pub fn revoke(
    tx: &mut Tx<'_>,
    _granted: &Granted<Edit>,
    item: Uuid,
    link: Id<PreviewLink>,
) -> Result<bool, StoreError> {
    let now = Instant(tx.now());
    // The item is part of the question: the id of another item's link names nothing here.
    let mine = || {
        preview_links::table
            .filter(preview_links::id.eq(Key(Id::<()>::new(link.uuid()))))
            .filter(preview_links::item_id.eq(key(item)))
    };
    diesel::update(mine().filter(preview_links::revoked_at.is_null()))
        .set(preview_links::revoked_at.eq(Some(now)))
        .execute(tx.conn)?;
    Ok(diesel::select(exists(mine())).get_result(tx.conn)?)
}

/// What the holder of a token may read: one item, published or not.
pub struct Preview<'a, 'c> {
    tx: &'a mut Tx<'c>,
    target: Target,
    revision: Option<i64>,
}

/// Opens the link whose token has this digest, and counts that as a view. Asking and counting is one
/// statement: of two who come at once for the last view, one gets it.
///
/// # Errors
/// When the database fails.
pub fn open<'a, 'c>(tx: &'a mut Tx<'c>, digest: &[u8; 32]) -> Result<Lookup<Preview<'a, 'c>>, StoreError> {
    let now = Instant(tx.now());
    let named = preview_links::table.filter(preview_links::digest.eq(digest.to_vec()));
    let counted = diesel::update(
        named.clone().filter(preview_links::revoked_at.is_null()).filter(preview_links::expires_at.gt(now)).filter(
            preview_links::max_views.is_null().or(preview_links::max_views.assume_not_null().gt(preview_links::views)),
        ),
    )
    .set(preview_links::views.eq(preview_links::views + 1))
    .execute(tx.conn)?;
    let found = named
        .inner_join(item_rows::table.on(item_rows::id.eq(preview_links::item_id)))
        .select((item_rows::kind, item_rows::id, preview_links::revision))
        .first::<(Name<Kind>, Key<()>, Option<i64>)>(tx.conn)
        .optional()?;
    Ok(match found {
        None => Lookup::Missing,
        Some(_) if counted == 0 => Lookup::Gone,
        Some((kind, id, revision)) => Lookup::Found(Preview { tx, target: Target::new(kind.0, id.0), revision }),
    })
}

impl Preview<'_, '_> {
    /// Of which kind the item is: [`article`], [`event`], [`speech`] or [`page`] reads it.
    pub fn kind(&self) -> Kind {
        self.target.kind
    }

    /// The item as the link shows it; `None` where it lies in the trash.
    fn item<C: Content>(&mut self) -> Result<Option<Item<C>>, StoreError> {
        let id = Id::new(self.target.id);
        let Some(item) = items::find::<C>(self.tx, id)?.filter(|item| item.state != State::Trashed) else {
            return Ok(None);
        };
        let Some(number) = self.revision else {
            return Ok(Some(item));
        };
        let pinned = revisions::find::<C>(self.tx, id, number)?;
        Ok(pinned.map(|(_, content)| Item { content, revision: number, ..item }))
    }

    /// Shows the item for as long as `read` reads it.
    fn shown<C: PublicContent, T>(
        &mut self,
        read: impl FnOnce(&mut Tx<'_>, &Item<C>) -> Result<Lookup<T>, StoreError>,
    ) -> Result<Lookup<T>, StoreError> {
        match self.item::<C>()? {
            None => Ok(Lookup::Gone),
            Some(item) => taken_back(self.tx, |tx| {
                show(tx, &item)?;
                read(tx, &item)
            }),
        }
    }
}

/// The article as the public would read it.
///
/// # Errors
/// When the database fails.
pub fn article(preview: &mut Preview<'_, '_>) -> Result<Lookup<PublishedArticle>, StoreError> {
    preview.shown::<Article, _>(|tx, item| public::articles::find(&mut tx.public(), &Ref::Id(item.id), None))
}

/// The event as the public would read it, with what its programme would be.
///
/// # Errors
/// When the database fails.
pub fn event(preview: &mut Preview<'_, '_>) -> Result<Lookup<(PublishedEvent, Vec<PublishedSpeech>)>, StoreError> {
    preview.shown::<Event, _>(|tx, item| {
        let mut position = 0;
        for id in items::children::<Speech>(tx, item.id.uuid())? {
            // What was put away would not be published along with the event.
            if let Some(speech) = items::find(tx, id)?.filter(|speech| speech.state != State::Archived) {
                position += 1;
                show(tx, &Item { position, ..speech })?;
            }
        }
        let speeches = public::speeches::programme(&mut tx.public(), item.id)?;
        Ok(public::events::find(&mut tx.public(), &Ref::Id(item.id), None)?.map(|event| (event, speeches)))
    })
}

/// The speech as the public would read it. It is never seen without its event, which is therefore shown
/// along with it where it is not public yet.
///
/// # Errors
/// When the database fails.
pub fn speech(preview: &mut Preview<'_, '_>) -> Result<Lookup<PublishedSpeech>, StoreError> {
    let Some(item) = preview.item::<Speech>()? else {
        return Ok(Lookup::Gone);
    };
    let event = item.content.event_id;
    taken_back(preview.tx, |tx| {
        if !public::is_visible(&mut tx.public(), Target::new(Kind::Event, event))? {
            match items::find::<Event>(tx, event)?.filter(|event| event.state != State::Trashed) {
                None => return Ok(Lookup::Gone),
                Some(event) => show(tx, &event)?,
            }
        }
        show(tx, &item)?;
        public::speeches::find(&mut tx.public(), &Ref::Id(item.id), None)
    })
}

/// The page as the public would read it.
///
/// # Errors
/// When the database fails.
pub fn page(preview: &mut Preview<'_, '_>) -> Result<Lookup<PublishedPage>, StoreError> {
    preview.shown::<Page, _>(|tx, item| public::pages::find(&mut tx.public(), &Ref::Id(item.id), None))
}

/// Shows an item as publishing it now would.
fn show<C: PublicContent>(tx: &mut Tx<'_>, item: &Item<C>) -> Result<(), StoreError> {
    let now = tx.now();
    let first = item.first_published_at.filter(|first| *first <= now).unwrap_or(now);
    public::show(
        tx,
        &Publication {
            id: item.id,
            group: item.group,
            revision: item.revision,
            content: item.content.clone(),
            position: item.position,
            published_at: item.content.dated().unwrap_or(first),
            updated_at: now,
            corrections: item.corrections.clone(),
            window: Window::from(now),
        },
    )
}

/// What an act gave that was then taken back.
enum TakenBack<T> {
    Given(T),
    Failed(StoreError),
}

impl<T> From<StoreError> for TakenBack<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Does something, keeps what it gave, and undoes what it did.
fn taken_back<T>(tx: &mut Tx<'_>, act: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
    match tx.attempt::<Infallible, _>(|tx| Err(act(tx).map_or_else(TakenBack::Failed, TakenBack::Given))) {
        Ok(never) => match never {},
        Err(TakenBack::Given(value)) => Ok(value),
        Err(TakenBack::Failed(error)) => Err(error),
    }
}

fn key(item: Uuid) -> Key<()> {
    Key(Id::new(item))
}
