//! What articles, events, speeches and pages have in common at the desk: how an item shows itself
//! ([`DeskView`]), what the API must know of a kind ([`DeskKind`]), the handlers' work ([`create`],
//! [`read`], [`list`], [`update`], [`take_step`], [`discard`]), what their lists can be asked (`lists`) and what a step of the workflow says
//! ([`StepWrite`]).

mod handle;
mod kind;
mod lists;
mod step;

pub use self::{
    handle::{Work, a_step, change, create, creation, discard, list, read, removal, show, take_step, update},
    kind::DeskKind,
    lists::{DeskArticles, DeskEvents, DeskPages, DeskSpeeches},
    step::{PathStep, StepWrite},
};

use bantin_domain::{
    content::{Content, DeskItem},
    named::Named,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// Identity, state and version of an item, and what the caller can do to it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskItem)]
pub struct DeskView {
    /// Its identity, for ever.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its language.
    pub locale: String,
    /// Where the working copy stands.
    pub state: String,
    /// Counts every change; send it back in `If-Match`.
    pub version: i64,
    /// The number of the newest revision.
    pub revision: i64,
    /// What the public sees; `null` where it sees nothing.
    pub public: Option<PublicCopyView>,
    /// Whether publishing now would show the public something else.
    pub has_unpublished_changes: bool,
    /// Who is asked to go on with it.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub assignee_id: Option<String>,
    /// What the caller can do now.
    pub allowed_actions: Vec<String>,
    /// Who made it.
    #[schema(value_type = String, format = Uuid)]
    pub created_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// Who changed it last.
    #[schema(value_type = String, format = Uuid)]
    pub updated_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    /// Since when it lies in the trash.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub trashed_at: Option<String>,
}

/// The public copy of an item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicCopy)]
pub struct PublicCopyView {
    /// Which revision it shows.
    pub revision: i64,
    /// Under which address.
    pub slug: String,
    /// With which date.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: String,
    /// From when it is seen.
    #[schema(value_type = String, format = DateTime)]
    pub visible_from: String,
    /// Until when; `null` is for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub visible_until: Option<String>,
}

impl DeskView {
    /// What an item says of itself.
    pub fn new<C: Content>(kind: &'static str, desk: &DeskItem<C>, render: &Render) -> Self {
        let item = &desk.item;
        Self {
            id: item.id.to_string(),
            kind,
            locale: item.content.locale().to_string(),
            state: item.state.name().to_owned(),
            version: item.version,
            revision: item.revision,
            public: item.public.as_ref().map(|copy| PublicCopyView {
                revision: copy.revision,
                slug: copy.slug.to_string(),
                published_at: render.time(copy.published_at),
                visible_from: render.time(copy.window.from),
                visible_until: (copy.window.until != bantin_domain::content::end_of_time())
                    .then(|| render.time(copy.window.until)),
            }),
            has_unpublished_changes: item.has_unpublished_changes,
            assignee_id: item.assignee.map(|id| id.to_string()),
            allowed_actions: desk.allowed_actions.iter().map(|action| action.name().to_owned()).collect(),
            created_by: item.created_by.to_string(),
            created_at: render.time(item.created_at),
            updated_by: item.updated_by.to_string(),
            updated_at: render.time(item.updated_at),
            trashed_at: item.trashed_at.map(|at| render.time(at)),
        }
    }
}
