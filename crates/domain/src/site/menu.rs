//! Menus: trees of labels that lead somewhere.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::LocalText;
use crate::{
    kind::{Kind, Target},
    locale::Locale,
    text::Slug,
    url::WebUrl,
    violation::{Fault, Violations},
};

/// How deep a menu may be.
pub const MENU_DEPTH: usize = 4;
/// The most entries that all menus together have: every answer of the site carries them.
const MOST_ENTRIES: usize = 500;

/// The name of a menu, as a front end asks for it: `main`, `footer`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MenuName(String);

impl MenuName {
    /// The menu that every front end has.
    pub fn main() -> Self {
        Self("main".to_owned())
    }

    /// Parses a name.
    ///
    /// # Errors
    /// `invalid_name`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fits = text.len() <= 40
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        let message = "must be 1 to 40 letters, digits and hyphens, beginning with a letter";
        if fits { Ok(Self(text.to_owned())) } else { Err(Fault::new("invalid_name", message)) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MenuName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|fault| fault.message)
    }
}
impl From<MenuName> for String {
    fn from(name: MenuName) -> Self {
        name.0
    }
}

/// One entry of a menu, with those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    /// What it says.
    pub label: LocalText,
    /// What of the site it leads to.
    pub target: Option<MenuTarget>,
    /// Where else it leads; an entry with neither is a heading of those below it.
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
    /// Its current slug; media have none.
    pub slug: Option<Slug>,
}

impl MenuItem {
    /// The entry as a reader of `locale` sees it; `public` holds what of the site is public, with its
    /// slug. An entry whose target is not there goes with all that is below it: its label alone may
    /// tell of what is not public yet.
    pub fn published(
        &self,
        locale: &Locale,
        default: &Locale,
        public: &HashMap<Target, Option<Slug>>,
    ) -> Option<PublishedMenuItem> {
        let target = match self.target {
            Some(MenuTarget { kind, id }) => {
                let slug = public.get(&Target { kind, id })?.clone();
                Some(PublishedTarget { kind, id, slug })
            }
            None => None,
        };
        Some(PublishedMenuItem {
            label: self.label.in_locale(locale, default).to_owned(),
            target,
            url: self.url.as_ref().map(|url| url.as_str().to_owned()),
            children: self.children.iter().filter_map(|child| child.published(locale, default, public)).collect(),
        })
    }

    /// Calls `visit` with this entry and all below it, each with its pointer and its level, from 1.
    fn walk(&self, pointer: &str, level: usize, visit: &mut impl FnMut(&str, usize, &Self)) {
        visit(pointer, level, self);
        for (n, child) in self.children.iter().enumerate() {
            child.walk(&format!("{pointer}/children/{n}"), level + 1, visit);
        }
    }
}

type Menus = BTreeMap<MenuName, Vec<MenuItem>>;

fn walk(menus: &Menus, mut visit: impl FnMut(&str, usize, &MenuItem)) {
    for (name, items) in menus {
        for (n, item) in items.iter().enumerate() {
            item.walk(&format!("/menus/{}/{n}", name.as_str()), 1, &mut visit);
        }
    }
}

/// The rules that hold for menus.
pub(super) fn check(menus: &Menus, locales: &[Locale], faults: &mut Violations) {
    let mut entries = 0_usize;
    walk(menus, |pointer, level, item| {
        entries += 1;
        item.label.check(locales, &format!("{pointer}/label"), faults);
        if item.target.is_some() && item.url.is_some() {
            faults.add(format!("{pointer}/url"), Fault::new("ambiguous", "must be absent where there is a `target`"));
        }
        if item.target.is_some_and(|target| target.kind == Kind::Site) {
            let message = "must be a kind that has an address: article, event, category, ...";
            faults.add(format!("{pointer}/target/type"), Fault::new("invalid_value", message));
        }
        if level == MENU_DEPTH && !item.children.is_empty() {
            let message = format!("must be empty: a menu has at most {MENU_DEPTH} levels");
            faults.add(format!("{pointer}/children"), Fault::new("too_deep", message));
        }
    });
    if entries > MOST_ENTRIES {
        faults.add("/menus", Fault::new("too_many", format!("must have at most {MOST_ENTRIES} entries in all")));
    }
}

/// What menus lead to, each with the pointer of the id.
pub(super) fn targets(menus: &Menus) -> Vec<(String, Target)> {
    let mut targets = Vec::new();
    walk(menus, |pointer, _, item| {
        if let Some(MenuTarget { kind, id }) = item.target {
            targets.push((format!("{pointer}/target/id"), Target { kind, id }));
        }
    });
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Line;

    fn entry(label: &str, children: Vec<MenuItem>) -> MenuItem {
        MenuItem { label: LocalText::One(Line::parse(label).unwrap()), target: None, url: None, children }
    }

    fn leading_to(label: &str, id: u128, children: Vec<MenuItem>) -> MenuItem {
        let target = MenuTarget { kind: Kind::Page, id: uuid::Uuid::from_u128(id) };
        MenuItem { target: Some(target), ..entry(label, children) }
    }

    fn main(items: Vec<MenuItem>) -> Menus {
        BTreeMap::from([(MenuName::parse("main").unwrap(), items)])
    }

    fn faults(menus: &Menus) -> Vec<(String, &'static str)> {
        let mut faults = Violations::new();
        check(menus, &[Locale::vietnamese()], &mut faults);
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn a_menu_never_leads_to_another_site_by_a_trick() {
        for bad in ["//evil.example", "/\\evil.example", "javascript:alert(1)", "", "evil.example", "/a b"] {
            assert_eq!(MenuUrl::parse(bad).unwrap_err().code, "invalid_url", "{bad}");
        }
        assert!(MenuUrl::parse("/gioi-thieu?x=1").is_ok());
    }

    #[test]
    fn an_entry_whose_target_is_not_public_goes_with_all_below_it() {
        let items = [
            leading_to("Sắp công bố", 1, vec![leading_to("Bên dưới", 2, Vec::new())]),
            leading_to("Giới thiệu", 2, Vec::new()),
        ];
        let page = Target { kind: Kind::Page, id: uuid::Uuid::from_u128(2) };
        let public = HashMap::from([(page, Slug::parse("gioi-thieu").ok())]);
        let vi = Locale::vietnamese();
        let shown: Vec<_> =
            items.iter().filter_map(|item| item.published(&vi, &vi, &public)).map(|item| item.label).collect();
        assert_eq!(shown, ["Giới thiệu"]);
    }

    #[test]
    fn four_levels_are_a_menu_and_five_are_too_deep() {
        let deep = |levels| (1..levels).fold(entry("Đáy", Vec::new()), |below, _| entry("Mục", vec![below]));
        assert_eq!(faults(&main(vec![deep(4)])), []);
        let fourth = "/menus/main/0/children/0/children/0/children/0/children".to_owned();
        assert_eq!(faults(&main(vec![deep(5)])), [(fourth, "too_deep")]);
    }

    #[test]
    fn an_entry_leads_to_one_place() {
        let both = MenuItem { url: MenuUrl::parse("/x").ok(), ..leading_to("Hai nơi", 1, Vec::new()) };
        assert_eq!(faults(&main(vec![both])), [("/menus/main/0/url".to_owned(), "ambiguous")]);
    }

    #[test]
    fn a_target_is_pointed_at_wherever_it_stands() {
        let menus = main(vec![entry("Mục", vec![entry("Một", Vec::new()), leading_to("Hai", 5, Vec::new())])]);
        let expected = (
            "/menus/main/0/children/1/target/id".to_owned(),
            Target { kind: Kind::Page, id: uuid::Uuid::from_u128(5) },
        );
        assert_eq!(targets(&menus), [expected]);
    }
}
