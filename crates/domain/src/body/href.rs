//! Addresses that a body may point at.
//!
//! An address is accepted because it has one of the forms listed in [`parse_link`], never because
//! it lacks a bad one: no spelling of `javascript:` has to be guessed.

use ammonia::Url;

use super::limits::MAX_URL_BYTES;
use super::plain::{Glyph, judge};

/// The address of a link as it is stored, or `None` when it has no allowed form: `http`, `https`,
/// `mailto`, `tel`, a path of the site (`/…`, not `//…`) or a fragment (`#…`).
///
/// It stays as typed but for characters that have no place in a URL: they are percent-encoded,
/// spaces at the ends and line breaks go, as in every browser.
pub(super) fn parse_link(typed: &str) -> Option<String> {
    let mut link = String::with_capacity(typed.len());
    for character in typed.trim_matches(|c: char| c.is_control() || c == ' ').chars() {
        match character {
            // A browser reads `\` as `/`, so `/\host` would leave the site unless it is encoded.
            '"' | '<' | '>' | '`' | '\\' | '{' | '|' | '}' | '^' | ' ' => {
                link.push_str(&format!("%{:02X}", u32::from(character)));
            }
            _ if judge(character) == Glyph::Kept => link.push(character),
            _ => {}
        }
    }
    (link.len() <= MAX_URL_BYTES && is_allowed(&link)).then_some(link)
}

/// The address of something embedded: a link by `https`.
pub(super) fn parse_embed(typed: &str) -> Option<String> {
    parse_link(typed).filter(|link| scheme_and_rest(link).is_some_and(|(scheme, _)| scheme == "https"))
}

fn is_allowed(link: &str) -> bool {
    if link.starts_with('#') || (link.starts_with('/') && !link.starts_with("//")) {
        return true;
    }
    let Some((scheme, rest)) = scheme_and_rest(link) else { return false };
    let complete = match scheme.as_str() {
        "http" | "https" => rest.starts_with("//"),
        "mailto" | "tel" => !rest.is_empty(),
        _ => false,
    };
    complete && Url::parse(link).is_ok()
}

fn scheme_and_rest(link: &str) -> Option<(String, &str)> {
    let (scheme, rest) = link.split_once(':')?;
    Some((scheme.to_ascii_lowercase(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listed_forms_are_kept_as_typed() {
        for link in [
            "https://skhcn.example.vn/tin-tức?a=1&b=2#c",
            "HTTP://x.vn",
            "mailto:a@b.vn",
            "tel:+84",
            "/van-ban",
            "#muc-1",
        ] {
            assert_eq!(parse_link(link).as_deref(), Some(link));
        }
    }

    #[test]
    fn every_other_form_is_refused() {
        for link in [
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            " \u{1}javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/\t/evil.example",
            "https:evil.example",
            "https://",
            "page.html",
            "",
            "mailto:",
            "https://a b/",
            "blob:https://x",
            "javascript\u{200b}:x",
        ] {
            assert_eq!(parse_link(link), None, "{link:?}");
        }
    }

    #[test]
    fn a_backslash_cannot_leave_the_site() {
        assert_eq!(parse_link("/\\evil.example").as_deref(), Some("/%5Cevil.example"));
    }

    #[test]
    fn only_https_is_embedded() {
        assert_eq!(parse_embed("http://x.vn"), None);
        assert_eq!(parse_embed("/x"), None);
        assert_eq!(parse_embed("https://www.youtube.com/embed/x").as_deref(), Some("https://www.youtube.com/embed/x"));
    }

    #[test]
    fn parsing_again_changes_nothing() {
        let once = parse_link(" https://x.vn/a b|\"c\"\n ").unwrap();
        assert_eq!(once, "https://x.vn/a%20b%7C%22c%22");
        assert_eq!(parse_link(&once), Some(once));
    }
}
