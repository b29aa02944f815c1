//! What goes out of accounts.

use bantin_application::{
    sessions::Account,
    users::{Colleague, OneTimeLink},
};
use bantin_domain::named::Named;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    /// Its identity; never given to anybody else.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// What it logs in with; `null` for who may not know it.
    pub email: Option<String>,
    /// As shown to colleagues.
    pub name: String,
    /// The name of its role.
    pub role: String,
    /// The sections, with all below them, that its permissions `inCategories` are limited to; `null` is no limit.
    #[schema(value_type = Option<Vec<String>>)]
    pub category_ids: Option<Vec<String>>,
    /// Whether it is shut out.
    pub disabled: bool,
    /// Whether its owner has yet to choose a password.
    pub pending: bool,
    /// The version, for `If-Match`.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
}

impl UserView {
    /// The view of an account, with its address where the reader may know it.
    pub fn new(account: Account, shows_email: bool, render: &Render) -> Self {
        let user = account.user;
        Self {
            id: user.id.to_string(),
            email: shows_email.then(|| user.email.as_str().to_owned()),
            name: user.name.to_string(),
            role: user.role.to_string(),
            category_ids: account.categories.map(|ids| ids.iter().map(ToString::to_string).collect()),
            disabled: user.disabled,
            pending: account.password_hash.is_none(),
            version: account.version,
            created_at: render.time(account.created_at),
            updated_at: render.time(account.updated_at),
        }
    }
}

/// An account as who works at the desk reads it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Colleague)]
pub struct ColleagueView {
    /// The account.
    #[serde(flatten)]
    pub user: UserView,
    /// What the caller can do: `edit`, `reset`. Nothing, to an account that may do more than they.
    pub allowed_actions: Vec<&'static str>,
}

impl ColleagueView {
    /// The view of an account for who asks.
    pub fn new(colleague: Colleague, render: &Render) -> Self {
        let Colleague { account, shows_email, allowed_actions } = colleague;
        Self { user: UserView::new(account, shows_email, render), allowed_actions }
    }
}

/// An account that was just made, with the link for its owner.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitedUser)]
pub struct InvitedUserView {
    /// The account.
    #[serde(flatten)]
    pub colleague: ColleagueView,
    /// The link; shown this once.
    pub invitation: LinkView,
}

/// A one-time link, to be handed over; shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OneTimeLink)]
pub struct LinkView {
    /// What its bearer sends to `/auth/accept`, with a password of their own.
    pub token: String,
    /// `invitation`, or `reset` where there was a password before.
    pub purpose: String,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: String,
}

impl LinkView {
    /// The view of a link.
    pub fn new(link: &OneTimeLink, render: &Render) -> Self {
        Self {
            token: link.token.expose().to_owned(),
            purpose: link.purpose.name().to_owned(),
            expires_at: render.time(link.expires_at),
        }
    }
}
