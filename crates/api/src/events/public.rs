//! Events for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::events::{self, EventDetails, EventIncludes, EventParts, EventQuery};
use bantin_domain::{
    event::{Event, EventKind, EventStatus, PublishedEvent, When},
    listing::Operator::{Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual},
    locale::Locale,
    time::SiteZone,
};

use super::view::{EventView, ProgrammeView};
use crate::{
    Api, Render,
    body::BodyFormat,
    extract::PathRef,
    head,
    list::{Fields, Filter, Include, Includes, Key, List, ListQuery, Sort, Sparse, Value, names},
    problem::Problem,
    read::{ReadOf, ReadQuery},
    reply::{Public, found},
};

/// The public list of events.
#[derive(Debug, Clone)]
pub struct Events;

impl List for Events {
    const NAME: &'static str = "events";
    const IS_SEARCHED: bool = true;
    const FILTERS: &'static [Filter] = &[
        Filter::of("id", Value::Id, &[Equal, In], "The one with this id."),
        Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug."),
        Filter::of("locale", Value::Locale, &[Equal], "A language, as `locale`."),
        Filter::of("kind", Value::OneOf(names::<EventKind>), &[Equal], "What sort of event it is."),
        Filter::of("status", Value::OneOf(names::<EventStatus>), &[Equal], "How certain it is."),
        Filter::of("category", Value::Reference, &[Equal], "Id or slug of a section; what is below it counts too."),
        Filter::of(
            "organisation",
            Value::Reference,
            &[Equal],
            "Id or slug of an organisation: the events that it holds.",
        ),
        Filter::of("person", Value::Reference, &[Equal], "Id or slug of a person: the events where they speak."),
        Filter::of(
            "when",
            Value::OneOf(names::<When>),
            &[Equal],
            "Whether it begins after today, covers today, or ended before, by the site's day.",
        ),
        Filter::of("startsOn", Value::Day, &[Equal, Greater, GreaterOrEqual, Less, LessOrEqual], "Its first day."),
        Filter::of("endsOn", Value::Day, &[Equal, Greater, GreaterOrEqual, Less, LessOrEqual], "Its last day."),
        Filter::of(
            "updatedAt",
            Value::Instant,
            &[Equal, Greater, GreaterOrEqual, Less, LessOrEqual],
            "When the text last changed: a day of the site, or an exact time with its offset.",
        ),
    ];
    const SORTS: &'static [Sort] = &[
        Sort::by(
            "startsOn",
            Key::Day,
            &[
                "id",
                "slug",
                "locale",
                "kind",
                "status",
                "category",
                "organisation",
                "person",
                "when",
                "startsOn",
                "endsOn",
            ],
        )
        .descending(),
        Sort::by("updatedAt", Key::Instant, &["id", "slug", "locale", "updatedAt"]),
        Sort::by("title", Key::Bytes, &["id", "slug", "locale"]),
    ];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "slug",
        "title",
        "kind",
        "status",
        "startsOn",
        "endsOn",
        "startsAt",
        "endsAt",
        "allDay",
        "timezone",
        "venue",
        "onlineUrl",
        "organisers",
        "summary",
        "body",
        "category",
        "cover",
        "attachments",
        "publishedAt",
        "updatedAt",
        "translations",
        "links",
    ];
    const INCLUDES: &'static [Include] = &[
        Include { name: "category", doc: "what `GET /categories/{ref}` says of the section." },
        Include { name: "cover", doc: "nothing more: a picture is always whole." },
        Include { name: "organisers", doc: "what `GET /organisations/{ref}` says of each that the directory knows." },
        Include { name: "speeches", doc: "its programme." },
        Include { name: "attendees", doc: "who publicly attended it." },
        Include {
            name: "head",
            doc: "what the page that shows it says of itself: title, address, OpenGraph, JSON-LD.",
        },
        Include { name: "articles", doc: "the twenty newest articles that report it." },
    ];
}

/// List events
///
/// The latest day first, unless `sort` says otherwise. The text is left out unless `fields` asks for `body`;
/// `GET /events/{ref}` has it.
#[utoipa::path(tag = "events", params(ListQuery<Events>), security(()))]
#[get("/events")]
pub async fn list_events(
    api: Data<Api>,
    query: ListQuery<Events>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<EventView>>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let asked = asked(&query, locale, render.zone())?;
    let (zone, page, includes) = (render.zone().clone(), query.page.clone(), includes(&query.includes));
    let (slice, details) = api
        .app
        .public(move |reader| {
            let slice = events::public_list(reader, asked, &zone, &page)?;
            let details = events::public_details(reader, &slice.rows, includes)?;
            Ok((slice, details))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let format = query.body.unwrap_or(BodyFormat::Html);
    let view = |event| query.fields.of_one(view(event, &details, &query.includes, format, &render));
    Ok(Public::list(slice.rows.into_iter().map(view).collect(), page, links))
}

/// Read an event
///
/// By id or slug. An old slug answers 301, a withdrawn event 410.
#[utoipa::path(tag = "events", params(PathRef<Event>, ReadOf<Events>), security(()))]
#[get("/events/{ref}")]
pub async fn get_event(
    api: Data<Api>,
    reference: PathRef<Event>,
    query: ReadOf<Events>,
    request: HttpRequest,
) -> Result<Public<Sparse<EventView>>, Problem> {
    let render = api.site_render().await?;
    let ReadOf { locale, body, fields, includes: included, .. } = query;
    let locale = api.meant(locale).await?;
    let (parts, includes) = (parts(&fields, &included, fields.shows("body")), includes(&included));
    let (lookup, details) = api
        .app
        .public(move |reader| {
            let lookup = events::public_get(reader, &reference.0, locale.as_ref(), parts)?;
            let details = events::public_details(reader, lookup.as_slice(), includes)?;
            Ok((lookup, details))
        })
        .await?;
    let event = found(lookup, &request, |slug| api.render.address("events", slug.as_str()))?;
    let (modified, locale) = (event.updated_at, event.locale.clone());
    let view = view(event, &details, &included, body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(fields.of_one(view)).modified(modified).in_language(locale))
}

/// What a list of events is asked: this one, or another that takes its filters.
pub(crate) fn asked<L: List>(
    query: &ListQuery<L>,
    locale: Option<Locale>,
    zone: &SiteZone,
) -> Result<EventQuery, Problem> {
    Ok(EventQuery {
        text: query.text.clone(),
        locale,
        ids: query.ids("id")?,
        slugs: query.slugs("slug")?,
        kind: one(query.named("kind")?),
        status: one(query.named("status")?),
        category: query.reference("category")?,
        organisation: query.reference("organisation")?,
        person: query.reference("person")?,
        when: one(query.named("when")?),
        starts: query.days("startsOn")?,
        ends: query.days("endsOn")?,
        updated: query.instants("updatedAt", zone)?,
        order: query.order()?,
        parts: parts(&query.fields, &query.includes, query.fields.names("body")),
    })
}

/// An event with what was asked for of it. Its head names who speaks, so the programme is read for it, too.
fn view(
    event: PublishedEvent,
    details: &EventDetails,
    asked: &Includes,
    format: BodyFormat,
    render: &Render,
) -> EventView {
    let programme = details.speeches.get(&event.id).map(Vec::as_slice).unwrap_or_default();
    let head = asked.have("head").then(|| head::of_event(&event, programme, render));
    let view = EventView::with(event, details, format, render);
    let speeches = view.speeches.filter(|_| asked.have("speeches"));
    EventView { head, speeches, ..view }
}

/// The one value of a filter that takes one.
fn one<T>(named: Option<Vec<T>>) -> Option<T> {
    named?.into_iter().next()
}

/// What must be read for these members. Addresses on the front end name the section; the head of the page that
/// shows an event says nearly all of it.
fn parts(fields: &Fields, asked: &Includes, body: bool) -> EventParts {
    if asked.have("head") {
        return EventParts { body, ..EventParts::WHOLE };
    }
    EventParts {
        body,
        category: fields.show_any(&["category", "links"]),
        organisers: fields.shows("organisers"),
        media: fields.show_any(&["cover", "attachments"]),
        translations: fields.shows("translations"),
    }
}

/// How many articles that report an event are shown beside it.
const REPORTS: usize = 20;

fn includes(asked: &Includes) -> EventIncludes {
    EventIncludes {
        sections: asked.have("category"),
        organisers: asked.have("organisers"),
        speeches: asked.have("speeches") || asked.have("head"),
        attendees: asked.have("attendees"),
        articles: if asked.have("articles") { REPORTS } else { 0 },
    }
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
    let locale = api.meant(query.locale).await?;
    let lookup = api.app.public(move |reader| events::public_programme(reader, &reference.0, locale.as_ref())).await?;
    let (event, speeches) =
        found(lookup, &request, |slug| format!("{}/programme", api.render.address("events", slug.as_str())))?;
    let modified = speeches.iter().map(|speech| speech.updated_at).fold(event.updated_at, Ord::max);
    let locale = event.locale.clone();
    Ok(Public::one(ProgrammeView::new(event, speeches, &render)).modified(modified).in_language(locale))
}

#[cfg(test)]
mod tests {
    use bantin_domain::event::EventSort;

    use super::*;
    use crate::list::checks;

    #[test]
    fn fields_are_the_members_of_the_view_and_no_others() {
        checks::fields_are_the_members_of_the_view_and_no_others::<Events, EventView>(&[
            "head",
            "speeches",
            "attendees",
            "articles",
        ]);
    }

    #[test]
    fn every_order_on_offer_is_known_and_goes_with_filters_that_there_are() {
        checks::every_order_on_offer_is_known_and_goes_with_filters_that_there_are::<Events, EventSort>();
    }
}
