//! What comes in of a picture.

use bantin_domain::{
    media::MediaChanges,
    text::{Line, Prose},
    violation::Violations,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{patch::Patch, problem::Problem};

/// The form of an upload, for the document; `upload` reads it.
#[derive(Debug, ToSchema)]
#[schema(as = MediaUpload)]
pub struct MediaUpload {
    /// A JPEG or PNG to 10 MB.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
    /// What it shows, for who cannot see it, to 500 characters.
    pub alt: Option<String>,
    /// What stands under it, to 1,000 characters.
    pub caption: Option<String>,
    /// Who made it, to 200 characters.
    pub credit: Option<String>,
}

/// What an editor says of a picture or file.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MediaWrite)]
pub struct MediaWrite {
    /// What it shows, for who cannot see it, to 500 characters.
    #[schema(value_type = Option<String>)]
    pub alt: Patch<String>,
    /// What stands under it, to 1,000 characters.
    #[schema(value_type = Option<String>)]
    pub caption: Patch<String>,
    /// Who made it, to 200 characters.
    #[schema(value_type = Option<String>)]
    pub credit: Patch<String>,
}

impl MediaWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<MediaChanges, Problem> {
        let mut faults = Violations::new();
        let changes = MediaChanges {
            alt: self.alt.parse("/alt", &mut faults, Line::parse),
            caption: self.caption.parse("/caption", &mut faults, Prose::parse),
            credit: self.credit.parse("/credit", &mut faults, Line::parse),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}
