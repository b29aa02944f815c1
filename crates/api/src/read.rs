//! How one resource is asked for: in which language, its text in which form, which of its members, and whose
//! details.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

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
    language,
    list::{Fields, Filter, Includes, List, choice_parameters, choose, query_parameter, read, unknown_parameter},
    problem::Problem,
};

/// The query of a `GET` of one resource of list `L`, which says what fields and includes there are.
#[derive(Debug, Clone)]
pub struct ReadOf<L> {
    /// `locale=`: its sibling in that language is answered, where there is one.
    pub locale: Option<Locale>,
    /// `body=`: the form of its text.
    pub body: Option<BodyFormat>,
    /// `fields=`: which members are wanted.
    pub fields: Fields,
    /// `include=`: whose details are wanted.
    pub includes: Includes,
    list: PhantomData<fn() -> L>,
}

/// The query of a `GET` of one resource that is always answered whole.
pub type ReadQuery = ReadOf<Whole>;

/// What is always answered whole.
#[derive(Debug, Clone, Copy)]
pub struct Whole;

impl List for Whole {
    const NAME: &'static str = "";
    const FILTERS: &'static [Filter] = &[];
}

impl<L: List> FromRequest for ReadOf<L> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl<L: List> ReadOf<L> {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut given = read(query)?;
        let locale = if L::HAS_LOCALE { given.remove("locale") } else { None };
        let locale = locale
            .map(|tag| {
                language::parse(&tag).map_err(|fault| Problem::parameter("locale", "invalid_parameter", fault.message))
            })
            .transpose()?;
        let body = if has_text::<L>() { given.remove("body") } else { None };
        let body = body.map(|text| BodyFormat::parse(&text)).transpose()?;
        let (fields, includes) = choose::<L>(&mut given)?;
        if let Some(unknown) = given.keys().next() {
            let offered = [
                ("locale", L::HAS_LOCALE),
                ("body", has_text::<L>()),
                ("fields", !L::FIELDS.is_empty()),
                ("include", !L::INCLUDES.is_empty()),
            ];
            let names = offered.into_iter().filter(|(_, is_offered)| *is_offered).map(|(name, _)| name.to_owned());
            return Err(unknown_parameter(unknown, names.collect()));
        }
        if body.is_some() && !fields.shows("body") {
            let message = "is the form of a text that fields leaves out";
            return Err(Problem::parameter("body", "invalid_parameter", message));
        }
        Ok(Self { locale, body, fields, includes, list: PhantomData })
    }
}

/// Whether a resource has a text; what is always answered whole does.
fn has_text<L: List>() -> bool {
    L::FIELDS.is_empty() || L::FIELDS.contains(&"body")
}

impl<L: List> IntoParams for ReadOf<L> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text: Schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into();
        let forms: Schema = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(["html", "markdown", "text", "blocks"]))
            .build()
            .into();
        let mut params = Vec::new();
        if L::HAS_LOCALE {
            let doc = "A language: the translation in it is answered, where there is one.";
            params.push(query_parameter("locale", doc, text));
        }
        if has_text::<L>() {
            let doc = "The form of the text: `html` for the public and `blocks` at the desk when absent.";
            params.push(query_parameter("body", doc, forms));
        }
        params.extend(choice_parameters::<L>(""));
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Include;

    #[derive(Debug)]
    struct News;
    impl List for News {
        const NAME: &'static str = "news";
        const FILTERS: &'static [Filter] = &[];
        const FIELDS: &'static [&'static str] = &["id", "title", "body", "authors"];
        const INCLUDES: &'static [Include] = &[Include { name: "authors", doc: "" }];
    }

    #[test]
    fn only_locale_and_body_can_be_asked_of_what_is_answered_whole() {
        assert_eq!(ReadQuery::parse("locale=en&body=markdown").unwrap().body, Some(BodyFormat::Markdown));
        for query in ["locale=english", "body=xml", "locale=vi&locale=en", "include=x", "fields=title", "body="] {
            assert!(ReadQuery::parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn members_and_details_can_be_asked_of_what_offers_them() {
        let asked = ReadOf::<News>::parse("fields=title,authors&include=authors").unwrap();
        assert!(asked.fields.shows("title") && !asked.fields.shows("body") && asked.includes.have("authors"));
        for query in [
            "fields=titel",
            "fields=title,title",
            "fields=",
            "include=tags",
            "fields=title&include=authors",
            "fields=title&body=html",
        ] {
            assert!(ReadOf::<News>::parse(query).is_err(), "{query}");
        }
    }
}
