//! What comes in of webhooks.

use bantin_application::webhooks::WebhookChanges;
use bantin_domain::{
    locale::Locale,
    text::Label,
    violation::{Fault, Violations},
    webhook::{EventPattern, WebhookUrl},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    patch::{self, Patch},
    problem::Problem,
};

/// What somebody says of a webhook. To make one `name` and `url` are required; to change one, what is absent
/// stays, and lists are replaced whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WebhookWrite)]
pub struct WebhookWrite {
    /// Its name for people.
    #[schema(value_type = Option<String>)]
    pub name: Patch<String>,
    /// Who is told: a public https address with the port 443, or one from 1024 up.
    #[schema(value_type = Option<String>)]
    pub url: Patch<String>,
    /// Of which types: `article.updated`, `event.*`, `*.deleted`; `*`, which is all, when absent.
    #[schema(value_type = Option<Vec<String>>)]
    pub types: Patch<Vec<String>>,
    /// In which sections, with all below them; no limit when absent. It narrows articles, events and speeches.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Patch<Vec<String>>,
    /// In which languages; no limit when absent. It narrows what has a language.
    #[schema(value_type = Option<Vec<String>>)]
    pub locales: Patch<Vec<String>>,
    /// Whether it is told of anything; it is when absent.
    #[schema(value_type = Option<bool>)]
    pub enabled: Patch<bool>,
}

impl WebhookWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<WebhookChanges, Problem> {
        let mut faults = Violations::new();
        let changes = WebhookChanges {
            name: self.name.parse("/name", &mut faults, Label::parse),
            url: self.url.parse("/url", &mut faults, WebhookUrl::parse),
            types: self.types.parse_each("/types", &mut faults, EventPattern::parse),
            categories: self.category_ids.parse_each("/categoryIds", &mut faults, patch::id),
            locales: self.locales.parse_each("/locales", &mut faults, Locale::parse),
            enabled: self.enabled.plain(),
        };
        faults.into_result(changes).map_err(Into::into)
    }
}

/// How a secret gives way to another.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RotationWrite)]
pub struct RotationWrite {
    /// For how many hours the one before signs, too: 0 to 168, 24 when absent. 0 is for a secret that leaked.
    #[schema(minimum = 0, maximum = 168)]
    pub overlap_hours: Option<i64>,
}

impl RotationWrite {
    /// For how many seconds both sign.
    ///
    /// # Errors
    /// 422.
    pub fn parse(self) -> Result<i64, Problem> {
        let mut faults = Violations::new();
        let hours = self.overlap_hours.unwrap_or(24);
        if !(0..=168).contains(&hours) {
            faults.add("/overlapHours", Fault::new("out_of_range", "must be 0 to 168"));
        }
        faults.into_result(hours * 60 * 60).map_err(Into::into)
    }
}
