//! The site itself: whose it is, its banner of the season, its menus.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::Id,
    kind::Kind,
    locale::Locale,
    text::{Line, Slug},
    time::{Date, Timestamp},
    url::WebUrl,
    violation::{Fault, Violations},
};

/// The site. There is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Counts its changes.
    pub version: i64,
    /// What is said of it.
    pub content: SiteContent,
    /// When that last changed.
    pub updated_at: Timestamp,
}

/// What an editor says about the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteContent {
    /// Its name.
    pub name: LocalText,
    /// Whose it is.
    pub agency: LocalText,
    /// Banners, of which the first that is valid today shows.
    pub banners: Vec<Banner>,
    /// The language of what says none.
    pub default_locale: Locale,
    /// The languages it is kept in, the default among them.
    pub locales: Vec<Locale>,
    /// How to reach the agency.
    pub contact: Contact,
    /// Menus by name; `main` is the one every front end has.
    pub menus: BTreeMap<String, Vec<MenuItem>>,
    /// Where the front end is.
    pub web_url: Option<WebUrl>,
    /// Where the front end shows a preview, with `{token}` in it.
    pub preview_url: Option<WebUrl>,
    /// The front end's addresses by kind, such as `/{locale}/{category}/{slug}`.
    pub url_patterns: BTreeMap<String, String>,
}

/// A text in one or several languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LocalText {
    /// The same in all.
    One(Line<300>),
    /// By language.
    Many(BTreeMap<Locale, Line<300>>),
}

impl LocalText {
    /// The text in `locale`, else in `default`, else in any language.
    pub fn in_locale(&self, locale: &Locale, default: &Locale) -> &str {
        match self {
            Self::One(text) => text.as_str(),
            Self::Many(texts) => {
                texts.get(locale).or_else(|| texts.get(default)).or_else(|| texts.values().next()).map_or("", Line::as_str)
            }
        }
    }
}

/// A banner of the season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banner {
    /// What it says.
    pub text: LocalText,
    /// The first local day it shows.
    pub from: Option<Date>,
    /// The last local day it shows.
    pub until: Option<Date>,
}

/// How to reach the agency.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contact {
    /// Postal.
    pub address: Option<LocalText>,
    /// Telephone.
    pub phone: Option<Line<100>>,
    /// E-mail, meant to be public.
    pub email: Option<Line<200>>,
}

/// One entry of a menu, with those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    /// What it says.
    pub label: LocalText,
    /// What of the site it leads to.
    pub target: Option<MenuTarget>,
    /// Where else it leads.
    pub url: Option<MenuUrl>,
    /// What is below it.
    #[serde(default)]
    pub children: Vec<MenuItem>,
}

/// Something of the site that a menu leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuTarget {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Which one.
    pub id: uuid::Uuid,
}

/// Where a menu leads: a web address, or a path of the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MenuUrl(String);

impl TryFrom<String> for MenuUrl {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|fault| fault.message)
    }
}
impl From<MenuUrl> for String {
    fn from(url: MenuUrl) -> Self {
        url.0
    }
}

impl MenuUrl {
    /// Parses a web address or a path that begins with one slash.
    ///
    /// # Errors
    /// `invalid_url`; `//host` and `/\host`, which browsers take for another site, among them.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let is_path = text.starts_with('/')
            && !text.starts_with("//")
            && text.len() <= 2000
            && !text.chars().any(|letter| letter == '\\' || letter.is_control() || letter.is_whitespace());
        if is_path { Ok(Self(text.to_owned())) } else { WebUrl::parse(text).map(|url| Self(url.as_str().to_owned())) }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How deep a menu may be.
pub const MENU_DEPTH: usize = 4;

impl SiteContent {
    /// The rules that hold between the members.
    ///
    /// # Errors
    /// What is broken, with pointers into the resource.
    pub fn checked(self) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        if !self.locales.contains(&self.default_locale) {
            faults.add("/defaultLocale", Fault::new("unknown_reference", "must be one of `locales`"));
        }
        for (n, banner) in self.banners.iter().enumerate() {
            if banner.from.zip(banner.until).is_some_and(|(from, until)| until < from) {
                faults.add(format!("/banners/{n}/until"), Fault::new("ends_before_start", "must not be before `from`"));
            }
        }
        for (name, items) in &self.menus {
            if items.iter().any(|item| item.depth() > MENU_DEPTH) {
                faults.add(format!("/menus/{name}"), Fault::new("too_deep", format!("a menu has at most {MENU_DEPTH} levels")));
            }
        }
        faults.into_result(self)
    }

    /// The banner that shows on `today`.
    pub fn banner_on(&self, today: Date) -> Option<&Banner> {
        self.banners
            .iter()
            .find(|banner| banner.from.is_none_or(|from| from <= today) && banner.until.is_none_or(|until| today <= until))
    }
}

impl MenuItem {
    fn depth(&self) -> usize {
        1 + self.children.iter().map(Self::depth).max().unwrap_or(0)
    }
}

/// A menu entry as the public reads it: its target resolved, or dropped where it is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedMenuItem {
    /// What it says, in the reader's language.
    pub label: String,
    /// What it leads to.
    pub target: Option<PublishedTarget>,
    /// Where else it leads.
    pub url: Option<String>,
    /// What is below it.
    pub children: Vec<PublishedMenuItem>,
}

/// What a menu entry leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTarget {
    /// Its kind.
    pub kind: Kind,
    /// Its identity.
    pub id: uuid::Uuid,
    /// Its current slug.
    pub slug: Slug,
}

/// The site's identity in the change log: it has no other.
pub const SITE_ID: Id<Site> = Id::new(uuid::Uuid::nil());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn banner(text: &str, from: Option<&str>, until: Option<&str>) -> Banner {
        let day = |text: &str| parse_date(text).unwrap();
        Banner { text: LocalText::One(Line::parse(text).unwrap()), from: from.map(day), until: until.map(day) }
    }

    fn site(banners: Vec<Banner>) -> SiteContent {
        let text = LocalText::One(Line::parse("Sở KH&CN").unwrap());
        SiteContent {
            name: text.clone(),
            agency: text,
            banners,
            default_locale: Locale::vietnamese(),
            locales: vec![Locale::vietnamese()],
            contact: Contact::default(),
            menus: BTreeMap::new(),
            web_url: None,
            preview_url: None,
            url_patterns: BTreeMap::new(),
        }
    }

    #[test]
    fn the_first_banner_valid_today_shows_both_ends_included() {
        let site = site(vec![banner("Xuân", Some("2023-01-15"), Some("2023-02-05")), banner("Thường ngày", None, None)]);
        let shown = |day: &str| site.banner_on(parse_date(day).unwrap()).unwrap().text.in_locale(&Locale::vietnamese(), &Locale::vietnamese()).to_owned();
        assert_eq!(shown("2023-01-14"), "Thường ngày");
        assert_eq!(shown("2023-01-15"), "Xuân");
        assert_eq!(shown("2023-02-05"), "Xuân");
        assert_eq!(shown("2023-02-06"), "Thường ngày");
    }

    #[test]
    fn a_menu_never_leads_to_another_site_by_a_trick() {
        for bad in ["//evil.example", "/\\evil.example", "javascript:alert(1)", "", "evil.example", "/a b"] {
            assert_eq!(MenuUrl::parse(bad).unwrap_err().code, "invalid_url", "{bad}");
        }
        assert!(MenuUrl::parse("/gioi-thieu?x=1").is_ok());
    }

    #[test]
    fn the_default_locale_is_one_of_the_sites() {
        let mut content = site(Vec::new());
        content.default_locale = Locale::parse("en").unwrap();
        assert_eq!(content.checked().unwrap_err().into_vec()[0].pointer, "/defaultLocale");
    }
}
