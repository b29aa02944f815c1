//! Which of the site's languages a reader wants.

use actix_web::{HttpMessage, HttpRequest, http::header::ACCEPT_LANGUAGE};
use bantin_domain::locale::Locale;

/// More ranges than a browser sends are not looked at.
const MOST_RANGES: usize = 20;

/// Marks a request whose answer is in the language that `Accept-Language` wants: it says so in `Vary`.
#[derive(Debug, Clone, Copy)]
pub struct ChosenByHeader;

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
