//! Routes that are the same for articles, events, speeches and pages: `/{collection}/{id}/...`.
//!
//! The kind stands in the address, so a handler takes the item's collection out of the path and calls
//! the use case of that kind.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bantin_domain::id::Id;
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Type,
        path::{Parameter, ParameterIn},
    },
};
use uuid::Uuid;

use crate::{extract::path_parameter, problem::Problem};

/// A collection of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// News articles.
    Articles,
    /// Events.
    Events,
    /// Speeches.
    Speeches,
    /// Standing pages.
    Pages,
}

const COLLECTIONS: [(&str, Collection); 4] = [
    ("articles", Collection::Articles),
    ("events", Collection::Events),
    ("speeches", Collection::Speeches),
    ("pages", Collection::Pages),
];

impl Collection {
    /// The collection with that name.
    pub fn parse(name: &str) -> Option<Self> {
        COLLECTIONS.into_iter().find(|(known, _)| *known == name).map(|(_, collection)| collection)
    }
}

/// `{collection}` and `{id}` of a path.
#[derive(Debug, Clone, Copy)]
pub struct PathItem {
    /// Of which kind it is.
    pub collection: Collection,
    /// Which one.
    pub id: Uuid,
}

impl PathItem {
    /// The item that a request names, where it names one.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let collection = Collection::parse(request.match_info().get("collection")?)?;
        let id = request.match_info().get("id")?.parse::<Id<()>>().ok()?;
        Some(Self { collection, id: id.uuid() })
    }
}

impl FromRequest for PathItem {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or_else(Problem::not_found))
    }
}

impl IntoParams for PathItem {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let names = COLLECTIONS.map(|(name, _)| name);
        let mut collection = path_parameter("collection", "The item's collection.", None);
        collection.schema =
            Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build().into());
        vec![collection, path_parameter("id", "The item's id.", Some(KnownFormat::Uuid))]
    }
}
