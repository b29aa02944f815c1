//! Blocks: the form in which a text is stored, as clients write and read it.

use bantin_domain::{
    body::{Block, BlockContent, Image, MediaRef},
    media::Media,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Render, media::view::MediaView};

// The derive of the schema does not read `rename_all_fields`: `mediaId` is spelled out for it below.

/// A block of a text. `text`, `items` of a list, `header` and `rows` are inline HTML made of
/// `br a strong em u s sub sup code`; everything else is plain text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schema(as = Block)]
pub enum BlockView {
    /// A paragraph.
    Paragraph {
        /// Unique in its text.
        id: String,
        /// Inline HTML.
        text: String,
    },
    /// A heading below the title.
    Heading {
        /// Unique in its text.
        id: String,
        /// 2, 3 or 4.
        #[schema(minimum = 2, maximum = 4)]
        level: u8,
        /// Inline HTML.
        text: String,
    },
    /// Words of somebody else.
    Quote {
        /// Unique in its text.
        id: String,
        /// Inline HTML.
        text: String,
        /// Whose words they are.
        cite: Option<String>,
    },
    /// A list of one level.
    List {
        /// Unique in its text.
        id: String,
        /// Whether the items are numbered.
        ordered: bool,
        /// Inline HTML.
        items: Vec<String>,
    },
    /// A picture.
    Image {
        /// Unique in its text.
        id: String,
        /// The picture and its texts.
        #[serde(flatten)]
        image: ImageView,
    },
    /// Pictures that belong together.
    Gallery {
        /// Unique in its text.
        id: String,
        /// The pictures.
        items: Vec<ImageView>,
    },
    /// A table without merged cells.
    Table {
        /// Unique in its text.
        id: String,
        /// What the table shows.
        caption: Option<String>,
        /// The names of the columns, inline HTML.
        header: Option<Vec<String>>,
        /// Inline HTML.
        rows: Vec<Vec<String>>,
    },
    /// Something shown at another site.
    Embed {
        /// Unique in its text.
        id: String,
        /// Where.
        url: String,
        /// What stands there.
        title: Option<String>,
    },
    /// A document to fetch.
    File {
        /// Unique in its text.
        id: String,
        /// The file among the media.
        #[schema(rename = "mediaId", value_type = String, format = Uuid)]
        media_id: String,
        /// What it holds.
        title: Option<String>,
        /// The file itself; on the public side only.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<MediaView>)]
        media: Option<Option<MediaView>>,
    },
    /// A break between two parts.
    Divider {
        /// Unique in its text.
        id: String,
    },
}

/// A picture of a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BlockImage)]
pub struct ImageView {
    /// The picture among the media.
    #[schema(value_type = Option<String>, format = Uuid)]
    media_id: Option<String>,
    /// What it shows, for who cannot see it.
    alt: String,
    /// The line below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
    /// The picture itself; on the public side only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MediaView>)]
    media: Option<Option<MediaView>>,
}

/// Shows the media of a text: on the public side beside each `mediaId`, `null` where it is not public;
/// not at all at the desk, where a text is read to be written back.
#[derive(Clone, Copy)]
pub struct Shown<'a>(pub Option<(&'a [Media], &'a Render)>);

impl Shown<'_> {
    fn media(self, id: Option<MediaRef>) -> Option<Option<MediaView>> {
        self.0.map(|(media, render)| {
            let found = media.iter().find(|media| Some(media.id.uuid()) == id);
            found.map(|media| MediaView::new(media.clone(), render))
        })
    }

    fn image(self, image: &Image) -> ImageView {
        ImageView {
            media_id: image.media_id.map(|id| id.to_string()),
            alt: image.alt.clone(),
            caption: image.caption.clone(),
            credit: image.credit.clone(),
            media: self.media(image.media_id),
        }
    }
}

impl BlockView {
    /// The view of a block.
    pub fn new(block: &Block, shown: Shown<'_>) -> Self {
        let id = block.id.as_str().to_owned();
        let html = |inline: &bantin_domain::body::Inline| inline.as_html().to_owned();
        match &block.content {
            BlockContent::Paragraph { text } => Self::Paragraph { id, text: html(text) },
            BlockContent::Heading { level, text } => Self::Heading { id, level: *level, text: html(text) },
            BlockContent::Quote { text, cite } => Self::Quote { id, text: html(text), cite: cite.clone() },
            BlockContent::List { ordered, items } => {
                Self::List { id, ordered: *ordered, items: items.iter().map(html).collect() }
            }
            BlockContent::Image(image) => Self::Image { id, image: shown.image(image) },
            BlockContent::Gallery { items } => {
                Self::Gallery { id, items: items.iter().map(|image| shown.image(image)).collect() }
            }
            BlockContent::Table { caption, header, rows } => Self::Table {
                id,
                caption: caption.clone(),
                header: header.as_ref().map(|cells| cells.iter().map(html).collect()),
                rows: rows.iter().map(|row| row.iter().map(html).collect()).collect(),
            },
            BlockContent::Embed { url, title } => Self::Embed { id, url: url.clone(), title: title.clone() },
            BlockContent::File { media_id, title } => Self::File {
                id,
                media_id: media_id.to_string(),
                title: title.clone(),
                media: shown.media(Some(*media_id)),
            },
            BlockContent::Divider {} => Self::Divider { id },
        }
    }
}

/// A block of a text as a client writes it. Without an `id` it is given one.
#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum BlockWrite {
    /// A paragraph.
    Paragraph {
        /// 1 to 64 characters of `A-Z a-z 0-9 _ -`, unique in its text.
        id: Option<String>,
        /// Inline HTML.
        text: String,
    },
    /// A heading below the title.
    Heading {
        /// See `paragraph`.
        id: Option<String>,
        /// 2, 3 or 4.
        #[schema(minimum = 2, maximum = 4)]
        level: u8,
        /// Inline HTML.
        text: String,
    },
    /// Words of somebody else.
    Quote {
        /// See `paragraph`.
        id: Option<String>,
        /// Inline HTML.
        text: String,
        /// Whose words they are.
        cite: Option<String>,
    },
    /// A list of one level.
    List {
        /// See `paragraph`.
        id: Option<String>,
        /// Whether the items are numbered.
        ordered: bool,
        /// Inline HTML.
        items: Vec<String>,
    },
    /// A picture; it may stand without a file.
    Image {
        /// See `paragraph`.
        id: Option<String>,
        /// The picture among the media.
        #[schema(rename = "mediaId", value_type = Option<String>, format = Uuid)]
        media_id: Option<String>,
        /// What it shows, for who cannot see it.
        #[schema(value_type = Option<String>)]
        alt: String,
        /// The line below it.
        caption: Option<String>,
        /// Who made it.
        credit: Option<String>,
    },
    /// Pictures that belong together.
    Gallery {
        /// See `paragraph`.
        id: Option<String>,
        /// The pictures.
        items: Vec<BlockImageWrite>,
    },
    /// A table; short rows are filled up.
    Table {
        /// See `paragraph`.
        id: Option<String>,
        /// What the table shows.
        caption: Option<String>,
        /// The names of the columns, inline HTML.
        header: Option<Vec<String>>,
        /// Inline HTML.
        rows: Vec<Vec<String>>,
    },
    /// Something shown at another site.
    Embed {
        /// See `paragraph`.
        id: Option<String>,
        /// An `https` address.
        url: String,
        /// What stands there.
        title: Option<String>,
    },
    /// A document to fetch.
    File {
        /// See `paragraph`.
        id: Option<String>,
        /// The file among the media.
        #[schema(rename = "mediaId", value_type = String, format = Uuid)]
        media_id: String,
        /// What it holds.
        title: Option<String>,
    },
    /// A break between two parts.
    Divider {
        /// See `paragraph`.
        id: Option<String>,
    },
}

/// A picture of a gallery as a client writes it.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used; the value is the domain's ImageInput")]
pub struct BlockImageWrite {
    /// The picture among the media.
    #[schema(value_type = Option<String>, format = Uuid)]
    media_id: Option<String>,
    /// What it shows, for who cannot see it.
    #[schema(value_type = Option<String>)]
    alt: String,
    /// The line below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
}
