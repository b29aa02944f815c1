//! One query string, held against the allow-list of a list.

use std::{collections::BTreeMap, marker::PhantomData};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use bantin_domain::{
    criteria::MAX_CONDITIONS,
    listing::{MAX_LIMIT, Operator, PageRequest, Start},
    named::Named,
    search::MAX_QUERY,
    violation::Fault,
};
use futures_util::future::LocalBoxFuture;

use super::{
    Condition, Fields, Filter, Includes, Key, List, ListQuery, LocaleChoice, Sort,
    cursor::{Question, arrived},
    editorial::{Groups, grouped, names_in_group},
};
use crate::{
    Api,
    body::BodyFormat,
    language::{self, answered},
    problem::Problem,
};

/// The most bytes of a filter's value; a list of values may have so many for each.
const MOST_BYTES: usize = 200;
/// The most values of a list of values.
const MOST_VALUES: usize = 100;

impl<L: List> FromRequest for ListQuery<L> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let locales = match request.app_data::<Data<Api>>() {
                Some(api) if L::HAS_LOCALE && !L::IS_EDITORIAL => Some(api.locales().await?),
                _ => None,
            };
            Self::parse_in(request.path(), request.query_string(), |said| match locales {
                Some(locales) => answered(&request, said.as_ref(), &locales).map(Some),
                None => Ok(said),
            })
        })
    }
}

impl<L: List> ListQuery<L> {
    /// The query, of a site of any languages.
    #[cfg(test)]
    pub(super) fn parse(path: &str, query: &str) -> Result<Self, Problem> {
        Self::parse_in(path, query, Ok)
    }

    /// The query of a list that is `answered` in some language: in which one a list is read is part of the question,
    /// also where nobody asked, and of its cursors.
    fn parse_in(
        path: &str,
        query: &str,
        answered: impl FnOnce(Option<LocaleChoice>) -> Result<Option<LocaleChoice>, Fault>,
    ) -> Result<Self, Problem> {
        let mut given = read(query)?;
        let (limit, cursor) = match L::LIMIT {
            Some(usual) => (number(&mut given, "limit", MAX_LIMIT)?.unwrap_or(usual), given.remove("cursor")),
            None => (u32::MAX, None),
        };
        let (page, count) = if L::IS_COUNTED { numbered(&mut given)? } else { (None, false) };
        let locale = if L::HAS_LOCALE { given.remove("locale").map(|tag| tongue(&tag)).transpose()? } else { None };
        let text = if L::IS_SEARCHED { given.remove("q").map(typed).transpose()? } else { None };
        let sort = if L::SORTS.is_empty() { None } else { given.remove("sort") };
        let (conditions, alternatives) = conditions::<L>(&mut given)?;
        let (fields, includes) = choose::<L>(&mut given)?;
        let body = body::<L>(&mut given, &fields)?;
        let mut parameters = BTreeMap::new();
        for parameter in L::PARAMETERS {
            if let Some(value) = given.remove(parameter.name) {
                parameters.insert(parameter.name, value);
            }
        }
        if let Some(unknown) = given.keys().next() {
            return Err(unknown_parameter(unknown, Self::names()));
        }
        let locale = if L::HAS_LOCALE { one_language(locale, &conditions, answered)? } else { None };
        let sort = match (sort, &text) {
            (None, _) => L::SORTS.first().map(|usual| (usual, usual.descends)),
            (Some(name), None) => Some(order::<L>(&name)?),
            (Some(_), Some(_)) => return Err(refused("sort", "goes without q, whose best match comes first")),
        };
        if let (Some((sort, _)), None, false) = (sort, &text, L::IS_EDITORIAL) {
            served::<L>(sort, &conditions)?;
        }
        let usual = L::SORTS.first().map(|usual| (usual.name, usual.descends));
        let question = Question {
            path,
            conditions: &conditions,
            alternatives: &alternatives,
            parameters: &parameters,
            text: text.as_deref(),
            locale: locale.as_ref(),
            sort: sort.filter(|(sort, descending)| usual != Some((sort.name, *descending))),
        };
        let fingerprint = question.fingerprint::<L>();
        // The results of a search are counted.
        let key = if text.is_some() { Some(Key::Number) } else { sort.map(|(sort, _)| sort.key) };
        let start = match (page, cursor) {
            (Some(_), Some(_)) => return Err(refused("page", "cannot be given together with cursor")),
            (Some(page), None) => Start::Page(page),
            (None, None) => Start::First,
            (None, Some(text)) => arrived(&text, fingerprint, key).ok_or_else(|| {
                let order = if L::SORTS.is_empty() { "" } else { " and in this order" };
                let message = format!("is not a cursor of this list with these filters{order}; begin without one");
                Problem::parameter("cursor", "invalid_cursor", message)
            })?,
        };
        let page = PageRequest { limit, start, count };
        page.offset().map_err(|fault| Problem::parameter("page", fault.code, fault.message))?;
        Ok(Self {
            page,
            locale,
            text,
            fields,
            includes,
            body,
            conditions,
            alternatives,
            parameters,
            sort,
            fingerprint,
            list: PhantomData,
        })
    }

    /// What there is to be given, for who gave something else.
    fn names() -> Vec<String> {
        let offered = [
            ("limit", L::LIMIT.is_some()),
            ("page", L::IS_COUNTED),
            ("cursor", L::LIMIT.is_some()),
            ("count", L::IS_COUNTED),
            ("locale", L::HAS_LOCALE),
            ("q", L::IS_SEARCHED),
            ("sort", !L::SORTS.is_empty()),
            ("fields", !L::FIELDS.is_empty()),
            ("include", !L::INCLUDES.is_empty()),
            ("body", L::FIELDS.contains(&"body")),
        ];
        let bare = offered.into_iter().filter(|(_, is_offered)| *is_offered).map(|(name, _)| name.to_owned());
        let told = L::PARAMETERS.iter().map(|parameter| parameter.name.to_owned());
        bare.chain(told).chain(L::FILTERS.iter().map(|filter| format!("filter[{}]", filter.name))).collect()
    }
}

/// The parameters of a query, each once.
pub(crate) fn read(query: &str) -> Result<BTreeMap<String, String>, Problem> {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = decoded(pair)?;
        if given.insert(name.clone(), value).is_some() {
            return Err(refused(&name, "is given twice"));
        }
    }
    Ok(given)
}

pub(super) fn refused(parameter: &str, message: impl Into<String>) -> Problem {
    Problem::parameter(parameter, "invalid_parameter", message)
}

fn number(given: &mut BTreeMap<String, String>, name: &str, most: u32) -> Result<Option<u32>, Problem> {
    let Some(text) = given.remove(name) else { return Ok(None) };
    let fits = !text.is_empty()
        && text.len() <= 10
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    match text.parse::<u32>().ok().filter(|value| fits && *value <= most) {
        Some(value) => Ok(Some(value)),
        None => Err(refused(name, format!("must be a whole number from 1 to {most}"))),
    }
}

/// `page` and `count`.
fn numbered(given: &mut BTreeMap<String, String>) -> Result<(Option<u32>, bool), Problem> {
    let page = number(given, "page", u32::MAX)?;
    match given.remove("count").as_deref() {
        None => Ok((page, false)),
        Some("exact") => Ok((page, true)),
        Some(_) => Err(refused("count", "must be exact")),
    }
}

fn tongue(tag: &str) -> Result<LocaleChoice, Problem> {
    match tag {
        "*" => Ok(LocaleChoice::All),
        tag => Ok(LocaleChoice::One(language::parse(tag).map_err(|fault| refused("locale", fault.message))?)),
    }
}

fn typed(text: String) -> Result<String, Problem> {
    // A character has four bytes at most: what is longer is not even counted.
    let fits = text.len() <= 4 * MAX_QUERY && (1..=MAX_QUERY).contains(&text.chars().count());
    if fits { Ok(text) } else { Err(refused("q", format!("must have 1 to {MAX_QUERY} characters"))) }
}

/// Takes the filters out of what is given: those that must all hold, and groups of those of which one must.
fn conditions<L: List>(given: &mut BTreeMap<String, String>) -> Result<(Vec<Condition>, Groups), Problem> {
    let (mut all, mut groups) = (Vec::new(), Groups::new());
    let filters: Vec<(String, String)> = given.extract_if(.., |name, _| name.starts_with("filter[")).collect();
    for (count, (name, text)) in filters.into_iter().enumerate() {
        if count >= MAX_CONDITIONS {
            return Err(refused(&name, format!("is too much: there may be {MAX_CONDITIONS} conditions")));
        }
        match grouped::<L>(&name)? {
            None => {
                let one = condition::<L>(None, &name, &name, text, &all)?;
                all.push(one);
            }
            Some((group, bare)) => {
                let beside = groups.entry(group).or_default();
                let one = condition::<L>(Some(group), &name, &bare, text, beside)?;
                beside.push(one);
            }
        }
    }
    Ok((all, groups))
}

/// One filter: `name` as the reader wrote it, `bare` without the group that it stands in, `beside` those of the
/// same group.
fn condition<L: List>(
    group: Option<u8>,
    name: &str,
    bare: &str,
    text: String,
    beside: &[Condition],
) -> Result<Condition, Problem> {
    let unknown = || match group {
        None => unknown_parameter(name, ListQuery::<L>::names()),
        Some(group) => unknown_parameter(name, names_in_group::<L>(group)),
    };
    let (field, operator) = bracketed(bare).ok_or_else(unknown)?;
    let filter = L::FILTERS.iter().find(|filter| filter.name == field).ok_or_else(unknown)?;
    let operator = match operator {
        None => Operator::Equal,
        Some(operator) => compared(filter, operator).ok_or_else(|| {
            let known: Vec<&str> = filter.operators.iter().map(|operator| operator.name()).collect();
            refused(name, format!("is no operator of filter[{field}]; there is {}", known.join(", ")))
        })?,
    };
    if beside.iter().any(|known| known.filter.name == field && known.operator == operator) {
        return Err(refused(name, "is given twice"));
    }
    let is_list = matches!(operator, Operator::In | Operator::NotIn);
    let most = if is_list { MOST_BYTES * MOST_VALUES } else { MOST_BYTES };
    if text.is_empty() || text.len() > most {
        return Err(refused(name, format!("must have 1 to {most} bytes")));
    }
    if is_list && text.split(',').count() > MOST_VALUES {
        return Err(refused(name, format!("must have at most {MOST_VALUES} values")));
    }
    Ok(Condition { group, filter, operator, text })
}

/// `filter[a]` or `filter[a][b]`, as `a` and `b`.
fn bracketed(name: &str) -> Option<(&str, Option<&str>)> {
    let inner = name.strip_prefix("filter[")?.strip_suffix(']')?;
    match inner.split_once("][") {
        None => Some((inner, None)),
        Some((field, operator)) => Some((field, Some(operator))),
    }
}

fn compared(filter: &Filter, operator: &str) -> Option<Operator> {
    Operator::from_name(operator).filter(|operator| filter.operators.contains(operator))
}

/// A language may be said as a parameter or as a filter, and once.
fn one_language(
    locale: Option<LocaleChoice>,
    conditions: &[Condition],
    answered: impl FnOnce(Option<LocaleChoice>) -> Result<Option<LocaleChoice>, Fault>,
) -> Result<Option<LocaleChoice>, Problem> {
    let Some(filter) = conditions.iter().find(|one| matches!(one.filter.value, super::Value::Locale)) else {
        return answered(locale).map_err(|fault| refused("locale", fault.message));
    };
    if locale.is_some() {
        return Err(refused("locale", "cannot be given together with filter[locale]"));
    }
    let named = language::parse(&filter.text).map(LocaleChoice::One);
    named.and_then(|named| answered(Some(named))).map_err(|fault| refused(&filter.name(), fault.message))
}

/// Reads `sort=`.
fn order<L: List>(text: &str) -> Result<(&'static Sort, bool), Problem> {
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let found = L::SORTS.iter().find(|sort| sort.name == name).map(|sort| (sort, descending));
    found.ok_or_else(|| {
        let names: Vec<&str> = L::SORTS.iter().map(|sort| sort.name).collect();
        let message = match nearest(name, names.iter().copied()) {
            Some(near) => format!("cannot be {}; did you mean {near}?", shortened(text)),
            None => format!("must be one of {}, or one of them after a minus", names.join(", ")),
        };
        refused("sort", message)
    })
}

/// Refuses a filter that no index serves in this order, and says what goes with what.
fn served<L: List>(sort: &Sort, conditions: &[Condition]) -> Result<(), Problem> {
    let Some(stray) = conditions.iter().find(|one| !sort.with.contains(&one.filter.name)) else { return Ok(()) };
    let filters = |names: &[&str]| names.iter().map(|name| format!("filter[{name}]")).collect::<Vec<_>>().join(", ");
    let orders: Vec<&str> =
        L::SORTS.iter().filter(|sort| sort.with.contains(&stray.filter.name)).map(|sort| sort.name).collect();
    let message = format!(
        "goes with sort={}, up or down; sort={} goes with {}",
        orders.join(" or "),
        sort.name,
        filters(sort.with)
    );
    Err(refused(&stray.name(), message))
}

/// Takes `fields` and `include` out of what is given.
pub(crate) fn choose<L: List>(given: &mut BTreeMap<String, String>) -> Result<(Fields, Includes), Problem> {
    let mut take = |parameter: &'static str, known: &mut dyn Iterator<Item = &'static str>| {
        let known: Vec<&'static str> = known.collect();
        match if known.is_empty() { None } else { given.remove(parameter) } {
            None => Ok(None),
            Some(text) => named_ones(parameter, &text, &known).map(Some),
        }
    };
    let fields = Fields::of::<L>(take("fields", &mut L::FIELDS.iter().copied())?);
    let includes = take("include", &mut L::INCLUDES.iter().map(|include| include.name))?.unwrap_or_default();
    for include in &includes {
        let member = include.split('.').next().unwrap_or(include);
        if !fields.shows(member) {
            return Err(refused("include", format!("{include} adds to {member}, which fields leaves out")));
        }
    }
    Ok((fields, Includes(includes)))
}

/// `a,b`: each of the known names at most once.
fn named_ones(parameter: &str, text: &str, known: &[&'static str]) -> Result<Vec<&'static str>, Problem> {
    let mut chosen: Vec<&'static str> = Vec::new();
    for name in text.split(',') {
        let Some(found) = known.iter().find(|one| **one == name) else {
            if name.is_empty() {
                return Err(refused(parameter, format!("has an empty name; there are {}", known.join(", "))));
            }
            let message = match nearest(name, known.iter().copied()) {
                Some(near) => format!("{} is unknown; did you mean {near}?", shortened(name)),
                None => format!("{} is unknown; there are {}", shortened(name), known.join(", ")),
            };
            return Err(refused(parameter, message));
        };
        if chosen.contains(found) {
            return Err(refused(parameter, format!("names {found} twice")));
        }
        chosen.push(found);
    }
    Ok(chosen)
}

/// `body=`: of a list only where its texts are asked for.
fn body<L: List>(given: &mut BTreeMap<String, String>, fields: &Fields) -> Result<Option<BodyFormat>, Problem> {
    if !L::FIELDS.contains(&"body") {
        return Ok(None);
    }
    let format = given.remove("body").map(|text| BodyFormat::parse(&text)).transpose()?;
    if format.is_some() && !fields.names("body") {
        return Err(refused("body", "is the form of a text that fields does not ask for"));
    }
    Ok(format)
}

/// Splits and decodes one `name=value`. Brackets may come raw or percent-encoded.
///
/// # Errors
/// 400 for what is no UTF-8, and for NUL.
pub fn decoded(pair: &str) -> Result<(String, String), Problem> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode(&text).ok_or_else(|| refused(name, "is not percent-encoded UTF-8"))
    };
    let (name, value) = (decode(name)?, decode(value)?);
    if value.contains('\0') || name.contains('\0') {
        return Err(refused(&name.replace('\0', ""), "must not contain NUL"));
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

/// 400 for a parameter that does not exist, with the nearest that does.
pub fn unknown_parameter(given: &str, known: Vec<String>) -> Problem {
    let hint = match nearest(given, known.iter().map(String::as_str)) {
        Some(name) => format!("is unknown; did you mean {name}?"),
        None if known.is_empty() => "is unknown; this operation takes none".to_owned(),
        None => format!("is unknown; there are {}", known.join(", ")),
    };
    Problem::parameter(&shortened(given), "unknown_parameter", hint)
}

/// What a reader wrote, in an answer: never all of something endless.
fn shortened(given: &str) -> String {
    given.chars().take(60).collect()
}

/// The name that was meant, where one is near.
fn nearest<'k>(given: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known.map(|name| (distance(given, name), name)).min().filter(|(far, _)| *far <= 4).map(|(_, name)| name)
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
