//! What goes out of sessions.

use bantin_application::sessions::{LoggedIn, Me, StoredSession};
use bantin_domain::{id::Id, policy::Session};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Render, roles::view::PermissionView, users::view::UserView};

/// What a login gives, and a refresh.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Login)]
pub struct LoginView {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// For how many seconds it is good.
    pub expires_in: i64,
    /// Exchange it for the next tokens at `/auth/refresh`: once, and within 7 days.
    pub refresh_token: String,
    /// Who logged in.
    pub user: UserView,
}

impl LoginView {
    /// The tokens of a session, and whose it is.
    pub fn new(logged_in: LoggedIn, render: &Render) -> Self {
        Self {
            access_token: logged_in.access_token,
            expires_in: logged_in.expires_in,
            refresh_token: logged_in.refresh_token.expose().to_owned(),
            user: UserView::new(logged_in.account, true, render),
        }
    }
}

/// The own account, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// The account.
    #[serde(flatten)]
    pub user: UserView,
    /// What its role may do. Those with the scope `inCategories` reach the sections of `categoryIds` and
    /// below; for who is not limited to any, everything.
    pub permissions: Vec<PermissionView>,
}

impl MeView {
    /// The view of the caller.
    pub fn new(me: Me, render: &Render) -> Self {
        Self {
            permissions: me.permissions.iter().map(PermissionView::from).collect(),
            user: UserView::new(me.account, true, render),
        }
    }
}

/// A session of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub struct SessionView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it was last carried on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub refreshed_at: Option<String>,
    /// When it ends at the latest.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: String,
    /// From which network it was last carried on; `null` where the settings keep none.
    pub network: Option<String>,
    /// Whether it is the one through which you ask.
    pub current: bool,
}

impl SessionView {
    /// The view of a session for who asks through `current`.
    pub fn new(session: StoredSession, current: Id<Session>, render: &Render) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: render.time(session.created_at),
            refreshed_at: session.refreshed_at.map(|at| render.time(at)),
            expires_at: render.time(session.expires_at),
            network: session.network,
            current: session.id == current,
        }
    }
}
