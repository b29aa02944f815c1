//! An event: a conference, a training, a contest.

use serde::{Deserialize, Serialize};

use crate::{
    body::Body,
    category::{CategoryId, CategorySummary},
    change::Change,
    content::{Content, Link, NewBody, Particulars, Relation, Translation},
    id::Id,
    kind::Kind,
    listing::{Between, Operator},
    locale::Locale,
    media::{Media, MediaId, body_links},
    named::{Named, named_enum},
    organisation::OrganisationId,
    text::{Line, Name, Slug, Summary, Title},
    time::{Date, SiteZone, Timestamp},
    url::WebUrl,
    violation::{Fault, Violation, Violations},
};

/// The identity of an event.
pub type EventId = Id<Event>;

named_enum! {
    /// What sort of event it is.
    pub enum EventKind {
        /// Hội nghị.
        Conference = "conference",
        /// Hội thảo.
        Workshop = "workshop",
        /// Tọa đàm.
        Seminar = "seminar",
        /// Tập huấn.
        Training = "training",
        /// Lễ.
        Ceremony = "ceremony",
        /// Cuộc họp.
        Meeting = "meeting",
        /// Cuộc thi.
        Contest = "contest",
        /// Triển lãm.
        Exhibition = "exhibition",
        /// Something else.
        Other = "other",
    }
}

named_enum! {
    /// How certain an event is.
    pub enum EventStatus {
        /// It is meant to be held.
        Planned = "planned",
        /// It will be held.
        Confirmed = "confirmed",
        /// It will not.
        Cancelled = "cancelled",
        /// It will, at another time.
        Postponed = "postponed",
        /// It was.
        Held = "held",
    }
}

named_enum! {
    /// Where an event lies from a local day, usually today.
    pub enum When {
        /// It begins after that day.
        Upcoming = "upcoming",
        /// It covers that day.
        Ongoing = "ongoing",
        /// It ended before that day.
        Past = "past",
    }
}

impl When {
    /// Between which days such an event begins, and between which it ends.
    pub fn days(self, day: Date) -> (Between<Date>, Between<Date>) {
        let next = day.tomorrow().unwrap_or(day);
        let compared = |operator| Between::compared(operator, day, next);
        match self {
            Self::Upcoming => (compared(Operator::Greater), Between::default()),
            Self::Ongoing => (compared(Operator::LessOrEqual), compared(Operator::GreaterOrEqual)),
            Self::Past => (Between::default(), compared(Operator::Less)),
        }
    }
}

named_enum! {
    /// What a list of events can be sorted by.
    pub enum EventSort {
        /// The first day.
        StartsOn = "startsOn",
        /// When the text last changed in public.
        UpdatedAt = "updatedAt",
        /// The name, in Vietnamese order.
        Title = "title",
    }
}

/// The working copy of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its name.
    pub title: Title,
    /// Its address.
    pub slug: Slug,
    /// What sort of event it is.
    pub kind: EventKind,
    /// How certain it is.
    pub status: EventStatus,
    /// When it is.
    pub span: Span,
    /// The zone in which its hours are meant, where that is not the site's.
    pub timezone: Option<SiteZone>,
    /// Where it is.
    pub venue: Option<Venue>,
    /// Where to watch or join.
    pub online_url: Option<WebUrl>,
    /// Who holds it.
    pub organisers: Vec<Organiser>,
    /// In plain text.
    pub summary: Option<Summary>,
    /// Its text.
    pub body: Body,
    /// Its section.
    pub category_id: Option<CategoryId>,
    /// Its picture in lists.
    pub cover_id: Option<MediaId>,
    /// Files to download.
    pub attachment_ids: Vec<MediaId>,
    /// The language it is written in.
    pub locale: Locale,
}

/// When an event is: by the day, or by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Span {
    /// Whole days, both included.
    Days {
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// From an instant, perhaps to an instant.
    Times {
        /// The beginning.
        start: Timestamp,
        /// The end, where it is known.
        end: Option<Timestamp>,
    },
}

impl Span {
    /// The local days it covers, first and last included.
    pub fn days(&self, zone: &SiteZone) -> (Date, Date) {
        match *self {
            Self::Days { first, last } => (first, last),
            Self::Times { start, end } => (start.day_in(zone), end.unwrap_or(start).day_in(zone)),
        }
    }

    /// What it was made of: (first day, last day, start, end).
    fn parts(self) -> (Option<Date>, Option<Date>, Option<Timestamp>, Option<Timestamp>) {
        match self {
            Self::Days { first, last } => (Some(first), Some(last), None, None),
            Self::Times { start, end } => (None, None, Some(start), end),
        }
    }
}

/// The place of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Venue {
    /// Its name.
    pub name: Name,
    /// Its postal address.
    pub address: Option<Line<300>>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

/// Who holds an event: an organisation of the directory, or a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organiser {
    /// In the directory.
    pub organisation_id: Option<OrganisationId>,
    /// As announced; the directory's name when absent.
    pub name: Option<Name>,
}

/// What a write says about an event.
#[derive(Debug, Clone, Default)]
pub struct EventChanges {
    /// Required.
    pub title: Change<Title>,
    /// Made from the title when absent.
    pub slug: Change<Slug>,
    /// Required.
    pub kind: Change<EventKind>,
    /// `planned` by default.
    pub status: Change<EventStatus>,
    /// This or `starts_on` is required; setting one clears the other.
    pub starts_at: Change<Timestamp>,
    /// This or `starts_at` is required.
    pub starts_on: Change<Date>,
    /// Optional, goes with `starts_at`.
    pub ends_at: Change<Timestamp>,
    /// Optional, goes with `starts_on`.
    pub ends_on: Change<Date>,
    /// The site's by default.
    pub timezone: Change<SiteZone>,
    /// Optional.
    pub venue: Change<Venue>,
    /// Optional.
    pub online_url: Change<WebUrl>,
    /// Empty by default.
    pub organisers: Change<Vec<Organiser>>,
    /// Optional.
    pub summary: Change<Summary>,
    /// Empty by default.
    pub body: Change<NewBody>,
    /// Optional.
    pub category_id: Change<CategoryId>,
    /// Optional.
    pub cover_id: Change<MediaId>,
    /// Empty by default.
    pub attachment_ids: Change<Vec<MediaId>>,
    /// Vietnamese by default; fixed once the item exists.
    pub locale: Change<Locale>,
}

/// The span after a write. Saying a beginning by the clock replaces one by the day, and the other
/// way round, together with its end.
fn changed_span(
    current: Option<Span>,
    starts_at: Change<Timestamp>,
    starts_on: Change<Date>,
    ends_at: Change<Timestamp>,
    ends_on: Change<Date>,
    faults: &mut Violations,
) -> Option<Span> {
    let (mut first, mut last, mut start, mut end) = current.map_or((None, None, None, None), Span::parts);
    if matches!(starts_at, Change::Set(_)) && !matches!(starts_on, Change::Set(_)) {
        (first, last) = (None, None);
    }
    if matches!(starts_on, Change::Set(_)) && !matches!(starts_at, Change::Set(_)) {
        (start, end) = (None, None);
    }
    // A day-only event that is moved keeps its length only if the write says its last day.
    if matches!(starts_on, Change::Set(_)) && matches!(ends_on, Change::Keep) && last == first {
        last = None;
    }
    first = starts_on.or(first);
    start = starts_at.or(start);
    last = ends_on.or(last);
    end = ends_at.or(end);
    let mixed = || Fault::new("conflicting", "say either startsAt and endsAt, or startsOn and endsOn");
    match (first, start) {
        (None, None) => {
            faults.add("/startsAt", Fault::new("required", "say startsAt, or startsOn where only the day is known"));
            None
        }
        (Some(_), Some(_)) => {
            faults.add("/startsOn", mixed());
            None
        }
        (Some(first), None) => {
            let last = last.unwrap_or(first);
            if end.is_some() {
                faults.add("/endsAt", mixed());
            }
            if last < first {
                faults.add("/endsOn", Fault::new("ends_before_start", "must not be before startsOn"));
            }
            Some(Span::Days { first, last })
        }
        (None, Some(start)) => {
            if last.is_some() {
                faults.add("/endsOn", mixed());
            }
            if end.is_some_and(|end| end < start) {
                faults.add("/endsAt", Fault::new("ends_before_start", "must not be before startsAt"));
            }
            Some(Span::Times { start, end })
        }
    }
}

impl Content for Event {
    const KIND: Kind = Kind::Event;
    type Changes = EventChanges;

    fn changed(current: Option<Self>, changes: EventChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let title = changes.title.required(was.map(|event| event.title.clone()), "/title", &mut faults);
        let kind = changes.kind.required(was.map(|event| event.kind), "/kind", &mut faults);
        let span = changed_span(
            was.map(|event| event.span),
            changes.starts_at,
            changes.starts_on,
            changes.ends_at,
            changes.ends_on,
            &mut faults,
        );
        let locale = changes.locale.or(was.map(|event| event.locale.clone())).unwrap_or_else(Locale::vietnamese);
        if was.is_some_and(|event| event.locale != locale) {
            faults.add(
                "/locale",
                Fault::new("immutable", "cannot change once the item exists; make a translation instead"),
            );
        }
        let (Some(title), Some(kind), Some(span)) = (title, kind, span) else {
            return Err(faults);
        };
        let slug =
            changes.slug.or(was.map(|event| event.slug.clone())).unwrap_or_else(|| Slug::from_title(title.as_str()));
        let mut event = match current {
            Some(event) => Self { title, slug, kind, span, ..event },
            None => Self {
                title,
                slug,
                kind,
                span,
                locale,
                status: EventStatus::Planned,
                timezone: None,
                venue: None,
                online_url: None,
                organisers: Vec::new(),
                summary: None,
                body: Body::default(),
                category_id: None,
                cover_id: None,
                attachment_ids: Vec::new(),
            },
        };
        event.status = changes.status.or(Some(event.status)).unwrap_or(EventStatus::Planned);
        event.timezone = changes.timezone.or(event.timezone);
        event.venue = changes.venue.or(event.venue);
        event.online_url = changes.online_url.or(event.online_url);
        event.organisers = changes.organisers.or_default(event.organisers);
        event.summary = changes.summary.or(event.summary);
        event.body = changes.body.map(|new| new.over(Some(&event.body))).or_default(event.body);
        event.category_id = changes.category_id.or(event.category_id);
        event.cover_id = changes.cover_id.or(event.cover_id);
        event.attachment_ids = changes.attachment_ids.or_default(event.attachment_ids);
        faults.into_result(event)
    }

    fn title(&self) -> &Title {
        &self.title
    }
    fn slug(&self) -> &Slug {
        &self.slug
    }
    fn set_slug(&mut self, slug: Slug) {
        self.slug = slug;
    }
    fn chosen_slug(changes: &EventChanges) -> Option<&Slug> {
        match &changes.slug {
            Change::Set(slug) => Some(slug),
            Change::Keep | Change::Clear => None,
        }
    }
    fn locale(&self) -> &Locale {
        &self.locale
    }
    fn body(&self) -> &Body {
        &self.body
    }
    fn category(&self) -> Option<CategoryId> {
        self.category_id
    }
    fn particulars(&self) -> Particulars {
        let days = match (&self.span, &self.timezone) {
            (Span::Days { first, last }, _) => Some((*first, *last)),
            (span, Some(zone)) => Some(span.days(zone)),
            (Span::Times { .. }, None) => None,
        };
        Particulars { kind: Some(self.kind.name()), status: Some(self.status.name()), days }
    }

    fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> = self
            .category_id
            .map(|id| Link::new(Relation::Category, Kind::Category, id, "/categoryId"))
            .into_iter()
            .collect();
        links.extend(self.organisers.iter().enumerate().filter_map(|(n, organiser)| {
            let id = organiser.organisation_id?;
            Some(Link::new(Relation::Organiser, Kind::Organisation, id, format!("/organisers/{n}/organisationId")))
        }));
        links.extend(self.cover_id.map(|id| Link::new(Relation::Cover, Kind::Media, id, "/coverId")));
        links.extend(body_links(&self.body));
        links.extend(Link::list(Relation::Attachment, Kind::Media, &self.attachment_ids, "attachmentIds"));
        links
    }

    fn flaws(&self) -> Vec<Violation> {
        Vec::new()
    }
}

/// An event as an article or a speech shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSummary {
    /// Its identity.
    pub id: EventId,
    /// Its address.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// Its first local day.
    pub starts_on: Date,
}

/// An event as the public reads it, with the summaries of what it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedEvent {
    /// Its identity.
    pub id: EventId,
    /// Its language.
    pub locale: Locale,
    /// Its current slug.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// What sort of event it is.
    pub kind: EventKind,
    /// How certain it is.
    pub status: EventStatus,
    /// First local day.
    pub starts_on: Date,
    /// Last local day, included.
    pub ends_on: Date,
    /// The instant of the beginning, where it is known by the clock.
    pub starts_at: Option<Timestamp>,
    /// The instant of the end.
    pub ends_at: Option<Timestamp>,
    /// The IANA zone in which its hours are meant.
    pub timezone: String,
    /// Where it is.
    pub venue: Option<Venue>,
    /// Where to watch or join.
    pub online_url: Option<WebUrl>,
    /// Who holds it.
    pub organisers: Vec<PublishedOrganiser>,
    /// In plain text.
    pub summary: Option<String>,
    /// Its text; `None` in lists, which leave it out.
    pub body: Option<Body>,
    /// The media its text shows.
    pub body_media: Vec<Media>,
    /// Its section.
    pub category: Option<CategorySummary>,
    /// Its picture.
    pub cover: Option<Media>,
    /// Files to download.
    pub attachments: Vec<Media>,
    /// The date shown.
    pub published_at: Timestamp,
    /// When its text last changed in public.
    pub updated_at: Timestamp,
    /// Other languages of it that are public.
    pub translations: Vec<Translation>,
    /// Which of its revisions the public reads. What is published later has a greater one.
    pub revision: i64,
}

/// Who holds an event, as the public reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedOrganiser {
    /// In the directory, where it is public.
    pub organisation_id: Option<OrganisationId>,
    /// Its address in the directory.
    pub slug: Option<Slug>,
    /// As announced.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn event(changes: EventChanges) -> Result<Event, Violations> {
        Event::changed(
            None,
            EventChanges {
                title: Change::Set(Title::parse("Hội nghị").unwrap()),
                kind: Change::Set(EventKind::Conference),
                ..changes
            },
        )
    }

    fn day(text: &str) -> Change<Date> {
        Change::Set(parse_date(text).unwrap())
    }

    fn at(text: &str) -> Change<Timestamp> {
        Change::Set(Timestamp::parse(text).unwrap())
    }

    fn codes(result: Result<Event, Violations>) -> Vec<(String, &'static str)> {
        result.unwrap_err().into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn an_event_that_ends_before_it_starts_is_refused() {
        let by_day =
            event(EventChanges { starts_on: day("2023-02-28"), ends_on: day("2023-02-27"), ..Default::default() });
        assert_eq!(codes(by_day), [("/endsOn".to_owned(), "ends_before_start")]);
        let by_clock = event(EventChanges {
            starts_at: at("2023-02-28T08:00:00+07:00"),
            ends_at: at("2023-02-28T07:59:59+07:00"),
            ..Default::default()
        });
        assert_eq!(codes(by_clock), [("/endsAt".to_owned(), "ends_before_start")]);
    }

    #[test]
    fn days_and_times_do_not_mix_in_one_write() {
        let mixed = event(EventChanges {
            starts_on: day("2023-02-28"),
            starts_at: at("2023-02-28T08:00:00+07:00"),
            ..Default::default()
        });
        assert_eq!(codes(mixed), [("/startsOn".to_owned(), "conflicting")]);
        assert_eq!(codes(event(EventChanges::default())), [("/startsAt".to_owned(), "required")]);
    }

    #[test]
    fn learning_the_hour_of_a_day_only_event_replaces_the_day() {
        let known_by_day = event(EventChanges { starts_on: day("2023-02-28"), ..Default::default() }).unwrap();
        let timed = Event::changed(
            Some(known_by_day),
            EventChanges { starts_at: at("2023-02-28T08:00:00+07:00"), ..Default::default() },
        )
        .unwrap();
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        assert!(matches!(timed.span, Span::Times { end: None, .. }));
        assert_eq!(timed.span.days(&zone), (parse_date("2023-02-28").unwrap(), parse_date("2023-02-28").unwrap()));
    }

    #[test]
    fn a_snapshot_comes_back_as_it_went() {
        for changes in [
            EventChanges { starts_on: day("2023-02-28"), ..Default::default() },
            EventChanges { starts_at: at("2023-02-28T08:00:00+07:00"), ..Default::default() },
        ] {
            let event = event(changes).unwrap();
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
        }
    }
}
