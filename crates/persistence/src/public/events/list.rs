//! Lists of published events.

use std::collections::HashSet;

use bantin_domain::{
    category::CategoryId,
    content::Relation,
    event::{EventId, EventKind, EventSort, EventStatus, PublishedEvent},
    id::Id,
    kind::Kind,
    listing::{Between, Cursor, Order, PageRequest, Slice, SortKey},
    locale::Locale,
    organisation::OrganisationId,
    person::PersonId,
    text::Slug,
    time::{Date, Timestamp},
};
use diesel::{
    dsl::{count_star, min},
    prelude::*,
    sql_types::SqlOrd,
};
use uuid::Uuid;

use super::{EventParts, EventRow, ListedRow, as_instant, with_relations};
use crate::{
    among::AmongExt,
    error::StoreError,
    public::{
        listing::{self, Column, Listing},
        relations::{IsOneOf, is_first},
        speeches::SPEAKS,
    },
    schema::{public_events, public_links, public_speeches},
    sql_types::{Day, Instant, Key, Name, sql},
    store::PublicReader,
    written::Written,
};

/// There is a first of days.
impl SqlOrd for sql::Day {}

/// Which events a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<EventId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Of this sort.
    pub kind: Option<EventKind>,
    /// So certain.
    pub status: Option<EventStatus>,
    /// In this section or below it.
    pub category: Option<CategoryId>,
    /// Held by this organisation.
    pub organisation: Option<OrganisationId>,
    /// Where this person speaks.
    pub person: Option<PersonId>,
    /// With a first day in this range.
    pub starts: Between<Date>,
    /// With a last day in this range.
    pub ends: Between<Date>,
    /// With a text that last changed in this range.
    pub updated: Between<Timestamp>,
}

impl EventFilter {
    /// The relations that the filter asks for, the rarest first: the list is read along the first.
    fn links(&self) -> impl Iterator<Item = (Relation, Uuid)> {
        [
            self.organisation.map(|id| (Relation::Organiser, id.uuid())),
            self.category.map(|id| (Relation::Section, id.uuid())),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether the list is read along the links of a target: where nothing leaves fewer rows, and in their order.
    fn is_along_links(&self, by: EventSort) -> bool {
        let is_of_few = self.ids.is_some() || self.slugs.is_some() || self.person.is_some();
        by == EventSort::StartsOn && !is_of_few && self.links().next().is_some()
    }

    fn listing(&self, order: Order<EventSort>, now: Timestamp) -> Listing {
        use public_events::{ends_on, id, kind, slug, starts_on, status};
        let is_along_links = self.is_along_links(order.by);
        let by = match order.by {
            EventSort::StartsOn => Column { name: "starts_on", is_that_of_links: is_along_links },
            EventSort::UpdatedAt => Column { name: "updated_at", is_that_of_links: false },
            EventSort::Title => Column { name: "title_sort", is_that_of_links: false },
        };
        let mut list = Listing::of("public_events", Kind::Event, Order { by, descending: order.descending });
        if let Some(locale) = &self.locale {
            list.in_language(locale);
        }
        if let Some(ids) = &self.ids {
            list.and_few(id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            list.and_few(slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        if let Some(person) = self.person {
            let target: Key<()> = Key(Id::new(person.uuid()));
            let spoken_at = public_links::table
                .inner_join(public_speeches::table.on(public_speeches::id.eq(public_links::source_id)))
                .filter(public_links::target_id.eq(target))
                .filter(IsOneOf(SPEAKS))
                .filter(public_speeches::visible_from.le(Instant(now)))
                .filter(public_speeches::visible_until.gt(Instant(now)))
                .select(public_speeches::event_id);
            list.and_few(id.eq_any(spoken_at));
        }
        for (relation, target) in self.links() {
            list.linked(relation, target);
        }
        if is_along_links && self.organisation.is_some() {
            list.and(is_first());
        }
        if let Some(wanted) = self.kind {
            list.and(kind.eq(Name(wanted)));
        }
        if let Some(wanted) = self.status {
            list.and(status.eq(Name(wanted)));
        }
        if is_along_links {
            let Between { from, until } = self.starts;
            list.between("starts_on", Between { from: from.map(as_instant), until: until.map(as_instant) });
        } else {
            if let Some(from) = self.starts.from {
                list.and(starts_on.ge(Day(from)));
            }
            if let Some(until) = self.starts.until {
                list.and(starts_on.lt(Day(until)));
            }
        }
        if let Some(from) = self.ends.from {
            list.and(ends_on.ge(Day(from)));
        }
        if let Some(until) = self.ends.until {
            list.and(ends_on.lt(Day(until)));
        }
        list.between("updated_at", self.updated);
        list
    }

    /// The same, with what its last days say of its first. A list is sorted by the first and reads no more of it
    /// than these: what goes on today would otherwise be looked for in all that ever was.
    fn narrowed(&self, reader: &mut PublicReader<'_>) -> Result<Self, StoreError> {
        let mut starts = self.starts.and(Between { from: None, until: self.ends.until });
        if let Some(day) = self.ends.from {
            let first = first_to_end_from(reader, day)?;
            starts = starts.and(Between { from: Some(first), until: None });
        }
        Ok(Self { starts, ..self.clone() })
    }
}

/// How many days an event lasts at most that is none of the long ones, of which there is an index.
const LONG: i32 = 31;

/// A day on which the first begins of those that end on `day` or later, or before it. Only the long ones are looked
/// through, which are few: the others begin a month before at most.
fn first_to_end_from(reader: &mut PublicReader<'_>, day: Date) -> Result<Date, StoreError> {
    use public_events::{ends_on, starts_on};
    // As the index says it.
    let is_long = Written::new(match reader.is_sqlite {
        false => "ends_on > starts_on + 31",
        true => "ends_on > date(starts_on, '+31 days')",
    });
    let long = public_events::table.filter(is_long).filter(ends_on.ge(Day(day)));
    // Counted too, since for a minimum alone both databases would read along the first days, through all that has
    // ended, to the first that has not.
    let (first, _) = long.select((min(starts_on), count_star())).first::<(Option<Day>, i64)>(reader.conn()?)?;
    let month_before = day.saturating_sub(jiff::Span::new().days(LONG));
    Ok(first.map_or(month_before, |first| first.0.min(month_before)))
}

/// A page of events.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &EventFilter,
    order: Order<EventSort>,
    parts: EventParts,
    page: &PageRequest,
) -> Result<Slice<PublishedEvent>, StoreError> {
    let filter = filter.narrowed(reader)?;
    let columns = listing::columns::<EventRow, _>(parts.body.then_some(public_events::body));
    let place = if filter.is_along_links(order.by) { by_instant(page) } else { page.clone() };
    let (rows, total) = filter.listing(order, reader.now()).load::<_, ListedRow>(reader, columns, &place)?;
    let slice = Slice::cut(rows, page, total, |ListedRow { event: row, .. }| Cursor {
        key: match order.by {
            EventSort::StartsOn => SortKey::Day(row.starts_on.0),
            EventSort::UpdatedAt => SortKey::Instant(row.updated_at.0),
            EventSort::Title => SortKey::Bytes(row.title_sort.clone()),
        },
        id: row.id.0.uuid(),
    });
    slice.try_with_rows(|rows| with_relations(reader, rows, parts))
}

/// The same page, its place as the links have it.
fn by_instant(page: &PageRequest) -> PageRequest {
    page.map_key(|key| match key {
        SortKey::Day(day) => SortKey::Instant(as_instant(*day)),
        key => key.clone(),
    })
}

/// Those of these events that a filter lets through.
///
/// # Errors
/// When the database fails.
pub fn fitting(
    reader: &mut PublicReader<'_>,
    filter: &EventFilter,
    ids: &[EventId],
) -> Result<HashSet<EventId>, StoreError> {
    filter.listing(Order { by: EventSort::Title, descending: false }, reader.now()).fitting(
        reader,
        public_events::id,
        ids,
    )
}
