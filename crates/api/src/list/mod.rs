//! Asking for a page of a list, and what a page says of itself.
//!
//! Each list says what it can be asked: by which filters with which operators, in which orders, with which
//! members and which of their details. That is its allow-list, the [`List`] trait; the document is made of it
//! and every query is held against it. Anything else is refused by name, with the nearest name that exists.
//! Nothing is clamped and nothing is ignored: a misspelt filter that was ignored would be a wrong answer that
//! looks right.
//!
//! | file | is about |
//! | --- | --- |
//! | `parse` | one query string, held against the allow-list |
//! | `values` | the values of filters, as the types that use cases take |
//! | `editorial` | what the lists of the desk can be asked beside that: any operator, and alternatives |
//! | `cursor` | how a place in a list travels |
//! | `members` | `fields=` and `include=`: what is left out of an answer, and what is added |
//! | `document` | the same allow-list as parameters of the API document |

use std::{collections::BTreeMap, marker::PhantomData};

use actix_web::HttpRequest;
use bantin_domain::{
    listing::{DEFAULT_LIMIT, MAX_OFFSET, Operator, Order, PageRequest, Slice, Start},
    locale::Locale,
    named::Named,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{body::BodyFormat, problem::Problem};

#[cfg(test)]
pub(crate) mod checks;
mod cursor;
mod document;
mod editorial;
pub mod members;
mod parse;
mod values;

pub(crate) use self::{
    document::choice_parameters,
    editorial::NAME_PARTS,
    parse::{choose, read},
};
pub use self::{
    document::query_parameter,
    members::{Fields, Included, Includes, Sparse},
    parse::{decoded, unknown_parameter},
    values::names,
};

/// A list: its name, and what it can be asked.
pub trait List: 'static {
    /// Its name, part of every cursor: a cursor of one list is none of another.
    const NAME: &'static str;
    /// What it can be filtered by.
    const FILTERS: &'static [Filter];
    /// What else it can be told, by a bare name: `types=...`.
    const PARAMETERS: &'static [Filter] = &[];
    /// How many rows it has where nobody says how many; `None` where it always comes whole.
    const LIMIT: Option<u32> = Some(DEFAULT_LIMIT);
    /// Whether its pages can be asked for by number, and counted.
    const IS_COUNTED: bool = true;
    /// Whether it has a language.
    const HAS_LOCALE: bool = true;
    /// Whether it can be searched: `q=...`.
    const IS_SEARCHED: bool = false;
    /// Whether it is one of the desk's, where any filter goes with any order, and `filter[or]` with all.
    const IS_EDITORIAL: bool = false;
    /// What it can be sorted by, the usual order first; none where there is but one order.
    const SORTS: &'static [Sort] = &[];
    /// The members that an answer of it can be told to have or not; none where that cannot be told.
    const FIELDS: &'static [&'static str] = &[];
    /// Whose details it can be told to add.
    const INCLUDES: &'static [Include] = &[];
}

/// One thing a list can be filtered by: `filter[category]=...`.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// The name, between the brackets.
    pub name: &'static str,
    /// What a value is.
    pub value: Value,
    /// How it can be compared: what an index serves.
    pub operators: &'static [Operator],
    /// What it means, for the document.
    pub doc: &'static str,
}

impl Filter {
    /// A filter.
    pub const fn of(name: &'static str, value: Value, operators: &'static [Operator], doc: &'static str) -> Self {
        Self { name, value, operators, doc }
    }

    /// A filter for one value that the handler reads itself.
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::of(name, Value::Text, &[Operator::Equal], doc)
    }
}

/// What the value of a filter is: how it is described, and what is said of one that is something else.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// What the handler takes for one.
    Text,
    /// An id or a slug.
    Reference,
    /// An id.
    Id,
    /// A slug.
    Slug,
    /// `true` or `false`.
    Flag,
    /// A year in the site's zone.
    Year,
    /// A day in the site's zone, or an instant.
    Instant,
    /// A day.
    Day,
    /// A language.
    Locale,
    /// A value out of a closed list: [`names`].
    OneOf(fn() -> Vec<&'static str>),
}

/// One thing a list can be sorted by: `sort=title`, or `sort=-title` for the other way round.
#[derive(Debug, Clone, Copy)]
pub struct Sort {
    /// Its name.
    pub name: &'static str,
    /// What a value of it is, in a cursor.
    pub key: Key,
    /// The filters that an index serves in this order. With any other the database would have to read and sort
    /// everything.
    pub with: &'static [&'static str],
    /// Whether it goes down where it is the usual order.
    pub descends: bool,
}

impl Sort {
    /// Up from the smallest.
    pub const fn by(name: &'static str, key: Key, with: &'static [&'static str]) -> Self {
        Self { name, key, with, descends: false }
    }

    /// Down from the greatest, where nothing is said.
    #[must_use]
    pub const fn descending(self) -> Self {
        Self { descends: true, ..self }
    }
}

/// What a cursor holds of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// An instant.
    Instant,
    /// A day.
    Day,
    /// A collation key.
    Bytes,
    /// A number.
    Number,
}

/// Something whose details can be added to an answer: `include=authors`.
#[derive(Debug, Clone, Copy)]
pub struct Include {
    /// The member that gains by it; below it, after a dot, what it gains.
    pub name: &'static str,
    /// What is added, for the document.
    pub doc: &'static str,
}

/// A request for a page of list `L`.
#[derive(Debug, Clone)]
pub struct ListQuery<L> {
    /// Which page.
    pub page: PageRequest,
    /// `locale=`: one, or all (`*`).
    pub locale: Option<LocaleChoice>,
    /// `q=`: what is looked for.
    pub text: Option<String>,
    /// `fields=`: which members are wanted.
    pub fields: Fields,
    /// `include=`: whose details are wanted.
    pub includes: Includes,
    /// `body=`: in which form the texts are wanted.
    pub body: Option<BodyFormat>,
    conditions: Vec<Condition>,
    alternatives: BTreeMap<u8, Vec<Condition>>,
    parameters: BTreeMap<&'static str, String>,
    sort: Option<(&'static Sort, bool)>,
    fingerprint: u64,
    list: PhantomData<fn() -> L>,
}

/// A filter with an operator and a value, as they came.
#[derive(Debug, Clone)]
struct Condition {
    /// The group of alternatives that it stands in.
    group: Option<u8>,
    filter: &'static Filter,
    operator: Operator,
    text: String,
}

impl Condition {
    /// As the reader wrote it, or could have.
    fn name(&self) -> String {
        let name = match self.group {
            None => format!("filter[{}]", self.filter.name),
            Some(group) => format!("filter[or][{group}][{}]", self.filter.name),
        };
        match self.operator {
            Operator::Equal => name,
            operator => format!("{name}[{}]", operator.name()),
        }
    }
}

/// Which language a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocaleChoice {
    /// This one.
    One(Locale),
    /// Any: `*`.
    All,
}

impl<L: List> ListQuery<L> {
    /// In which order the list is wanted.
    ///
    /// # Errors
    /// A fault of ours: an order on the allow-list that the resource does not know.
    pub fn order<S: Named>(&self) -> Result<Order<S>, Problem> {
        self.sort
            .and_then(|(sort, descending)| Some(Order { by: S::from_name(sort.name)?, descending }))
            .ok_or_else(|| Problem::internal("a list offers an order that its resource does not know"))
    }

    /// What the page says of itself, and the `Link` header that says the same (RFC 8288).
    pub fn describe<T>(&self, slice: &Slice<T>, request: &HttpRequest) -> (PageView, Option<String>) {
        let limit = u64::from(self.page.limit.max(1));
        let view = PageView {
            limit: self.page.limit,
            next: slice.next.as_ref().map(|cursor| cursor::travelling(cursor, false, self.fingerprint)),
            previous: slice.previous.as_ref().map(|cursor| cursor::travelling(cursor, true, self.fingerprint)),
            number: match self.page.start {
                Start::Page(number) => Some(number),
                _ => None,
            },
            pages: slice.total.map(|total| total.div_ceil(limit)),
            total: slice.total,
        };
        let others: Vec<&str> = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=") && !pair.starts_with("page="))
            .collect();
        let link = |place: String, relation: &str| {
            let query = others.iter().copied().map(ToOwned::to_owned).chain([place]).collect::<Vec<_>>().join("&");
            format!("<{}?{query}>; rel=\"{relation}\"", request.path())
        };
        let next = view.next.iter().map(|cursor| link(format!("cursor={cursor}"), "next"));
        let previous = view.previous.iter().map(|cursor| link(format!("cursor={cursor}"), "prev"));
        let first = view.number.map(|_| link("page=1".to_owned(), "first"));
        // A page beyond what numbers reach would be refused.
        let reached = |pages: &u64| (1..=u64::from(MAX_OFFSET) / limit).contains(pages);
        let last = view.number.and(view.pages).filter(reached).map(|pages| link(format!("page={pages}"), "last"));
        let links: Vec<String> = next.chain(previous).chain(first).chain(last).collect();
        (view, (!links.is_empty()).then(|| links.join(", ")))
    }
}

/// What a page says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PageInfo)]
pub struct PageView {
    /// How many rows a page has.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: u32,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
    /// The cursor of the page before; `null` on the first.
    pub previous: Option<String>,
    /// Its number, when it was asked for by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// How many pages there are, with `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// How many rows there are, with `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

#[cfg(test)]
mod tests;
