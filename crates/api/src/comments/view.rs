//! What goes out of a comment.

use bantin_application::comments::Comment;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// What somebody said about an item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Comment)]
pub struct CommentView {
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Who said it.
    pub author: CommentAuthorView,
    /// What.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
}

/// Who said something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentAuthor)]
pub struct CommentAuthorView {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// As shown to colleagues.
    pub name: String,
}

impl CommentView {
    /// The view of a comment.
    pub fn new(comment: Comment, render: &Render) -> Self {
        Self {
            id: comment.id.to_string(),
            author: CommentAuthorView { id: comment.author.to_string(), name: comment.author_name },
            text: comment.text,
            created_at: render.time(comment.created_at),
        }
    }
}
