//! The parameters of a question that is not a list's: each is asked for by its name, and no other is there.

use std::collections::BTreeMap;

use bantin_domain::{locale::Locale, named::Named};

use crate::{
    language,
    list::{LocaleChoice, decoded, unknown_parameter},
    problem::Problem,
};

/// The parameters of a request, each once, each with a value that is asked for by name.
pub struct Given(BTreeMap<String, String>);

impl Given {
    /// Reads a query that may have these parameters.
    ///
    /// # Errors
    /// 400 for any other, and for one that is given twice.
    pub fn read(query: &str, known: &[&str]) -> Result<Self, Problem> {
        let mut given = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = decoded(pair)?;
            if !known.contains(&name.as_str()) {
                return Err(unknown_parameter(&name, known.iter().map(|name| (*name).to_owned()).collect()));
            }
            if given.insert(name.clone(), value).is_some() {
                return Err(Problem::parameter(&name, "invalid_parameter", "is given twice"));
            }
        }
        Ok(Self(given))
    }

    /// The value of a parameter, where it was given.
    ///
    /// # Errors
    /// 400 for one that does not parse.
    pub fn take<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let value = (text.len() <= 4_000).then(|| parse(&text)).flatten();
        let wrong = || Problem::parameter(name, "invalid_parameter", format!("must be {expected}"));
        value.map(Some).ok_or_else(wrong)
    }

    /// The same for one of several names.
    ///
    /// # Errors
    /// 400 for another name.
    pub fn take_named<E: Named>(&mut self, name: &str) -> Result<Option<E>, Problem> {
        let names: Vec<&str> = E::ALL.iter().map(|value| value.name()).collect();
        self.take(name, &format!("one of {}", names.join(", ")), E::from_name)
    }

    /// `locale=` of one resource: a language.
    ///
    /// # Errors
    /// 400.
    pub fn take_locale(&mut self) -> Result<Option<Locale>, Problem> {
        self.take("locale", "a language such as vi", |tag| language::parse(tag).ok())
    }

    /// `locale=` of a list: a language, or `*` for all.
    ///
    /// # Errors
    /// 400.
    pub fn take_locale_choice(&mut self) -> Result<Option<LocaleChoice>, Problem> {
        self.take("locale", "a language or *", |text| match text {
            "*" => Some(LocaleChoice::All),
            tag => language::parse(tag).ok().map(LocaleChoice::One),
        })
    }

    /// `limit=`.
    ///
    /// # Errors
    /// 400 for anything but a whole number from 1 to `most`.
    pub fn take_limit(&mut self, most: u32) -> Result<Option<u32>, Problem> {
        self.take("limit", &format!("a whole number from 1 to {most}"), |text| {
            text.parse().ok().filter(|limit| (1..=most).contains(limit) && !text.starts_with(['0', '+']))
        })
    }

    /// The name of one that nobody has taken yet.
    pub fn left(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }
}
