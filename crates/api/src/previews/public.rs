//! What a preview link opens, for whoever holds it.

use std::collections::BTreeMap;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    dev::Payload,
    get,
    http::header::{CONTENT_LANGUAGE, HeaderName, HeaderValue},
    web::Data,
};
use bantin_application::previews::{self, Previewed};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        RefOr, Response,
        path::{Parameter, ParameterIn},
    },
};

use super::view::PreviewView;
use crate::{
    Api, body::BodyFormat, extract::path_parameter, list::unknown_parameter, problem::Problem, read::ReadQuery,
    reply::Desk,
};

/// `{token}` of a path. It is a secret: it goes into no log and no error.
// No Debug, for the same reason.
pub struct PathToken(String);

impl FromRequest for PathToken {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = request.match_info().get("token").map(|token| Self(token.to_owned()));
        std::future::ready(token.ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathToken {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter("token", "The token of a preview link.", None)]
    }
}

/// The query of a preview: the form of the text. Its language is that of the item.
pub struct PreviewQuery(BodyFormat);

impl FromRequest for PreviewQuery {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = ReadQuery::from_request(request, payload).into_inner();
        std::future::ready(query.and_then(|query| match query.locale {
            None => Ok(Self(query.body.unwrap_or(BodyFormat::Html))),
            Some(_) => Err(unknown_parameter("locale", vec!["body".to_owned()])),
        }))
    }
}

impl IntoParams for PreviewQuery {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        ReadQuery::into_params(parameter_in).into_iter().filter(|parameter| parameter.name == "body").collect()
    }
}

/// Open a preview link
///
/// The item as `GET` of its kind would answer it once it is published, for an event with its `speeches` as its programme would be.
/// Nobody may keep the answer. A link that was ended, has expired or is used up answers 410.
#[utoipa::path(tag = "previews", params(PathToken, PreviewQuery), security(()))]
#[get("/preview/{token}")]
pub async fn get_preview(api: Data<Api>, token: PathToken, query: PreviewQuery) -> Result<Unlisted, Problem> {
    let render = api.site_render().await?;
    let previewed = previews::open(&api.app, &token.0).await?;
    let locale = match &previewed {
        Previewed::Article(article) => &article.locale,
        Previewed::Event(event, _) => &event.locale,
        Previewed::Speech(speech) => &speech.locale,
        Previewed::Page(page) => &page.locale,
    };
    let language = locale.to_string();
    let view = PreviewView::new(previewed, query.0, &render);
    Ok(Unlisted { view: Desk::plain(view), language })
}

/// An answer that nobody keeps and no search engine lists.
pub struct Unlisted {
    view: Desk<PreviewView>,
    language: String,
}

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

impl Responder for Unlisted {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.view.respond_to(request);
        let headers = response.headers_mut();
        headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
        if let Ok(language) = HeaderValue::from_str(&self.language) {
            headers.insert(CONTENT_LANGUAGE, language);
        }
        response
    }
}

impl IntoResponses for Unlisted {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = Desk::<PreviewView>::responses();
        for response in responses.values_mut() {
            if let RefOr::T(response) = response {
                response.headers.remove("ETag");
            }
        }
        responses
    }
}
