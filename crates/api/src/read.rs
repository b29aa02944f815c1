//! How one resource is asked for: in which language, its text in which form.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bantin_domain::locale::Locale;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Schema, Type,
        path::{Parameter, ParameterIn},
        schema::SchemaType,
    },
};

use crate::{
    body::BodyFormat,
    list::{decoded, query_parameter, unknown_parameter},
    problem::Problem,
};

/// The query of a `GET` of one resource.
#[derive(Debug, Clone, Default)]
pub struct ReadQuery {
    /// `locale=`: its sibling in that language is answered, where there is one.
    pub locale: Option<Locale>,
    /// `body=`: the form of its text.
    pub body: Option<BodyFormat>,
}

impl FromRequest for ReadQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()))
    }
}

fn parse(query: &str) -> Result<ReadQuery, Problem> {
    let mut read = ReadQuery::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = decoded(pair)?;
        let doubled = match name.as_str() {
            "locale" => read
                .locale
                .replace(
                    Locale::parse(&value)
                        .map_err(|fault| Problem::parameter("locale", "invalid_parameter", fault.message))?,
                )
                .is_some(),
            "body" => read.body.replace(BodyFormat::parse(&value)?).is_some(),
            _ => return Err(unknown_parameter(&name, vec!["locale".to_owned(), "body".to_owned()])),
        };
        if doubled {
            return Err(Problem::parameter(&name, "invalid_parameter", "is given twice"));
        }
    }
    Ok(read)
}

impl IntoParams for ReadQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = || -> Schema { ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into() };
        let forms: Schema = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(["html", "markdown", "text", "blocks"]))
            .build()
            .into();
        vec![
            query_parameter("locale", "A language: the translation in it is answered, where there is one.", text()),
            query_parameter(
                "body",
                "The form of the text: `html` for the public and `blocks` at the desk when absent.",
                forms,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locale_and_body_can_be_asked_for() {
        assert_eq!(parse("locale=en&body=markdown").unwrap().body, Some(BodyFormat::Markdown));
        for query in ["locale=EN", "body=xml", "locale=vi&locale=en", "include=x", "body="] {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
