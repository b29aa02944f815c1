//! Media for the desk.

use actix_web::{
    HttpRequest, delete, get, patch, post,
    web::{Data, Payload},
};
use bantin_application::{media, media_files::MediaFiles};
use bantin_domain::{media::Media, policy::Actor};

use super::{
    original::{self, Audience, Original},
    upload,
    view::DeskMediaView,
    write::{MediaUpload, MediaWrite},
};
use crate::{
    Api, Render,
    directory::NoQuery,
    extract::{Caller, EditMatch, IfMatch, JsonBody, PathId},
    list::{Filter, Key, List, ListQuery, NAME_PARTS, Sort, Sparse, Value},
    problem::Problem,
    reply::{Created, Desk, NoContent},
};

/// The list of all media.
#[derive(Debug, Clone)]
pub struct DeskMedia;

impl List for DeskMedia {
    const NAME: &'static str = "editorial media";
    const FILTERS: &'static [Filter] = &[Filter::of(
        "fileName",
        Value::Text,
        NAME_PARTS,
        "One whose name has this in it, whatever its marks and case.",
    )];
    const HAS_LOCALE: bool = false;
    const SORTS: &'static [Sort] = &[Sort::by("createdAt", Key::Instant, &["fileName"]).descending()];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "kind",
        "url",
        "fileName",
        "mimeType",
        "bytes",
        "alt",
        "caption",
        "credit",
        "width",
        "height",
        "variants",
        "version",
        "allowedActions",
        "createdBy",
        "createdAt",
        "updatedAt",
    ];
}

/// List pictures and files
///
/// Whether something public shows them or not; the newest first, unless `sort` says otherwise. Who may read only their own is shown those.
#[utoipa::path(tag = "editorial media", params(ListQuery<DeskMedia>))]
#[get("/media")]
pub async fn editorial_list_media(
    caller: Caller,
    api: Data<Api>,
    query: ListQuery<DeskMedia>,
    request: HttpRequest,
) -> Result<Desk<Vec<Sparse<DeskMediaView>>>, Problem> {
    let (page, render, order) = (query.page.clone(), api.render.clone(), query.order()?);
    let name = query.name_parts("fileName")?;
    let slice = api
        .app
        .desk(caller.who, move |desk, actor| {
            let slice = media::list(desk, &actor, &name, order, &page)?;
            Ok(slice.map(|one| DeskMediaView::new(one, &actor, &render)))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    Ok(Desk::list(slice.rows.into_iter().map(|view| query.fields.of_one(view)).collect(), page, links))
}

/// Upload a picture
///
/// One JPEG or PNG to 10 MB, known by its bytes and kept as it came. The public sees it as soon as
/// something public shows it.
#[utoipa::path(
    tag = "editorial media",
    request_body(content = MediaUpload, content_type = "multipart/form-data"),
)]
#[post("/media")]
pub async fn create_media(
    caller: Caller,
    api: Data<Api>,
    _: NoQuery,
    request: HttpRequest,
    payload: Payload,
) -> Result<Created<DeskMediaView>, Problem> {
    // Before ten megabytes are read of who may not.
    let _ = api.app.desk(caller.who, |_, actor| media::may_upload(&actor)).await?;
    let form = tokio::time::timeout(upload::MOST_TIME, upload::read(&request, payload, &MediaFiles::of(&api.app)))
        .await
        .map_err(|_| Problem::too_slow())??;
    let stored = media::keep(&api.app, form.upload).await?;
    let id = stored.id;
    let answer = api
        .perform(caller, move |act, render| {
            let made = media::insert(act, stored, &form.file_name, form.texts)?;
            let (at, version) = (render.address("editorial/media", &made.id.to_string()), made.version);
            Ok(Created::at(at, DeskMediaView::new(made, &act.actor, render), version))
        })
        .await;
    // Refused, or the same request for the second time: nobody will ask for these bytes.
    media::remove_unless_promised(&api.app, id).await;
    answer
}

/// Read what is known of a picture or file
///
/// Whether something public shows it or not.
#[utoipa::path(tag = "editorial media", params(PathId<Media>))]
#[get("/media/{id}")]
pub async fn editorial_get_media(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Media>,
    _: NoQuery,
) -> Result<Desk<DeskMediaView>, Problem> {
    let render = api.render.clone();
    Ok(api
        .app
        .desk(caller.who, move |desk, actor| Ok(answer(media::get(desk, &actor, id.0)?, &actor, &render)))
        .await?)
}

/// Read the bytes of a picture or file at the desk
///
/// Whether something public shows it or not; nobody may keep them.
#[utoipa::path(tag = "editorial media", params(PathId<Media>))]
#[get("/media/{id}/original")]
pub async fn editorial_get_media_original(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Media>,
    _: NoQuery,
    request: HttpRequest,
) -> Result<Original, Problem> {
    let media = api.app.desk(caller.who, move |desk, actor| media::get(desk, &actor, id.0)).await?;
    original::respond(&request, &MediaFiles::of(&api.app), &media, Audience::Desk).await
}

/// Change the texts of a picture or file
///
/// A merge patch. What is shown somewhere changes there at once.
#[utoipa::path(tag = "editorial media", params(PathId<Media>, EditMatch), request_body = MediaWrite)]
#[patch("/media/{id}")]
pub async fn update_media(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Media>,
    version: EditMatch,
    write: JsonBody<MediaWrite>,
) -> Result<Desk<DeskMediaView>, Problem> {
    let changes = write.0.parse()?;
    api.perform(caller, move |act, render| Ok(answer(media::edit(act, id.0, version.0, changes)?, &act.actor, render)))
        .await
}

/// Delete a picture or file
///
/// 409 `in_use` while something refers to it.
#[utoipa::path(tag = "editorial media", params(PathId<Media>, IfMatch))]
#[delete("/media/{id}")]
pub async fn delete_media(
    caller: Caller,
    api: Data<Api>,
    id: PathId<Media>,
    version: IfMatch,
    _: NoQuery,
) -> Result<NoContent, Problem> {
    api.perform(caller, move |act, _| {
        media::delete(act, id.0, version.0)?;
        Ok(NoContent)
    })
    .await
}

fn answer(media: Media, actor: &Actor, render: &Render) -> Desk<DeskMediaView> {
    let version = media.version;
    Desk::one(DeskMediaView::new(media, actor, render), version)
}
