//! What there is to find in a resource: read from the public tables, so that nothing else can be found.

use bantin_domain::{
    article::{Article, Citation},
    body::Body,
    category::Category,
    content::{Relation, Window, end_of_time},
    event::{Event, Organiser, Venue},
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    page::Page,
    person::Person,
    search::{Field, Texts},
    speech::{Speaker, Speech},
    tag::Tag,
    time::{Date, SiteZone, Timestamp},
};
use diesel::prelude::*;
use uuid::Uuid;

use super::Document;
use crate::{
    error::StoreError,
    people,
    public::relations,
    schema::{public_articles, public_attendees, public_events, public_pages, public_speeches, tags},
    sql_types::{Day, Instant, Json, Key},
    store::{PublicReader, Tx},
};

/// The document of a resource; none where the public has nothing of it.
pub(super) fn document(tx: &mut Tx<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    match target.kind {
        Kind::Article => article(&mut tx.public(), target),
        Kind::Event => event(&mut tx.public(), target),
        Kind::Speech => speech(&mut tx.public(), target),
        Kind::Page => page(&mut tx.public(), target),
        Kind::Person => person(tx, target),
        Kind::Tag => tag(tx, target),
        Kind::Organisation | Kind::Category | Kind::Media | Kind::Site => Ok(None),
    }
}

fn article(reader: &mut PublicReader<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    use public_articles as row;
    let found = row::table
        .find(Key(Id::<Article>::new(target.id)))
        .select((
            (row::locale, row::title, row::summary, row::byline, row::category_id, row::citations),
            (row::published_at, row::visible_from, row::visible_until, row::body),
        ))
        .first::<(
            (String, String, Option<String>, Option<String>, Key<Category>, Json<Vec<Citation>>),
            (Instant, Instant, Instant, Json<Body>),
        )>(reader.conn()?)
        .optional()?;
    let Some(((locale, title, summary, byline, category, citations), (at, from, until, body))) = found else {
        return Ok(None);
    };
    let mut texts = Texts::default();
    texts.add(Field::Title, title);
    texts.add(Field::Summary, summary.unwrap_or_default());
    texts.add(Field::People, byline.unwrap_or_default());
    let named = relations::named(reader, &[target.id], &[Relation::Author, Relation::Tag])?;
    for author in named.people.into_values().flatten() {
        texts.add(Field::People, author.name);
    }
    for tag in named.tags.into_values().flatten() {
        texts.add(Field::Tags, tag.name);
    }
    for citation in citations.0 {
        let title = citation.title.map(|title| format!(" {title}")).unwrap_or_default();
        texts.add(Field::Citations, format!("{}{title}", citation.number));
    }
    add_body(reader, &mut texts, target.id, &body.0)?;
    Ok(Some(Document {
        target,
        locale: Some(locale_of("public_articles", target.id, &locale)?),
        category: Some(category.0),
        sort_at: at.0,
        window: window(from, until),
        texts,
    }))
}

fn event(reader: &mut PublicReader<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    use public_events as row;
    let found = row::table
        .find(Key(Id::<Event>::new(target.id)))
        .select((
            (row::locale, row::title, row::summary, row::category_id, row::venue, row::organisers),
            (row::starts_on, row::ends_on, row::starts_at, row::timezone),
            (row::visible_from, row::visible_until, row::body),
        ))
        .first::<(
            (String, String, Option<String>, Option<Key<Category>>, Json<Option<Venue>>, Json<Vec<Organiser>>),
            (Day, Day, Option<Instant>, String),
            (Instant, Instant, Json<Body>),
        )>(reader.conn()?)
        .optional()?;
    let Some(((locale, title, summary, category, venue, organisers), days, (from, until, body))) = found else {
        return Ok(None);
    };
    let (first, last, starts_at, zone) = days;
    let mut texts = Texts::default();
    texts.add(Field::Title, title);
    texts.add(Field::Summary, summary.unwrap_or_default());
    texts.add(Field::Occasion, written(first.0));
    if last != first {
        texts.add(Field::Occasion, written(last.0));
    }
    if let Some(venue) = venue.0 {
        let address = venue.address.map(|address| format!(", {address}")).unwrap_or_default();
        texts.add(Field::Occasion, format!("{}{address}", venue.name));
    }
    let known = relations::named(reader, &[target.id], &[Relation::Organiser])?;
    let known: Vec<_> = known.organisations.into_values().flatten().collect();
    for organiser in organisers.0 {
        let listed = known.iter().find(|one| Some(one.id) == organiser.organisation_id).map(|one| one.name.clone());
        texts.add(Field::People, organiser.name.map(|name| name.to_string()).or(listed).unwrap_or_default());
    }
    for guest in guests(reader, target.id)? {
        texts.add(Field::People, guest);
    }
    add_body(reader, &mut texts, target.id, &body.0)?;
    Ok(Some(Document {
        target,
        locale: Some(locale_of("public_events", target.id, &locale)?),
        category: category.map(|id| id.0),
        sort_at: begins(target.id, first, starts_at, &zone)?,
        window: window(from, until),
        texts,
    }))
}

/// The public attendees of an event, each as introduced.
fn guests(reader: &mut PublicReader<'_>, event: Uuid) -> Result<Vec<String>, StoreError> {
    use public_attendees as row;
    let rows = row::table
        .filter(row::event_id.eq(Key(Id::<Event>::new(event))))
        .order((row::position, row::id))
        .select((row::honorific, row::name, row::position_title, row::organisation))
        .load::<(Option<String>, Option<String>, Option<String>, Option<String>)>(reader.conn()?)?;
    Ok(rows.into_iter().map(|(honorific, name, post, from)| introduction([honorific, name], [post, from])).collect())
}

fn speech(reader: &mut PublicReader<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    use public_speeches as row;
    let found = row::table
        .inner_join(public_events::table.on(public_events::id.eq(row::event_id)))
        .filter(row::id.eq(Key(Id::<Speech>::new(target.id))))
        .select((
            (row::locale, row::title, row::summary, row::speaker, row::co_speakers),
            (row::visible_from, row::visible_until, row::body),
            (public_events::category_id, public_events::starts_on, public_events::starts_at, public_events::timezone),
        ))
        .first::<(
            (String, String, Option<String>, Json<Option<Speaker>>, Json<Vec<Speaker>>),
            (Instant, Instant, Json<Body>),
            (Option<Key<Category>>, Day, Option<Instant>, String),
        )>(reader.conn()?)
        .optional()?;
    let Some(((locale, title, summary, speaker, others), (from, until, body), event)) = found else {
        return Ok(None);
    };
    let (category, first, starts_at, zone) = event;
    let mut texts = Texts::default();
    texts.add(Field::Title, title);
    texts.add(Field::Summary, summary.unwrap_or_default());
    let known = relations::named(reader, &[target.id], &[Relation::Speaker, Relation::CoSpeaker])?;
    let known: Vec<_> = known.people.into_values().flatten().collect();
    for speaker in speaker.0.into_iter().chain(others.0) {
        let listed = known.iter().find(|one| Some(one.id) == speaker.person_id).map(|one| one.name.clone());
        let name = speaker.name.map(|name| name.to_string()).or(listed);
        let honorific = speaker.honorific.map(|honorific| honorific.to_string());
        let post = speaker.position.map(|position| position.to_string());
        let organisation = speaker.organisation.map(|organisation| organisation.to_string());
        texts.add(Field::People, introduction([honorific, name], [post, organisation]));
    }
    add_body(reader, &mut texts, target.id, &body.0)?;
    Ok(Some(Document {
        target,
        locale: Some(locale_of("public_speeches", target.id, &locale)?),
        category: category.map(|id| id.0),
        sort_at: begins(target.id, first, starts_at, &zone)?,
        window: window(from, until),
        texts,
    }))
}

fn page(reader: &mut PublicReader<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    use public_pages as row;
    let found = row::table
        .find(Key(Id::<Page>::new(target.id)))
        .select((
            (row::locale, row::title, row::summary, row::published_at),
            (row::visible_from, row::visible_until, row::body),
        ))
        .first::<((String, String, Option<String>, Instant), (Instant, Instant, Json<Body>))>(reader.conn()?)
        .optional()?;
    let Some(((locale, title, summary, at), (from, until, body))) = found else {
        return Ok(None);
    };
    let mut texts = Texts::default();
    texts.add(Field::Title, title);
    texts.add(Field::Summary, summary.unwrap_or_default());
    add_body(reader, &mut texts, target.id, &body.0)?;
    Ok(Some(Document {
        target,
        locale: Some(locale_of("public_pages", target.id, &locale)?),
        category: None,
        sort_at: at.0,
        window: window(from, until),
        texts,
    }))
}

/// A person, of whom anything is public only while something shows them: that is asked when they are found.
fn person(tx: &mut Tx<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    let Some(Person { content, created_at, .. }) = people::find(tx, Id::new(target.id))? else {
        return Ok(None);
    };
    let mut texts = Texts::default();
    texts.add(Field::Title, content.name.display.to_string());
    texts.add(Field::People, content.name.academic_title.map(|title| title.to_string()).unwrap_or_default());
    for alias in content.aliases {
        texts.add(Field::People, alias.to_string());
    }
    for post in content.positions {
        // Where they work is found as the editor wrote it: an organisation has a public of its own.
        let organisation = post.organisation.map(|name| name.to_string());
        texts.add(Field::People, introduction([None, Some(post.position.to_string())], [organisation, None]));
    }
    texts.add(Field::Body, content.biography.map(|text| text.to_string()).unwrap_or_default());
    Ok(Some(Document { target, locale: None, category: None, sort_at: created_at, window: always(created_at), texts }))
}

fn tag(tx: &mut Tx<'_>, target: Target) -> Result<Option<Document>, StoreError> {
    let found = tags::table
        .find(Key(Id::<Tag>::new(target.id)))
        .select((tags::name, tags::created_at))
        .first::<(String, Instant)>(tx.conn)
        .optional()?;
    Ok(found.map(|(name, created_at)| {
        let mut texts = Texts::default();
        texts.add(Field::Title, name);
        Document { target, locale: None, category: None, sort_at: created_at.0, window: always(created_at.0), texts }
    }))
}

/// The text, and what is written under its pictures and on its files.
fn add_body(reader: &mut PublicReader<'_>, texts: &mut Texts, id: Uuid, body: &Body) -> Result<(), StoreError> {
    for caption in body.captions().lines() {
        texts.add(Field::Captions, caption);
    }
    for (_, media) in relations::media_of(reader, &[id])?.into_values().flatten() {
        texts.add(Field::Captions, media.texts.alt.map(|alt| alt.to_string()).unwrap_or_default());
        texts.add(Field::Captions, media.texts.caption.map(|caption| caption.to_string()).unwrap_or_default());
    }
    texts.add(Field::Body, body.to_text());
    Ok(())
}

/// Somebody as introduced: `TS. Lê Tám, Giám đốc, Sở KH&CN`.
fn introduction(name: [Option<String>; 2], rest: [Option<String>; 2]) -> String {
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let rest = rest.into_iter().flatten();
    Some(name).filter(|name| !name.is_empty()).into_iter().chain(rest).collect::<Vec<_>>().join(", ")
}

/// A day as it is written in Việt Nam.
fn written(day: Date) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

fn begins(id: Uuid, first: Day, starts_at: Option<Instant>, zone: &str) -> Result<Timestamp, StoreError> {
    let zone = SiteZone::parse(zone).map_err(|fault| StoreError::Corrupt {
        table: "public_events",
        column: "timezone",
        id: id.to_string(),
        reason: fault.message,
    })?;
    Ok(starts_at.map_or_else(|| zone.start_of(first.0), |at| at.0))
}

fn locale_of(table: &'static str, id: Uuid, locale: &str) -> Result<Locale, StoreError> {
    relations::stored_locale(table, id, locale)
}

fn window(from: Instant, until: Instant) -> Window {
    Window { from: from.0, until: until.0 }
}

fn always(from: Timestamp) -> Window {
    Window { from, until: end_of_time() }
}
