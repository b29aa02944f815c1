//! The text of content, coming in and going out.

use bantin_domain::{
    body::{BlockInput, Body, BodyInput},
    content::NewBody,
    media::Media,
    violation::{Violations, Warning},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Render,
    blocks::{BlockView, BlockWrite, Shown},
    problem::Problem,
};

/// A text as a client writes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "format", rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = BodyWrite)]
pub enum BodyWrite {
    /// HTML; what is not allowed is taken out and reported in `warnings`.
    Html {
        /// The text.
        value: String,
    },
    /// CommonMark with tables.
    Markdown {
        /// The text.
        value: String,
    },
    /// Plain text; an empty line ends a paragraph.
    Text {
        /// The text.
        value: String,
    },
    /// Blocks, as `GET ?body=blocks` gives them.
    Blocks {
        /// The blocks.
        #[schema(value_type = Vec<BlockWrite>)]
        value: Vec<BlockInput>,
    },
}

impl BodyWrite {
    /// Sanitises the text. What was taken out is added to `warnings`, each with its place under `/body`.
    pub fn parse(self, faults: &mut Violations, warnings: &mut Vec<Warning>) -> Option<NewBody> {
        let names_blocks = matches!(self, Self::Blocks { .. });
        let input = match self {
            Self::Html { value } => BodyInput::Html(value),
            Self::Markdown { value } => BodyInput::Markdown(value),
            Self::Text { value } => BodyInput::Text(value),
            Self::Blocks { value } => BodyInput::Blocks(value),
        };
        match Body::parse(input) {
            Ok(parsed) => {
                warnings.extend(
                    parsed
                        .warnings
                        .into_iter()
                        .map(|warning| Warning { pointer: format!("/body{}", warning.pointer), ..warning }),
                );
                Some(NewBody { body: parsed.body, names_blocks })
            }
            Err(inner) => {
                faults.nest("/body", inner);
                None
            }
        }
    }
}

/// In which form a text is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// Ready to show.
    Html,
    /// CommonMark with tables.
    Markdown,
    /// Plain.
    Text,
    /// As it is stored.
    Blocks,
}

impl BodyFormat {
    /// Reads `?body=`.
    ///
    /// # Errors
    /// 400.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "html" => Ok(Self::Html),
            "markdown" => Ok(Self::Markdown),
            "text" => Ok(Self::Text),
            "blocks" => Ok(Self::Blocks),
            _ => Err(Problem::parameter("body", "invalid_parameter", "must be html, markdown, text or blocks")),
        }
    }
}

/// A text as it is read.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "format", rename_all = "camelCase")]
#[schema(as = Body)]
pub enum BodyView {
    /// Ready to show: nothing in it runs.
    Html {
        /// The text.
        value: String,
    },
    /// CommonMark with tables.
    Markdown {
        /// The text.
        value: String,
    },
    /// Plain.
    Text {
        /// The text.
        value: String,
    },
    /// As it is stored.
    Blocks {
        /// The blocks.
        value: Vec<BlockView>,
    },
}

impl BodyView {
    /// The text for the public, in the form asked for. `media` are the pictures and files that it shows.
    pub fn public(body: &Body, format: BodyFormat, media: &[Media], render: &Render) -> Self {
        Self::new(body, format, media, render, Shown(Some((media, render))))
    }

    /// The text for the desk, in the form asked for: what was read can be written back.
    pub fn desk(body: &Body, format: BodyFormat, media: &[Media], render: &Render) -> Self {
        Self::new(body, format, media, render, Shown(None))
    }

    fn new(body: &Body, format: BodyFormat, media: &[Media], render: &Render, shown: Shown<'_>) -> Self {
        let url = |id| media.iter().find(|media| media.id.uuid() == id).map(|media| render.media_url(media.id));
        match format {
            BodyFormat::Html => Self::Html { value: body.to_html(&url) },
            BodyFormat::Markdown => Self::Markdown { value: body.to_markdown(&url) },
            BodyFormat::Text => Self::Text { value: body.to_text() },
            BodyFormat::Blocks => {
                Self::Blocks { value: body.blocks().iter().map(|block| BlockView::new(block, shown)).collect() }
            }
        }
    }
}
