//! The head of an event's page.

use bantin_domain::{
    event::{EventStatus, PublishedEvent, PublishedOrganiser},
    kind::Kind,
    site::WebResource,
    speech::{PublishedSpeaker, PublishedSpeech},
    text::Slug,
};
use serde_json::{Value, json};

use super::{HeadView, Subject, address, graph};
use crate::{Render, feeds::text::to_the_second};

/// The head of the page that shows an event with its programme.
pub fn of_event(event: &PublishedEvent, programme: &[PublishedSpeech], render: &Render) -> HeadView {
    let category = event.category.as_ref();
    let resource = WebResource::from(event);
    let canonical = address(&resource, render);
    let graph = vec![
        happening(event, programme, &canonical, render),
        graph::breadcrumbs(category, &event.title, &canonical, &event.locale, render),
        graph::agency(&event.locale, render),
    ];
    Subject {
        kind: Kind::Event,
        sort: "website",
        title: &event.title,
        summary: event.summary.as_deref(),
        locale: &event.locale,
        canonical,
        category: resource.category,
        cover: event.cover.as_ref(),
        translations: &event.translations,
        others: Vec::new(),
        graph,
    }
    .head(render)
}

fn happening(event: &PublishedEvent, programme: &[PublishedSpeech], canonical: &str, render: &Render) -> Value {
    let starts = event.starts_at.map_or_else(|| event.starts_on.to_string(), |at| to_the_second(at, render.zone()));
    let ends = match (event.starts_at, event.ends_at) {
        (None, _) => Some(event.ends_on.to_string()),
        (Some(_), at) => at.map(|at| to_the_second(at, render.zone())),
    };
    let organisers: Vec<Value> = event.organisers.iter().map(|one| organiser(one, event, render)).collect();
    let place = place(event);
    let online = event.online_url.as_ref().map(|url| json!({"@type": "VirtualLocation", "url": url.as_str()}));
    let mode = match (&place, &online) {
        (Some(_), Some(_)) => Some("https://schema.org/MixedEventAttendanceMode"),
        (Some(_), None) => Some("https://schema.org/OfflineEventAttendanceMode"),
        (None, Some(_)) => Some("https://schema.org/OnlineEventAttendanceMode"),
        (None, None) => None,
    };
    // Each speaker once, in the order of the programme.
    let mut performers: Vec<Value> = Vec::new();
    for performer in programme.iter().flat_map(|speech| speakers(speech, event, render)) {
        if !performers.contains(&performer) {
            performers.push(performer);
        }
    }
    graph::node(json!({
        "@type": "Event",
        "@id": format!("{canonical}#event"),
        "url": canonical,
        "name": event.title,
        "description": event.summary,
        "startDate": starts,
        "endDate": ends,
        "inLanguage": event.locale.to_string(),
        "eventStatus": status(event.status),
        "eventAttendanceMode": mode,
        "location": place.into_iter().chain(online).collect::<Vec<_>>(),
        "image": graph::image(event.cover.as_ref(), render),
        "organizer": if organisers.is_empty() { vec![graph::agency_reference(render)] } else { organisers },
        "performer": performers,
        "subEvent": programme.iter().map(|speech| part(speech, event, &starts, render)).collect::<Vec<_>>(),
    }))
}

/// A speech as an event within the event. Where its hour is not known it begins with the whole.
fn part(speech: &PublishedSpeech, event: &PublishedEvent, starts: &str, render: &Render) -> Value {
    graph::node(json!({
        "@type": "Event",
        "name": speech.title,
        "description": speech.summary,
        "startDate": speech.starts_at.map_or_else(|| starts.to_owned(), |at| to_the_second(at, render.zone())),
        "duration": speech.duration_minutes.map(|minutes| format!("PT{minutes}M")),
        "url": graph::link(Kind::Speech, speech.id.uuid(), &speech.slug, &speech.locale, render),
        "location": place(event),
        "performer": speakers(speech, event, render),
    }))
}

fn speakers(speech: &PublishedSpeech, event: &PublishedEvent, render: &Render) -> Vec<Value> {
    let introduced = |one: &PublishedSpeaker| {
        let name = one.name.as_deref()?;
        let known = one.person_id.map(|id| id.uuid()).zip(one.slug.as_ref());
        let mut person = graph::person(name, known, &event.locale, render);
        if let Some(members) = person.as_object_mut() {
            let works = one.organisation.as_ref().map(|name| json!({"@type": "Organization", "name": name}));
            members.extend(one.position.as_ref().map(|title| ("jobTitle".to_owned(), json!(title))));
            members.extend(one.honorific.as_ref().map(|title| ("honorificPrefix".to_owned(), json!(title))));
            members.extend(works.map(|works| ("worksFor".to_owned(), works)));
        }
        Some(person)
    };
    speech.speaker.iter().chain(&speech.co_speakers).filter_map(introduced).collect()
}

fn organiser(organiser: &PublishedOrganiser, event: &PublishedEvent, render: &Render) -> Value {
    let known: Option<(uuid::Uuid, &Slug)> = organiser.organisation_id.map(|id| id.uuid()).zip(organiser.slug.as_ref());
    let url = known.and_then(|(id, slug)| graph::link(Kind::Organisation, id, slug, &event.locale, render));
    graph::node(json!({"@type": "Organization", "name": organiser.name, "url": url}))
}

fn place(event: &PublishedEvent) -> Option<Value> {
    let venue = event.venue.as_ref()?;
    let geo = venue
        .latitude
        .zip(venue.longitude)
        .map(|(latitude, longitude)| json!({"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}));
    Some(graph::node(json!({
        "@type": "Place",
        "name": venue.name.to_string(),
        "address": venue.address.as_ref().map(ToString::to_string),
        "geo": geo,
    })))
}

fn status(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Planned | EventStatus::Confirmed | EventStatus::Held => "https://schema.org/EventScheduled",
        EventStatus::Cancelled => "https://schema.org/EventCancelled",
        EventStatus::Postponed => "https://schema.org/EventPostponed",
    }
}
