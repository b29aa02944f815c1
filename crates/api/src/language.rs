//! Which of the site's languages a reader wants.

use actix_web::{HttpMessage, HttpRequest, http::header::ACCEPT_LANGUAGE};
use bantin_domain::{locale::Locale, violation::Fault};

use crate::list::LocaleChoice;

/// More ranges than a browser sends are not looked at.
const MOST_RANGES: usize = 20;

/// Marks a request whose answer is in the language that `Accept-Language` wants: it says so in `Vary`.
#[derive(Debug, Clone, Copy)]
pub struct ChosenByHeader;

/// The language of an answer that is in one, though not of one resource: a list's.
#[derive(Debug, Clone)]
pub struct Spoken(pub Locale);

/// A language tag as a reader writes it: its case does not matter.
///
/// # Errors
/// `invalid_locale`.
pub fn parse(tag: &str) -> Result<Locale, Fault> {
    Locale::parse(&match tag.split_once('-') {
        None => tag.to_ascii_lowercase(),
        Some((language, region)) => format!("{}-{}", language.to_ascii_lowercase(), region.to_ascii_uppercase()),
    })
}

/// Which language a list is answered in: the one that is said, else the one that `Accept-Language` wants, else the
/// site's own. `locales` are the site's, the default one first.
///
/// # Errors
/// For one that the site does not have: an empty list would look as if nothing had been written yet.
pub fn answered(request: &HttpRequest, said: Option<&LocaleChoice>, locales: &[Locale]) -> Result<LocaleChoice, Fault> {
    let named = match said {
        Some(LocaleChoice::All) => return Ok(LocaleChoice::All),
        Some(LocaleChoice::One(locale)) => meant(locale, locales).ok_or_else(|| {
            let known: Vec<&str> = locales.iter().map(Locale::as_str).collect();
            Fault::new(
                "invalid_locale",
                format!("{locale} is no language of this site; there are {}", known.join(", ")),
            )
        })?,
        None => chosen(request, locales).or_else(|| locales.first().cloned()).unwrap_or_else(Locale::vietnamese),
    };
    Ok(LocaleChoice::One(named))
}

/// The site's language that a reader means by a tag, as in `Accept-Language`.
pub fn meant(locale: &Locale, locales: &[Locale]) -> Option<Locale> {
    nearest(locale.as_str(), locales).cloned()
}

/// The one of the site's languages that the request wants most, if it wants any of them. Notes that the
/// answer depends on it.
pub fn chosen(request: &HttpRequest, locales: &[Locale]) -> Option<Locale> {
    request.extensions_mut().insert(ChosenByHeader);
    let header = request.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    most_wanted(header, locales).cloned()
}

/// The locale that an `Accept-Language` wants most. Allocates nothing: it is asked for each answer that is
/// given out of memory.
pub fn most_wanted<'l>(header: &str, locales: &'l [Locale]) -> Option<&'l Locale> {
    let mut best: Option<(f32, &Locale)> = None;
    for range in header.split(',').take(MOST_RANGES) {
        let mut parts = range.split(';');
        let wanted = parts.next().unwrap_or_default().trim();
        let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        let is_better = quality > best.map_or(0.0, |(quality, _)| quality);
        if is_better && let Some(locale) = nearest(wanted, locales) {
            best = Some((quality, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

/// The site's locale that a language range means: itself, or its language without the region.
fn nearest<'l>(wanted: &str, locales: &'l [Locale]) -> Option<&'l Locale> {
    let language = wanted.split('-').next().unwrap_or_default();
    let named = |name: &str| locales.iter().find(|locale| locale.as_str().eq_ignore_ascii_case(name));
    named(wanted).or_else(|| named(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_matched_as_accept_language_is() {
        let site = [Locale::vietnamese(), Locale::parse("en").unwrap()];
        let of = |tag: &str| parse(tag).ok().and_then(|tag| meant(&tag, &site)).map(|locale| locale.to_string());
        for (tag, expected) in
            [("EN", Some("en")), ("en-us", Some("en")), ("vi-VN", Some("vi")), ("fr", None), ("*", None)]
        {
            assert_eq!(of(tag).as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn the_most_wanted_language_that_the_site_has_is_chosen() {
        let site = [Locale::vietnamese(), Locale::parse("en").unwrap()];
        let choose = |header: &str| most_wanted(header, &site).map(ToString::to_string);
        assert_eq!(choose("fr;q=0.9, en-GB;q=0.8, vi;q=0.7"), Some("en".to_owned()));
        assert_eq!(choose("vi;q=0.7, en;q=0.8"), Some("en".to_owned()));
        assert_eq!(choose("vi-VN"), Some("vi".to_owned()));
        assert_eq!(choose("en, vi"), Some("en".to_owned()), "of two wanted alike, the first");
        assert_eq!(choose("en;q=0, vi;q=0.1"), Some("vi".to_owned()));
        assert_eq!(choose("fr, *"), None);
    }
}
