//! The values of filters, as the types that use cases take. What is none of that type is the reader's fault,
//! and is refused with what it should have been.

use bantin_domain::{
    id::Id,
    kind::Ref,
    listing::{Between, Operator},
    named::Named,
    text::Slug,
    time::{Date, SiteZone, Timestamp, parse_date},
};

use super::{Condition, List, ListQuery, Value};
use crate::problem::Problem;

impl Value {
    /// What a value must be.
    pub(super) fn expected(self) -> String {
        match self {
            Self::Text => "a value of this filter".to_owned(),
            Self::Reference => "an id or a slug".to_owned(),
            Self::Id => "an id".to_owned(),
            Self::Slug => "a slug".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Year => "a year such as 2023".to_owned(),
            Self::Instant => {
                "a day such as 2023-02-28 or 28/02/2023, or a time with its offset such as 2023-02-28T07:30:00+07:00, \
                 where an address has %2B for the +"
                    .to_owned()
            }
            Self::Day => "a day such as 2023-02-28 or 28/02/2023".to_owned(),
            Self::Locale => "a language".to_owned(),
            Self::OneOf(names) => format!("one of {}", names().join(", ")),
        }
    }
}

/// The names of a closed list of values.
pub fn names<E: Named>() -> Vec<&'static str> {
    E::ALL.iter().map(|value| value.name()).collect()
}

pub(super) fn wrong(condition: &Condition, expected: &str) -> Problem {
    Problem::parameter(&condition.name(), "invalid_parameter", format!("must be {expected}"))
}

impl<L: List> ListQuery<L> {
    /// What a filter says, or a parameter, where it is given.
    pub fn filter(&self, name: &str) -> Option<&str> {
        let said = self.conditions.iter().find(|one| one.filter.name == name && one.operator == Operator::Equal);
        said.map(|one| one.text.as_str()).or_else(|| self.parameters.get(name).map(String::as_str))
    }

    /// What a filter says, parsed; what does not parse is the reader's fault.
    ///
    /// # Errors
    /// 400 `invalid_parameter` naming the filter.
    pub fn parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, Problem> {
        let mut said = self.conditions.iter().filter(|one| one.filter.name == name);
        said.next().map(|one| parse(&one.text).ok_or_else(|| wrong(one, expected))).transpose()
    }

    /// The id or slug that a filter names.
    ///
    /// # Errors
    /// 400 `invalid_parameter` naming the filter; so with all below.
    pub fn reference<T>(&self, name: &str) -> Result<Option<Ref<T>>, Problem> {
        self.one(name, Ref::parse)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// 400.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.one(name, |text| text.parse().ok())
    }

    /// The ids that a filter names, alone or as a list.
    ///
    /// # Errors
    /// 400.
    pub fn ids<T>(&self, name: &str) -> Result<Option<Vec<Id<T>>>, Problem> {
        self.any_of(name, |text| text.parse().ok())
    }

    /// The slugs that a filter names, alone or as a list.
    ///
    /// # Errors
    /// 400.
    pub fn slugs(&self, name: &str) -> Result<Option<Vec<Slug>>, Problem> {
        self.any_of(name, |text| Slug::parse(text).ok())
    }

    /// The values out of a closed list that a filter names, alone or as a list.
    ///
    /// # Errors
    /// 400.
    pub fn named<E: Named>(&self, name: &str) -> Result<Option<Vec<E>>, Problem> {
        self.any_of(name, E::from_name)
    }

    /// The instants that filters with these operators leave: a day is a local day of the site, all of it.
    ///
    /// # Errors
    /// 400.
    pub fn instants(&self, name: &str, zone: &SiteZone) -> Result<Between<Timestamp>, Problem> {
        self.between(name, |text| instants_of(text, zone))
    }

    /// The days that filters with these operators leave.
    ///
    /// # Errors
    /// 400.
    pub fn days(&self, name: &str) -> Result<Between<Date>, Problem> {
        self.between(name, days_of)
    }

    /// The instants of a year of the site.
    ///
    /// # Errors
    /// 400.
    pub fn year(&self, name: &str, zone: &SiteZone) -> Result<Between<Timestamp>, Problem> {
        self.between(name, |text| year_of(text, zone))
    }

    fn said<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q Condition> {
        self.conditions.iter().filter(move |one| one.filter.name == name)
    }

    fn one<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let one = self.said(name).next();
        one.map(|one| parse(&one.text).ok_or_else(|| wrong(one, &one.filter.value.expected()))).transpose()
    }

    /// The values that are let through by every condition of a filter: `eq` and `in` may both be given.
    fn any_of<T: PartialEq>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<Vec<T>>, Problem> {
        let mut all: Option<Vec<T>> = None;
        for one in self.said(name) {
            let values: Option<Vec<T>> = match one.operator {
                Operator::In => one.text.split(',').map(&parse).collect(),
                _ => parse(&one.text).map(|value| vec![value]),
            };
            let values = values.ok_or_else(|| match one.operator {
                Operator::In => wrong(one, &format!("{}, or some with commas between", one.filter.value.expected())),
                _ => wrong(one, &one.filter.value.expected()),
            })?;
            all = Some(match all {
                None => values,
                Some(known) => known.into_iter().filter(|value| values.contains(value)).collect(),
            });
        }
        Ok(all)
    }

    fn between<T: Ord + Copy>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<(T, T)>,
    ) -> Result<Between<T>, Problem> {
        self.said(name).try_fold(Between::default(), |range, one| {
            let (start, next) = parse(&one.text).ok_or_else(|| wrong(one, &one.filter.value.expected()))?;
            Ok(range.and(Between::compared(one.operator, start, next)))
        })
    }
}

/// The first instant of a day of the site, or an instant, and the first after it.
pub(super) fn instants_of(text: &str, zone: &SiteZone) -> Option<(Timestamp, Timestamp)> {
    match day_of(text) {
        Some(day) => Some((zone.start_of(day), zone.start_of(day_after(day)))),
        None => Timestamp::parse(text).ok().map(|at| (at, moment_after(at))),
    }
}

/// A day, and the next.
pub(super) fn days_of(text: &str) -> Option<(Date, Date)> {
    day_of(text).map(|day| (day, day_after(day)))
}

/// A day: `2023-02-28`, or as it is written in Vietnam, `28/02/2023` and `28-2-2023`.
fn day_of(text: &str) -> Option<Date> {
    if let Ok(day) = parse_date(text) {
        return Some(day);
    }
    let separator = if text.contains('/') { '/' } else { '-' };
    let mut parts = text.split(separator);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = (1..=2).contains(&day.len()) && (1..=2).contains(&month.len()) && year.len() == 4;
    let day = parse_date(&format!("{year}-{month:0>2}-{day:0>2}")).ok()?;
    (fits && parts.next().is_none()).then_some(day)
}

/// The first instant of a year of the site, and the first after it.
pub(super) fn year_of(text: &str, zone: &SiteZone) -> Option<(Timestamp, Timestamp)> {
    let first_day = |year: i16| Date::new(year, 1, 1).ok();
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let year = text.parse::<i16>().ok().filter(|year| is_year && *year >= 1)?;
    let next = first_day(year.saturating_add(1)).unwrap_or(Date::MAX);
    Some((zone.start_of(first_day(year)?), zone.start_of(next)))
}

fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

fn moment_after(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_add(1)).unwrap_or(at)
}
