//! Speeches for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::speeches::{self, SpeechIncludes, SpeechParts, SpeechQuery};
use bantin_domain::{
    listing::Operator::{Equal, In},
    locale::Locale,
    speech::{Speech, SpeechKind},
};

use super::view::SpeechView;
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    list::{Fields, Filter, Include, Includes, Key, List, ListQuery, Sort, Sparse, Value, names},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

/// The public list of speeches.
#[derive(Debug, Clone)]
pub struct Speeches;

impl List for Speeches {
    const NAME: &'static str = "speeches";
    const IS_SEARCHED: bool = true;
    const FILTERS: &'static [Filter] = &[
        Filter::of("id", Value::Id, &[Equal, In], "The one with this id."),
        Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug."),
        Filter::of("locale", Value::Locale, &[Equal], "A language, as `locale`."),
        Filter::of("kind", Value::OneOf(names::<SpeechKind>), &[Equal], "What sort of speech it is."),
        Filter::of(
            "event",
            Value::Reference,
            &[Equal],
            "Id or slug of an event: its speeches, in the order of its programme.",
        ),
        Filter::of(
            "person",
            Value::Reference,
            &[Equal],
            "Id or slug of a person: what they said, alone or with others.",
        ),
        Filter::of("organisation", Value::Reference, &[Equal], "Id or slug of an organisation: what its people said."),
    ];
    const SORTS: &'static [Sort] = &[
        Sort::by("order", Key::Bytes, &["id", "slug", "locale", "kind", "event", "person", "organisation"]),
        Sort::by("startsAt", Key::Instant, &["id", "slug", "locale", "kind", "event", "person"]),
        Sort::by("title", Key::Bytes, &["id", "slug", "locale", "event", "person"]),
    ];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "slug",
        "kind",
        "title",
        "order",
        "speaker",
        "coSpeakers",
        "summary",
        "body",
        "startsAt",
        "durationMinutes",
        "attachments",
        "videoUrl",
        "event",
        "publishedAt",
        "updatedAt",
        "translations",
        "links",
    ];
    const INCLUDES: &'static [Include] = &[
        Include { name: "event", doc: "what `GET /events/{ref}` says of the event, but its text." },
        Include {
            name: "speaker.person",
            doc: "what `GET /people/{ref}` says of the speaker, and of each who spoke with them.",
        },
        Include { name: "attachments", doc: "nothing more: a file is always whole." },
    ];
}

/// List speeches
///
/// `sort=order`, the usual one: event by event, the last published first, and those of one event in the order of its
/// programme. `sort=startsAt` has only those whose hour is known. The text is left out unless `fields` asks
/// for `body`; `GET /speeches/{ref}` has it.
#[utoipa::path(tag = "speeches", params(ListQuery<Speeches>), security(()))]
#[get("/speeches")]
pub async fn list_speeches(
    api: Data<Api>,
    query: ListQuery<Speeches>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<SpeechView>>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let asked = asked(&query, locale)?;
    let (page, includes) = (query.page.clone(), includes(&query.includes));
    let (slice, details) = api
        .app
        .public(move |reader| {
            let slice = speeches::public_list(reader, asked, &page)?;
            let details = speeches::public_details(reader, &slice.rows, includes)?;
            Ok((slice, details))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let format = query.body.unwrap_or(BodyFormat::Html);
    let view = |speech| query.fields.of_one(SpeechView::with(speech, &details, format, &render));
    Ok(Public::list(slice.rows.into_iter().map(view).collect(), page, links))
}

/// Read a speech
///
/// By id or slug. An old slug answers 301; one that was withdrawn, or whose event was, 410.
#[utoipa::path(tag = "speeches", params(PathRef<Speech>, ReadOf<Speeches>), security(()))]
#[get("/speeches/{ref}")]
pub async fn get_speech(
    api: Data<Api>,
    reference: PathRef<Speech>,
    query: ReadOf<Speeches>,
    request: HttpRequest,
) -> Result<Public<Sparse<SpeechView>>, Problem> {
    let render = api.site_render().await?;
    let ReadOf { locale, body, fields, includes: included, .. } = query;
    let locale = api.meant(locale).await?;
    let (parts, includes) = (parts(&fields, fields.shows("body")), includes(&included));
    let (lookup, details) = api
        .app
        .public(move |reader| {
            let lookup = speeches::public_get(reader, &reference.0, locale.as_ref(), parts)?;
            let details = speeches::public_details(reader, lookup.as_slice(), includes)?;
            Ok((lookup, details))
        })
        .await?;
    let speech = found(lookup, &request, |slug| api.render.address("speeches", slug.as_str()))?;
    let (modified, locale) = (speech.updated_at, speech.locale.clone());
    let view = SpeechView::with(speech, &details, body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(fields.of_one(view)).modified(modified).in_language(locale))
}

fn asked(query: &ListQuery<Speeches>, locale: Option<Locale>) -> Result<SpeechQuery, Problem> {
    Ok(SpeechQuery {
        text: query.text.clone(),
        locale,
        ids: query.ids("id")?,
        slugs: query.slugs("slug")?,
        kind: query.named("kind")?.and_then(|kinds| kinds.into_iter().next()),
        event: query.reference("event")?,
        person: query.reference("person")?,
        organisation: query.reference("organisation")?,
        order: query.order()?,
        parts: parts(&query.fields, query.fields.names("body")),
    })
}

/// What must be read for these members.
fn parts(fields: &Fields, body: bool) -> SpeechParts {
    SpeechParts {
        body,
        speakers: fields.show_any(&["speaker", "coSpeakers"]),
        media: fields.shows("attachments"),
        translations: fields.shows("translations"),
    }
}

fn includes(asked: &Includes) -> SpeechIncludes {
    SpeechIncludes { events: asked.have("event"), people: asked.have("speaker.person") }
}

#[cfg(test)]
mod tests {
    use bantin_domain::speech::SpeechSort;

    use super::*;
    use crate::list::checks;

    #[test]
    fn fields_are_the_members_of_the_view_and_no_others() {
        checks::fields_are_the_members_of_the_view_and_no_others::<Speeches, SpeechView>(&[]);
    }

    #[test]
    fn every_order_on_offer_is_known_and_goes_with_filters_that_there_are() {
        checks::every_order_on_offer_is_known_and_goes_with_filters_that_there_are::<Speeches, SpeechSort>();
    }
}
