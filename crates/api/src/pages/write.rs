//! What comes in of a standing page.

use bantin_application::content::Birth;
use bantin_domain::{
    change::Change,
    locale::Locale,
    page::{Page, PageChanges},
    text::{Slug, Summary, Title},
    violation::{Violations, Warning},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    body::BodyWrite,
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of a standing page. To create one `title` and `body` are required; to change one,
/// what is absent stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PageWrite)]
pub struct PageWrite {
    /// With a create only: an id made by the client (UUIDv7), so that it may safely be sent again.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub id: Option<String>,
    /// Its title, to 300 characters.
    #[schema(value_type = Option<String>)]
    pub title: Patch<String>,
    /// Its address; made from the title when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// Its text.
    #[schema(value_type = Option<BodyWrite>)]
    pub body: Patch<BodyWrite>,
    /// In a few sentences, plain text, to 2,000 characters.
    #[schema(value_type = Option<String>)]
    pub summary: Patch<String>,
    /// Its picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub cover_id: Patch<String>,
    /// Files to download.
    #[schema(value_type = Option<Vec<String>>)]
    pub attachment_ids: Patch<Vec<String>>,
    /// The page above.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub parent_id: Patch<String>,
    /// Its place among its siblings, smallest first; 0 by default.
    #[schema(value_type = Option<i64>)]
    pub order: Patch<i64>,
    /// Its language, `vi` by default; cannot change later.
    #[schema(value_type = Option<String>)]
    pub locale: Patch<String>,
    /// With a create only: the page that this one is a translation of.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub translation_of: Option<String>,
}

impl PageWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<(Birth<Page>, PageChanges, Vec<Warning>), Problem> {
        let mut faults = Violations::new();
        let mut warnings = Vec::new();
        let birth = Birth {
            id: self.id.and_then(|text| faults.take("/id", patch::new_id(&text))),
            translation_of: self.translation_of.and_then(|text| faults.take("/translationOf", patch::id(&text))),
        };
        let body = match self.body.plain() {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(body) => body.parse(&mut faults, &mut warnings).map_or(Change::Keep, Change::Set),
        };
        let changes = PageChanges {
            title: self.title.parse("/title", &mut faults, Title::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            body,
            summary: self.summary.parse("/summary", &mut faults, Summary::parse),
            cover_id: self.cover_id.parse("/coverId", &mut faults, patch::id),
            attachment_ids: self.attachment_ids.parse_each("/attachmentIds", &mut faults, patch::id),
            parent_id: self.parent_id.parse("/parentId", &mut faults, patch::id),
            order: self.order.plain(),
            locale: self.locale.parse("/locale", &mut faults, Locale::parse),
        };
        faults.into_result((birth, changes, warnings)).map_err(Into::into)
    }

    /// The same for a change, which cannot say anew where the page comes from.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse_patch(self) -> Result<(PageChanges, Vec<Warning>), Problem> {
        patch::refuse_birth(self.id.as_ref(), self.translation_of.as_ref())?;
        let (_, changes, warnings) = self.parse()?;
        Ok((changes, warnings))
    }
}
