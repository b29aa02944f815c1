//! Addresses of the front end, which are not ours to serve but ours to name.

use serde::{Deserialize, Serialize};

use super::WebResource;
use crate::{url::WebUrl, violation::Fault};

/// Where the front end shows a preview: a web address with `{token}` in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PreviewUrl(String);

/// What stands for the token.
const TOKEN: &str = "{token}";

impl PreviewUrl {
    /// Parses a web address that holds `{token}` once.
    ///
    /// # Errors
    /// `invalid_url`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let fault = || Fault::new("invalid_url", "must be an absolute http or https URL with {token} in it, once");
        let is_url = WebUrl::parse(&text.replace(TOKEN, "t")).is_ok();
        // Not in the host, or the token would be sent to whatever server a resolver names.
        let is_behind_host = text.split_once("://").and_then(|(_, rest)| rest.find(TOKEN).zip(rest.find(['/', '?'])));
        let fits =
            is_url && is_behind_host.is_some_and(|(token, path)| path < token) && text.matches(TOKEN).count() == 1;
        if fits { Ok(Self(text.to_owned())) } else { Err(fault()) }
    }

    /// The address, `{token}` and all.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of the preview that `token` opens.
    #[must_use]
    pub fn with_token(&self, token: &str) -> String {
        self.0.replace(TOKEN, token)
    }
}

/// The path of a front end's page, such as `/{locale}/{category}/{slug}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UrlPattern(String);

impl UrlPattern {
    /// Parses a path with placeholders.
    ///
    /// # Errors
    /// `invalid_pattern` for anything but a path of at most 300 characters, for an unknown
    /// placeholder and for a brace that has no partner.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let message = "must be a path such as /{locale}/{category}/{slug}; {id} is known too";
        let is_path = text.starts_with('/')
            && !text.starts_with("//")
            && text.len() <= 300
            && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace() || "\\<>\"'`".contains(letter));
        let literal = ["{locale}", "{category}", "{slug}", "{id}"]
            .iter()
            .fold(text.to_owned(), |rest, name| rest.replace(name, ""));
        if is_path && !literal.contains(['{', '}']) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::new("invalid_pattern", message))
        }
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of one page; `None` where the pattern asks for a section and there is none.
    pub(super) fn fill(&self, resource: &WebResource<'_>) -> Option<String> {
        let category = resource.category.map_or("", |category| category.as_str());
        if category.is_empty() && self.0.contains("{category}") {
            return None;
        }
        let path = self.0.replace("{locale}", resource.locale.as_str()).replace("{category}", category);
        Some(path.replace("{slug}", resource.slug.as_str()).replace("{id}", &resource.id.to_string()))
    }
}

// Stored texts are parsed like typed ones, so that a row changed by hand cannot smuggle one in.
impl TryFrom<String> for PreviewUrl {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|fault| fault.message)
    }
}
impl From<PreviewUrl> for String {
    fn from(url: PreviewUrl) -> Self {
        url.0
    }
}
impl TryFrom<String> for UrlPattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|fault| fault.message)
    }
}
impl From<UrlPattern> for String {
    fn from(pattern: UrlPattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kind::Kind, locale::Locale, text::Slug};

    #[test]
    fn a_preview_address_has_one_place_for_the_token_behind_the_host() {
        let url = PreviewUrl::parse("https://angiang.example/xem-truoc?token={token}").unwrap();
        assert_eq!(url.with_token("abc"), "https://angiang.example/xem-truoc?token=abc");
        for bad in [
            "https://angiang.example/",
            "https://{token}.example/",
            "https://{token}.example/?token={token}",
            "https://a.example/{token}/{token}",
            "javascript:{token}",
            "https://a.example/{other}?{token}",
            "/xem-truoc?token={token}",
        ] {
            assert_eq!(PreviewUrl::parse(bad).unwrap_err().code, "invalid_url", "{bad}");
        }
    }

    #[test]
    fn a_pattern_is_a_path_with_known_placeholders_only() {
        assert!(UrlPattern::parse("/{locale}/{category}/{slug}").is_ok() && UrlPattern::parse("/tin/{id}").is_ok());
        for bad in [
            "",
            "tin/{slug}",
            "//evil.example/{slug}",
            "/{title}",
            "/{slug",
            "/slug}",
            "/{{slug}}",
            "/a b",
            "/\\evil.example",
        ] {
            assert_eq!(UrlPattern::parse(bad).unwrap_err().code, "invalid_pattern", "{bad}");
        }
    }

    #[test]
    fn a_page_without_a_section_has_no_address_that_needs_one() {
        let (slug, locale, section) =
            (Slug::parse("hoi-nghi").unwrap(), Locale::vietnamese(), Slug::parse("su-kien").unwrap());
        let resource =
            WebResource { kind: Kind::Event, id: uuid::Uuid::nil(), slug: &slug, locale: &locale, category: None };
        let pattern = UrlPattern::parse("/{category}/{slug}").unwrap();
        assert_eq!(pattern.fill(&resource), None);
        assert_eq!(pattern.fill(&WebResource { category: Some(&section), ..resource }).unwrap(), "/su-kien/hoi-nghi");
    }
}
