//! What goes out of the change log and of a snapshot.

use std::collections::BTreeMap;

use bantin_application::LoggedChange;
use bantin_domain::kind::{Kind, Target};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{Render, collection};

/// Something that the public sees differently.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Change)]
pub struct ChangeView {
    /// Its number. They begin at 1, are in the order in which the changes came about, and leave none out.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// When; of what an instant brought about, that instant. `seq` orders: this may step back.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// `created` (it came into sight), `updated`, `moved` (it has another slug) or `deleted` (nobody sees it any more).
    #[schema(pattern = "^(created|updated|deleted|moved)$")]
    pub kind: String,
    /// What sort of resource it is.
    #[serde(rename = "type")]
    #[schema(pattern = "^(article|event|speech|page|person|organisation|category|tag|media|site)$")]
    pub resource: String,
    /// The resource's identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language, where it has one.
    pub locale: Option<String>,
    /// Its slug after the change; media and the site have none.
    pub slug: Option<String>,
    /// Its slug before, when it moved.
    pub previous_slug: Option<String>,
    /// Where it is read.
    pub href: String,
}

impl ChangeView {
    /// The view of a change.
    pub fn new(logged: &LoggedChange, render: &Render) -> Self {
        let change = &logged.change;
        Self {
            seq: logged.seq,
            at: render.time(change.at),
            kind: change.kind.to_string(),
            resource: change.target.kind.to_string(),
            id: change.target.id.to_string(),
            locale: change.locale.as_ref().map(ToString::to_string),
            slug: change.slug.as_ref().map(ToString::to_string),
            previous_slug: change.previous_slug.as_ref().map(ToString::to_string),
            href: href(change.target, render),
        }
    }
}

/// Where a resource is read, by its id: a slug may have moved since.
pub(super) fn href(target: Target, render: &Render) -> String {
    match target.kind {
        Kind::Site => format!("{}/api/v1/site", render.public_url()),
        kind => render.address(collection(kind), &target.id.to_string()),
    }
}

/// How far the log was read, and how far it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = ChangesPage)]
pub struct ChangesPageView {
    /// The `after` to go on with.
    pub next: i64,
    /// The number of the newest change.
    pub head: i64,
}

/// The first line of a page of a snapshot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SnapshotPage)]
pub struct SnapshotPageView {
    /// The `after` from which on to read the changes once the last page is read; the same on every page.
    pub seq: i64,
    /// The `cursor` of the next page; `null` on the last one.
    pub next: Option<String>,
}

/// A resource as a mirror keeps it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct RecordView {
    /// What sort of resource it is.
    #[serde(rename = "type")]
    #[schema(pattern = "^(article|event|speech|page|person|organisation|category|tag|media|site)$")]
    pub resource: &'static str,
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its language, where it has one.
    pub locale: Option<String>,
    /// Its slug; media and the site have none.
    pub slug: Option<String>,
    /// Where it is read.
    pub href: String,
    /// What it says itself: the members of `GET href` that nothing else has a part in, a text as blocks. People and
    /// organisations stand in it as introduced, and the directory's name is left to their own records.
    #[schema(value_type = Object)]
    pub members: Map<String, Value>,
    /// The ids of what it refers to and the public sees, by the name of the relation, in its order.
    pub relations: BTreeMap<&'static str, Vec<String>>,
}
