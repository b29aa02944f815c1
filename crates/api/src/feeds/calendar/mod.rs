//! Calendars: events as RFC 5545 has them, for whatever shows a calendar.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    get,
    http::header::{CONTENT_DISPOSITION, HeaderValue},
    web::Data,
};
use bantin_application::{
    Lookup, categories,
    events::{self, EventDetails, EventIncludes, EventParts, EventQuery},
};
use bantin_domain::{
    category::{Category, CategorySummary},
    event::{Event, PublishedEvent},
    kind::Ref,
    listing::{Between, Slice},
    locale::Locale,
    text::Slug,
    time::{SiteZone, Timestamp, parse_date},
};
use utoipa::{
    IntoResponses,
    openapi::{ObjectBuilder, RefOr, Response, ResponseBuilder, Type},
};

use self::line::Lines;
use super::{address::Address, query::refused};
use crate::{
    Api, Render,
    events::public::{Events, asked},
    extract::PathRef,
    list::{Filter, List, ListQuery, Sort},
    problem::Problem,
    reply::{Finished, VALIDATORS, found, typed_response},
};

mod event;
mod line;
mod zone;

const MEDIA_TYPE: &str = "text/calendar";
/// A calendar holds what ends within so many days before today, or later.
const DAYS: i64 = 400;

/// The list of events as a calendar, which comes whole.
#[derive(Debug, Clone)]
pub struct EventCalendar;

impl List for EventCalendar {
    const NAME: &'static str = "event calendar";
    // All but the last, `updatedAt`, which no index serves in the order of the days.
    const FILTERS: &'static [Filter] = Events::FILTERS.split_at(Events::FILTERS.len() - 1).0;
    const PARAMETERS: &'static [Filter] =
        &[Filter::text("from", "A day: the calendar holds what ends on it or later; that 400 days ago when absent.")];
    const LIMIT: Option<u32> = None;
    const IS_COUNTED: bool = false;
    const IS_SEARCHED: bool = Events::IS_SEARCHED;
    const SORTS: &'static [Sort] = Events::SORTS.split_at(1).0;
}

/// Subscribe to the events
///
/// Every event that ends within the last 400 days or later, or since the day that `from` says: all that filters
/// or a search find, however many. What is cancelled stays and says so.
#[utoipa::path(tag = "feeds", params(ListQuery<EventCalendar>), security(()))]
#[get("/events.ics")]
pub async fn get_event_calendar(
    api: Data<Api>,
    query: ListQuery<EventCalendar>,
    request: HttpRequest,
) -> Result<Calendar, Problem> {
    subscribed(&api, None, query, &request).await
}

/// Subscribe to the events of a section
///
/// The same for a section and what is below it. By id or slug; an old slug answers 301.
#[utoipa::path(tag = "feeds", params(PathRef<Category>, ListQuery<EventCalendar>), security(()))]
#[get("/categories/{ref}.ics")]
pub async fn get_category_calendar(
    api: Data<Api>,
    reference: PathRef<Category>,
    query: ListQuery<EventCalendar>,
    request: HttpRequest,
) -> Result<Calendar, Problem> {
    if query.filter("category").is_some() {
        return Err(refused("filter[category]", "is said by the path already"));
    }
    subscribed(&api, Some(reference.0), query, &request).await
}

/// Save an event
///
/// One event with its programme. By id or slug; an old slug answers 301, a withdrawn event 410.
#[utoipa::path(tag = "feeds", params(PathRef<Event>), security(()))]
#[get("/events/{ref}.ics")]
pub async fn save_event(api: Data<Api>, reference: PathRef<Event>, request: HttpRequest) -> Result<Calendar, Problem> {
    let render = api.site_render().await?;
    let lookup = api
        .app
        .public(move |reader| {
            let lookup = events::public_get(reader, &reference.0, None, PARTS)?;
            let details = events::public_details(reader, lookup.as_slice(), INCLUDES)?;
            Ok((lookup, details))
        })
        .await?;
    let (lookup, details) = lookup;
    let event = found(lookup, &request, |slug| format!("{}/feeds/events/{slug}.ics", render.public_url()))?;
    let (language, name, file) = (event.locale.clone(), event.title.clone(), format!("{}.ics", event.slug));
    let calendar = Calendar::of(&[event], &details, &name, language, &Address::of(&request, &render, None), &render);
    Ok(Calendar { file: Some(file), ..calendar })
}

/// What is read of each event.
const PARTS: EventParts = EventParts { media: false, translations: false, ..EventParts::LISTED };
const INCLUDES: EventIncludes =
    EventIncludes { speeches: true, sections: false, organisers: false, attendees: false, articles: 0 };

async fn subscribed(
    api: &Api,
    section: Option<Ref<Category>>,
    query: ListQuery<EventCalendar>,
    request: &HttpRequest,
) -> Result<Calendar, Problem> {
    let (locale, render) = api.reading(request, query.locale.as_ref()).await?;
    let site = render.site.clone().ok_or_else(|| Problem::internal("the site is not known"))?;
    let language = locale.clone().unwrap_or_else(|| site.default_locale.clone());
    let from = query.filter("from").map(|text| parse_date(text).map_err(|fault| refused("from", fault.message)));
    let from = from.transpose()?;
    let mut wanted = EventQuery { parts: PARTS, ..asked(&query, locale.clone(), render.zone())? };
    let (zone, tongue, page) = (render.zone().clone(), language.clone(), query.page.clone());
    let lookup = api
        .app
        .public(move |reader| {
            let mut about = None;
            if let Some(section) = section {
                let (all, found) = categories::public_get(reader, &section)?;
                match found {
                    Lookup::Found(id) => about = CategorySummary::of(&all, id, &tongue),
                    Lookup::Moved(slug) => return Ok(Lookup::Moved(slug)),
                    Lookup::Gone => return Ok(Lookup::Gone),
                    Lookup::Missing => return Ok(Lookup::Missing),
                }
                wanted.category = Some(section);
            }
            let from = from.unwrap_or_else(|| reader.now().plus_seconds(-DAYS * 86_400).day_in(&zone));
            wanted.ends = wanted.ends.and(Between { from: Some(from), until: None });
            let slice: Slice<PublishedEvent> = events::public_list(reader, wanted, &zone, &page)?;
            let details = events::public_details(reader, &slice.rows, INCLUDES)?;
            Ok(Lookup::Found((about, slice.rows, details)))
        })
        .await?;
    let moved = |slug: &Slug| format!("{}/feeds/categories/{slug}.ics", render.public_url());
    let (about, events, details) = found(lookup, request, moved)?;
    let site_name = site.name.in_locale(&language, &site.default_locale);
    let name = about.map_or_else(|| site_name.to_owned(), |about| format!("{} – {site_name}", about.name));
    let chosen = locale.filter(|locale| query.locale.is_none() && *locale != site.default_locale);
    let address = Address::of(request, &render, chosen.as_ref());
    Ok(Calendar::of(&events, &details, &name, language, &address, &render))
}

/// A calendar that is written.
#[derive(Debug)]
pub struct Calendar {
    text: String,
    modified: Option<Timestamp>,
    language: Locale,
    /// What it is called where it is saved.
    file: Option<String>,
}

impl Calendar {
    fn of(
        events: &[PublishedEvent],
        details: &EventDetails,
        name: &str,
        language: Locale,
        address: &Address,
        render: &Render,
    ) -> Self {
        let mut out = Lines::default();
        out.component("VCALENDAR", |out| {
            out.property("VERSION", "2.0");
            out.property("PRODID", "-//Bantin//Bantin//EN");
            out.property("CALSCALE", "GREGORIAN");
            out.property("NAME", name);
            out.property("X-WR-CALNAME", name);
            out.property("X-WR-TIMEZONE", render.zone().name());
            out.property_with("SOURCE", &[("VALUE", "URI")], &address.itself());
            out.property_with("REFRESH-INTERVAL", &[("VALUE", "DURATION")], "PT1H");
            out.property("X-PUBLISHED-TTL", "PT1H");
            zones(events, render, out);
            for event in events {
                let programme = details.speeches.get(&event.id).map(Vec::as_slice).unwrap_or_default();
                event::write(event, programme, render, out);
            }
        });
        let modified = events.iter().map(|event| event.updated_at).max();
        Self { text: out.into_text(), modified, language, file: None }
    }
}

/// The site's zone, so that no calendar is empty (RFC 5545 wants one component at least), and those of events
/// that happen elsewhere. Each as far as the events reach.
fn zones(events: &[PublishedEvent], render: &Render, out: &mut Lines) {
    let mut zones: BTreeMap<String, SiteZone> = events
        .iter()
        .map(|one| event::zone_of(one, render))
        .chain([render.zone().clone()])
        .map(|zone| (zone.name().to_owned(), zone))
        .collect();
    let starts = events.iter().map(|one| render.zone().start_of(one.starts_on)).min();
    let ends = events.iter().map(|one| render.zone().start_of(one.ends_on).plus_seconds(2 * 86_400)).max();
    let (first, last) = (starts.unwrap_or(Timestamp::EPOCH), ends.unwrap_or(Timestamp::EPOCH));
    // A day before, since zones begin their days at other instants.
    zones.values_mut().for_each(|zone| zone::write(zone, first.plus_seconds(-86_400), last, out));
}

impl Responder for Calendar {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let finished = Finished {
            media_type: "text/calendar; charset=utf-8",
            body: self.text.into_bytes(),
            modified: self.modified,
            language: Some(self.language),
            links: None,
            is_live: false,
        };
        let mut response = finished.answer(request);
        let disposition = self.file.map(|file| HeaderValue::try_from(format!("attachment; filename=\"{file}\"")));
        if let Some(Ok(disposition)) = disposition {
            response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

impl IntoResponses for Calendar {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build().into();
        let calendar = typed_response(MEDIA_TYPE, "The calendar.", text, &VALIDATORS);
        let known = ResponseBuilder::new().description("You hold it already.").build();
        BTreeMap::from([("200".to_owned(), calendar.into()), ("304".to_owned(), known.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_takes_the_filters_that_the_order_of_its_list_serves() {
        let names = |filters: &[Filter]| filters.iter().map(|filter| filter.name).collect::<Vec<_>>();
        let sort = EventCalendar::SORTS.first().unwrap();
        assert_eq!(names(EventCalendar::FILTERS), sort.with.to_vec());
        assert_eq!(sort.name, "startsOn");
    }
}
