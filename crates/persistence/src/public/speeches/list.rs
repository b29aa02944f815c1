//! Lists of published speeches.
//!
//! Their usual order is that of their programmes: the event that was published last comes first, since no index knows
//! when the event of a speech begins.

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
use uuid::Uuid;

use super::{ListedRow, SPEAKS, SpeechParts, SpeechRow, with_relations};
use crate::{
    among::AmongExt,
    error::StoreError,
    public::{
        listing::{self, Column, Listing},
        relations::IsOneOf,
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

impl SpeechFilter {
    fn listing(&self, order: Order<SpeechSort>) -> Listing {
        use public_speeches::{event_id, id, kind, slug, starts_at};
        let (name, descending) = match order.by {
            // Programmes are kept from the last downwards.
            SpeechSort::Order => ("programme_sort", !order.descending),
            SpeechSort::StartsAt => ("starts_at", order.descending),
            SpeechSort::Title => ("title_sort", order.descending),
        };
        let linked = |target: Uuid, ways: &'static [Relation]| {
            let target: Key<()> = Key(Id::new(target));
            public_links::table
                .filter(public_links::target_id.eq(target))
                .filter(IsOneOf(ways))
                .filter(public_links::source_kind.eq(Name(Kind::Speech)))
                .select(public_links::source_id)
        };
        let by = Column { name, is_that_of_links: false };
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
            list.and_few(id.eq_any(linked(person.uuid(), SPEAKS)));
        }
        if let Some(organisation) = self.organisation {
            list.and_few(id.eq_any(linked(organisation.uuid(), &[Relation::Organisation])));
        }
        if let Some(wanted) = self.kind {
            list.and(kind.eq(Name(wanted)));
        }
        if order.by == SpeechSort::StartsAt {
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
    let columns = listing::columns::<SpeechRow, _>(parts.body.then_some(public_speeches::body));
    let (rows, total) = filter.listing(order).load::<_, ListedRow>(reader, columns, page)?;
    let slice = Slice::cut(rows, page, total, |ListedRow { speech: row, .. }| Cursor {
        key: match order.by {
            SpeechSort::Order => SortKey::Bytes(row.programme_sort.clone()),
            SpeechSort::StartsAt => SortKey::Instant(row.starts_at.map_or(Timestamp::EPOCH, |at| at.0)),
            SpeechSort::Title => SortKey::Bytes(row.title_sort.clone()),
        },
        id: row.id.0.uuid(),
    });
    slice.try_with_rows(|rows| with_relations(reader, rows, parts))
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
