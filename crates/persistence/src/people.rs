//! Somebody who speaks, writes or takes part. Public while something visible shows them as author or
//! speaker, or when listed; to have attended something is not enough.

use bantin_domain::{
    event::Event,
    kind::{Kind, Ref, Target},
    listing::{Cursor, NameSort, Order, PageRequest, Slice, SortKey},
    media::{Media, MediaId},
    organisation::OrganisationId,
    person::{Person, PersonContent, PersonId, PersonSummary, Position, PublishedPerson},
    policy::{Create, Edit, Granted, Trash},
    text::{Label, Name, PersonName, Prose, Slug, sort_key},
    violation::Fault,
};
use diesel::{dsl::exists, prelude::*};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use crate::{
    among::AmongExt,
    connection::{DbConnection, MultiBackend},
    directory,
    error::{Conflict, StoreError},
    items, media, organisations,
    public::{Lookup, relations},
    schema::{attendees, items as item_table, people, person_posts, public_links},
    search, site,
    sql_types::{Instant, Json, Key},
    store::{Desk, PublicReader, Tx},
    written::Written,
};

pub mod appearances;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = people, check_for_backend(MultiBackend), treat_none_as_null = true, treat_none_as_default_value = false)]
struct PersonRow {
    id: Key<Person>,
    version: i64,
    slug: String,
    display_name: String,
    family_name: Option<String>,
    middle_name: Option<String>,
    given_name: Option<String>,
    name_sort: Vec<u8>,
    initial: String,
    academic_title: Option<String>,
    aliases: Json<Vec<Name>>,
    positions: Json<Vec<Position>>,
    biography: Option<String>,
    photo_id: Option<Key<Media>>,
    listed: bool,
    created_at: Instant,
    updated_at: Instant,
}

impl From<&Person> for PersonRow {
    fn from(person: &Person) -> Self {
        let content = &person.content;
        let name = &content.name;
        Self {
            id: Key(person.id),
            version: person.version,
            slug: content.slug.to_string(),
            display_name: name.display.to_string(),
            family_name: name.family.as_ref().map(ToString::to_string),
            middle_name: name.middle.as_ref().map(ToString::to_string),
            given_name: name.given.as_ref().map(ToString::to_string),
            name_sort: name.sort_key(),
            initial: name.initial().to_string(),
            academic_title: name.academic_title.as_ref().map(ToString::to_string),
            aliases: Json(content.aliases.clone()),
            positions: Json(content.positions.clone()),
            biography: content.biography.as_ref().map(ToString::to_string),
            photo_id: content.photo_id.map(Key),
            listed: content.listed,
            created_at: Instant(person.created_at),
            updated_at: Instant(person.updated_at),
        }
    }
}

impl TryFrom<PersonRow> for Person {
    type Error = StoreError;

    fn try_from(row: PersonRow) -> Result<Self, StoreError> {
        let id = row.id.0;
        let corrupt = |column: &'static str| {
            move |fault: Fault| StoreError::Corrupt {
                table: "people",
                column,
                id: id.to_string(),
                reason: fault.message,
            }
        };
        let part = |column, text: Option<String>| text.as_deref().map(Name::parse).transpose().map_err(corrupt(column));
        Ok(Self {
            id,
            version: row.version,
            content: PersonContent {
                name: PersonName {
                    display: Name::parse(&row.display_name).map_err(corrupt("display_name"))?,
                    academic_title: row
                        .academic_title
                        .as_deref()
                        .map(Label::parse)
                        .transpose()
                        .map_err(corrupt("academic_title"))?,
                    family: part("family_name", row.family_name)?,
                    middle: part("middle_name", row.middle_name)?,
                    given: part("given_name", row.given_name)?,
                },
                slug: Slug::parse(&row.slug).map_err(corrupt("slug"))?,
                aliases: row.aliases.0,
                positions: row.positions.0,
                biography: row.biography.as_deref().map(Prose::parse).transpose().map_err(corrupt("biography"))?,
                photo_id: row.photo_id.map(|id| id.0),
                listed: row.listed,
            },
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

/// Writes a person who was not entered yet.
///
/// # Errors
/// [`Conflict::SlugTaken`]; the transaction can go on.
pub fn insert(tx: &mut Tx<'_>, _granted: &Granted<Create>, person: &Person) -> Result<(), StoreError> {
    take_slug(tx, person)?;
    diesel::insert_into(people::table).values(PersonRow::from(person)).execute(tx.conn)?;
    note_posts(tx, person)?;
    search::index(tx, target(person.id))
}

/// Writes the next version of a person.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is the one right before; [`Conflict::SlugTaken`].
pub fn save(tx: &mut Tx<'_>, _granted: &Granted<Edit>, person: &Person) -> Result<(), StoreError> {
    take_slug(tx, person)?;
    let changed = diesel::update(people::table)
        .filter(people::id.eq(Key(person.id)))
        .filter(people::version.eq(person.version - 1))
        .set(PersonRow::from(person))
        .execute(tx.conn)?;
    if changed != 1 {
        return Err(Conflict::Stale.into());
    }
    note_posts(tx, person)?;
    search::index(tx, target(person.id))
}

/// Notes where somebody holds or held a post, for who asks for the people of an organisation.
fn note_posts(tx: &mut Tx<'_>, person: &Person) -> Result<(), StoreError> {
    let id = Key(person.id);
    diesel::delete(person_posts::table.filter(person_posts::person_id.eq(id))).execute(tx.conn)?;
    let posts: BTreeSet<_> = person.content.positions.iter().filter_map(|post| post.organisation_id).collect();
    for organisation in posts {
        diesel::insert_into(person_posts::table)
            .values((person_posts::person_id.eq(id), person_posts::organisation_id.eq(Key(organisation))))
            .execute(tx.conn)?;
    }
    Ok(())
}

fn take_slug(tx: &mut Tx<'_>, person: &Person) -> Result<(), StoreError> {
    directory::take_slugs(tx, target(person.id), &person.content.slug, &BTreeMap::new())
}

/// Deletes a person whom nothing uses.
///
/// # Errors
/// [`Conflict::Stale`] unless the stored version is `version`.
pub fn delete(tx: &mut Tx<'_>, _granted: &Granted<Trash>, id: PersonId, version: i64) -> Result<(), StoreError> {
    let was_public = is_public(&mut tx.public(), id)?;
    let deleted = diesel::delete(people::table.find(Key(id)).filter(people::version.eq(version))).execute(tx.conn)?;
    if deleted != 1 {
        return Err(Conflict::Stale.into());
    }
    search::remove(tx, target(id))?;
    directory::leave_slugs(tx, target(id), was_public)
}

/// Reads one, public or not.
///
/// # Errors
/// When the database fails.
pub fn find(desk: &mut Desk<'_>, id: PersonId) -> Result<Option<Person>, StoreError> {
    find_row(desk.conn, id)
}

fn find_row(conn: &mut DbConnection, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = people::table.find(Key(id)).select(PersonRow::as_select()).first(conn).optional()?;
    row.map(Person::try_from).transpose()
}

/// Which people are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonFilter {
    /// These.
    pub ids: Option<Vec<PersonId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Who hold or held a post at this organisation.
    pub organisation: Option<OrganisationId>,
    /// Under this letter of the alphabet.
    pub initial: Option<String>,
}

impl PersonFilter {
    fn query<'q>(&self) -> people::BoxedQuery<'q, MultiBackend> {
        let mut query = people::table.into_boxed();
        if let Some(ids) = &self.ids {
            query = query.filter(people::id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            query = query.filter(people::slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        if let Some(organisation) = self.organisation {
            let posts = person_posts::table.filter(person_posts::organisation_id.eq(Key(organisation)));
            query = query.filter(people::id.eq_any(posts.select(person_posts::person_id)));
        }
        if let Some(initial) = &self.initial {
            query = query.filter(people::initial.eq(initial.clone()));
        }
        query
    }

    /// The same, of those whom something visible shows at `now`, or who are listed: nearly all whom the public sees.
    fn shown_query<'q>(&self, now: Instant) -> people::BoxedQuery<'q, MultiBackend> {
        self.query().filter(people::listed.or(exists(shown_at(now))))
    }

    /// The same, of all whom the public sees at `now`.
    fn public_query<'q>(&self, now: Instant, in_menus: Vec<Key<Person>>) -> people::BoxedQuery<'q, MultiBackend> {
        self.query().filter(people::listed.or(exists(shown_at(now))).or(people::id.among(in_menus)))
    }
}

/// The links by which something visible at `now` shows somebody.
#[diesel::dsl::auto_type(no_type_alias)]
fn shown_at(now: Instant) -> _ {
    public_links::table
        .filter(public_links::target_id.eq(people::id))
        .filter(public_links::visible_from.le(now))
        .filter(public_links::visible_until.gt(now))
}

/// What of a person is wanted beside the members of their own row. What is not costs no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonParts {
    /// Their picture.
    pub photo: bool,
    /// The organisations that their posts are at.
    pub organisations: bool,
}

impl PersonParts {
    /// Everything.
    pub const WHOLE: Self = Self { photo: true, organisations: true };
}

/// Everybody's name, in no order.
///
/// # Errors
/// When the database fails.
pub fn names(desk: &mut Desk<'_>) -> Result<Vec<(PersonId, String)>, StoreError> {
    let rows = people::table.select((people::id, people::display_name)).load::<(Key<Person>, String)>(desk.conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
}

/// A page of the people, by given name, family and middle.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    filter: &PersonFilter,
    order: Order<NameSort>,
    page: &PageRequest,
) -> Result<Slice<Person>, StoreError> {
    load_page(desk.conn, order, page, || filter.query())
}

/// A page of the public people, by given name, family and middle.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    filter: &PersonFilter,
    order: Order<NameSort>,
    parts: PersonParts,
    page: &PageRequest,
) -> Result<Slice<PublishedPerson>, StoreError> {
    let now = Instant(reader.now());
    let in_menus = directory::in_menus(reader, Kind::Person)?;
    let slice = load_page(reader.conn()?, order, page, || filter.public_query(now, in_menus.clone()))?;
    slice.try_with_rows(|rows| with_relations(reader, rows, parts))
}

/// Counts and reads the same query, so that a total and its rows cannot disagree.
fn load_page<'q>(
    conn: &mut DbConnection,
    order: Order<NameSort>,
    page: &PageRequest,
    query: impl Fn() -> people::BoxedQuery<'q, MultiBackend>,
) -> Result<Slice<Person>, StoreError> {
    let total = match page.count {
        true => Some(query().count().get_result::<i64>(conn)?.unsigned_abs()),
        false => None,
    };
    let name = |out: &mut Written| {
        out.words("people.name_sort");
    };
    let mut rows = query();
    if let Some(beyond) = Written::beyond(page, order.descending, "people.id", name) {
        rows = rows.filter(beyond);
    }
    let found = rows
        .order(Written::order(page, order.descending, "people.id", name))
        .limit(i64::from(page.limit) + 1)
        .offset(i64::from(page.offset().unwrap_or(0)))
        .select(PersonRow::as_select())
        .load(conn)?;
    let slice = Slice::cut(found, page, total, |row| Cursor {
        key: SortKey::Bytes(row.name_sort.clone()),
        id: row.id.0.uuid(),
    });
    Ok(Slice {
        rows: slice.rows.into_iter().map(Person::try_from).collect::<Result<_, _>>()?,
        next: slice.next,
        previous: slice.previous,
        total: slice.total,
    })
}

/// Joins people with their pictures and with the public ones of the organisations they work at.
fn with_relations(
    reader: &mut PublicReader<'_>,
    rows: Vec<Person>,
    parts: PersonParts,
) -> Result<Vec<PublishedPerson>, StoreError> {
    let photos = rows.iter().filter_map(|person| person.content.photo_id).filter(|_| parts.photo);
    let photos = media::by_ids(reader.conn()?, &photos.collect::<Vec<_>>())?;
    let posts = |person: &Person| {
        let posts = person.content.positions.iter().filter(|_| parts.organisations);
        posts.filter_map(|post| post.organisation_id).collect::<Vec<_>>()
    };
    let organisations = organisations::public_among(reader, &rows.iter().flat_map(posts).collect::<Vec<_>>())?;
    let join = |person: Person| {
        let at = posts(&person);
        PublishedPerson {
            photo: photos.iter().find(|photo| Some(photo.id) == person.content.photo_id).cloned(),
            organisations: organisations.iter().filter(|one| at.contains(&one.id)).cloned().collect(),
            person,
        }
    };
    Ok(rows.into_iter().map(join).collect())
}

/// These people with what the public reads of them, of whom the reader has found something visible that shows
/// them.
///
/// # Errors
/// When the database fails.
pub fn shown(reader: &mut PublicReader<'_>, ids: &[PersonId]) -> Result<Vec<PublishedPerson>, StoreError> {
    let filter = PersonFilter { ids: Some(ids.to_vec()), ..PersonFilter::default() };
    let rows = filter.query().select(PersonRow::as_select()).load(reader.conn()?)?;
    let people = rows.into_iter().map(Person::try_from).collect::<Result<_, _>>()?;
    with_relations(reader, people, PersonParts::WHOLE)
}

/// How many public people there are under each letter, in the order of the alphabet; `#` is last.
///
/// # Errors
/// When the database fails.
pub fn public_index(reader: &mut PublicReader<'_>) -> Result<Vec<(String, u64)>, StoreError> {
    let in_menus = directory::in_menus(reader, Kind::Person)?;
    let initials = PersonFilter::default()
        .public_query(Instant(reader.now()), in_menus)
        .select(people::initial)
        .load::<String>(reader.conn()?)?;
    let mut counts: BTreeMap<(bool, Vec<u8>), (String, u64)> = BTreeMap::new();
    for initial in initials {
        counts.entry((initial == "#", sort_key(&initial))).or_insert((initial, 0)).1 += 1;
    }
    Ok(counts.into_values().collect())
}

/// Those among `ids` whom the public sees now.
///
/// # Errors
/// When the database fails.
pub fn public_among(reader: &mut PublicReader<'_>, ids: &[PersonId]) -> Result<Vec<PersonSummary>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = Instant(reader.now());
    let among = |ids: &[PersonId]| PersonFilter { ids: Some(ids.to_vec()), ..PersonFilter::default() };
    let summary = (people::id, people::slug, people::display_name);
    let mut rows = among(ids).shown_query(now).select(summary).load::<(Key<Person>, String, String)>(reader.conn()?)?;
    let others: Vec<PersonId> = ids.iter().copied().filter(|id| rows.iter().all(|row| row.0.0 != *id)).collect();
    let in_menus = directory::in_menus_among(reader, Kind::Person, &others)?;
    if !in_menus.is_empty() {
        rows.extend(among(&in_menus).query().select(summary).load::<(Key<Person>, String, String)>(reader.conn()?)?);
    }
    rows.into_iter()
        .map(|(id, slug, name)| {
            let slug = relations::stored_slug("people", id.0.uuid(), &slug)?;
            Ok(PersonSummary { id: id.0, slug, name })
        })
        .collect()
}

/// Whether the public sees a person now.
///
/// # Errors
/// When the database fails.
pub fn is_public(reader: &mut PublicReader<'_>, id: PersonId) -> Result<bool, StoreError> {
    Ok(!public_among(reader, &[id])?.is_empty())
}

/// The pictures of these people, public or not.
///
/// # Errors
/// When the database fails.
pub(crate) fn portraits(reader: &mut PublicReader<'_>, ids: &[PersonId]) -> Result<Vec<MediaId>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let photos = people::table
        .filter(people::id.among(ids.iter().copied().map(Key)))
        .filter(people::photo_id.is_not_null())
        .select(people::photo_id.assume_not_null())
        .load::<Key<Media>>(reader.conn()?)?;
    Ok(photos.into_iter().map(|photo| photo.0).collect())
}

/// The public person whom a reference names, or what of them is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_find(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Person>,
    parts: PersonParts,
) -> Result<Lookup<PublishedPerson>, StoreError> {
    let asked = match reference {
        Ref::Id(id) => PersonFilter { ids: Some(vec![*id]), ..PersonFilter::default() },
        Ref::Slug(slug) => PersonFilter { slugs: Some(vec![slug.clone()]), ..PersonFilter::default() },
    };
    let shown =
        asked.shown_query(Instant(reader.now())).select(PersonRow::as_select()).first(reader.conn()?).optional()?;
    if let Some(row) = shown {
        let found = with_relations(reader, vec![Person::try_from(row)?], parts)?.pop();
        return Ok(found.map_or(Lookup::Missing, Lookup::Found));
    }
    let id = directory::holder(reader, Kind::Person, reference)?;
    let in_menus = directory::in_menus(reader, Kind::Person)?;
    let row = PersonFilter { ids: Some(vec![id]), ..PersonFilter::default() }
        .public_query(Instant(reader.now()), in_menus)
        .select(PersonRow::as_select())
        .first(reader.conn()?)
        .optional()?;
    let Some(row) = row else { return directory::unseen(reader, Kind::Person, id.uuid()) };
    let person = Person::try_from(row)?;
    if let Ref::Slug(slug) = reference
        && *slug != person.content.slug
    {
        return Ok(Lookup::Moved(person.content.slug));
    }
    Ok(with_relations(reader, vec![person], parts)?.pop().map_or(Lookup::Missing, Lookup::Found))
}

/// What refers to a person, some 20 of each: content, events they attended, menus.
///
/// # Errors
/// When the database fails.
pub fn uses_of(desk: &mut Desk<'_>, id: PersonId) -> Result<Vec<(Kind, Uuid, String)>, StoreError> {
    let mut uses = items::uses_of(desk, target(id))?;
    uses.extend(directory::public_uses_of(desk, target(id))?);
    let attended = attendees::table
        .inner_join(item_table::table.on(item_table::id.eq(attendees::event_id)))
        .filter(attendees::person_id.eq(Key(id)))
        .select((attendees::event_id, item_table::title))
        .distinct()
        .limit(20)
        .load::<(Key<Event>, String)>(desk.conn)?;
    uses.extend(attended.into_iter().map(|(id, title)| (Kind::Event, id.0.uuid(), title)));
    uses.extend(site::uses_of(desk, target(id))?);
    Ok(uses)
}

fn target(id: PersonId) -> Target {
    Target::new(Kind::Person, id)
}
