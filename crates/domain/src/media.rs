//! A picture or a file. The bytes are kept as they came; here is what is known of them.

use crate::{
    body::Body,
    change::Change,
    content::{Link, Relation},
    id::Id,
    kind::Kind,
    named::named_enum,
    text::{Line, Prose},
    time::Timestamp,
};

/// The identity of a picture or file.
pub type MediaId = Id<Media>;

named_enum! {
    /// What the bytes are.
    pub enum MediaKind {
        /// A picture that a browser shows.
        Image = "image",
        /// Anything to download.
        File = "file",
    }
}

/// A picture or file, on both sides alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    /// Its identity; also where its bytes lie.
    pub id: MediaId,
    /// Counts its changes.
    pub version: i64,
    /// What it is.
    pub kind: MediaKind,
    /// As it was called where it came from, without any path.
    pub file_name: String,
    /// Found from the bytes, never believed from the client.
    pub mime_type: String,
    /// How many bytes.
    pub bytes: i64,
    /// SHA-256 of the bytes: the `ETag` of the original.
    pub sha256: [u8; 32],
    /// Pixels, of a picture.
    pub width: Option<i64>,
    /// Pixels, of a picture.
    pub height: Option<i64>,
    /// The texts.
    pub texts: MediaTexts,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When its texts last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about a picture or file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MediaTexts {
    /// What a picture shows, for who cannot see it.
    pub alt: Option<Line<500>>,
    /// Under the picture.
    pub caption: Option<Prose<1000>>,
    /// Who made it.
    pub credit: Option<Line<200>>,
}

/// What a write says about a picture or file.
#[derive(Debug, Clone, Default)]
pub struct MediaChanges {
    /// Optional.
    pub alt: Change<Line<500>>,
    /// Optional.
    pub caption: Change<Prose<1000>>,
    /// Optional.
    pub credit: Change<Line<200>>,
}

impl MediaTexts {
    /// The texts after a write.
    #[must_use]
    pub fn changed(self, changes: MediaChanges) -> Self {
        Self { alt: changes.alt.or(self.alt), caption: changes.caption.or(self.caption), credit: changes.credit.or(self.credit) }
    }
}

/// The references that a body makes to pictures and files.
pub fn body_links(body: &Body) -> impl Iterator<Item = Link> {
    body.media_ids().into_iter().map(|id| Link::new(Relation::Body, Kind::Media, MediaId::new(id), "/body"))
}
