//! The `Authorization` header: nothing, or exactly one bearer credential in exactly one spelling.
//!
//! Two headers, or two credentials in one, are how a proxy and a server come to believe two different
//! ones. So everything but the plain form is refused, and refused like a bad token: a request that
//! tried to prove something and failed is never treated as anonymous.

use super::token::{MOST_TOKEN_BYTES, TokenRefused};

/// The credential in the request's `Authorization` headers, `None` when there are no such headers.
///
/// # Errors
/// [`TokenRefused::Invalid`] for more than one header, another scheme, and anything but one space and
/// one credential of letters, digits, `-`, `_` and `.` behind it.
pub fn read_bearer<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, TokenRefused> {
    let mut headers = headers.into_iter();
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    if headers.next().is_some() {
        return Err(TokenRefused::Invalid);
    }
    let text = str::from_utf8(header).map_err(|_| TokenRefused::Invalid)?;
    let (scheme, credential) = text.split_once(' ').ok_or(TokenRefused::Invalid)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let well_formed = scheme.eq_ignore_ascii_case("Bearer")
        && (1..=MOST_TOKEN_BYTES).contains(&credential.len())
        && credential.bytes().all(plain);
    if well_formed { Ok(Some(credential)) } else { Err(TokenRefused::Invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(headers: &[&'a str]) -> Result<Option<&'a str>, TokenRefused> {
        read_bearer(headers.iter().map(|header| header.as_bytes()))
    }

    #[test]
    fn one_bearer_credential_is_read() {
        assert_eq!(read(&["Bearer a.b-c._d"]), Ok(Some("a.b-c._d")));
        assert_eq!(read(&["bearer btn_AA"]), Ok(Some("btn_AA")), "the scheme's case does not matter (RFC 9110)");
    }

    #[test]
    fn only_a_missing_header_is_anonymous() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[""]), Err(TokenRefused::Invalid));
    }

    #[test]
    fn ambiguous_headers_are_refused() {
        let long = format!("Bearer {}", "a".repeat(MOST_TOKEN_BYTES + 1));
        for headers in [
            &["Bearer a", "Bearer a"] as &[&str],
            &["Bearer a", "Basic b"],
            &["Bearer Bearer a"],
            &["bearer  a"],
            &["Bearer\ta"],
            &[" Bearer a"],
            &["Bearer a "],
            &["Bearer a b"],
            &["Bearer a, Bearer b"],
            &["Bearer a,b"],
            &["Bearer"],
            &["Bearer "],
            &["Basic YTpi"],
            &["a.b.c"],
            &["Bearer a="],
            &["Bearer a\n"],
            &["Bearer é"],
            &[&long],
        ] {
            assert_eq!(read(headers), Err(TokenRefused::Invalid), "{headers:?}");
        }
        assert_eq!(read_bearer([b"Bearer \xff".as_slice()]), Err(TokenRefused::Invalid));
    }
}
