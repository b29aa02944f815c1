//! What a write says about the site: a merge patch (RFC 7396), member by member.

use std::collections::BTreeMap;

use super::{Banner, Contact, LocalText, MenuItem, MenuName, PreviewUrl, SiteContent, UrlPattern};
use crate::{
    change::Change,
    kind::Kind,
    locale::Locale,
    text::Line,
    url::WebUrl,
    violation::{Fault, Violations},
};

/// What a write says about the site.
#[derive(Debug, Clone, Default)]
pub struct SiteChanges {
    /// Required.
    pub name: Change<TextChange>,
    /// Required.
    pub agency: Change<TextChange>,
    /// Empty by default.
    pub banners: Change<Vec<Banner>>,
    /// Required.
    pub default_locale: Change<Locale>,
    /// Required.
    pub locales: Change<Vec<Locale>>,
    /// Merged member by member.
    pub contact: Change<ContactChanges>,
    /// Merged menu by menu; `None` takes one away.
    pub menus: Change<BTreeMap<MenuName, Option<Vec<MenuItem>>>>,
    /// Optional.
    pub web_url: Change<WebUrl>,
    /// Optional.
    pub preview_url: Change<PreviewUrl>,
    /// Merged kind by kind; `None` takes one away.
    pub url_patterns: Change<BTreeMap<Kind, Option<UrlPattern>>>,
}

/// What a write says about a text in one or several languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextChange {
    /// One text for all of them.
    One(Line<300>),
    /// Merged language by language; `None` takes one away.
    Many(BTreeMap<Locale, Option<Line<300>>>),
}

/// What a write says about how to reach the agency.
#[derive(Debug, Clone, Default)]
pub struct ContactChanges {
    /// Optional.
    pub address: Change<TextChange>,
    /// Optional.
    pub phone: Change<Line<100>>,
    /// Optional.
    pub email: Change<Line<200>>,
}

impl SiteContent {
    /// The site after a write.
    ///
    /// # Errors
    /// What the result would break, with pointers into the write. Whether what the menus lead to
    /// exists is the use case's to check.
    pub fn changed(self, changes: SiteChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let name = required(text(changes.name, Some(self.name)), "/name", &mut faults);
        let agency = required(text(changes.agency, Some(self.agency)), "/agency", &mut faults);
        let default_locale =
            required(changes.default_locale.or(Some(self.default_locale)), "/defaultLocale", &mut faults);
        let locales = changes.locales.or(Some(self.locales)).filter(|locales| !locales.is_empty());
        let locales = required(locales, "/locales", &mut faults);
        let (Some(name), Some(agency), Some(default_locale), Some(locales)) = (name, agency, default_locale, locales)
        else {
            return Err(faults);
        };
        let changed = Self {
            name,
            agency,
            banners: changes.banners.or_default(self.banners),
            default_locale,
            locales,
            contact: match changes.contact {
                Change::Keep => self.contact,
                Change::Clear => Contact::default(),
                Change::Set(changes) => self.contact.changed(changes),
            },
            menus: merged(self.menus, changes.menus),
            web_url: changes.web_url.or(self.web_url),
            preview_url: changes.preview_url.or(self.preview_url),
            url_patterns: merged(self.url_patterns, changes.url_patterns),
        };
        changed.checked()
    }
}

impl Contact {
    fn changed(self, changes: ContactChanges) -> Self {
        Self {
            address: text(changes.address, self.address),
            phone: changes.phone.or(self.phone),
            email: changes.email.or(self.email),
        }
    }
}

/// A member that must have a value after a write.
fn required<T>(value: Option<T>, pointer: &str, faults: &mut Violations) -> Option<T> {
    if value.is_none() {
        faults.add(pointer, Fault::new("required", "must have a value"));
    }
    value
}

/// A text after a write. Languages are merged into languages; into one text for all they cannot be,
/// so there they take its place. A text without any language left is none.
fn text(change: Change<TextChange>, current: Option<LocalText>) -> Option<LocalText> {
    match change {
        Change::Keep => current,
        Change::Clear => None,
        Change::Set(TextChange::One(line)) => Some(LocalText::One(line)),
        Change::Set(TextChange::Many(changes)) => {
            let texts = match current {
                Some(LocalText::Many(texts)) => texts,
                Some(LocalText::One(_)) | None => BTreeMap::new(),
            };
            let texts = merged(texts, Change::Set(changes));
            (!texts.is_empty()).then_some(LocalText::Many(texts))
        }
    }
}

fn merged<K: Ord, V>(mut current: BTreeMap<K, V>, change: Change<BTreeMap<K, Option<V>>>) -> BTreeMap<K, V> {
    match change {
        Change::Keep => current,
        Change::Clear => BTreeMap::new(),
        Change::Set(changes) => {
            for (key, value) in changes {
                match value {
                    Some(value) => current.insert(key, value),
                    None => current.remove(&key),
                };
            }
            current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<const MAX: usize>(text: &str) -> Line<MAX> {
        Line::parse(text).unwrap()
    }

    fn vi() -> Locale {
        Locale::vietnamese()
    }

    fn en() -> Locale {
        Locale::parse("en").unwrap()
    }

    fn site() -> SiteContent {
        SiteContent::unnamed(line("Bản tin"), vec![vi(), en()])
    }

    #[test]
    fn a_write_that_says_nothing_changes_nothing() {
        assert_eq!(site().changed(SiteChanges::default()), Ok(site()));
    }

    #[test]
    fn languages_are_merged_into_languages() {
        let write = |texts| SiteChanges {
            name: Change::Set(TextChange::Many(BTreeMap::from(texts))),
            ..SiteChanges::default()
        };
        let named = site().changed(write([(vi(), Some(line("Bản tin")))])).unwrap();
        let both = named.changed(write([(en(), Some(line("Bulletin")))])).unwrap();
        let expected = BTreeMap::from([(vi(), line("Bản tin")), (en(), line("Bulletin"))]);
        assert_eq!(both.name, LocalText::Many(expected));
        let one = both.changed(write([(vi(), None)])).unwrap();
        assert_eq!(one.name, LocalText::Many(BTreeMap::from([(en(), line("Bulletin"))])));
        assert_eq!(one.changed(write([(en(), None)])).unwrap_err().into_vec()[0].pointer, "/name");
    }

    #[test]
    fn what_a_site_must_have_cannot_be_cleared_and_all_of_it_is_said_at_once() {
        let changes = SiteChanges {
            name: Change::Clear,
            agency: Change::Clear,
            default_locale: Change::Clear,
            locales: Change::Set(Vec::new()),
            ..SiteChanges::default()
        };
        let faults = site().changed(changes).unwrap_err().into_vec();
        let pointers: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(
            pointers,
            [("/name", "required"), ("/agency", "required"), ("/defaultLocale", "required"), ("/locales", "required")]
        );
    }

    #[test]
    fn one_menu_is_replaced_or_taken_away_and_the_others_stay() {
        let name = |text| MenuName::parse(text).unwrap();
        let write = |menus| SiteChanges { menus: Change::Set(BTreeMap::from(menus)), ..SiteChanges::default() };
        let two =
            site().changed(write([(name("main"), Some(Vec::new())), (name("footer"), Some(Vec::new()))])).unwrap();
        let one = two.changed(write([(name("footer"), None), (name("none"), None)])).unwrap();
        assert_eq!(one.menus.into_keys().collect::<Vec<_>>(), [name("main")]);
    }

    #[test]
    fn one_way_to_reach_the_agency_is_changed_and_the_others_stay() {
        let write = |contact| SiteChanges { contact: Change::Set(contact), ..SiteChanges::default() };
        let phone = ContactChanges { phone: Change::Set(line("0296 3852 000")), ..ContactChanges::default() };
        let email = ContactChanges { email: Change::Set(line("vanthu@angiang.example")), ..ContactChanges::default() };
        let reached = site().changed(write(phone)).unwrap().changed(write(email)).unwrap();
        assert_eq!(reached.contact.phone, Some(line("0296 3852 000")));
        assert_eq!(reached.contact.email, Some(line("vanthu@angiang.example")));
    }
}
