//! The site: one row. And what its menus lead to, since a menu makes public what it leads to.

use std::collections::HashMap;

use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    policy::{Edit, Granted},
    site::{MenuItem, SITE_ID, Site, SiteContent},
    text::Slug,
};
use diesel::{
    dsl::{exists, select},
    prelude::*,
};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::DbConnection,
    error::{Conflict, StoreError},
    schema::{
        categories, media, organisations, people, public_articles, public_events, public_links, public_pages,
        public_speeches, site, tags,
    },
    sql_types::{Instant, Json, Key},
    store::{Desk, PublicReader, Tx},
};

/// The one row.
const ROW: i64 = 1;

/// Writes the site unless there is one already. It needs no proof: the program does it at its
/// start, for nobody.
///
/// # Errors
/// When the database fails.
pub fn ensure(tx: &mut Tx<'_>, content: &SiteContent) -> Result<(), StoreError> {
    let there: bool = select(exists(site::table.find(ROW))).get_result(tx.conn)?;
    if there {
        return Ok(());
    }
    let row = (
        site::id.eq(ROW),
        site::version.eq(1_i64),
        site::content.eq(Json(content.clone())),
        site::updated_at.eq(Instant(tx.now())),
    );
    // Of several nodes that start at once, one writes it, and the others find it written.
    match tx.attempt(|tx| Ok(diesel::insert_into(site::table).values(&row).execute(tx.conn)?)) {
        Err(StoreError::Database(_)) if select(exists(site::table.find(ROW))).get_result(tx.conn)? => Ok(()),
        written => written.map(drop),
    }
}

/// Writes the next version of the site.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before.
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, changed: &Site) -> Result<(), StoreError> {
    let written = diesel::update(site::table.find(ROW).filter(site::version.eq(changed.version - 1)))
        .set((
            site::version.eq(changed.version),
            site::content.eq(Json(changed.content.clone())),
            site::updated_at.eq(Instant(changed.updated_at)),
        ))
        .execute(tx.conn)?;
    if written == 1 { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Reads the site.
///
/// # Errors
/// When the database fails; [`StoreError::Corrupt`] where there is no site, which [`ensure`] prevents.
pub fn find(desk: &mut Desk<'_>) -> Result<Site, StoreError> {
    read(desk.conn)
}

/// Reads the site for the public. It holds more than the public may see: the page that shows it
/// chooses.
///
/// # Errors
/// As [`find`].
pub fn public_find(reader: &mut PublicReader<'_>) -> Result<Site, StoreError> {
    read(reader.conn()?)
}

fn read(conn: &mut DbConnection) -> Result<Site, StoreError> {
    read_row(conn)?.ok_or_else(|| StoreError::Corrupt {
        table: "site",
        column: "id",
        id: ROW.to_string(),
        reason: "the row is missing".to_owned(),
    })
}

fn read_row(conn: &mut DbConnection) -> Result<Option<Site>, StoreError> {
    let row = site::table
        .find(ROW)
        .select((site::version, site::content, site::updated_at))
        .first::<(i64, Json<SiteContent>, Instant)>(conn)
        .optional()?;
    Ok(row.map(|(version, content, updated_at)| Site { version, content: content.0, updated_at: updated_at.0 }))
}

/// What of these kinds the menus lead the public to. What stands below an entry that is left out is left out with
/// it, which costs no statement where the menus name nothing of these kinds.
///
/// # Errors
/// When the database fails.
pub(crate) fn menu_targets(reader: &mut PublicReader<'_>, kinds: &[Kind]) -> Result<Vec<Target>, StoreError> {
    match read_row(reader.conn()?)? {
        Some(site) => led_to(reader, &site.content, kinds),
        None => Ok(Vec::new()),
    }
}

/// The same of a site that was read already.
///
/// # Errors
/// When the database fails.
pub(crate) fn led_to(
    reader: &mut PublicReader<'_>,
    site: &SiteContent,
    kinds: &[Kind],
) -> Result<Vec<Target>, StoreError> {
    let all: Vec<Target> = site.menu_targets().into_iter().map(|(_, target)| target).collect();
    if !all.iter().any(|target| kinds.contains(&target.kind)) {
        return Ok(Vec::new());
    }
    let public = resolve(reader, &all)?;
    let mut shown = Vec::new();
    let mut entries: Vec<&MenuItem> = site.menus.values().flatten().collect();
    while let Some(entry) = entries.pop() {
        let target = entry.target.map(|target| Target { kind: target.kind, id: target.id });
        if target.is_none_or(|target| public.contains_key(&target)) {
            shown.extend(target.filter(|target| kinds.contains(&target.kind)));
            entries.extend(&entry.children);
        }
    }
    Ok(shown)
}

/// What menus lead to below an entry that leads to `id`: it is left out with that entry while nobody can see that.
///
/// # Errors
/// When the database fails.
pub(crate) fn below_in_menus(desk: &mut Desk<'_>, id: Uuid) -> Result<Vec<Target>, StoreError> {
    let targets = read_row(desk.conn)?.map(|site| site.content.menu_targets()).unwrap_or_default();
    let entries = targets.iter().filter(|(_, target)| target.id == id);
    let above: Vec<String> = entries
        .filter_map(|(pointer, _)| pointer.strip_suffix("/target/id").map(|entry| format!("{entry}/children/")))
        .collect();
    let is_below = |pointer: &str| above.iter().any(|entry| pointer.starts_with(entry));
    Ok(targets.iter().filter(|(pointer, _)| is_below(pointer)).map(|(_, target)| *target).collect())
}

/// Whether visible content refers to a resource.
///
/// # Errors
/// When the database fails.
pub(crate) fn is_linked(reader: &mut PublicReader<'_>, id: Uuid) -> Result<bool, StoreError> {
    let now = Instant(reader.now());
    let links = public_links::table
        .filter(public_links::target_id.eq(Key(Id::<()>::new(id))))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now));
    Ok(select(exists(links)).get_result(reader.conn()?)?)
}

/// Those of what the menus lead to that the public can follow, each with its slug; media have none.
/// One statement for each kind that occurs. A person, an organisation, a tag or a picture is public
/// because the menu leads there, so it needs no more than to exist.
///
/// # Errors
/// When the database fails.
pub fn resolve(reader: &mut PublicReader<'_>, targets: &[Target]) -> Result<HashMap<Target, Option<Slug>>, StoreError> {
    let now = Instant(reader.now());
    let conn = reader.conn()?;
    let mut found = HashMap::new();
    for (kind, ids) in by_kind(targets) {
        let rows: Vec<(Key<()>, String)> = match kind {
            Kind::Article => public_articles::table
                .filter(public_articles::id.among(ids))
                .filter(public_articles::visible_from.le(now))
                .filter(public_articles::visible_until.gt(now))
                .select((public_articles::id, public_articles::slug))
                .load(conn)?,
            Kind::Event => public_events::table
                .filter(public_events::id.among(ids))
                .filter(public_events::visible_from.le(now))
                .filter(public_events::visible_until.gt(now))
                .select((public_events::id, public_events::slug))
                .load(conn)?,
            Kind::Speech => public_speeches::table
                .filter(public_speeches::id.among(ids))
                .filter(public_speeches::visible_from.le(now))
                .filter(public_speeches::visible_until.gt(now))
                .select((public_speeches::id, public_speeches::slug))
                .load(conn)?,
            Kind::Page => public_pages::table
                .filter(public_pages::id.among(ids))
                .filter(public_pages::visible_from.le(now))
                .filter(public_pages::visible_until.gt(now))
                .select((public_pages::id, public_pages::slug))
                .load(conn)?,
            Kind::Person => {
                people::table.filter(people::id.among(ids)).select((people::id, people::slug)).load(conn)?
            }
            Kind::Organisation => organisations::table
                .filter(organisations::id.among(ids))
                .select((organisations::id, organisations::slug))
                .load(conn)?,
            Kind::Category => categories::table
                .filter(categories::id.among(ids))
                .select((categories::id, categories::slug))
                .load(conn)?,
            Kind::Tag => tags::table.filter(tags::id.among(ids)).select((tags::id, tags::slug)).load(conn)?,
            Kind::Media => {
                let there: Vec<Key<()>> = media::table.filter(media::id.among(ids)).select(media::id).load(conn)?;
                found.extend(there.into_iter().map(|id| (Target::new(kind, id.0), None)));
                continue;
            }
            Kind::Site => continue,
        };
        for (id, slug) in rows {
            let slug = Slug::parse(&slug).map_err(|fault| StoreError::Corrupt {
                table: "a public table",
                column: "slug",
                id: id.0.to_string(),
                reason: fault.message,
            })?;
            found.insert(Target::new(kind, id.0), Some(slug));
        }
    }
    Ok(found)
}

/// The ids among `targets`, by kind.
fn by_kind(targets: &[Target]) -> HashMap<Kind, Vec<Key<()>>> {
    let mut ids: HashMap<Kind, Vec<Key<()>>> = HashMap::new();
    for target in targets {
        ids.entry(target.kind).or_default().push(Key(Id::new(target.id)));
    }
    ids
}

/// The site itself, where a menu leads to a resource and so keeps it from being deleted.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, target: Target) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let Some(site) = read_row(desk.conn)? else {
        return Ok(Vec::new());
    };
    let SiteContent { name, default_locale, .. } = &site.content;
    let is_used = site.content.menu_targets().iter().any(|(_, used)| *used == target);
    let name = name.in_locale(default_locale, default_locale).to_owned();
    Ok(is_used.then(|| (Kind::Site, SITE_ID.uuid(), name)).into_iter().collect())
}
