//! The text of content, coming in and going out.

use bantin_domain::{
    body::{BlockInput, Body, BodyInput},
    content::NewBody,
    media::Media,
    violation::{Violations, Warning},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Render, problem::Problem};

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
        /// The blocks, each with its `type` and the members of that type.
        #[schema(value_type = Vec<Object>)]
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
    /// As it is stored: each block with `id`, `type` and the members of its type.
    Blocks {
        /// The blocks.
        #[schema(value_type = Vec<Object>)]
        value: serde_json::Value,
    },
}

impl BodyView {
    /// The text in the form asked for. `media` are the pictures and files that the reader may see: on
    /// the public side, those of the same answer.
    pub fn new(body: &Body, format: BodyFormat, media: &[Media], render: &Render) -> Self {
        let url =
            |id: uuid::Uuid| media.iter().find(|media| media.id.uuid() == id).map(|media| render.media_url(media.id));
        match format {
            BodyFormat::Html => Self::Html { value: body.to_html(&url) },
            BodyFormat::Markdown => Self::Markdown { value: body.to_markdown(&url) },
            BodyFormat::Text => Self::Text { value: body.to_text() },
            BodyFormat::Blocks => Self::Blocks { value: serde_json::to_value(body).unwrap_or_default() },
        }
    }
}
