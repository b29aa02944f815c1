//! What the resources of the directory have in common over HTTP: the language they are asked for in,
//! and their names in other languages.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bantin_domain::{
    category::Translated,
    change::Change,
    listing::MAX_LIMIT,
    locale::Locale,
    text::{Name, Prose, Slug, initial},
    violation::Violations,
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ObjectBuilder, Schema, Type,
        path::{Parameter, ParameterIn},
        schema::SchemaType,
    },
};

use crate::{
    language,
    list::{PageView, decoded, query_parameter, unknown_parameter},
    patch::Patch,
    problem::Problem,
};

/// The query of a `GET` that can be told a language and nothing else.
#[derive(Debug, Clone)]
pub struct LocaleQuery(pub Option<Locale>);

impl FromRequest for LocaleQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()))
    }
}

fn parse(query: &str) -> Result<LocaleQuery, Problem> {
    let mut locale = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = decoded(pair)?;
        if name != "locale" {
            return Err(unknown_parameter(&name, vec!["locale".to_owned()]));
        }
        let given = language::parse(&value)
            .map_err(|fault| Problem::parameter("locale", "invalid_parameter", fault.message))?;
        if locale.replace(given).is_some() {
            return Err(Problem::parameter("locale", "invalid_parameter", "is given twice"));
        }
    }
    Ok(LocaleQuery(locale))
}

/// A request that takes no query: a parameter would be a misunderstanding, so it is refused by name.
#[derive(Debug, Clone, Copy)]
pub struct NoQuery;

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let first = request.query_string().split('&').find(|pair| !pair.is_empty());
        ready(match first.map(decoded) {
            None => Ok(Self),
            Some(Ok((name, _))) => {
                Err(Problem::parameter(&name, "unknown_parameter", "is unknown; there are none here"))
            }
            Some(Err(problem)) => Err(problem),
        })
    }
}

/// The letter under which an index shows what begins with it: `á` asks for `A`, `â` for `Â`.
pub fn letter(text: &str) -> Option<String> {
    (text.chars().count() == 1).then(|| initial(text).to_string())
}

/// What a list says of itself that is answered whole, however long it is.
pub fn whole() -> PageView {
    PageView { limit: MAX_LIMIT, next: None, previous: None, number: None, pages: None, total: None }
}

impl IntoParams for LocaleQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text: Schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build().into();
        vec![query_parameter("locale", "A language: names are answered in it, where they have been translated.", text)]
    }
}

/// The name of an entry in another language, as a client writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TranslatedWrite)]
pub struct TranslatedWrite {
    /// The name, to 200 characters.
    pub name: String,
    /// The address in that language; it leads to the entry as its own one does.
    #[serde(default)]
    pub slug: Option<String>,
    /// The description, to 2,000 characters.
    #[serde(default)]
    pub description: Option<String>,
}

/// Parses names by language; faults are noted under `/translations`.
pub fn parse_translations(
    write: Patch<BTreeMap<String, TranslatedWrite>>,
    faults: &mut Violations,
) -> Change<BTreeMap<Locale, Translated>> {
    write.plain().map(|translations| {
        translations
            .into_iter()
            .filter_map(|(tag, write)| {
                let pointer = format!("/translations/{}", tag.replace('~', "~0").replace('/', "~1"));
                let locale = faults.take(&pointer, Locale::parse(&tag));
                let name = faults.take(format!("{pointer}/name"), Name::parse(&write.name));
                let slug = write.slug.and_then(|slug| faults.take(format!("{pointer}/slug"), Slug::parse(&slug)));
                let description = write
                    .description
                    .and_then(|text| faults.take(format!("{pointer}/description"), Prose::parse(&text)));
                Some((locale?, Translated { name: name?, slug, description }))
            })
            .collect()
    })
}

/// The name of an entry in another language, as the desk reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Translated)]
pub struct TranslatedView {
    /// The name.
    pub name: String,
    /// The address in that language.
    pub slug: Option<String>,
    /// The description.
    pub description: Option<String>,
}

/// Names by language.
pub fn view_translations(translations: BTreeMap<Locale, Translated>) -> BTreeMap<String, TranslatedView> {
    let view = |one: Translated| TranslatedView {
        name: one.name.to_string(),
        slug: one.slug.map(|slug| slug.to_string()),
        description: one.description.map(|text| text.to_string()),
    };
    translations.into_iter().map(|(locale, one)| (locale.to_string(), view(one))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_one_language_can_be_asked_for() {
        assert!(parse("").unwrap().0.is_none());
        assert_eq!(parse("locale=EN").unwrap().0, Some(Locale::parse("en").unwrap()));
        for query in ["locale=english", "locale=*", "locale=vi&locale=en", "lokale=vi", "limit=1"] {
            assert!(parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_letter_is_one_of_the_alphabet_whatever_its_tone() {
        for (text, expected) in [
            ("A", Some("A")),
            ("á", Some("A")),
            ("ậ", Some("Â")),
            ("đ", Some("Đ")),
            ("#", Some("#")),
            ("An", None),
            ("", None),
        ] {
            assert_eq!(letter(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_fault_in_a_translation_is_named_with_its_language() {
        let write: Patch<BTreeMap<String, TranslatedWrite>> = serde_json::from_value(
            serde_json::json!({"en": {"name": " ", "slug": "Not A Slug"}, "english": {"name": "News"}}),
        )
        .unwrap();
        let mut faults = Violations::new();
        let _ = parse_translations(write, &mut faults);
        let mut pointers: Vec<String> = faults.into_vec().into_iter().map(|fault| fault.pointer).collect();
        pointers.sort();
        assert_eq!(pointers, ["/translations/en/name", "/translations/en/slug", "/translations/english"]);
    }
}
