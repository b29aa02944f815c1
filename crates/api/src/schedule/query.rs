//! Which part of the schedule is asked for.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use bantin_application::schedule::ScheduleQuery;
use bantin_domain::{
    kind::Kind,
    listing::MAX_LIMIT,
    time::{SiteZone, Timestamp, parse_date},
};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Schema, Type,
        path::{Parameter, ParameterIn},
    },
};

use crate::{
    Api,
    list::{decoded, query_parameter, unknown_parameter},
    problem::Problem,
};

const NAMES: [&str; 4] = ["from", "to", "types", "limit"];
const KINDS: [(&str, Kind); 4] =
    [("article", Kind::Article), ("event", Kind::Event), ("speech", Kind::Speech), ("page", Kind::Page)];

/// The query of the schedule.
#[derive(Debug, Clone)]
pub struct ScheduleParameters(pub ScheduleQuery);

impl FromRequest for ScheduleParameters {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let zone = request.app_data::<Data<Api>>().map(|api| api.render.zone().clone());
        let zone = zone.ok_or_else(|| Problem::internal("no Api in the app data"));
        ready(zone.and_then(|zone| parse(request.query_string(), &zone)).map(Self))
    }
}

fn parse(query: &str, zone: &SiteZone) -> Result<ScheduleQuery, Problem> {
    let mut given = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = decoded(pair)?;
        if !NAMES.contains(&name.as_str()) {
            return Err(unknown_parameter(&name, NAMES.map(ToOwned::to_owned).to_vec()));
        }
        if given.insert(name.clone(), value).is_some() {
            return Err(Problem::parameter(&name, "invalid_parameter", "is given twice"));
        }
    }
    let mut take = |name: &str| given.remove(name);
    let wrong =
        |name: &str, expected: &str| Problem::parameter(name, "invalid_parameter", format!("must be {expected}"));
    let mut instant = |name: &str, is_end: bool| -> Result<Option<Timestamp>, Problem> {
        let Some(text) = take(name) else { return Ok(None) };
        let of_day = || {
            let day = parse_date(&text).ok()?;
            // A day that something ends with is part of it.
            Some(zone.start_of(if is_end { day.tomorrow().ok()? } else { day }))
        };
        let at = Timestamp::parse(&text).ok().or_else(of_day);
        at.map(Some).ok_or_else(|| wrong(name, "a day (2023-03-14) or an instant (2023-03-14T08:00:00+07:00)"))
    };
    let (from, to) = (instant("from", false)?, instant("to", true)?);
    let kinds = match take("types") {
        None => Vec::new(),
        Some(text) => text
            .split(',')
            .map(|name| KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong("types", "one or several of article, event, speech, page"))?,
    };
    let most = usize::try_from(MAX_LIMIT).unwrap_or(usize::MAX);
    let limit = match take("limit") {
        None => most,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=most).contains(limit) && limit.to_string() == text)
            .ok_or_else(|| wrong("limit", &format!("a whole number from 1 to {most}")))?,
    };
    Ok(ScheduleQuery { from, to, kinds, limit })
}

impl IntoParams for ScheduleParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = || -> Schema { ObjectBuilder::new().schema_type(Type::String).build().into() };
        let number: Schema = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1.0))
            .maximum(Some(f64::from(MAX_LIMIT)))
            .build()
            .into();
        vec![
            query_parameter("from", "Not before this day or instant.", text()),
            query_parameter("to", "Until the end of this day, or before this instant.", text()),
            query_parameter("types", "`article`, `event`, `speech`, `page`, or several with commas between.", text()),
            query_parameter("limit", "How many; 100 when absent.", number),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> SiteZone {
        SiteZone::parse("Asia/Ho_Chi_Minh").unwrap()
    }

    #[test]
    fn a_day_counts_whole_and_an_instant_to_the_moment() {
        let query = parse("from=2023-03-14&to=2023-03-14", &zone()).unwrap();
        assert_eq!(query.from.unwrap().to_utc_text(), "2023-03-13T17:00:00.000000Z");
        assert_eq!(query.to.unwrap().to_utc_text(), "2023-03-14T17:00:00.000000Z");
        let query = parse("to=2023-03-14T08%3A00%3A00%2B07%3A00", &zone()).unwrap();
        assert_eq!(query.to.unwrap().to_utc_text(), "2023-03-14T01:00:00.000000Z");
    }

    #[test]
    fn nothing_is_ignored() {
        for query in [
            "form=2023-03-14",
            "from=x",
            "types=person",
            "types=",
            "limit=0",
            "limit=101",
            "limit=01",
            "from=2023-01-01&from=2023-01-01",
        ] {
            assert!(parse(query, &zone()).is_err(), "{query}");
        }
        assert_eq!(parse("types=event,page", &zone()).unwrap().kinds, [Kind::Event, Kind::Page]);
    }
}
