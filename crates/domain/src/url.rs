//! Addresses on the web that people type.

use serde::{Deserialize, Deserializer, Serialize};

use crate::violation::Fault;

/// An absolute `http` or `https` URL without credentials, at most 2,000 bytes.
///
/// Nothing here fetches it; it is shown as a link, so what must not get through is a scheme that
/// runs (`javascript:`) and a host that hides behind a user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebUrl(String);

impl WebUrl {
    /// Parses a URL.
    ///
    /// # Errors
    /// `invalid_url`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::new("invalid_url", "must be an absolute http or https URL");
        let text = text.trim();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(fault)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let clean =
            !text.chars().any(|letter| letter.is_whitespace() || letter.is_control() || "<>\"\\^`{|}".contains(letter));
        if clean && !host.is_empty() && !host.contains('@') && !host.starts_with(':') && text.len() <= 2000 {
            Ok(Self(text.to_owned()))
        } else {
            Err(fault())
        }
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for WebUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_pass() {
        assert!(WebUrl::parse("https://angiang.example/van-ban/71-2019?x=1#dieu-2").is_ok());
        for bad in [
            "javascript:alert(1)",
            "//evil.example",
            "https://",
            "https://a@b.example/",
            "https:///x",
            "http://a b",
            "ftp://a.example",
            "https://a.example/\"><b>",
        ] {
            assert_eq!(WebUrl::parse(bad).unwrap_err().code, "invalid_url", "{bad}");
        }
    }
}
