//! Lists of published speeches.
//!
//! Their usual order is that of a programme, where they are of one event, and of all events the last published
//! first: no index knows when the event of a speech begins.

use std::collections::HashSet;

use bantin_domain::{
    content::Relation,
    event::EventId,
    id::Id,
    kind::Kind,
    listing::{Cursor, Order, PageRequest, Slice, SortKey},
    locale::Locale,
    organisation::OrganisationId,
    person::PersonId,
    speech::{PublishedSpeech, SpeechId, SpeechKind, SpeechSort},
    text::Slug,
    time::Timestamp,
};
use diesel::prelude::*;

use super::{ListedRow, SPEAKS, SpeechParts, SpeechRow, with_relations};
use crate::{
    among::AmongExt,
    error::StoreError,
    public::{
        listing::{self, Column, Listing},
        relations::{IsOneOf, is_first},
    },
    schema::{public_links, public_speeches},
    sql_types::{Key, Name},
    store::PublicReader,
};

/// Which speeches a reader asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpeechFilter {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<SpeechId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Of this sort.
    pub kind: Option<SpeechKind>,
    /// Given at this event.
    pub event: Option<EventId>,
    /// Given by this person, alone or with others.
    pub person: Option<PersonId>,
    /// Given by somebody from this organisation.
    pub organisation: Option<OrganisationId>,
}

/// What a list of speeches is really sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sorted {
    Place,
    Publication,
    Start,
    Title,
}

impl SpeechFilter {
    fn sorted(&self, by: SpeechSort) -> Sorted {
        match by {
            SpeechSort::Order if self.event.is_some() => Sorted::Place,
            SpeechSort::Order => Sorted::Publication,
            SpeechSort::StartsAt => Sorted::Start,
            SpeechSort::Title => Sorted::Title,
        }
    }

    fn listing(&self, order: Order<SpeechSort>) -> Listing {
        use public_speeches::{event_id, id, kind, slug, starts_at};
        let sorted = self.sorted(order.by);
        let is_of_few = self.ids.is_some() || self.slugs.is_some() || self.person.is_some();
        let is_along_links = sorted == Sorted::Publication && self.organisation.is_some() && !is_of_few;
        let (name, descending) = match sorted {
            Sorted::Place => ("position", order.descending),
            Sorted::Publication => ("published_at", !order.descending),
            Sorted::Start => ("starts_at", order.descending),
            Sorted::Title => ("title_sort", order.descending),
        };
        let by = Column { name, is_that_of_links: is_along_links };
        let mut list = Listing::of("public_speeches", Kind::Speech, Order { by, descending });
        if let Some(locale) = &self.locale {
            list.in_language(locale);
        }
        if let Some(ids) = &self.ids {
            list.and_few(id.among(ids.iter().copied().map(Key)));
        }
        if let Some(slugs) = &self.slugs {
            list.and_few(slug.eq_any(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        if let Some(event) = self.event {
            list.and_few(event_id.eq(Key(event)));
        }
        if let Some(person) = self.person {
            let target: Key<()> = Key(Id::new(person.uuid()));
            let given = public_links::table
                .filter(public_links::target_id.eq(target))
                .filter(IsOneOf(SPEAKS))
                .filter(public_links::source_kind.eq(Name(Kind::Speech)))
                .select(public_links::source_id);
            list.and_few(id.eq_any(given));
        }
        if let Some(organisation) = self.organisation {
            list.linked(Relation::Organisation, organisation.uuid());
        }
        if is_along_links {
            list.and(is_first());
        }
        if let Some(wanted) = self.kind {
            list.and(kind.eq(Name(wanted)));
        }
        if sorted == Sorted::Start {
            list.and(starts_at.is_not_null());
        }
        list
    }
}

/// A page of speeches. Sorted by when they begin, it has those whose hour is known: one without has no place there.
///
/// # Errors
/// When the database fails.
pub fn list(
    reader: &mut PublicReader<'_>,
    filter: &SpeechFilter,
    order: Order<SpeechSort>,
    parts: SpeechParts,
    page: &PageRequest,
) -> Result<Slice<PublishedSpeech>, StoreError> {
    let sorted = filter.sorted(order.by);
    let columns = listing::columns::<SpeechRow, _>(parts.body.then_some(public_speeches::body));
    let place = if sorted == Sorted::Publication { by_instant(page) } else { page.clone() };
    let (rows, total) = filter.listing(order).load::<_, ListedRow>(reader, columns, &place)?;
    let slice = Slice::cut(rows, page, total, |ListedRow { speech: row, .. }| Cursor {
        key: match sorted {
            Sorted::Place => SortKey::Number(row.position),
            Sorted::Publication => SortKey::Number(row.published_at.0.as_micros()),
            Sorted::Start => SortKey::Instant(row.starts_at.map_or(Timestamp::EPOCH, |at| at.0)),
            Sorted::Title => SortKey::Bytes(row.title_sort.clone()),
        },
        id: row.id.0.uuid(),
    });
    slice.try_with_rows(|rows| with_relations(reader, rows, parts))
}

/// The same page, its place as the column has it. Cursors of one order are of one sort, so an instant travels as
/// the number of its microseconds; a number that is none comes from nobody but a forger, who begins anew.
fn by_instant(page: &PageRequest) -> PageRequest {
    page.map_key(|key| match key {
        SortKey::Number(micros) => {
            SortKey::Instant(Timestamp::from_micros(*micros.max(&0)).unwrap_or(Timestamp::EPOCH))
        }
        key => key.clone(),
    })
}

/// Those of these speeches that a filter lets through.
///
/// # Errors
/// When the database fails.
pub fn fitting(
    reader: &mut PublicReader<'_>,
    filter: &SpeechFilter,
    ids: &[SpeechId],
) -> Result<HashSet<SpeechId>, StoreError> {
    filter.listing(Order { by: SpeechSort::Title, descending: false }).fitting(reader, public_speeches::id, ids)
}
