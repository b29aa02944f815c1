//! What comes in of a comment.

use bantin_domain::{
    text::Prose,
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What to say about an item.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = CommentWrite)]
pub struct CommentWrite {
    /// Plain text, to 2,000 characters.
    pub text: Option<String>,
}

impl CommentWrite {
    /// Parses it.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<Prose<2000>, Violations> {
        let mut faults = Violations::new();
        let Some(text) = self.text else {
            faults.add("/text", Fault::new("required", "say something"));
            return Err(faults);
        };
        let text = faults.take("/text", Prose::parse(&text));
        text.ok_or(faults)
    }
}
