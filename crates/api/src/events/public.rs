//! Events for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::events::{self, EventQuery};
use bantin_domain::{
    event::{Event, EventKind, EventStatus, When},
    kind::Ref,
    named::Named,
};

use super::view::{EventView, ProgrammeView};
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    read::ReadQuery,
    reply::{Public, found},
};

/// The public list of events.
#[derive(Debug, Clone)]
pub struct Events;

impl List for Events {
    const NAME: &'static str = "events";
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "kind",
            doc: "`conference`, `workshop`, `seminar`, `training`, `ceremony`, `meeting`, `contest`, `exhibition` or `other`.",
        },
        Filter { name: "status", doc: "`planned`, `confirmed`, `cancelled`, `postponed` or `held`." },
        Filter { name: "category", doc: "Id or slug of a section; what is below it counts too." },
        Filter { name: "organisation", doc: "Id or slug of an organisation: the events that it holds." },
        Filter { name: "person", doc: "Id or slug of a person: the events where they speak." },
        Filter { name: "when", doc: "`upcoming`, `ongoing` or `past`, by the site's day." },
    ];
}

/// List events
///
/// The latest day first. The text is left out; `GET /events/{ref}` has it.
#[utoipa::path(tag = "events", params(ListQuery<Events>), security(()))]
#[get("/events")]
pub async fn list_events(
    api: Data<Api>,
    query: ListQuery<Events>,
    request: HttpRequest,
) -> Result<Public<Vec<EventView>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let wanted = EventQuery {
        locale,
        kind: query.parsed("kind", EventKind::from_name, "a kind of event")?,
        status: query.parsed("status", EventStatus::from_name, "a status of events")?,
        category: query.parsed("category", Ref::parse, "an id or a slug")?,
        organisation: query.parsed("organisation", Ref::parse, "an id or a slug")?,
        person: query.parsed("person", Ref::parse, "an id or a slug")?,
        when: query.parsed("when", When::from_name, "upcoming, ongoing or past")?,
    };
    let (zone, page) = (api.app.settings().zone.clone(), query.page.clone());
    let slice = api.app.public(move |reader| events::public_list(reader, wanted, &zone, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.into_iter().map(|event| EventView::new(event, BodyFormat::Html, &render)).collect();
    Ok(Public::list(rows, page, links))
}

/// Read an event
///
/// By id or slug. An old slug answers 301, a withdrawn event 410.
#[utoipa::path(tag = "events", params(PathRef<Event>, ReadQuery), security(()))]
#[get("/events/{ref}")]
pub async fn get_event(
    api: Data<Api>,
    reference: PathRef<Event>,
    query: ReadQuery,
    request: HttpRequest,
) -> Result<Public<EventView>, Problem> {
    let render = api.site_render().await?;
    let lookup = api.app.public(move |reader| events::public_get(reader, &reference.0, query.locale.as_ref())).await?;
    let event = found(lookup, &request, |slug| api.render.address("events", slug.as_str()))?;
    let (modified, locale) = (event.updated_at, event.locale.clone());
    let view = EventView::new(event, query.body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(view).modified(modified).in_language(locale))
}

/// Read the programme of an event
///
/// Every public speech of the event in order, with its speakers as introduced that day, in one answer.
#[utoipa::path(tag = "events", params(PathRef<Event>, ReadQuery), security(()))]
#[get("/events/{ref}/programme")]
pub async fn get_programme(
    api: Data<Api>,
    reference: PathRef<Event>,
    query: ReadQuery,
    request: HttpRequest,
) -> Result<Public<ProgrammeView>, Problem> {
    let render = api.site_render().await?;
    let lookup =
        api.app.public(move |reader| events::public_programme(reader, &reference.0, query.locale.as_ref())).await?;
    let (event, speeches) =
        found(lookup, &request, |slug| format!("{}/programme", api.render.address("events", slug.as_str())))?;
    let modified = speeches.iter().map(|speech| speech.updated_at).fold(event.updated_at, Ord::max);
    let locale = event.locale.clone();
    Ok(Public::one(ProgrammeView::new(event, speeches, &render)).modified(modified).in_language(locale))
}
