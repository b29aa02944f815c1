//! What a client is willing to read: `Accept`, as RFC 9110, section 12.5.1 has it.
//!
//! Each operation answers in the media types that the document names, so there is nothing to choose: a
//! client that takes none of them is told so before anything is done for it. One that says something which
//! cannot be read is answered as if it had said nothing; it may be a proxy's fault or an old library's, and
//! the answer is what it asked for all the same.
//!
//! That a client may be refused is not said in `Vary`. A refusal is never stored, and a shared cache that
//! answers a JSON question with JSON does no harm.

use actix_web::http::header::{ACCEPT, HeaderMap, HeaderValue};

/// Whether these headers say anything but "whatever you have". Most say just that, and need not be read.
pub fn is_choosy(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).any(|value| value != "*/*")
}

/// Whether a client that sends these headers takes an answer of one of these media types. Allocates
/// nothing: it is asked for each answer that is given out of memory.
pub fn takes(headers: &HeaderMap, media_types: &[impl AsRef<str>]) -> bool {
    let is_taken = |one: &str| judge(headers.get_all(ACCEPT), one).unwrap_or(true);
    !is_choosy(headers) || media_types.iter().any(|one| is_taken(one.as_ref()))
}

/// What the range that names a media type most closely says of it; `None` where the header cannot be read.
fn judge<'h>(values: impl Iterator<Item = &'h HeaderValue>, media_type: &str) -> Option<bool> {
    let mut says_something = false;
    let mut verdict: Option<(Closeness, bool)> = None;
    for value in values {
        for range in value.to_str().ok()?.split(',').map(str::trim).filter(|range| !range.is_empty()) {
            let range = Range::parse(range)?;
            says_something = true;
            verdict = verdict.max(range.closeness(media_type).map(|closeness| (closeness, range.is_wanted)));
        }
    }
    Some(!says_something || verdict.is_some_and(|(_, is_wanted)| is_wanted))
}

/// How closely a range names a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    /// `*/*`
    Any,
    /// `text/*`
    Family,
    /// `text/html`
    Exact,
}

/// One media range: `text/*;q=0.5`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Whether its weight is not 0.
    is_wanted: bool,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let mut is_wanted = true;
        for (name, value) in parts.map(|part| part.split_once('=').unwrap_or((part, ""))) {
            match name {
                "q" | "Q" => is_wanted = is_wanted_by(value)?,
                // A parameter of the type, such as a charset: all our types are what they are in any.
                name => is_token(name).then_some(())?,
            }
        }
        Some(Self { kind, subtype, is_wanted })
    }

    fn closeness(&self, media_type: &str) -> Option<Closeness> {
        let (kind, subtype) = media_type.split_once('/')?;
        match (self.kind, self.subtype) {
            ("*", _) => Some(Closeness::Any),
            (own, "*") => own.eq_ignore_ascii_case(kind).then_some(Closeness::Family),
            (own, sub) => {
                (own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype)).then_some(Closeness::Exact)
            }
        }
    }
}

/// Whether a weight is more than 0; `None` for what is no weight from 0 to 1 with three decimals at most.
fn is_wanted_by(weight: &str) -> Option<bool> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let is_weight = decimals.len() <= 3
        && decimals.bytes().all(|byte| byte.is_ascii_digit())
        && (whole == "0" || (whole == "1" && decimals.bytes().all(|byte| byte == b'0')));
    is_weight.then(|| whole == "1" || decimals.bytes().any(|byte| byte != b'0'))
}

/// Whether a text is a token of RFC 9110.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn takes_json(accept: &str) -> bool {
        let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
        takes(request.headers(), &["application/json"])
    }

    #[test]
    fn whoever_takes_json_anyhow_takes_it() {
        assert!(takes(TestRequest::default().to_http_request().headers(), &["application/json"]));
        for accept in [
            "application/json",
            "APPLICATION/Json",
            "application/json; charset=utf-8",
            "application/json;q=0.001",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/*",
            "*/*",
            "text/html, , */*;q=0.1",
            "*/*;q=0, application/json",
            "application/*;q=0, application/json;q=1.000",
        ] {
            assert!(takes_json(accept), "{accept}");
        }
    }

    #[test]
    fn whoever_excludes_json_does_not() {
        for accept in [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
            "application/json;q=0.000, */*",
            "*/*;q=0",
            "application/*;q=0, */*",
            "application/problem+json",
            "application/*+json",
        ] {
            assert!(!takes_json(accept), "{accept}");
        }
    }

    #[test]
    fn what_cannot_be_read_was_not_said() {
        for accept in [
            "",
            " , ",
            "json",
            "text",
            "text/",
            "/html",
            "*/html",
            "text/html;q=2",
            "text/html;q=.2",
            "text/html;q",
            "te xt/html",
            "text/html; ü=1",
        ] {
            assert!(takes_json(accept), "{accept}");
        }
    }

    #[test]
    fn one_of_several_types_is_enough() {
        let request = TestRequest::default().insert_header((ACCEPT, "text/csv")).to_http_request();
        assert!(takes(request.headers(), &["application/json", "text/csv"]));
        let request = TestRequest::default()
            .append_header((ACCEPT, "text/plain"))
            .append_header((ACCEPT, "application/json"))
            .to_http_request();
        assert!(takes(request.headers(), &["application/json"]), "several fields are one list");
    }

    proptest! {
        #[test]
        fn no_header_is_too_odd(accept in "[ -~]{0,60}") {
            takes_json(&accept);
        }

        #[test]
        fn the_exact_type_has_the_last_word(before in "[a-z*]{1,5}/\\*(;q=0)?", wanted in any::<bool>()) {
            let weight = if wanted { "1" } else { "0" };
            for accept in [format!("{before}, application/json;q={weight}"), format!("application/json;q={weight}, {before}")] {
                let is_read = Range::parse(&before).is_some();
                prop_assert!(takes_json(&accept) == wanted || !is_read, "{}", accept);
            }
        }
    }
}
