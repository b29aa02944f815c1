//! Departments, companies, schools. Public while something visible shows them, or when listed.

use bantin_domain::{
    event::Event,
    kind::{Kind, Ref, Target},
    listing::{Cursor, NameSort, Order, PageRequest, Slice, SortKey},
    organisation::{Organisation, OrganisationContent, OrganisationId, OrganisationSummary, PublishedOrganisation},
    person::Person,
    policy::{Create, Edit, Granted, Trash},
    text::{Label, Name, Slug, initial, sort_key},
    url::WebUrl,
    violation::Fault,
};
use diesel::{dsl::exists, prelude::*};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::{DbConnection, MultiBackend},
    directory,
    error::{Conflict, StoreError},
    items,
    public::{Lookup, relations},
    schema::{attendees, items as item_table, organisations, people, person_posts, public_links},
    search, site,
    sql_types::{Instant, Key},
    store::{Desk, PublicReader, Tx},
    written::Written,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organisations, check_for_backend(MultiBackend), treat_none_as_null = true, treat_none_as_default_value = false)]
struct OrganisationRow {
    id: Key<Organisation>,
    version: i64,
    slug: String,
    name: String,
    name_sort: Vec<u8>,
    initial: String,
    short_name: Option<String>,
    parent_id: Option<Key<Organisation>>,
    kind: Option<String>,
    url: Option<String>,
    listed: bool,
    created_at: Instant,
    updated_at: Instant,
}

impl From<&Organisation> for OrganisationRow {
    fn from(organisation: &Organisation) -> Self {
        let content = &organisation.content;
        Self {
            id: Key(organisation.id),
            version: organisation.version,
            slug: content.slug.to_string(),
            name: content.name.to_string(),
            name_sort: sort_key(content.name.as_str()),
            initial: initial(content.name.as_str()).to_string(),
            short_name: content.short_name.as_ref().map(ToString::to_string),
            parent_id: content.parent_id.map(Key),
            kind: content.kind.as_ref().map(ToString::to_string),
            url: content.url.as_ref().map(|url| url.as_str().to_owned()),
            listed: content.listed,
            created_at: Instant(organisation.created_at),
            updated_at: Instant(organisation.updated_at),
        }
    }
}

impl TryFrom<OrganisationRow> for Organisation {
    type Error = StoreError;

    fn try_from(row: OrganisationRow) -> Result<Self, StoreError> {
        let id = row.id.0;
        let corrupt = |column: &'static str| {
            move |fault: Fault| StoreError::Corrupt {
                table: "organisations",
                column,
                id: id.to_string(),
                reason: fault.message,
            }
        };
        Ok(Self {
            id,
            version: row.version,
            content: OrganisationContent {
                name: Name::parse(&row.name).map_err(corrupt("name"))?,
                slug: Slug::parse(&row.slug).map_err(corrupt("slug"))?,
                short_name: row.short_name.as_deref().map(Label::parse).transpose().map_err(corrupt("short_name"))?,
                parent_id: row.parent_id.map(|id| id.0),
                kind: row.kind.as_deref().map(Label::parse).transpose().map_err(corrupt("kind"))?,
                url: row.url.as_deref().map(WebUrl::parse).transpose().map_err(corrupt("url"))?,
                listed: row.listed,
            },
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

/// Writes an organisation that was not entered yet.
///
/// # Errors
/// [`Conflict::SlugTaken`]; the transaction can go on.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Create>, organisation: &Organisation) -> Result<(), StoreError> {
    take_slug(tx, organisation)?;
    diesel::insert_into(organisations::table).values(OrganisationRow::from(organisation)).execute(tx.conn)?;
    Ok(())
}

/// Writes the next version of an organisation.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before; [`Conflict::SlugTaken`].
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, organisation: &Organisation) -> Result<(), StoreError> {
    take_slug(tx, organisation)?;
    let changed = diesel::update(organisations::table)
        .filter(organisations::id.eq(Key(organisation.id)))
        .filter(organisations::version.eq(organisation.version - 1))
        .set(OrganisationRow::from(organisation))
        .execute(tx.conn)?;
    if changed != 1 {
        return Err(Conflict::Stale.into());
    }
    search::mark(tx, target(organisation.id))
}

fn take_slug(tx: &mut Tx<'_>, organisation: &Organisation) -> Result<(), StoreError> {
    directory::take_slugs(tx, target(organisation.id), &organisation.content.slug, &BTreeMap::new())
}

/// Deletes an organisation that nothing uses.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is `version`; [`Conflict::InUse`] where others
/// stand below it.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Trash>, id: OrganisationId, version: i64) -> Result<(), StoreError> {
    let was_public = is_public(&mut tx.public(), id)?;
    let deleted = diesel::delete(organisations::table.find(Key(id)).filter(organisations::version.eq(version)))
        .execute(tx.conn)?;
    if deleted != 1 {
        return Err(Conflict::Stale.into());
    }
    directory::leave_slugs(tx, target(id), was_public)
}

/// Reads one, public or not.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
    find_row(desk.conn, id)
}

fn find_row(conn: &mut DbConnection, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
    let row = organisations::table.find(Key(id)).select(OrganisationRow::as_select()).first(conn).optional()?;
    row.map(Organisation::try_from).transpose()
}

/// Which organisations are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganisationFilter {
    /// These.
    pub ids: Option<Vec<OrganisationId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Right below this one.
    pub parent: Option<OrganisationId>,
    /// Under this letter of the alphabet.
    pub initial: Option<String>,
}

impl OrganisationFilter {
    fn query<'q>(&self) -> organisations::BoxedQuery<'q, MultiBackend> {
        let mut query = organisations::table.into_boxed();
        if let Some(ids) = &self.ids {
            query = query.filter(organisations::id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            query = query.filter(organisations::slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        if let Some(parent) = self.parent {
            query = query.filter(organisations::parent_id.eq(Key(parent)));
        }
        if let Some(initial) = &self.initial {
            query = query.filter(organisations::initial.eq(initial.clone()));
        }
        query
    }

    /// The same, of those that something visible shows at `now`, or that are listed: nearly all that the public sees.
    fn shown_query<'q>(&self, now: Instant) -> organisations::BoxedQuery<'q, MultiBackend> {
        self.query().filter(organisations::listed.or(exists(shown_at(now))))
    }

    /// The same, of all that the public sees at `now`.
    fn public_query<'q>(
        &self,
        now: Instant,
        in_menus: Vec<Key<Organisation>>,
    ) -> organisations::BoxedQuery<'q, MultiBackend> {
        self.query().filter(organisations::listed.or(exists(shown_at(now))).or(organisations::id.among(in_menus)))
    }
}

/// The links by which something visible at `now` shows an organisation.
#[diesel::dsl::auto_type(no_type_alias)]
fn shown_at(now: Instant) -> _ {
    public_links::table
        .filter(public_links::target_id.eq(organisations::id))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now))
}

/// The names of all, in no order.
///
/// # Errors
/// When the database fails.
pub fn names(desk: &mut Desk<'_>) -> Result<Vec<(OrganisationId, String)>, StoreError> {
    let rows = organisations::table
        .select((organisations::id, organisations::name))
        .load::<(Key<Organisation>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}

/// A page of the organisations, in Vietnamese order.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    filter: &OrganisationFilter,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Organisation>, StoreError> {
    load_page(desk.conn, order, page, || filter.query())
}

/// A page of the public organisations, in Vietnamese order. Those above them cost a statement, where they are
/// wanted.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    filter: &OrganisationFilter,
    order: Order<NameSort>,
    with_parents: bool,
    page: &PageRequest,
) -> Result<Slice<PublishedOrganisation>, StoreError> {
    let now = Instant(reader.now());
    let in_menus = directory::in_menus(reader, Kind::Organisation)?;
    let slice = load_page(reader.conn()?, order, page, || filter.public_query(now, in_menus.clone()))?;
    slice.try_with_rows(|rows| published(reader, rows, with_parents))
}

/// Those of these organisations that the public sees now, with those above them, in no order.
///
/// # Errors
/// When the database fails.
pub fn shown(reader: &mut PublicReader<'_>, ids: &[OrganisationId]) -> Result<Vec<PublishedOrganisation>, StoreError> {
    let filter = OrganisationFilter { ids: Some(ids.to_vec()), ..OrganisationFilter::default() };
    let in_menus = directory::in_menus(reader, Kind::Organisation)?;
    let rows = filter
        .public_query(Instant(reader.now()), in_menus)
        .select(OrganisationRow::as_select())
        .load::<OrganisationRow>(reader.conn()?)?;
    let rows = rows.into_iter().map(Organisation::try_from).collect::<Result<_, _>>()?;
    published(reader, rows, true)
}

/// Joins organisations with those above them that are public.
fn published(
    reader: &mut PublicReader<'_>,
    rows: Vec<Organisation>,
    with_parents: bool,
) -> Result<Vec<PublishedOrganisation>, StoreError> {
    let parents = rows.iter().filter_map(|one| one.content.parent_id).filter(|_| with_parents);
    let parents = public_among(reader, &parents.collect::<Vec<_>>())?;
    let join = |organisation: Organisation| PublishedOrganisation {
        parent: parents.iter().find(|parent| Some(parent.id) == organisation.content.parent_id).cloned(),
        organisation,
    };
    Ok(rows.into_iter().map(join).collect())
}

/// Counts and reads the same query, so that a total and its rows cannot disagree.
fn load_page<'q>(
    conn: &mut DbConnection,
    order: Order<NameSort>,
    page: &PageRequest,
    query: impl Fn() -> organisations::BoxedQuery<'q, MultiBackend>,
) -> Result<Slice<Organisation>, StoreError> {
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(conn)?.unsigned_abs()),
        false => None,
    };
    let name = |out: &mut Written| {
        out.words("organisations.name_sort");
    };
    let mut rows = query();
    if let Some(beyond) = Written::beyond(page, order.descending, "organisations.id", name) {
        rows = rows.filter(beyond);
    }
    let found = rows
        .order(Written::order(page, order.descending, "organisations.id", name))
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(OrganisationRow::as_select())
        .load(conn)?;
    let slice = Slice::cut(found, page, total, |row| Cursor {
        key: SortKey::Bytes(row.name_sort.clone()),
        id: row.id.0.uuid(),
    });
    Ok(Slice {
        rows: slice.rows.into_iter().map(Organisation::try_from).collect::<Result<_, _>>()?,
        next: slice.next,
        previous: slice.previous,
        total: slice.total,
    })
}

/// Which organisations stand above which, for the one question whether a tree stays a tree.
///
/// # Errors
/// When the database fails.
pub fn parents(desk: &mut Desk<'_>) -> Result<BTreeMap<OrganisationId, OrganisationId>, StoreError> {
    let rows = organisations::table
        .filter(organisations::parent_id.is_not_null())
        .select((organisations::id, organisations::parent_id.assume_not_null()))
        .load::<(Key<Organisation>, Key<Organisation>)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, parent)| (id.0, parent.0)).collect())
}

/// Those among `ids` that the public sees now.
///
/// # Errors
/// When the database fails.
pub fn public_among(
    reader: &mut PublicReader<'_>,
    ids: &[OrganisationId],
) -> Result<Vec<OrganisationSummary>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = Instant(reader.now());
    let among =
        |ids: &[OrganisationId]| OrganisationFilter { ids: Some(ids.to_vec()), ..OrganisationFilter::default() };
    let summary = (organisations::id, organisations::slug, organisations::name);
    let mut rows =
        among(ids).shown_query(now).select(summary).load::<(Key<Organisation>, String, String)>(reader.conn()?)?;
    let others: Vec<OrganisationId> = ids.iter().copied().filter(|id| rows.iter().all(|row| row.0.0 != *id)).collect();
    let in_menus = directory::in_menus_among(reader, Kind::Organisation, &others)?;
    if !in_menus.is_empty() {
        rows.extend(
            among(&in_menus).query().select(summary).load::<(Key<Organisation>, String, String)>(reader.conn()?)?,
        );
    }
    rows.into_iter()
        .map(|(id, slug, name)| {
            let slug = relations::stored_slug("organisations", id.0.uuid(), &slug)?;
            Ok(OrganisationSummary { id: id.0, slug, name })
        })
        .collect()
}

/// The organisation that a reference names, or named, public or not; an id that none has where it names none.
///
/// # Errors
/// When the database fails.
pub fn resolve(reader: &mut PublicReader<'_>, reference: &Ref<Organisation>) -> Result<OrganisationId, StoreError> {
    directory::holder(reader, Kind::Organisation, reference)
}

/// Whether the public sees an organisation now.
///
/// # Errors
/// When the database fails.
pub fn is_public(reader: &mut PublicReader<'_>, id: OrganisationId) -> Result<bool, StoreError> {
    Ok(!public_among(reader, &[id])?.is_empty())
}

/// The public organisation that a reference names, with the one above where that is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Organisation>,
    with_parent: bool,
) -> Result<Lookup<PublishedOrganisation>, StoreError> {
    let asked = match reference {
        Ref::Id(id) => OrganisationFilter { ids: Some(vec![*id]), ..OrganisationFilter::default() },
        Ref::Slug(slug) => OrganisationFilter { slugs: Some(vec![slug.clone()]), ..OrganisationFilter::default() },
    };
    let rows = asked.shown_query(Instant(reader.now())).select(OrganisationRow::as_select());
    if let Some(row) = rows.first(reader.conn()?).optional()? {
        let found = published(reader, vec![Organisation::try_from(row)?], with_parent)?.pop();
        return Ok(found.map_or(Lookup::Missing, Lookup::Found));
    }
    let id = directory::holder(reader, Kind::Organisation, reference)?;
    let in_menus = directory::in_menus(reader, Kind::Organisation)?;
    let row = OrganisationFilter { ids: Some(vec![id]), ..OrganisationFilter::default() }
        .public_query(Instant(reader.now()), in_menus)
        .select(OrganisationRow::as_select())
        .first(reader.conn()?)
        .optional()?;
    let Some(row) = row else { return directory::unseen(reader, Kind::Organisation, id.uuid()) };
    let organisation = Organisation::try_from(row)?;
    if let Ref::Slug(slug) = reference
        && *slug != organisation.content.slug
    {
        return Ok(Lookup::Moved(organisation.content.slug));
    }
    Ok(published(reader, vec![organisation], with_parent)?.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// What refers to an organisation, some 20 of each: content, attendees of events, posts of people,
/// organisations below it, menus.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, id: OrganisationId) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let mut uses = items::uses_of(desk, target(id))?;
    uses.extend(directory::public_uses_of(desk, target(id))?);
    let attended = attendees::table
        .inner_join(item_table::table.on(item_table::id.eq(attendees::event_id)))
        .filter(attendees::organisation_id.eq(Key(id)))
        .select((attendees::event_id, item_table::title))
        .distinct()
        .limit(20)
        .load::<(Key<Event>, String)>(desk.conn)?;
    uses.extend(attended.into_iter().map(|(id, title)| (Kind::Event, id.0.uuid(), title)));
    let posts = people::table
        .filter(people::id.eq_any(
            person_posts::table.filter(person_posts::organisation_id.eq(Key(id))).select(person_posts::person_id),
        ))
        .limit(20)
        .select((people::id, people::display_name))
        .load::<(Key<Person>, String)>(desk.conn)?;
    uses.extend(posts.into_iter().map(|(id, name)| (Kind::Person, id.0.uuid(), name)));
    let below = organisations::table
        .filter(organisations::parent_id.eq(Key(id)))
        .limit(20)
        .select((organisations::id, organisations::name))
        .load::<(Key<Organisation>, String)>(desk.conn)?;
    uses.extend(below.into_iter().map(|(id, name)| (Kind::Organisation, id.0.uuid(), name)));
    uses.extend(site::uses_of(desk, target(id))?);
    Ok(uses)
}

fn target(id: OrganisationId) -> Target {
    Target::new(Kind::Organisation, id)
}
