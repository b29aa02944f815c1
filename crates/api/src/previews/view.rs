//! What goes out of preview links, and of what they show.

use bantin_application::previews::{MadePreview, PreviewLink, Previewed};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, Ref, RefOr, Schema, Type,
        schema::{AllOfBuilder, OneOfBuilder},
    },
};

use crate::{
    Render, articles::view::ArticleView, body::BodyFormat, events::view::EventView, pages::view::PageView,
    speeches::view::SpeechView,
};

/// A link that shows one item to whoever holds its token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PreviewLink)]
pub struct PreviewLinkView {
    /// Its identity, to end it by.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// The revision that it shows; `null` follows the working copy.
    pub revision: Option<i64>,
    /// How often it was opened.
    pub views: i64,
    /// How often it may be.
    pub max_views: Option<i64>,
    /// Who made it.
    #[schema(value_type = String, format = Uuid)]
    pub created_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: String,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: String,
    /// When somebody ended it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<String>,
}

impl PreviewLinkView {
    /// The view of a link, which tells nobody its token.
    pub fn new(link: PreviewLink, render: &Render) -> Self {
        Self {
            id: link.id.to_string(),
            revision: link.revision,
            views: link.views,
            max_views: link.max_views,
            created_by: link.created_by.to_string(),
            created_at: render.time(link.created_at),
            expires_at: render.time(link.expires_at),
            revoked_at: link.revoked_at.map(|at| render.time(at)),
        }
    }
}

/// A link that was just made, with what opens it: said once and kept nowhere.
// No Debug: it would print the token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewPreviewLink)]
pub struct NewPreviewLinkView {
    /// The link.
    #[serde(flatten)]
    pub link: PreviewLinkView,
    /// What opens it. Nobody can be told it again.
    pub token: String,
    /// Where this API shows it.
    pub api_url: String,
    /// Where the front end shows it; `null` unless the site has a `previewUrl`.
    pub web_url: Option<String>,
}

impl NewPreviewLinkView {
    /// The one view that tells the token.
    pub fn new(made: MadePreview, render: &Render) -> Self {
        Self {
            link: PreviewLinkView::new(made.link, render),
            api_url: render.address("preview", made.token.expose()),
            token: made.token.expose().to_owned(),
            web_url: made.web_url,
        }
    }
}

/// An item as the public would read it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PreviewView {
    /// A news article.
    Article(Box<ArticleView>),
    /// An event.
    Event(Box<PreviewedEventView>),
    /// A speech.
    Speech(Box<SpeechView>),
    /// A standing page.
    Page(Box<PageView>),
}

/// An event as the public would read it, with what its programme would be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewedEvent)]
pub struct PreviewedEventView {
    /// The event.
    #[serde(flatten)]
    pub event: EventView,
    /// Its speeches in order, drafts and all, without their texts.
    pub speeches: Vec<SpeechView>,
}

impl PreviewView {
    /// The view that publishing would give.
    pub fn new(previewed: Previewed, format: BodyFormat, render: &Render) -> Self {
        match previewed {
            Previewed::Article(article) => Self::Article(Box::new(ArticleView::new(*article, format, render))),
            Previewed::Event(event, speeches) => Self::Event(Box::new(PreviewedEventView {
                event: EventView::new(*event, format, render),
                speeches: speeches.into_iter().map(|one| SpeechView::new(one, format, render)).collect(),
            })),
            Previewed::Speech(speech) => Self::Speech(Box::new(SpeechView::new(*speech, format, render))),
            Previewed::Page(page) => Self::Page(Box::new(PageView::new(*page, format, render))),
        }
    }
}

impl PartialSchema for PreviewView {
    /// One of the four views, told apart by `type`, of which each has its own value.
    fn schema() -> RefOr<Schema> {
        let variant = |kind: &str, view: std::borrow::Cow<'static, str>| {
            let tag = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind]));
            let tagged = ObjectBuilder::new().property("type", tag).required("type");
            let what = format!("What publishing the {kind} would show.");
            let both = AllOfBuilder::new().item(Ref::from_schema_name(view)).item(tagged);
            Schema::from(both.description(Some(what)).build())
        };
        let one_of = OneOfBuilder::new()
            .item(variant("article", ArticleView::name()))
            .item(variant("event", PreviewedEventView::name()))
            .item(variant("speech", SpeechView::name()))
            .item(variant("page", PageView::name()))
            .description(Some("An item as the public would read it; `type` says of which kind."));
        RefOr::T(one_of.build().into())
    }
}

impl ToSchema for PreviewView {
    fn name() -> std::borrow::Cow<'static, str> {
        "Preview".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PreviewedEventView::name().into_owned(), PreviewedEventView::schema()));
        PreviewedEventView::schemas(schemas);
    }
}
