//! Speeches for the desk.

use actix_web::{HttpRequest, delete, get, patch, post, web::Data};
use bantin_application::{
    Act, AppError, Precondition,
    content::{self, Birth},
    speeches,
    workflow::Step,
};
use bantin_domain::{content::DeskItem, id::Id, speech::Speech, violation::Warning};

use super::{view::DeskSpeechView, write::SpeechWrite};
use crate::{
    Api, Render,
    body::BodyFormat,
    desk::{self, DeskKind, DeskSpeeches, PathStep, StepWrite},
    extract::{ActionBody, Caller, DryRun, EditMatch, IfMatch, JsonBody, PathId, Purge},
    list::{ListQuery, Sparse},
    problem::Problem,
    read::ReadQuery,
    reply::{Created, Desk, NoContent},
};

impl DeskKind for Speech {
    const COLLECTION: &'static str = "speeches";
    const ALONG: &'static [&'static str] = &[];
    type Write = SpeechWrite;
    type Parsed = bantin_application::speeches::SpeechWrite;
    type View = DeskSpeechView;

    fn parse(write: SpeechWrite) -> Result<(Birth<Self>, Self::Parsed, Vec<Warning>), Problem> {
        write.parse()
    }
    fn parse_patch(write: SpeechWrite) -> Result<(Self::Parsed, Vec<Warning>), Problem> {
        write.parse_patch()
    }
    fn create(act: &mut Act<'_, '_>, birth: Birth<Self>, write: Self::Parsed) -> Result<DeskItem<Self>, AppError> {
        speeches::create(act, birth, write)
    }
    fn edit(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        precondition: Precondition,
        write: Self::Parsed,
    ) -> Result<DeskItem<Self>, AppError> {
        speeches::edit(act, id, precondition, write)
    }
    fn take_step(
        act: &mut Act<'_, '_>,
        id: Id<Self>,
        version: i64,
        step: &Step,
        _with: &[String],
    ) -> Result<DeskItem<Self>, AppError> {
        speeches::take_step(act, id, version, step)
    }
    fn views(
        desk: &mut bantin_application::Desk<'_>,
        items: Vec<DeskItem<Self>>,
        format: BodyFormat,
        render: &Render,
    ) -> Result<Vec<DeskSpeechView>, AppError> {
        let media = content::body_media(desk, items.iter().map(|one| &one.item.content.body))?;
        Ok(items.into_iter().zip(media).map(|(one, media)| DeskSpeechView::new(one, &media, format, render)).collect())
    }
}

/// List speeches of the desk
///
/// In any state but the trash, last changed first, unless something else is asked for. The text is left out unless
/// `fields` asks for `body`. Authors see their own.
#[utoipa::path(tag = "editorial speeches", params(ListQuery<DeskSpeeches>))]
#[get("/speeches")]
pub async fn editorial_list_speeches(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskSpeeches>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskSpeechView>>>, Problem> {
    desk::list::<Speech, _>(&api, caller, query, &request).await
}

/// Write a speech
///
/// Makes a draft. `eventId`, `kind` and `title` are required. It stands at the end of the programme, or where
/// `order` says; those behind it move on.
#[utoipa::path(tag = "editorial speeches", request_body = SpeechWrite)]
#[post("/speeches")]
pub async fn create_speech(
    caller: Caller,
    api: Data<Api>,
    write: JsonBody<SpeechWrite>,
) -> Result<Created<DeskSpeechView>, Problem> {
    desk::create::<Speech>(&api, caller, write.0).await
}

/// Read a speech at the desk
///
/// The working copy, whatever its state.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, ReadQuery))]
#[get("/speeches/{id}")]
pub async fn editorial_get_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    query: ReadQuery,
) -> Result<Desk<DeskSpeechView>, Problem> {
    desk::read(&api, caller, id.0, query).await
}

/// Change a speech
///
/// A merge patch of the working copy: what is absent stays, what is `null` is cleared, lists and the
/// body are replaced whole. The public copy stays as it is until the next publication.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, EditMatch), request_body = SpeechWrite)]
#[patch("/speeches/{id}")]
pub async fn update_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    version: EditMatch,
    write: JsonBody<SpeechWrite>,
) -> Result<Desk<DeskSpeechView>, Problem> {
    desk::update(&api, caller, id.0, version, write.0).await
}

/// Delete a speech
///
/// Puts it in the trash; if it was public, its address answers 410 from now on. With `purge=true` it is
/// taken out of the trash for ever, which is a permission of its own.
#[utoipa::path(tag = "editorial speeches", params(PathId<Speech>, IfMatch, Purge))]
#[delete("/speeches/{id}")]
pub async fn delete_speech(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Speech>,
    version: IfMatch,
    purge: Purge,
) -> Result<NoContent, Problem> {
    desk::discard(&api, caller, id.0, version, purge.0).await
}

/// Take a step of the workflow with a speech
///
/// `publish` shows the working copy to the public, as far as its event is public.
#[utoipa::path(
    tag = "editorial speeches",
    params(PathId<Speech>, PathStep, IfMatch, DryRun),
    request_body = Option<StepWrite>
)]
#[post("/speeches/{id}/actions/{action}")]
pub async fn take_speech_step(
    caller: Caller,
    api: Data<Api>,
    target: (PathId<Speech>, IfMatch),
    step: (PathStep, ActionBody<StepWrite>),
    dry_run: DryRun,
) -> Result<Desk<DeskSpeechView>, Problem> {
    desk::take_step(&api, caller, (target.0.0, target.1), (step.0, step.1.0), dry_run).await
}
