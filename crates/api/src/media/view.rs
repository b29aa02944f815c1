//! What goes out of a picture.

use bantin_application::media;
use bantin_domain::{media::Media, named::Named, policy::Actor};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// A picture or a file to download.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Media)]
pub struct MediaView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// What it is.
    #[schema(value_type = String, example = "image")]
    pub kind: &'static str,
    /// Where its bytes are, as they came.
    pub url: String,
    /// What it was called where it came from.
    pub file_name: String,
    /// Found from its bytes.
    #[schema(value_type = String, example = "image/jpeg")]
    pub mime_type: &'static str,
    /// How many bytes it has.
    pub bytes: i64,
    /// What it shows, for who cannot see it.
    pub alt: Option<String>,
    /// What stands under it.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
    /// The same picture in other sizes; none in this version.
    pub variants: MediaVariants,
}

/// The same picture in other sizes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct MediaVariants {}

impl MediaView {
    /// The view of a picture or file.
    pub fn new(media: Media, render: &Render) -> Self {
        let texts = media.texts;
        Self {
            url: render.media_url(media.id),
            id: media.id.to_string(),
            kind: media.format.kind().name(),
            file_name: media.file_name.as_str().to_owned(),
            mime_type: media.format.name(),
            bytes: media.bytes,
            alt: texts.alt.map(|alt| alt.to_string()),
            caption: texts.caption.map(|caption| caption.to_string()),
            credit: texts.credit.map(|credit| credit.to_string()),
            width: media.width,
            height: media.height,
            variants: MediaVariants {},
        }
    }
}

/// A picture or file as the desk sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskMedia)]
pub struct DeskMediaView {
    /// What the public is told, once something public shows it.
    #[serde(flatten)]
    pub media: MediaView,
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`, `delete`.
    pub allowed_actions: Vec<&'static str>,
    /// Who uploaded it.
    #[schema(value_type = String, format = Uuid)]
    pub created_by: String,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When its texts last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl DeskMediaView {
    /// The view of a picture or file at the desk.
    pub fn new(media: Media, actor: &Actor, render: &Render) -> Self {
        Self {
            version: media.version,
            allowed_actions: media::allowed_actions(actor, &media),
            created_by: media.created_by.to_string(),
            created_at: render.time(media.created_at),
            updated_at: render.time(media.updated_at),
            media: MediaView::new(media, render),
        }
    }
}
