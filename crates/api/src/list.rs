//! Asking for a page of a list, and what a page says of itself.
//!
//! Each list names what it can be filtered by; anything else is refused by name, with the nearest
//! name that exists. Nothing is clamped and nothing is ignored: a misspelt filter that was ignored
//! would be a wrong answer that looks right.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    hash::Hasher,
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bantin_domain::{
    listing::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, PageRequest, Slice, SortKey, Start},
    locale::Locale,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, Required, Schema, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::SchemaType,
    },
};

use crate::problem::Problem;

/// A list: its name, and what it can be filtered by.
pub trait List: 'static {
    /// Its name, part of every cursor: a cursor of one list is none of another.
    const NAME: &'static str;
    /// What it can be filtered by.
    const FILTERS: &'static [Filter];
    /// What else it can be told, by a bare name: `q=...`.
    const PARAMETERS: &'static [Filter] = &[];
    /// Whether it has a language.
    const HAS_LOCALE: bool = true;
}

/// One thing a list can be filtered by: `filter[category]=...`, or told: `q=...`.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// The name, between the brackets where it is a filter.
    pub name: &'static str,
    /// What it means, for the document.
    pub doc: &'static str,
}

/// A request for a page of list `L`.
#[derive(Debug, Clone)]
pub struct ListQuery<L> {
    /// Which page.
    pub page: PageRequest,
    /// `locale=`: one, or all (`*`).
    pub locale: Option<LocaleChoice>,
    filters: BTreeMap<&'static str, String>,
    fingerprint: u64,
    list: PhantomData<fn() -> L>,
}

/// Which language a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocaleChoice {
    /// This one.
    One(Locale),
    /// Any: `*`.
    All,
}

/// A cursor as it travels: where, in which direction, and of which question.
#[derive(Serialize, Deserialize)]
struct Travelling {
    #[serde(rename = "c")]
    cursor: Cursor,
    #[serde(rename = "b")]
    backwards: bool,
    #[serde(rename = "f")]
    fingerprint: u64,
}

impl<L: List> ListQuery<L> {
    /// The value of a filter, where it was given.
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.filters.get(name).map(String::as_str)
    }

    /// A filter's value, parsed; one that does not parse is the reader's fault.
    ///
    /// # Errors
    /// 400 `invalid_parameter` naming the filter.
    pub fn parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, Problem> {
        self.filter(name)
            .map(|value| {
                parse(value).ok_or_else(|| {
                    Problem::parameter(&format!("filter[{name}]"), "invalid_parameter", format!("must be {expected}"))
                })
            })
            .transpose()
    }

    /// What the page says of itself, and the `Link` header that says the same (RFC 8288).
    pub fn describe<T>(&self, slice: &Slice<T>, request: &HttpRequest) -> (PageView, Option<String>) {
        let travel = |cursor: &Cursor, backwards| {
            let travelling = Travelling { cursor: cursor.clone(), backwards, fingerprint: self.fingerprint };
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(&travelling).unwrap_or_default())
        };
        let view = PageView {
            limit: self.page.limit,
            next: slice.next.as_ref().map(|cursor| travel(cursor, false)),
            previous: slice.previous.as_ref().map(|cursor| travel(cursor, true)),
            number: match self.page.start {
                Start::Page(number) => Some(number),
                _ => None,
            },
            pages: slice.total.map(|total| total.div_ceil(u64::from(self.page.limit.max(1)))),
            total: slice.total,
        };
        let others: Vec<&str> = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=") && !pair.starts_with("page="))
            .collect();
        let link = |cursor: &str, relation: &str| {
            let query = others
                .iter()
                .copied()
                .map(ToOwned::to_owned)
                .chain([format!("cursor={cursor}")])
                .collect::<Vec<_>>()
                .join("&");
            format!("<{}?{query}>; rel=\"{relation}\"", request.path())
        };
        let links: Vec<String> = view
            .next
            .iter()
            .map(|cursor| link(cursor, "next"))
            .chain(view.previous.iter().map(|cursor| link(cursor, "prev")))
            .collect();
        (view, (!links.is_empty()).then(|| links.join(", ")))
    }

    fn parse(path: &str, query: &str) -> Result<Self, Problem> {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = decoded(pair)?;
            if given.insert(name.clone(), value).is_some() {
                return Err(Problem::parameter(&name, "invalid_parameter", "is given twice"));
            }
        }
        let mut number = |name: &str, most: u32| -> Result<Option<u32>, Problem> {
            let Some(text) = given.remove(name) else { return Ok(None) };
            let fits = !text.is_empty()
                && text.len() <= 10
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && !text.starts_with('0');
            match text.parse::<u32>().ok().filter(|value| fits && *value <= most) {
                Some(value) => Ok(Some(value)),
                None => Err(Problem::parameter(
                    name,
                    "invalid_parameter",
                    format!("must be a whole number from 1 to {most}"),
                )),
            }
        };
        let limit = number("limit", MAX_LIMIT)?.unwrap_or(DEFAULT_LIMIT);
        let page = number("page", u32::MAX)?;
        let cursor = given.remove("cursor");
        let count = match given.remove("count").as_deref() {
            None => false,
            Some("exact") => true,
            Some(_) => return Err(Problem::parameter("count", "invalid_parameter", "must be exact")),
        };
        let locale = match if L::HAS_LOCALE { given.remove("locale") } else { None } {
            None => None,
            Some(all) if all == "*" => Some(LocaleChoice::All),
            Some(tag) => Some(LocaleChoice::One(
                Locale::parse(&tag)
                    .map_err(|fault| Problem::parameter("locale", "invalid_parameter", fault.message))?,
            )),
        };
        let mut filters = BTreeMap::new();
        for filter in L::FILTERS {
            if let Some(value) = given.remove(&format!("filter[{}]", filter.name)) {
                if value.is_empty() || value.len() > 200 {
                    let name = format!("filter[{}]", filter.name);
                    return Err(Problem::parameter(&name, "invalid_parameter", "must have 1 to 200 bytes"));
                }
                filters.insert(filter.name, value);
            }
        }
        for parameter in L::PARAMETERS {
            if let Some(value) = given.remove(parameter.name) {
                filters.insert(parameter.name, value);
            }
        }
        if let Some(unknown) = given.keys().next() {
            return Err(unknown_parameter(unknown, Self::names()));
        }
        let fingerprint = fingerprint::<L>(path, &filters, locale.as_ref());
        let start = match (page, cursor) {
            (Some(_), Some(_)) => {
                return Err(Problem::parameter("page", "invalid_parameter", "cannot be given together with cursor"));
            }
            (Some(page), None) => Start::Page(page),
            (None, None) => Start::First,
            (None, Some(text)) => arrived(&text, fingerprint).ok_or_else(|| {
                Problem::parameter(
                    "cursor",
                    "invalid_cursor",
                    "is not a cursor of this list with these filters; begin without one",
                )
            })?,
        };
        let page = PageRequest { limit, start, count };
        page.offset().map_err(|fault| Problem::parameter("page", fault.code, fault.message))?;
        Ok(Self { page, locale, filters, fingerprint, list: PhantomData })
    }

    fn names() -> Vec<String> {
        let mut names: Vec<String> =
            ["limit", "page", "cursor", "count"].iter().map(|name| (*name).to_owned()).collect();
        if L::HAS_LOCALE {
            names.push("locale".to_owned());
        }
        names.extend(L::PARAMETERS.iter().map(|parameter| parameter.name.to_owned()));
        names.extend(L::FILTERS.iter().map(|filter| format!("filter[{}]", filter.name)));
        names
    }
}

/// Splits and decodes one `name=value`. Brackets may come raw or percent-encoded.
///
/// # Errors
/// 400 for what is no UTF-8, and for NUL.
pub fn decoded(pair: &str) -> Result<(String, String), Problem> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode(&text)
            .ok_or_else(|| Problem::parameter(name, "invalid_parameter", "is not percent-encoded UTF-8"))
    };
    let (name, value) = (decode(name)?, decode(value)?);
    if value.contains('\0') || name.contains('\0') {
        return Err(Problem::parameter(&name.replace('\0', ""), "invalid_parameter", "must not contain NUL"));
    }
    Ok((name, value))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn arrived(text: &str, fingerprint: u64) -> Option<Start> {
    let bytes = (text.len() <= 2000).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
    let travelling: Travelling = serde_json::from_slice(&bytes).ok()?;
    let is_possible = match &travelling.cursor.key {
        SortKey::Day(day) => day.year() >= 1,
        SortKey::Bytes(key) => key.len() <= 2000,
        SortKey::Instant(_) | SortKey::Number(_) => true,
    };
    if travelling.fingerprint != fingerprint || !is_possible {
        return None;
    }
    Some(if travelling.backwards { Start::Before(travelling.cursor) } else { Start::After(travelling.cursor) })
}

/// What a cursor belongs to: the list at its address, its filters and its language. Not the limit, which
/// may change from page to page.
fn fingerprint<L: List>(path: &str, filters: &BTreeMap<&'static str, String>, locale: Option<&LocaleChoice>) -> u64 {
    // FNV-1a: stable between builds and nodes, which the standard hasher does not promise.
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    hasher.write(L::NAME.as_bytes());
    hasher.write(path.as_bytes());
    for (name, value) in filters {
        hasher.write(format!("\0{name}={value}").as_bytes());
    }
    match locale {
        None => {}
        Some(LocaleChoice::All) => hasher.write(b"\0*"),
        Some(LocaleChoice::One(locale)) => hasher.write(format!("\0{locale}").as_bytes()),
    }
    hasher.finish() >> 11
}

/// 400 for a parameter that does not exist, with the nearest that does.
pub fn unknown_parameter(given: &str, known: Vec<String>) -> Problem {
    let shown: String = given.chars().take(60).collect();
    let nearest = known.iter().map(|name| (distance(given, name), name)).min().filter(|(far, _)| *far <= 4);
    let hint = match nearest {
        Some((_, name)) => format!("is unknown; did you mean {name}?"),
        None if known.is_empty() => "is unknown; this operation takes none".to_owned(),
        None => format!("is unknown; there are {}", known.join(", ")),
    };
    Problem::parameter(&shown, "unknown_parameter", hint)
}

/// How many letters lie between two names (Levenshtein); capped, since only near ones matter.
fn distance(one: &str, other: &str) -> usize {
    if one.len() > 60 {
        return usize::MAX;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut left = above + 1;
        let mut corner = above;
        for (cell, candidate) in row.iter_mut().skip(1).zip(&other) {
            let here = (corner + usize::from(letter != *candidate)).min(left + 1).min(*cell + 1);
            corner = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

impl<L: List> FromRequest for ListQuery<L> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.path(), request.query_string()))
    }
}

impl<L: List> IntoParams for ListQuery<L> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let whole = |most: Option<f64>| -> Schema {
            let mut schema = ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::Integer))
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
                .minimum(Some(1));
            if let Some(most) = most {
                schema = schema.maximum(Some(most));
            }
            schema.build().into()
        };
        let text = || -> Schema { ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into() };
        let only = |value: &str| -> Schema {
            ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some([value])).build().into()
        };
        let mut params = vec![
            query_parameter(
                "limit",
                &format!("How many rows, 1 to {MAX_LIMIT}; {DEFAULT_LIMIT} when absent."),
                whole(Some(f64::from(MAX_LIMIT))),
            ),
            query_parameter(
                "cursor",
                "Where to go on, from `page.next` or `page.previous` of a page with the same filters.",
                text(),
            ),
            query_parameter(
                "page",
                "A page by number, at most 10,000 rows deep; use `cursor` beyond that.",
                whole(None),
            ),
            query_parameter("count", "`exact` adds `page.total` and `page.pages`.", only("exact")),
        ];
        if L::HAS_LOCALE {
            params.push(query_parameter(
                "locale",
                "A language, or `*` for all; the site's default when absent.",
                text(),
            ));
        }
        params.extend(L::PARAMETERS.iter().map(|parameter| query_parameter(parameter.name, parameter.doc, text())));
        params.extend(
            L::FILTERS.iter().map(|filter| query_parameter(&format!("filter[{}]", filter.name), filter.doc, text())),
        );
        params
    }
}

/// An optional parameter of the query, for the document.
pub fn query_parameter(name: &str, description: &str, schema: Schema) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
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
mod tests {
    use super::*;

    #[derive(Debug)]
    struct News;
    impl List for News {
        const NAME: &'static str = "news";
        const FILTERS: &'static [Filter] = &[Filter { name: "category", doc: "" }];
    }

    fn problem(query: &str) -> serde_json::Value {
        let problem = ListQuery::<News>::parse("/news", query).unwrap_err();
        serde_json::from_slice(&problem.to_json("r")).unwrap()
    }

    #[test]
    fn a_misspelt_parameter_is_named_with_the_nearest() {
        let body = problem("filter[categry]=tin");
        assert_eq!(body["code"], "unknown_parameter");
        assert_eq!(body["errors"][0]["parameter"], "filter[categry]");
        assert!(body["errors"][0]["message"].as_str().unwrap().contains("did you mean filter[category]?"));
    }

    #[test]
    fn nothing_is_clamped_or_ignored() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=01",
            "limit=1e1",
            "limit=-1",
            "limit=",
            "page=0",
            "page=99999999999999999999",
            "page=501&limit=100",
            "page=1&cursor=x",
            "count=yes",
            "limit=1&limit=2",
            "locale=VI",
            "filter[category]=",
            "filter[category]=%00",
            "filter[category]=%ff",
            "filter[category]=%zz",
            "cursor=x",
            "Limit=1",
        ] {
            let body = problem(query);
            assert_eq!(body["status"], 400, "{query}");
            assert!(body["errors"][0]["parameter"].is_string(), "{query}");
        }
    }

    #[test]
    fn brackets_may_be_encoded() {
        let query = ListQuery::<News>::parse("/news", "filter%5Bcategory%5D=hoat-dong&limit=5").unwrap();
        assert_eq!((query.filter("category"), query.page.limit), (Some("hoat-dong"), 5));
    }

    #[test]
    fn a_cursor_is_good_only_for_the_question_it_was_given_for() {
        let place = Cursor { key: SortKey::Number(7), id: uuid::Uuid::nil() };
        let slice = Slice { rows: vec![1], next: Some(place.clone()), previous: None, total: None };
        let first = ListQuery::<News>::parse("/news", "filter[category]=a").unwrap();
        let request = actix_web::test::TestRequest::with_uri("/news?filter[category]=a").to_http_request();
        let (page, link) = first.describe(&slice, &request);
        let cursor = page.next.unwrap();
        assert_eq!(link.unwrap(), format!("</news?filter[category]=a&cursor={cursor}>; rel=\"next\""));
        let next = ListQuery::<News>::parse("/news", &format!("filter[category]=a&cursor={cursor}&limit=3")).unwrap();
        assert_eq!(next.page.start, Start::After(place));
        assert_eq!(problem(&format!("filter[category]=b&cursor={cursor}"))["code"], "invalid_cursor");
    }
}
