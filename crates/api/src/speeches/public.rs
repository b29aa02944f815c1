//! Speeches for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::speeches::{self, SpeechQuery};
use bantin_domain::{
    kind::Ref,
    named::Named,
    speech::{Speech, SpeechKind},
};

use super::view::SpeechView;
use crate::{
    Api,
    body::BodyFormat,
    extract::PathRef,
    list::{Filter, List, ListQuery},
    problem::Problem,
    read::ReadQuery,
    reply::{Public, found},
};

/// The public list of speeches.
#[derive(Debug, Clone)]
pub struct Speeches;

impl List for Speeches {
    const NAME: &'static str = "speeches";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "kind", doc: "`opening`, `report`, `presentation`, `discussion`, `closing` or `other`." },
        Filter { name: "event", doc: "Id or slug of an event: its speeches, in the order of its programme." },
        Filter { name: "person", doc: "Id or slug of a person: what they said, alone or with others." },
        Filter { name: "organisation", doc: "Id or slug of an organisation: what its people said." },
    ];
}

/// List speeches
///
/// Those of one event in the order of its programme, those of all events last published first. The text
/// is left out; `GET /speeches/{ref}` has it.
#[utoipa::path(tag = "speeches", params(ListQuery<Speeches>), security(()))]
#[get("/speeches")]
pub async fn list_speeches(
    api: Data<Api>,
    query: ListQuery<Speeches>,
    request: HttpRequest,
) -> Result<Public<Vec<SpeechView>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let wanted = SpeechQuery {
        locale,
        kind: query.parsed("kind", SpeechKind::from_name, "a kind of speech")?,
        event: query.parsed("event", Ref::parse, "an id or a slug")?,
        person: query.parsed("person", Ref::parse, "an id or a slug")?,
        organisation: query.parsed("organisation", Ref::parse, "an id or a slug")?,
    };
    let page = query.page.clone();
    let slice = api.app.public(move |reader| speeches::public_list(reader, wanted, &page)).await?;
    let (page, links) = query.describe(&slice, &request);
    let rows = slice.rows.into_iter().map(|speech| SpeechView::new(speech, BodyFormat::Html, &render)).collect();
    Ok(Public::list(rows, page, links))
}

/// Read a speech
///
/// By id or slug. An old slug answers 301; one that was withdrawn, or whose event was, 410.
#[utoipa::path(tag = "speeches", params(PathRef<Speech>, ReadQuery), security(()))]
#[get("/speeches/{ref}")]
pub async fn get_speech(
    api: Data<Api>,
    reference: PathRef<Speech>,
    query: ReadQuery,
    request: HttpRequest,
) -> Result<Public<SpeechView>, Problem> {
    let render = api.site_render().await?;
    let lookup =
        api.app.public(move |reader| speeches::public_get(reader, &reference.0, query.locale.as_ref())).await?;
    let speech = found(lookup, &request, |slug| api.render.address("speeches", slug.as_str()))?;
    let (modified, locale) = (speech.updated_at, speech.locale.clone());
    let view = SpeechView::new(speech, query.body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(view).modified(modified).in_language(locale))
}
