//! The site itself: whose it is, its banner of the season, its menus.

mod address;
mod changes;
mod menu;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use address::{PreviewUrl, UrlPattern};
pub use changes::{ContactChanges, SiteChanges, TextChange};
pub use menu::{MENU_DEPTH, MenuItem, MenuName, MenuTarget, MenuUrl, PublishedMenuItem, PublishedTarget};

use crate::{
    article::PublishedArticle,
    event::PublishedEvent,
    id::Id,
    kind::{Kind, Target},
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

/// The site's identity in the change log: it has no other.
pub const SITE_ID: Id<Site> = Id::new(uuid::Uuid::nil());

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
    pub menus: BTreeMap<MenuName, Vec<MenuItem>>,
    /// Where the front end is.
    pub web_url: Option<WebUrl>,
    /// Where the front end shows a preview.
    pub preview_url: Option<PreviewUrl>,
    /// The front end's addresses by kind.
    pub url_patterns: BTreeMap<Kind, UrlPattern>,
}

/// A text in one or several languages; of several, at least one.
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
            Self::Many(texts) => texts
                .get(locale)
                .or_else(|| texts.get(default))
                .or_else(|| texts.values().next())
                .map_or("", Line::as_str),
        }
    }

    /// Notes each language that the site is not kept in.
    fn check(&self, locales: &[Locale], pointer: &str, faults: &mut Violations) {
        if let Self::Many(texts) = self {
            for locale in texts.keys().filter(|locale| !locales.contains(locale)) {
                faults.add(
                    format!("{pointer}/{locale}"),
                    Fault::new("unknown_reference", "must be one of the site's `locales`"),
                );
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

/// The most banners a site keeps.
const MOST_BANNERS: usize = 50;
/// The most languages a site is kept in.
const MOST_LOCALES: usize = 20;

impl SiteContent {
    /// What a site says before anybody has said anything about it.
    pub fn unnamed(name: Line<300>, locales: Vec<Locale>) -> Self {
        Self {
            name: LocalText::One(name.clone()),
            agency: LocalText::One(name),
            banners: Vec::new(),
            default_locale: locales.first().cloned().unwrap_or_else(Locale::vietnamese),
            locales,
            contact: Contact::default(),
            menus: BTreeMap::from([(MenuName::main(), Vec::new())]),
            web_url: None,
            preview_url: None,
            url_patterns: BTreeMap::new(),
        }
    }

    /// The rules that hold between the members.
    ///
    /// # Errors
    /// What is broken, with pointers into the resource.
    pub fn checked(self) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        if !self.locales.contains(&self.default_locale) {
            faults.add("/defaultLocale", Fault::new("unknown_reference", "must be one of `locales`"));
        }
        if self.locales.len() > MOST_LOCALES {
            faults.add("/locales", Fault::new("too_many", format!("must be at most {MOST_LOCALES}")));
        }
        for (n, locale) in self.locales.iter().enumerate() {
            if self.locales.iter().take(n).any(|before| before == locale) {
                faults.add(format!("/locales/{n}"), Fault::new("duplicate", "must not be there twice"));
            }
        }
        self.name.check(&self.locales, "/name", &mut faults);
        self.agency.check(&self.locales, "/agency", &mut faults);
        if let Some(address) = &self.contact.address {
            address.check(&self.locales, "/contact/address", &mut faults);
        }
        self.check_banners(&mut faults);
        menu::check(&self.menus, &self.locales, &mut faults);
        faults.into_result(self)
    }

    fn check_banners(&self, faults: &mut Violations) {
        if self.banners.len() > MOST_BANNERS {
            faults.add("/banners", Fault::new("too_many", format!("must be at most {MOST_BANNERS}")));
        }
        for (n, banner) in self.banners.iter().enumerate() {
            banner.text.check(&self.locales, &format!("/banners/{n}/text"), faults);
            if banner.from.zip(banner.until).is_some_and(|(from, until)| until < from) {
                faults.add(format!("/banners/{n}/until"), Fault::new("ends_before_start", "must not be before `from`"));
            }
        }
    }

    /// The banner that shows on `today`.
    pub fn banner_on(&self, today: Date) -> Option<&Banner> {
        self.banners.iter().find(|banner| {
            banner.from.is_none_or(|from| from <= today) && banner.until.is_none_or(|until| today <= until)
        })
    }

    /// The days after `today` on which another banner shows than on the day before, or none any more.
    pub fn banner_days(&self, today: Date) -> Vec<Date> {
        let starts = self.banners.iter().filter_map(|banner| banner.from);
        let ends = self.banners.iter().filter_map(|banner| banner.until?.tomorrow().ok());
        let days: BTreeSet<Date> = starts.chain(ends).filter(|day| *day > today).collect();
        let is_another = |day: &Date| day.yesterday().is_ok_and(|eve| self.banner_on(eve) != self.banner_on(*day));
        days.into_iter().filter(is_another).collect()
    }

    /// What the menus lead to, each with the pointer of the member that says so.
    pub fn menu_targets(&self) -> Vec<(String, Target)> {
        menu::targets(&self.menus)
    }

    /// Where the front end shows a resource; `None` where the site does not say.
    pub fn web_link(&self, resource: &WebResource<'_>) -> Option<String> {
        let path = self.url_patterns.get(&resource.kind)?.fill(resource)?;
        Some(format!("{}{path}", self.web_url.as_ref()?.as_str().trim_end_matches('/')))
    }
}

/// A resource as an address of the front end names it.
#[derive(Debug, Clone, Copy)]
pub struct WebResource<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its identity.
    pub id: uuid::Uuid,
    /// Its slug.
    pub slug: &'a Slug,
    /// Its language.
    pub locale: &'a Locale,
    /// The slug of its section.
    pub category: Option<&'a Slug>,
}

impl<'a> From<&'a PublishedArticle> for WebResource<'a> {
    fn from(article: &'a PublishedArticle) -> Self {
        Self {
            kind: Kind::Article,
            id: article.id.uuid(),
            slug: &article.slug,
            locale: &article.locale,
            category: article.category.as_ref().map(|category| &category.slug),
        }
    }
}

impl<'a> From<&'a PublishedEvent> for WebResource<'a> {
    fn from(event: &'a PublishedEvent) -> Self {
        Self {
            kind: Kind::Event,
            id: event.id.uuid(),
            slug: &event.slug,
            locale: &event.locale,
            category: event.category.as_ref().map(|category| &category.slug),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn banner(text: &str, from: Option<&str>, until: Option<&str>) -> Banner {
        let day = |text: &str| parse_date(text).unwrap();
        Banner { text: LocalText::One(Line::parse(text).unwrap()), from: from.map(day), until: until.map(day) }
    }

    fn site(banners: Vec<Banner>) -> SiteContent {
        let unnamed = SiteContent::unnamed(Line::parse("Sở KH&CN").unwrap(), vec![Locale::vietnamese()]);
        SiteContent { banners, ..unnamed }
    }

    fn pointers(content: SiteContent) -> Vec<(String, &'static str)> {
        content.checked().unwrap_err().into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn the_first_banner_valid_today_shows_both_ends_included() {
        let site =
            site(vec![banner("Xuân", Some("2023-01-15"), Some("2023-02-05")), banner("Thường ngày", None, None)]);
        let vietnamese = Locale::vietnamese();
        let shown = |day: &str| {
            site.banner_on(parse_date(day).unwrap()).unwrap().text.in_locale(&vietnamese, &vietnamese).to_owned()
        };
        assert_eq!(shown("2023-01-14"), "Thường ngày");
        assert_eq!(shown("2023-01-15"), "Xuân");
        assert_eq!(shown("2023-02-05"), "Xuân");
        assert_eq!(shown("2023-02-06"), "Thường ngày");
    }

    #[test]
    fn the_days_are_known_on_which_another_banner_shows() {
        let content = site(vec![
            banner("Xuân", Some("2023-01-15"), Some("2023-02-05")),
            // What nobody sees of a banner behind another is no change.
            banner("Tết", Some("2023-01-20"), Some("2023-02-01")),
            banner("Hè", Some("2023-06-01"), None),
        ]);
        let days = |today| -> Vec<String> {
            content.banner_days(parse_date(today).unwrap()).iter().map(ToString::to_string).collect()
        };
        assert_eq!(days("2023-01-01"), ["2023-01-15", "2023-02-06", "2023-06-01"]);
        assert_eq!(days("2023-01-15"), ["2023-02-06", "2023-06-01"], "today's shows already");
        assert!(days("2023-06-01").is_empty());
    }

    #[test]
    fn a_banner_does_not_end_before_it_starts() {
        let content = site(vec![banner("Xuân", Some("2023-02-05"), Some("2023-01-15"))]);
        assert_eq!(pointers(content), [("/banners/0/until".to_owned(), "ends_before_start")]);
    }

    #[test]
    fn the_default_locale_is_one_of_the_sites_and_none_is_there_twice() {
        let mut content = site(Vec::new());
        content.default_locale = Locale::parse("en").unwrap();
        content.locales.push(Locale::vietnamese());
        let expected = [("/defaultLocale".to_owned(), "unknown_reference"), ("/locales/1".to_owned(), "duplicate")];
        assert_eq!(pointers(content), expected);
    }

    #[test]
    fn a_text_in_a_language_that_the_site_is_not_kept_in_is_pointed_at() {
        let mut content = site(Vec::new());
        let english = BTreeMap::from([(Locale::parse("en").unwrap(), Line::parse("The bulletin").unwrap())]);
        content.contact.address = Some(LocalText::Many(english));
        assert_eq!(pointers(content), [("/contact/address/en".to_owned(), "unknown_reference")]);
    }

    #[test]
    fn a_text_falls_back_to_the_default_language_and_then_to_any() {
        let (vietnamese, english) = (Locale::vietnamese(), Locale::parse("en").unwrap());
        let text = LocalText::Many(BTreeMap::from([(vietnamese.clone(), Line::parse("Bản tin").unwrap())]));
        assert_eq!(text.in_locale(&english, &vietnamese), "Bản tin");
        assert_eq!(text.in_locale(&english, &english), "Bản tin");
    }

    #[test]
    fn the_front_ends_address_is_known_only_where_the_site_says_both_halves() {
        let (slug, locale) = (Slug::parse("hoi-nghi").unwrap(), Locale::vietnamese());
        let resource = WebResource {
            kind: Kind::Article,
            id: uuid::Uuid::from_u128(7),
            slug: &slug,
            locale: &locale,
            category: None,
        };
        let mut content = site(Vec::new());
        assert_eq!(content.web_link(&resource), None);
        content.url_patterns.insert(Kind::Article, UrlPattern::parse("/{locale}/tin/{slug}").unwrap());
        assert_eq!(content.web_link(&resource), None);
        content.web_url = Some(WebUrl::parse("https://angiang.example/").unwrap());
        assert_eq!(content.web_link(&resource).unwrap(), "https://angiang.example/vi/tin/hoi-nghi");
        assert_eq!(content.web_link(&WebResource { kind: Kind::Event, ..resource }), None);
    }
}
