//! Pictures and files: what is known of each. The bytes lie in the data folder, under the id.
//!
//! One table serves both sides. The public sees a picture only while something public shows it: see
//! [`public_find`], the one place that decides.

use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    listing::{Cursor, Order, PageRequest, Slice, SortKey},
    media::{FileName, Format, Media, MediaId, MediaKind, MediaSort, MediaTexts},
    named::Named,
    person::Person,
    policy::{Create, Edit, Granted, Trash},
    text::{Line, Prose},
    user::User,
    violation::Fault,
};
use diesel::{
    dsl::{exists, select},
    prelude::*,
};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::{DbConnection, MultiBackend},
    directory,
    error::{Conflict, StoreError},
    items,
    schema::{media, people, public_links},
    search, site,
    sql_types::{Instant, Key, Name},
    store::{Desk, PublicReader, Tx},
    written::Written,
};

/// A row of the table, for whoever joins it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = media, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub(crate) struct MediaRow {
    pub(crate) id: Key<Media>,
    pub(crate) version: i64,
    pub(crate) kind: Name<MediaKind>,
    pub(crate) file_name: String,
    pub(crate) mime_type: String,
    pub(crate) bytes: i64,
    pub(crate) sha256: Vec<u8>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) alt: String,
    pub(crate) caption: Option<String>,
    pub(crate) credit: Option<String>,
    pub(crate) created_by: Key<User>,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

impl MediaRow {
    fn of(media: &Media) -> Self {
        Self {
            id: Key(media.id),
            version: media.version,
            kind: Name(media.format.kind()),
            file_name: media.file_name.as_str().to_owned(),
            mime_type: media.format.to_string(),
            bytes: media.bytes,
            sha256: media.sha256.to_vec(),
            width: media.width,
            height: media.height,
            alt: alt_column(&media.texts),
            caption: media.texts.caption.as_ref().map(ToString::to_string),
            credit: media.texts.credit.as_ref().map(ToString::to_string),
            created_by: Key(media.created_by),
            created_at: Instant(media.created_at),
            updated_at: Instant(media.updated_at),
        }
    }
}

/// The row as the domain knows it.
///
/// # Errors
/// [`StoreError::Corrupt`] for what our own code could not have written.
pub(crate) fn into_media(row: MediaRow) -> Result<Media, StoreError> {
    let id = row.id;
    let format = Format::from_name(&row.mime_type)
        .ok_or_else(|| corrupt("mime_type", id, format!("{:?} is no known type", row.mime_type)))?;
    let alt = Some(row.alt).filter(|alt| !alt.is_empty());
    Ok(Media {
        id: id.0,
        version: row.version,
        file_name: FileName::stored(row.file_name),
        format,
        bytes: row.bytes,
        sha256: row.sha256.try_into().map_err(|_| corrupt("sha256", id, "not 32 bytes".to_owned()))?,
        width: row.width,
        height: row.height,
        texts: MediaTexts {
            alt: text("alt", id, alt, Line::parse)?,
            caption: text("caption", id, row.caption, Prose::parse)?,
            credit: text("credit", id, row.credit, Line::parse)?,
        },
        created_by: row.created_by.0,
        created_at: row.created_at.0,
        updated_at: row.updated_at.0,
    })
}

/// A picture without a description has the empty one, as `alt=""` says it in HTML.
fn alt_column(texts: &MediaTexts) -> String {
    texts.alt.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn text<T>(
    column: &'static str,
    id: Key<Media>,
    value: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<Option<T>, StoreError> {
    value.map(|value| parse(&value).map_err(|fault| corrupt(column, id, fault.message))).transpose()
}

pub(crate) fn corrupt(column: &'static str, id: Key<Media>, reason: String) -> StoreError {
    StoreError::Corrupt { table: "media", column, id: id.0.to_string(), reason }
}

/// Writes a picture or file whose bytes already lie safely in the data folder: a row never promises
/// bytes that a power cut could take.
///
/// # Errors
/// [`Conflict::IdTaken`].
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Create>, new: &Media) -> Result<(), StoreError> {
    diesel::insert_into(media::table).values(MediaRow::of(new)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of its texts. What is known of the bytes never changes.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, changed: &Media) -> Result<(), StoreError> {
    let written = diesel::update(media::table)
        .filter(media::id.eq(Key(changed.id)))
        .filter(media::version.eq(changed.version - 1))
        .set((
            media::version.eq(changed.version),
            media::alt.eq(alt_column(&changed.texts)),
            media::caption.eq(changed.texts.caption.as_ref().map(ToString::to_string)),
            media::credit.eq(changed.texts.credit.as_ref().map(ToString::to_string)),
            media::updated_at.eq(Instant(changed.updated_at)),
        ))
        .execute(tx.conn)?;
    if written != 1 {
        return Err(Conflict::Stale.into());
    }
    search::mark(tx, Target::new(Kind::Media, changed.id))
}

/// Deletes the row. The bytes go after the commit, and a crash in between leaves a file that the
/// next start sweeps.
///
/// # Errors
/// [`Conflict::Stale`] unless `version` is the stored one.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Trash>, id: MediaId, version: i64) -> Result<(), StoreError> {
    let deleted = diesel::delete(media::table.filter(media::id.eq(Key(id))).filter(media::version.eq(version)))
        .execute(tx.conn)?;
    if deleted == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Reads one, shown to the public or not.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: MediaId) -> Result<Option<Media>, StoreError> {
    find_row(desk.conn, id)
}

fn find_row(conn: &mut DbConnection, id: MediaId) -> Result<Option<Media>, StoreError> {
    let row = media::table.find(Key(id)).select(MediaRow::as_select()).first(conn).optional()?;
    row.map(into_media).transpose()
}

/// The names of all, in no order.
///
/// # Errors
/// When the database fails.
pub fn names(desk: &mut Desk<'_>) -> Result<Vec<(MediaId, String)>, StoreError> {
    let rows = media::table.select((media::id, media::file_name)).load::<(Key<Media>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}

/// A page of all of them, or of those that one user uploaded, or of these.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    owner: Option<Id<User>>,
    ids: Option<Vec<MediaId>>,
    order: Order<MediaSort>,
    page: &PageRequest,
) -> Result<Slice<Media>, StoreError> {
    let query = || {
        let mut query = media::table.into_boxed::<MultiBackend>();
        if let Some(owner) = owner {
            query = query.filter(media::created_by.eq(Key(owner)));
        }
        if let Some(ids) = &ids {
            query = query.filter(media::id.among(ids.iter().copied().map(Key)));
        }
        query
    };
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(desk.conn)?.unsigned_abs()),
        false => None,
    };
    let MediaSort::CreatedAt = order.by;
    let creation = |out: &mut Written| {
        out.words("media.created_at");
    };
    let mut rows = query();
    if let Some(beyond) = Written::beyond(page, order.descending, "media.id", creation) {
        rows = rows.filter(beyond);
    }
    let found = rows
        .order(Written::order(page, order.descending, "media.id", creation))
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(MediaRow::as_select())
        .load(desk.conn)?
        .into_iter()
        .map(into_media)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(found, page, total, |one| Cursor { key: SortKey::Instant(one.created_at), id: one.id.uuid() }))
}

/// Those among `ids` that exist, in no order.
///
/// # Errors
/// When the database fails.
pub(crate) fn by_ids(conn: &mut DbConnection, ids: &[MediaId]) -> Result<Vec<Media>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = ids.iter().copied().map(Key).collect();
    let rows = media::table.filter(media::id.among(keys)).select(MediaRow::as_select()).load(conn)?;
    rows.into_iter().map(into_media).collect()
}

/// Reads one that something public shows now: content that is visible, a person of the public
/// directory, or a menu.
///
/// # Errors
/// When the database fails.
pub fn public_find(reader: &mut PublicReader<'_>, id: MediaId) -> Result<Option<Media>, StoreError> {
    if is_shown(reader, id)? { find_row(reader.conn()?, id) } else { Ok(None) }
}

/// Whether something public shows it now.
///
/// # Errors
/// When the database fails.
pub fn is_shown(reader: &mut PublicReader<'_>, id: MediaId) -> Result<bool, StoreError> {
    if site::is_linked(reader, id.uuid())? {
        return Ok(true);
    }
    let menus = site::menu_targets(reader, &[Kind::Media, Kind::Person])?;
    if menus.contains(&Target::new(Kind::Media, id)) {
        return Ok(true);
    }
    let now = Instant(reader.now());
    let shown = public_links::table
        .filter(public_links::target_id.eq(people::id))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now));
    let in_menus =
        menus.iter().filter(|target| target.kind == Kind::Person).map(|target| Key(Id::<Person>::new(target.id)));
    let portrayed = people::table
        .into_boxed::<MultiBackend>()
        .filter(people::photo_id.eq(Key(id)))
        .filter(people::listed.or(exists(shown)).or(people::id.among(in_menus)));
    Ok(portrayed.select(people::id).first::<Key<Person>>(reader.conn()?).optional()?.is_some())
}

/// What refers to a picture or file and so keeps it from being deleted, at most some 20 of each: the
/// working copies of content, what the public sees or is scheduled to see of content (which may be
/// an older revision than the working copy), portraits, the site's menus.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, id: MediaId) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let target = Target::new(Kind::Media, id);
    let mut uses = items::uses_of(desk, target)?;
    uses.extend(directory::public_uses_of(desk, target)?);
    let portraits = people::table
        .filter(people::photo_id.eq(Key(id)))
        .select((people::id, people::display_name))
        .limit(20)
        .load::<(Key<Person>, String)>(desk.conn)?;
    uses.extend(portraits.into_iter().map(|(id, name)| (Kind::Person, id.0.uuid(), name)));
    uses.extend(site::uses_of(desk, target)?);
    Ok(uses)
}

/// Whether a row with that id exists: what has none is swept from the data folder.
///
/// # Errors
/// When the database fails.
pub fn exists_row(desk: &mut Desk<'_>, id: MediaId) -> Result<bool, StoreError> {
    Ok(select(exists(media::table.find(Key(id)))).get_result(desk.conn)?)
}
