//! What can be asked of the change log in a URL.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bantin_application::changes::Place;
use bantin_domain::{id::Id, kind::Kind, named::Named};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Schema, Type,
        path::{Parameter, ParameterIn},
        schema::SchemaType,
    },
};
use uuid::Uuid;

use crate::{given::Given, list::query_parameter, problem::Problem};

/// The most changes, or records, of an answer.
const MOST: u32 = 1_000;
/// So many when nobody says how many.
const USUAL: u32 = 100;
/// So many resources may be named at once.
const MOST_IDS: usize = 100;

/// From where on the log is read, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesQuery {
    /// After this number.
    pub after: i64,
    /// These kinds of resources; all where none is named.
    pub kinds: Vec<Kind>,
    /// At most so many.
    pub limit: u32,
}

impl ChangesQuery {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut given = Given::read(query, &["after", "types", "limit"])?;
        Ok(Self {
            after: take_after(&mut given)?.unwrap_or_default(),
            kinds: take_kinds(&mut given)?,
            limit: given.take_limit(MOST)?.unwrap_or(USUAL),
        })
    }
}

/// From where on the log is listened to, and to what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQuery {
    /// After this number; from now on where none is named.
    pub after: Option<i64>,
    /// These kinds of resources; all where none is named.
    pub kinds: Vec<Kind>,
}

impl StreamQuery {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut given = Given::read(query, &["after", "types"])?;
        Ok(Self { after: take_after(&mut given)?, kinds: take_kinds(&mut given)? })
    }
}

/// Which part of the public side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotQuery {
    /// Which records.
    pub part: SnapshotPart,
    /// At most so many of them.
    pub limit: u32,
}

/// Which records of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotPart {
    /// The next ones: from the beginning, or from where a page ended.
    Page(Option<Place>),
    /// Those of these resources.
    Named(Vec<Uuid>),
}

impl SnapshotQuery {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut given = Given::read(query, &["cursor", "ids", "limit"])?;
        if let Some(ids) = given.take("ids", "1 to 100 ids with commas between", ids)? {
            return match given.left() {
                None => Ok(Self { part: SnapshotPart::Named(ids), limit: USUAL }),
                Some(other) => Err(Problem::parameter(other, "invalid_parameter", "cannot be given together with ids")),
            };
        }
        let limit = given.take_limit(MOST)?.unwrap_or(USUAL);
        let place = given.take("cursor", "a cursor that an answer gave", |text| Some(read_cursor(text)))?;
        let wrong = || Problem::parameter("cursor", "invalid_cursor", "is none that an answer gave");
        let place = place.map(|place| place.ok_or_else(wrong)).transpose()?;
        Ok(Self { part: SnapshotPart::Page(place), limit })
    }
}

/// Where a snapshot goes on, as its reader sends it back. Nothing in it is secret: whatever somebody writes into it
/// leads to a page that everybody may read.
pub(super) fn write_cursor(place: &Place) -> String {
    let after = place.after.map(|after| after.to_string()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{} {} {after}", place.seq, place.kind))
}

fn read_cursor(text: &str) -> Option<Place> {
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let mut parts = plain.split(' ');
    let place = Place {
        seq: parts.next().and_then(number)?,
        kind: Kind::from_name(parts.next()?)?,
        after: match parts.next()? {
            "" => None,
            id => Some(id.parse::<Id<()>>().ok()?.uuid()),
        },
    };
    parts.next().is_none().then_some(place)
}

fn ids(text: &str) -> Option<Vec<Uuid>> {
    let ids: Option<Vec<Uuid>> = text.split(',').map(|id| Some(id.trim().parse::<Id<()>>().ok()?.uuid())).collect();
    ids.filter(|ids| ids.len() <= MOST_IDS)
}

/// A number of the log, in its one spelling.
pub(super) fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| *number >= 0 && number.to_string() == text)
}

fn take_after(given: &mut Given) -> Result<Option<i64>, Problem> {
    given.take("after", "the number of a change, or 0", number)
}

fn take_kinds(given: &mut Given) -> Result<Vec<Kind>, Problem> {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let expected = format!("some of {} with commas between, each once", names.join(", "));
    let kinds = given.take("types", &expected, |text| {
        let kinds: Vec<Kind> = text.split(',').map(|name| Kind::from_name(name.trim())).collect::<Option<_>>()?;
        let is_named_once = |kind: &Kind| kinds.iter().filter(|other| *other == kind).count() == 1;
        kinds.iter().all(is_named_once).then_some(kinds)
    })?;
    Ok(kinds.unwrap_or_default())
}

/// Each of these is read from the query and nothing else.
macro_rules! read_from_query {
    ($($query:ty),+) => {$(
        impl FromRequest for $query {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(Self::parse(request.query_string()))
            }
        }
    )+};
}
read_from_query!(ChangesQuery, StreamQuery, SnapshotQuery);

fn text() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into()
}

fn whole_number(least: f64, most: Option<f64>) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).minimum(Some(least)).maximum(most).build().into()
}

fn after(description: &str) -> Parameter {
    query_parameter("after", description, whole_number(0.0, None))
}

fn limit(description: &str) -> Parameter {
    query_parameter("limit", description, whole_number(1.0, Some(f64::from(MOST))))
}

fn types() -> Parameter {
    query_parameter("types", "Only of these kinds of resources, with commas between: `article,event`.", text())
}

impl IntoParams for ChangesQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let after = after("The number that you have read up to; 0, the beginning, when absent.");
        vec![after, types(), limit("How many changes, 1 to 1000; 100 when absent.")]
    }
}

impl IntoParams for StreamQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![after("The number that you have read up to; from now on when absent."), types()]
    }
}

impl IntoParams for SnapshotQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            query_parameter("cursor", "Where the page before ended; the beginning when absent.", text()),
            limit("How many resources are looked at, 1 to 1000; 100 when absent."),
            query_parameter("ids", "Instead: up to 100 ids of resources, with commas between.", text()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_asked_of_the_log_is_read_strictly() {
        let asked = ChangesQuery::parse("after=12&types=article,event&limit=1000").unwrap();
        assert_eq!(asked, ChangesQuery { after: 12, kinds: vec![Kind::Article, Kind::Event], limit: 1_000 });
        let usual = ChangesQuery::parse("").unwrap();
        assert_eq!((usual.after, usual.kinds.len(), usual.limit), (0, 0, 100));
        for query in [
            "after=-1",
            "after=+1",
            "after=01",
            "after=x",
            "after=",
            "limit=0",
            "limit=1001",
            "types=",
            "types=news",
            "types=event,event",
            "types=event,",
            "since=1",
            "after=1&after=1",
        ] {
            assert!(ChangesQuery::parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_snapshot_is_read_on_or_asked_for_some_resources_but_not_both() {
        let id = Uuid::from_u128(1);
        assert_eq!(SnapshotQuery::parse(&format!("ids={id}")).unwrap().part, SnapshotPart::Named(vec![id]));
        for query in
            [format!("ids={id}&cursor=x"), format!("ids={id}&limit=1"), "ids=".to_owned(), "cursor=x".to_owned()]
        {
            assert!(SnapshotQuery::parse(&query).is_err(), "{query}");
        }
        let many = vec![id.to_string(); 101].join(",");
        assert!(SnapshotQuery::parse(&format!("ids={many}")).is_err());
    }

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_place(seq in 0..i64::MAX, kind in 0..Kind::ALL.len(), after in any::<Option<u128>>()) {
            let place = Place { seq, kind: Kind::ALL[kind], after: after.map(Uuid::from_u128) };
            prop_assert_eq!(read_cursor(&write_cursor(&place)), Some(place));
        }

        #[test]
        fn a_cursor_that_nobody_gave_is_none(text in "[A-Za-z0-9_-]{0,40}") {
            prop_assert!(read_cursor(&text).is_none_or(|place| write_cursor(&place) == text));
        }
    }
}
