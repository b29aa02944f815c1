//! `VEVENT`: one event of a calendar.

use bantin_domain::{
    event::{EventStatus, PublishedEvent},
    locale::Locale,
    site::WebResource,
    speech::{PublishedSpeaker, PublishedSpeech},
    time::{Date, SiteZone, Timestamp},
};

use super::line::Lines;
use crate::Render;

/// The most letters of a description; what does not find room stands on the page that it leads to.
const MOST: usize = 4_000;

/// Writes an event with its programme.
pub fn write(event: &PublishedEvent, programme: &[PublishedSpeech], render: &Render, out: &mut Lines) {
    let zone = zone_of(event, render);
    let changed = programme.iter().map(|speech| speech.updated_at).fold(event.updated_at, Ord::max);
    let address = address(event, render);
    let language = [("LANGUAGE", event.locale.as_str())];
    out.component("VEVENT", |out| {
        // The same for ever, wherever the event is moved to.
        out.property("UID", &event.id.to_string());
        out.property("DTSTAMP", &utc(changed));
        out.property("LAST-MODIFIED", &utc(changed));
        out.property("CREATED", &utc(event.published_at));
        out.property("SEQUENCE", &(event.revision - 1).max(0).to_string());
        span(event, &zone, out);
        out.property_with("SUMMARY", &language, &event.title);
        out.property("STATUS", status(event.status));
        out.property_with("DESCRIPTION", &language, &description(event, programme, &zone, &address));
        if let Some(venue) = &event.venue {
            let address = venue.address.iter().map(ToString::to_string);
            let place: Vec<String> = std::iter::once(venue.name.to_string()).chain(address).collect();
            out.property_with("LOCATION", &language, &place.join(", "));
            if let (Some(latitude), Some(longitude)) = (venue.latitude, venue.longitude) {
                out.property("GEO", &format!("{latitude};{longitude}"));
            }
        }
        if let Some(category) = &event.category {
            out.texts("CATEGORIES", &[&category.name]);
        }
        if let Some(url) = &event.online_url {
            out.property_with("CONFERENCE", &[("VALUE", "URI")], url.as_str());
        }
        out.property("URL", &address);
    });
}

/// Beginning and end: by the day, whose end is the first day after it, or by the clocks of the event's zone.
fn span(event: &PublishedEvent, zone: &SiteZone, out: &mut Lines) {
    let Some(start) = event.starts_at else {
        let day_after = event.ends_on.tomorrow().unwrap_or(event.ends_on);
        for (name, day) in [("DTSTART", event.starts_on), ("DTEND", day_after)] {
            out.property_with(name, &[("VALUE", "DATE")], &date(day));
        }
        return;
    };
    // An end must come after its beginning; an event without one takes no time at all.
    let end = event.ends_at.filter(|end| *end > start);
    for (name, at) in [("DTSTART", Some(start)), ("DTEND", end)] {
        if let Some(at) = at {
            out.property_with(
                name,
                &[("TZID", zone.name())],
                &at.on_clocks_in(zone).strftime("%Y%m%dT%H%M%S").to_string(),
            );
        }
    }
}

/// The zone in which an event's hours are meant: its own where the database of zones knows it.
pub fn zone_of(event: &PublishedEvent, render: &Render) -> SiteZone {
    SiteZone::parse(&event.timezone).unwrap_or_else(|_| render.zone().clone())
}

/// What is postponed is not held when it was to be, and nobody knows yet when.
fn status(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Planned | EventStatus::Postponed => "TENTATIVE",
        EventStatus::Confirmed | EventStatus::Held => "CONFIRMED",
        EventStatus::Cancelled => "CANCELLED",
    }
}

/// Where people read about an event: on the front end, and until the site says where that is, here.
fn address(event: &PublishedEvent, render: &Render) -> String {
    let links = render.links(&WebResource::from(event));
    links.web.unwrap_or(links.itself)
}

/// What it is about, who holds it and its programme.
fn description(event: &PublishedEvent, programme: &[PublishedSpeech], zone: &SiteZone, address: &str) -> String {
    let mut parts: Vec<String> = event.summary.iter().cloned().collect();
    let (programme_is, organised_by) = words(&event.locale);
    let organisers: Vec<&str> = event.organisers.iter().map(|one| one.name.as_str()).collect();
    if !organisers.is_empty() {
        parts.push(format!("{organised_by}: {}", organisers.join("; ")));
    }
    if !programme.is_empty() {
        let lines: Vec<String> = programme.iter().map(|speech| programme_line(speech, zone)).collect();
        parts.push(format!("{programme_is}:\n{}", lines.join("\n")));
    }
    let text = parts.join("\n\n");
    let shortened: String = match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    if shortened.is_empty() { address.to_owned() } else { format!("{shortened}\n\n{address}") }
}

/// `08:00 Báo cáo chuyên đề – TS. Nguyễn Văn A (Giám đốc, Sở KH&CN)`.
fn programme_line(speech: &PublishedSpeech, zone: &SiteZone) -> String {
    let hour = speech.starts_at.map(|at| format!("{} ", at.on_clocks_in(zone).strftime("%H:%M")));
    let speakers: Vec<String> = speech.speaker.iter().chain(&speech.co_speakers).map(introduced).collect();
    let by = if speakers.is_empty() { String::new() } else { format!(" – {}", speakers.join("; ")) };
    format!("{}{}{by}", hour.unwrap_or_default(), speech.title)
}

fn introduced(speaker: &PublishedSpeaker) -> String {
    let name: Vec<&str> = [&speaker.honorific, &speaker.name].into_iter().filter_map(|one| one.as_deref()).collect();
    let post: Vec<&str> =
        [&speaker.position, &speaker.organisation].into_iter().filter_map(|one| one.as_deref()).collect();
    match (name.is_empty(), post.is_empty()) {
        (false, false) => format!("{} ({})", name.join(" "), post.join(", ")),
        (false, true) => name.join(" "),
        (true, _) => post.join(", "),
    }
}

fn words(locale: &Locale) -> (&'static str, &'static str) {
    if locale.as_str().starts_with("vi") {
        ("Chương trình", "Đơn vị tổ chức")
    } else {
        ("Programme", "Organised by")
    }
}

fn date(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// An instant in UTC, to the second.
fn utc(at: Timestamp) -> String {
    let digits: String = at.to_utc_text().chars().take(19).filter(|letter| !matches!(letter, '-' | ':')).collect();
    format!("{digits}Z")
}
