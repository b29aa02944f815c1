//! What `include=` adds to events.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use bantin_domain::{
    article::{ArticleId, PublishedArticle},
    attendee::PublishedAttendee,
    category::Category,
    event::{EventId, PublishedEvent},
    organisation::{OrganisationId, PublishedOrganisation},
    speech::PublishedSpeech,
};
use bantin_persistence::{
    PublicReader, categories, organisations,
    public::{articles, attendees, events, speeches},
};

use crate::error::AppError;

/// What `include=` adds to events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventIncludes {
    /// The sections they stand in.
    pub sections: bool,
    /// Who holds them.
    pub organisers: bool,
    /// Their programmes.
    pub speeches: bool,
    /// Who attended them.
    pub attendees: bool,
    /// So many articles that report each of them.
    pub articles: usize,
}

/// The details of what a page of events refers to. What was not asked for is empty.
#[derive(Debug, Default)]
pub struct EventDetails {
    /// Every section.
    pub sections: Arc<[Category]>,
    /// Organisations.
    pub organisations: HashMap<OrganisationId, PublishedOrganisation>,
    /// The programmes of events, without texts.
    pub speeches: HashMap<EventId, Vec<PublishedSpeech>>,
    /// The public attendees of events.
    pub attendees: HashMap<EventId, Vec<PublishedAttendee>>,
    /// The articles that report events, the newest first.
    pub articles: HashMap<EventId, Vec<PublishedArticle>>,
}

/// The details of what a page of events refers to: as many statements for a hundred as for one.
///
/// # Errors
/// When the database fails.
pub fn public_details(
    reader: &mut PublicReader<'_>,
    shown: &[PublishedEvent],
    includes: EventIncludes,
) -> Result<EventDetails, AppError> {
    let mut details = EventDetails::default();
    if shown.is_empty() {
        return Ok(details);
    }
    let ids: Vec<EventId> = shown.iter().map(|event| event.id).collect();
    if includes.sections {
        details.sections = categories::all(reader)?;
    }
    if includes.organisers {
        details.organisations = organisers(reader, shown)?;
    }
    if includes.speeches {
        details.speeches = each(&ids, speeches::programmes(reader, &ids)?.into_iter().map(|one| (one.event.id, one)));
    }
    if includes.attendees {
        details.attendees = each(&ids, attendees::of_events(reader, &ids)?);
    }
    if includes.articles > 0 {
        let reports = each(&ids, events::reports(reader, &ids)?);
        let newest = |ids: &Vec<ArticleId>| ids.iter().take(includes.articles).copied().collect::<Vec<_>>();
        let wanted: BTreeSet<ArticleId> = reports.values().flat_map(newest).collect();
        let known = articles::some(reader, &wanted.into_iter().collect::<Vec<_>>())?;
        let known: HashMap<ArticleId, PublishedArticle> = known.into_iter().map(|one| (one.id, one)).collect();
        let whole = |ids: &Vec<ArticleId>| newest(ids).iter().filter_map(|id| known.get(id).cloned()).collect();
        details.articles = reports.iter().map(|(event, ids)| (*event, whole(ids))).collect();
    }
    Ok(details)
}

/// What the directory says of those who hold these events.
fn organisers(
    reader: &mut PublicReader<'_>,
    events: &[PublishedEvent],
) -> Result<HashMap<OrganisationId, PublishedOrganisation>, AppError> {
    let named = events.iter().flat_map(|event| &event.organisers).filter_map(|one| one.organisation_id);
    let ids: Vec<OrganisationId> = named.collect::<BTreeSet<_>>().into_iter().collect();
    let shown = organisations::shown(reader, &ids)?;
    Ok(shown.into_iter().map(|one| (one.organisation.id, one)).collect())
}

/// What belongs to each of these events, in its order; nothing is a list too.
fn each<T>(events: &[EventId], all: impl IntoIterator<Item = (EventId, T)>) -> HashMap<EventId, Vec<T>> {
    let mut by_event: HashMap<EventId, Vec<T>> = events.iter().map(|event| (*event, Vec::new())).collect();
    for (event, one) in all {
        by_event.entry(event).or_default().push(one);
    }
    by_event
}
