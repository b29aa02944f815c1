//! Languages of the content.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::violation::Fault;

/// A language tag: two or three lower-case letters, optionally a region (`vi`, `en`, `pt-BR`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(String);

impl Locale {
    /// Vietnamese, the default of a new site.
    pub fn vietnamese() -> Self {
        Self("vi".to_owned())
    }

    /// Parses a language tag.
    ///
    /// # Errors
    /// `invalid_locale` for anything but a language with an optional region.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (language, region) =
            text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
        let language_fits = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
        let region_fits =
            region.is_none_or(|region| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()));
        if language_fits && region_fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::new("invalid_locale", "must be a language tag such as vi, en or pt-BR"))
        }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::parse(text)
    }
}
impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|fault| serde::de::Error::custom(fault.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_language_tags_are_locales() {
        for good in ["vi", "en", "pt-BR", "khm"] {
            assert!(Locale::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "v", "VI", "vi-", "vi-vn", "vi_VN", "*", "viet", "vi-VNM"] {
            assert!(Locale::parse(bad).is_err(), "{bad}");
        }
    }
}
