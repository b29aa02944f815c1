//! What comes in of a revision: all that can be said of one is its name.

use bantin_domain::{change::Change, text::Label, violation::Violations};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{patch::Patch, problem::Problem};

/// What an editor says of a revision.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RevisionWrite)]
pub struct RevisionWrite {
    /// What it is called, to 100 characters; `null` takes the name away.
    #[schema(value_type = Option<String>)]
    pub label: Patch<String>,
}

impl RevisionWrite {
    /// Parses the label.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<Change<Label>, Problem> {
        let mut faults = Violations::new();
        let label = self.label.parse("/label", &mut faults, Label::parse);
        faults.into_result(label).map_err(Into::into)
    }
}
