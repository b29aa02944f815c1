//! Media for everybody, while something public shows them.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::{media, media_files::MediaFiles};
use bantin_domain::media::Media;

use super::{
    original::{self, Audience, Original},
    view::MediaView,
};
use crate::{Api, directory::NoQuery, extract::PathId, problem::Problem, reply::Public};

/// Read what is known of a picture or file
///
/// 404 unless something public shows it now.
#[utoipa::path(tag = "media", params(PathId<Media>), security(()))]
#[get("/media/{id}")]
pub async fn get_media(api: Data<Api>, id: PathId<Media>, _: NoQuery) -> Result<Public<MediaView>, Problem> {
    let media = api.app.public(move |reader| media::public_get(reader, id.0)).await?;
    let modified = media.updated_at;
    Ok(Public::one(MediaView::new(media, &api.render)).modified(modified))
}

/// Read the bytes of a picture or file
///
/// As they came; they never change and may be kept for ever. `Range` asks for a part.
#[utoipa::path(tag = "media", params(PathId<Media>), security(()))]
#[get("/media/{id}/original")]
pub async fn get_media_original(
    api: Data<Api>,
    id: PathId<Media>,
    _: NoQuery,
    request: HttpRequest,
) -> Result<Original, Problem> {
    let media = api.app.public(move |reader| media::public_get(reader, id.0)).await?;
    original::respond(&request, &MediaFiles::of(&api.app), &media, Audience::Public).await
}
