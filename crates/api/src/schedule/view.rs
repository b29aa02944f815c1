//! What goes out of the schedule.

use bantin_application::schedule::{Happening, What};
use bantin_domain::{content::end_of_time, named::Named};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// Something that will happen to an item by itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScheduleEntry)]
pub struct ScheduleEntryView {
    /// The item's kind: `article`, `event`, `speech` or `page`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The item.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its language.
    pub locale: String,
    /// From when the public sees it.
    #[schema(value_type = String, format = DateTime)]
    pub visible_from: String,
    /// Until when; `null` is for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub visible_until: Option<String>,
    /// What happens.
    pub what: WhatView,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
}

/// What happens to an item by itself.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScheduledChange)]
pub enum WhatView {
    /// The public sees it from then on.
    Appears,
    /// The public sees it no longer.
    Disappears,
}

impl ScheduleEntryView {
    /// The view of one.
    pub fn new(happening: Happening, render: &Render) -> Self {
        let window = happening.window;
        Self {
            kind: happening.target.kind.name(),
            id: happening.target.id.to_string(),
            title: happening.title,
            locale: happening.locale,
            visible_from: render.time(window.from),
            visible_until: (window.until != end_of_time()).then(|| render.time(window.until)),
            what: match happening.what {
                What::Appears => WhatView::Appears,
                What::Disappears => WhatView::Disappears,
            },
            at: render.time(happening.at),
        }
    }
}
