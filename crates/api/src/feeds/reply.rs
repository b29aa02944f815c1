//! A feed that is written, with the validators of any public answer.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload};
use bantin_domain::{locale::Locale, time::Timestamp};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        ContentBuilder, ObjectBuilder, RefOr, Response, ResponseBuilder, Schema, Type,
        path::{Parameter, ParameterIn},
    },
};

use super::{atom, entry::Feed, json, rss};
use crate::{
    extract::path_parameter,
    problem::Problem,
    reply::{Finished, VALIDATORS, typed_response},
};

/// In which format a feed is asked for: the ending of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom.
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// As addresses end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => atom::MEDIA_TYPE,
            Self::Json => "application/feed+json",
        }
    }

    /// A feed in this format.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn write(self, feed: &Feed) -> Result<Written, Problem> {
        let document = match self {
            Self::Rss => rss::write(feed),
            Self::Atom => atom::write(feed)?,
            Self::Json => json::write(feed)?,
        };
        let (modified, language) = (feed.updated(), feed.language.clone());
        Ok(Written { format: self, document, modified, language, links: None })
    }
}

impl FromRequest for Format {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ending = request.match_info().get("format");
        let known = Self::ALL.into_iter().find(|format| Some(format.ending()) == ending);
        ready(known.ok_or_else(Problem::not_found))
    }
}

impl IntoParams for Format {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameter = path_parameter("format", "RSS 2.0, Atom, or JSON Feed 1.1.", None);
        let names = Self::ALL.map(Self::ending);
        let schema: Schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build().into();
        parameter.schema = Some(RefOr::T(schema));
        vec![parameter]
    }
}

/// A feed in a format.
#[derive(Debug)]
pub struct Written {
    format: Format,
    document: String,
    modified: Timestamp,
    language: Locale,
    links: Option<String>,
}

impl Written {
    /// With where to go on, for who reads headers only.
    #[must_use]
    pub fn linked(self, links: Option<String>) -> Self {
        Self { links, ..self }
    }
}

impl Responder for Written {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let media_type = match self.format {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json",
        };
        Finished {
            media_type,
            body: self.document.into_bytes(),
            modified: Some(self.modified),
            language: Some(self.language),
            links: self.links,
            is_live: false,
        }
        .answer(request)
    }
}

impl IntoResponses for Written {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = || -> Schema { ObjectBuilder::new().schema_type(Type::String).build().into() };
        let mut feed = typed_response(Format::Rss.media_type(), "The feed.", text(), &VALIDATORS);
        for (format, schema) in [(Format::Atom, text()), (Format::Json, ObjectBuilder::new().build().into())] {
            let content = ContentBuilder::new().schema(Some(RefOr::T(schema))).build();
            feed.content.insert(format.media_type().to_owned(), RefOr::T(content));
        }
        let known = ResponseBuilder::new().description("You hold it already.").build();
        BTreeMap::from([("200".to_owned(), feed.into()), ("304".to_owned(), known.into())])
    }
}
