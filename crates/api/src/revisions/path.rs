//! Which revision of which item a path names.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Type,
        path::{Parameter, ParameterIn},
    },
};

use crate::{collection::PathItem, extract::path_parameter, problem::Problem};

/// An item and `{n}`, one of its revisions.
#[derive(Debug, Clone, Copy)]
pub struct PathRevision {
    /// Whose.
    pub item: PathItem,
    /// Which.
    pub number: i64,
}

/// An item, and `{a}` and `{b}`, two of its revisions.
#[derive(Debug, Clone, Copy)]
pub struct PathRevisions {
    /// Whose.
    pub item: PathItem,
    /// The one.
    pub from: i64,
    /// The other.
    pub to: i64,
}

fn number(request: &HttpRequest, name: &str) -> Option<i64> {
    parse_number(request.match_info().get(name)?)
}

/// The number of a revision, in its one spelling: `01` and `+1` name nothing.
pub fn parse_number(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| *number > 0 && number.to_string() == text)
}

impl FromRequest for PathRevision {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let revision = PathItem::of(request).zip(number(request, "n"));
        ready(revision.map(|(item, number)| Self { item, number }).ok_or_else(Problem::not_found))
    }
}

impl FromRequest for PathRevisions {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let both = PathItem::of(request).zip(number(request, "a").zip(number(request, "b")));
        ready(both.map(|(item, (from, to))| Self { item, from, to }).ok_or_else(Problem::not_found))
    }
}

fn number_parameter(name: &str, description: &str) -> Parameter {
    let mut number = path_parameter(name, description, None);
    number.schema = Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1.0)).build().into());
    number
}

impl IntoParams for PathRevision {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = number_parameter("n", "The revision's number.");
        PathItem::into_params(parameter_in).into_iter().chain([number]).collect()
    }
}

impl IntoParams for PathRevisions {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let numbers = [number_parameter("a", "The one revision."), number_parameter("b", "The other.")];
        PathItem::into_params(parameter_in).into_iter().chain(numbers).collect()
    }
}
