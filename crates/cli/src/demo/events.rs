//! Events of the corpus: who holds them, who came, what was said.

use bantin_application::{
    Act, AppError, attendees,
    content::Birth,
    events,
    speeches::{self, SpeechWrite},
};
use bantin_domain::{
    attendee::{AttendeeChanges, AttendeeKind, Visibility},
    body::BodyInput,
    category::CategoryId,
    change::Change,
    event::{EventChanges, EventId, EventStatus, Organiser, Venue},
    locale::Locale,
    media::MediaId,
    organisation::OrganisationId,
    speech::{Speaker, SpeechChanges, SpeechId},
    text::{Name, Summary, Title},
    time::{Timestamp, parse_date},
};

use super::{
    corpus::{self, Guest, Occasion, Story, Talk},
    directory::{Directory, Entered, Introduced, set, sure},
};

/// An event that was entered, for the translation that pairs with it, piece by piece.
#[derive(Debug, Clone)]
pub struct EnteredEvent {
    /// Which.
    pub id: EventId,
    organisers: Vec<OrganisationId>,
    guests: Vec<Entered>,
    talks: Vec<(SpeechId, Entered)>,
}

/// What the event has from the story that reports it.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The story.
    pub story: &'a Story,
    /// Its section.
    pub category: CategoryId,
    /// Its picture.
    pub cover: Option<MediaId>,
    /// Its language.
    pub locale: &'a Locale,
    /// The same event in the language it was first written in.
    pub original: Option<&'a EnteredEvent>,
}

/// Enters an event with its attendees and speeches.
pub fn enter(
    act: &mut Act<'_, '_>,
    directory: &mut Directory,
    occasion: &Occasion,
    setting: &Setting<'_>,
) -> Result<EnteredEvent, AppError> {
    let mut organisers = Vec::new();
    for (n, name) in occasion.organisers.iter().enumerate() {
        let known = setting.original.and_then(|original| original.organisers.get(n).copied());
        organisers.push(known.map_or_else(|| directory.organisation(act, name), Ok)?);
    }
    let announced = organisers
        .iter()
        .zip(&occasion.organisers)
        .map(|(id, name)| Ok(Organiser { organisation_id: Some(*id), name: Some(sure(Name::parse(name))?) }));
    let changes = EventChanges {
        title: set(Title::parse(&occasion.title))?,
        kind: Change::Set(occasion.kind),
        status: Change::Set(EventStatus::Held),
        starts_at: maybe(occasion.starts_at.as_deref(), Timestamp::parse)?,
        ends_at: maybe(occasion.ends_at.as_deref(), Timestamp::parse)?,
        starts_on: maybe(occasion.starts_on.as_deref(), parse_date)?,
        ends_on: maybe(occasion.ends_on.as_deref(), parse_date)?,
        venue: Change::Set(Venue {
            name: sure(Name::parse(&occasion.venue))?,
            address: None,
            latitude: None,
            longitude: None,
        }),
        organisers: Change::Set(announced.collect::<Result<_, AppError>>()?),
        summary: set(Summary::parse(&setting.story.summary))?,
        category_id: Change::Set(setting.category),
        cover_id: setting.cover.map_or(Change::Keep, Change::Set),
        locale: Change::Set(setting.locale.clone()),
        ..EventChanges::default()
    };
    let birth = Birth { id: None, translation_of: setting.original.map(|original| original.id) };
    let id = events::create(act, birth, changes)?.item.id;
    let mut entered = EnteredEvent { id, organisers, guests: Vec::new(), talks: Vec::new() };
    for (n, guest) in occasion.attendees.iter().enumerate() {
        let known = setting.original.and_then(|original| original.guests.get(n).copied());
        entered.guests.push(enter_guest(act, directory, id, guest, known)?);
    }
    for (n, talk) in occasion.speeches.iter().enumerate() {
        let known = setting.original.and_then(|original| original.talks.get(n).copied());
        entered.talks.push(enter_talk(act, directory, id, talk, known, setting.locale)?);
    }
    Ok(entered)
}

fn enter_guest(
    act: &mut Act<'_, '_>,
    directory: &mut Directory,
    event: EventId,
    guest: &Guest,
    known: Option<Entered>,
) -> Result<Entered, AppError> {
    let introduced = guest.name.as_deref().map(Introduced::parse).transpose()?;
    let entered = match known {
        Some(known) => known,
        None => enter_somebody(act, directory, introduced.as_ref(), &guest.position, &guest.organisation)?,
    };
    let (honorific, name) = introduced.map_or((None, None), |introduced| (introduced.title, Some(introduced.name)));
    let changes = AttendeeChanges {
        kind: Change::Set(if name.is_some() { AttendeeKind::Person } else { AttendeeKind::Delegation }),
        person_id: entered.person.map_or(Change::Keep, Change::Set),
        name: name.map_or(Change::Keep, Change::Set),
        honorific: honorific.map_or(Change::Keep, Change::Set),
        position: set(Name::parse(&guest.position))?,
        organisation: set(Name::parse(&guest.organisation))?,
        organisation_id: Change::Set(entered.organisation),
        role: Change::Set(guest.role),
        headcount: guest.headcount.map_or(Change::Keep, Change::Set),
        visibility: Change::Set(Visibility::Public),
        ..AttendeeChanges::default()
    };
    attendees::create(act, event, changes)?;
    Ok(entered)
}

fn enter_talk(
    act: &mut Act<'_, '_>,
    directory: &mut Directory,
    event: EventId,
    talk: &Talk,
    known: Option<(SpeechId, Entered)>,
    locale: &Locale,
) -> Result<(SpeechId, Entered), AppError> {
    let introduced = Introduced::parse(&talk.speaker)?;
    let entered = match known {
        Some((_, known)) => known,
        None => enter_somebody(act, directory, Some(&introduced), &talk.speaker_position, &talk.speaker_organisation)?,
    };
    let speaker = Speaker {
        person_id: entered.person,
        name: Some(introduced.name),
        honorific: introduced.title,
        position: Some(sure(Name::parse(&talk.speaker_position))?),
        organisation: Some(sure(Name::parse(&talk.speaker_organisation))?),
        organisation_id: Some(entered.organisation),
    };
    let changes = SpeechChanges {
        event_id: Change::Set(event),
        kind: Change::Set(talk.kind),
        title: set(Title::parse(&talk.title))?,
        speaker: Change::Set(speaker),
        body: Change::Set(corpus::parse(BodyInput::Text(talk.text.clone()))?),
        locale: Change::Set(locale.clone()),
        ..SpeechChanges::default()
    };
    let birth = Birth { id: None, translation_of: known.map(|(original, _)| original) };
    let speech = speeches::create(act, birth, SpeechWrite { changes, order: None })?;
    Ok((speech.item.id, entered))
}

fn enter_somebody(
    act: &mut Act<'_, '_>,
    directory: &mut Directory,
    introduced: Option<&Introduced>,
    position: &str,
    organisation: &str,
) -> Result<Entered, AppError> {
    let organisation = directory.organisation(act, organisation)?;
    let person = match introduced {
        Some(introduced) => Some(directory.person(act, introduced, position, organisation)?),
        None => None,
    };
    Ok(Entered { person, organisation })
}

fn maybe<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, bantin_domain::violation::Fault>,
) -> Result<Change<T>, AppError> {
    text.map_or(Ok(Change::Keep), |text| set(parse(text)))
}
