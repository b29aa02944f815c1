//! Every question that the document says anybody may ask: each operation, each of its parameters with what
//! exists, with what exists only in secret and with what exists nowhere, and the parameters together.

use bantin_tests::{
    content::{NOBODY, path_with},
    contract::{is_public, operations},
    quality::encoded,
};
use serde_json::Value;

use crate::twins::world::{MARK, Name, Names, secret};

/// How many things of a collection are tried for a parameter that names one.
const MOST_THINGS: usize = 11;

/// A parameter of a query: its name, and what is tried for it.
struct Parameter {
    name: &'static str,
    values: Vec<String>,
}

impl Parameter {
    fn said(&self, value: &str) -> String {
        format!("{}={}", self.name, encoded(value))
    }

    /// With the first thing that exists.
    fn first(&self) -> String {
        self.said(&self.values[0])
    }
}

/// An operation that anybody may call, with all that can be said to it.
struct Operation {
    path: &'static str,
    collection: &'static str,
    parameters: Vec<Parameter>,
}

/// The addresses that are read, with their queries.
pub fn questions(names: &Names) -> Vec<String> {
    let readings = operations().filter(|(method, _, operation)| method == "GET" && is_public(operation));
    // A stream never ends; what it tells is what the change log tells.
    let ending = readings.filter(|(_, _, operation)| !operation.to_string().contains("text/event-stream"));
    ending.flat_map(|(_, path, operation)| Operation::of(path, operation, names).questions(names)).collect()
}

impl Operation {
    fn of(path: &'static str, operation: &'static Value, names: &Names) -> Self {
        // The last step that is a name before the first that is a placeholder: whose names fit there.
        let named = path.split("/{").next().unwrap_or_default();
        let collection = named.rsplit('/').next().unwrap_or_default();
        let given = operation["parameters"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let parameters = given.iter().filter(|one| one["in"] == "query").map(|one| {
            let name = one["name"].as_str().unwrap();
            Parameter { name, values: values(name, &one["schema"], collection, names) }
        });
        Self { path, collection, parameters: parameters.collect() }
    }

    fn questions(&self, names: &Names) -> Vec<String> {
        let places = self.places(names);
        let mut asked: Vec<String> = places.clone();
        let counted = self.called("count").map(|_| "count=exact".to_owned());
        let ask = |place: &String, said: &[String]| format!("{place}?{}", said.join("&"));
        let Some(place) = places.first() else { return asked };
        for parameter in &self.parameters {
            for value in &parameter.values {
                let count = counted.clone().filter(|_| parameter.name != "count");
                asked.push(ask(place, &[parameter.said(value)].into_iter().chain(count).collect::<Vec<_>>()));
            }
        }
        // Two at a time: every order with everything; and all members, all additions and every form of the
        // text with everything.
        for form in self.parameters.iter().filter(|one| ["sort", "fields", "include", "body"].contains(&one.name)) {
            let values = if form.name == "sort" { &form.values[..] } else { &form.values[form.values.len() - 1..] };
            for (value, more) in values.iter().flat_map(|value| self.parameters.iter().map(move |more| (value, more))) {
                if more.name != form.name {
                    asked.push(ask(place, &[form.said(value), more.first()]));
                }
            }
        }
        // Another one in every form, by its slug where the first was asked for by its id.
        let forms = ["fields", "include", "body", "locale"];
        for (place, form) in
            places.iter().skip(1).take(1).flat_map(|place| forms.map(|form| (place, self.called(form))))
        {
            asked.extend(
                form.into_iter().flat_map(|form| form.values.iter().map(|value| ask(place, &[form.said(value)]))),
            );
        }
        asked
    }

    fn called(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|one| one.name == name)
    }

    /// The addresses that the path stands for.
    fn places(&self, names: &Names) -> Vec<String> {
        let Some((before, rest)) = self.path.split_once('{') else { return vec![self.path.to_owned()] };
        let after = rest.split_once('}').unwrap().1;
        let others = names.values().filter_map(|names| Some(names.last()?.text.clone()));
        let none = [NOBODY.to_owned(), "khong-co".to_owned()];
        let all = known(names, self.collection).into_iter().chain(others).chain(none);
        all.map(|name| path_with(&format!("{before}{name}{after}"), NOBODY)).collect()
    }
}

/// The names of a collection's things, those that anybody may know first.
fn known(names: &Names, collection: &str) -> Vec<String> {
    let names = names.get(collection).into_iter().flatten();
    let (secret, open): (Vec<&Name>, Vec<&Name>) = names.partition(|name| name.is_secret);
    open.into_iter().chain(secret).map(|name| name.text.clone()).collect()
}

/// What is tried for a parameter, what exists first.
fn values(name: &str, schema: &Value, collection: &'static str, names: &Names) -> Vec<String> {
    let one_of = |schema: &Value| -> Option<Vec<String>> {
        Some(schema["enum"].as_array()?.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
    };
    if let Some(values) = one_of(schema) {
        return values;
    }
    if let Some(mut values) = one_of(&schema["items"]) {
        values.push(values.join(","));
        return values;
    }
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let things = |collection: &str| {
        let known = known(names, collection);
        // Every name is asked for by address; of many, some are enough here. Ids and slugs take turns, so
        // an even step would meet only one of the two.
        let step = known.len().div_ceil(MOST_THINGS) | 1;
        known.into_iter().step_by(step).chain([NOBODY.to_owned(), "khong-co".to_owned()]).collect::<Vec<_>>()
    };
    let field = name.strip_prefix("filter[").and_then(|rest| rest.split(']').next()).unwrap_or(name);
    let is_many = name.ends_with("[in]") || name.ends_with("[nin]");
    let values = match field {
        _ if name.ends_with("[null]") => texts(&["true", "false"]),
        "q" => searches(),
        "locale" => texts(&["vi", "en", "*", "fr"]),
        "limit" => texts(&["2", "1", "100"]),
        "page" => texts(&["2", "1", "3"]),
        "count" => texts(&["exact"]),
        "types" => texts(&["article", "event", "speech", "person", "organisation", "page", "article,event"]),
        "facets" => texts(&["true", "false"]),
        "id" | "slug" | "ids" => things(collection),
        "category" => things("categories"),
        "tag" => things("tags"),
        "event" => things("events"),
        "speech" => things("speeches"),
        "author" | "person" => things("people"),
        "organisation" => things("organisations"),
        "initial" => texts(&["A", "T", "L", "Z"]),
        "kind" => texts(&["conference", "report", "opening", "meeting", "person"]),
        "status" => texts(&["held", "cancelled", "planned"]),
        "when" => texts(&["past", "ongoing", "upcoming"]),
        "year" => texts(&["2023", "2022", "2021", "2031"]),
        "featured" => texts(&["true", "false"]),
        "cursor" => texts(&["x"]),
        "after" | "from" | "to" | "window" => texts(&["0", "1", "2023-03-14", "2023-03-15", "24h"]),
        field if field.ends_with("At") || field.ends_with("On") => {
            texts(&["2023-03-14", "2023-02-26", "2022-06-01", "2031-01-01", "2023-03-14T08:20:00+07:00"])
        }
        _ => texts(&["1", "true", "vi", "2023-03-14", "khong-co", MARK]),
    };
    if is_many { vec![values.join(","), values[0].clone(), values[values.len() - 1].clone()] } else { values }
}

/// Words that are public, words that are secret, their beginnings, and words that are nearly either.
fn searches() -> Vec<String> {
    let public = ["hội nghị", "tong ket", "khoa học", "Tầng Phú An", "lúa", "tonh ket", "rút lại", "hết hạn"];
    let places =
        ["draft", "tag", "person", "organisation", "caption", "speech", "nextslug", "next", "attendee", "notes"];
    let words = places.map(secret);
    let off = words.each_ref().map(|word| format!("{word}x"));
    let begun = [MARK, "zqm", "zqmatdraf khoa học", "71/2019/QĐ-UBND"].map(ToOwned::to_owned);
    public.map(ToOwned::to_owned).into_iter().chain(words).chain(off).chain(begun).collect()
}
