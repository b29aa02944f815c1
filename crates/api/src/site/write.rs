//! What comes in of the site.

use std::collections::BTreeMap;

use bantin_domain::{
    change::Change,
    kind::Kind,
    locale::Locale,
    named::Named,
    site::{
        Banner, ContactChanges, LocalText, MenuItem, MenuName, MenuTarget, MenuUrl, PreviewUrl, SiteChanges,
        TextChange, UrlPattern,
    },
    text::Line,
    time::parse_date,
    url::WebUrl,
    violation::{Fault, Violations},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{patch::Patch, problem::Problem};

/// What an editor says of the site. What is absent stays, what is `null` is cleared; texts by
/// language, menus, contact and patterns are merged member by member, lists are replaced whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SiteWrite)]
pub struct SiteWrite {
    /// Its name.
    #[schema(value_type = Option<LocalTextWrite>)]
    pub name: Patch<LocalTextWrite>,
    /// Whose it is.
    #[schema(value_type = Option<LocalTextWrite>)]
    pub agency: Patch<LocalTextWrite>,
    /// Banners, of which the first that is valid today shows.
    #[schema(value_type = Option<Vec<BannerWrite>>)]
    pub banners: Patch<Vec<BannerWrite>>,
    /// The language of what says none; one of `locales`.
    #[schema(value_type = Option<String>)]
    pub default_locale: Patch<String>,
    /// The languages it is kept in.
    #[schema(value_type = Option<Vec<String>>)]
    pub locales: Patch<Vec<String>>,
    /// How to reach the agency.
    #[schema(value_type = Option<ContactWrite>)]
    pub contact: Patch<ContactWrite>,
    /// Menus by name; `null` takes one away.
    #[schema(value_type = Option<BTreeMap<String, Option<Vec<MenuItemWrite>>>>)]
    pub menus: Patch<BTreeMap<String, Option<Vec<MenuItemWrite>>>>,
    /// Where the front end is.
    #[schema(value_type = Option<String>)]
    pub web_url: Patch<String>,
    /// Where the front end shows a preview, with `{token}` in it.
    #[schema(value_type = Option<String>, example = "https://example.org/preview?token={token}")]
    pub preview_url: Patch<String>,
    /// The front end's addresses by kind; `null` takes one away.
    #[schema(value_type = Option<BTreeMap<String, Option<String>>>)]
    pub url_patterns: Patch<BTreeMap<String, Option<String>>>,
}

/// A text for all languages, or by language; `null` takes a language away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = LocalTextWrite)]
pub enum LocalTextWrite {
    /// The same in all.
    One(String),
    /// By language.
    Many(BTreeMap<String, Option<String>>),
}

/// A banner of the season.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BannerWrite)]
pub struct BannerWrite {
    /// What it says.
    pub text: LocalTextWrite,
    /// The first local day it shows.
    #[serde(default)]
    #[schema(format = Date)]
    pub from: Option<String>,
    /// The last local day it shows.
    #[serde(default)]
    #[schema(format = Date)]
    pub until: Option<String>,
}

/// How to reach the agency.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ContactWrite)]
pub struct ContactWrite {
    /// Postal.
    #[schema(value_type = Option<LocalTextWrite>)]
    pub address: Patch<LocalTextWrite>,
    /// Telephone.
    #[schema(value_type = Option<String>)]
    pub phone: Patch<String>,
    /// E-mail, meant to be public.
    #[schema(value_type = Option<String>)]
    pub email: Patch<String>,
}

/// One entry of a menu, with those below it; it leads to a `target` or to a `url`, or is a heading.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MenuItemWrite)]
pub struct MenuItemWrite {
    /// What it says.
    pub label: LocalTextWrite,
    /// What of the site it leads to.
    #[serde(default)]
    pub target: Option<MenuTargetWrite>,
    /// Where else it leads: a web address, or a path that begins with one slash.
    #[serde(default)]
    pub url: Option<String>,
    /// What is below it; a menu has at most four levels.
    #[serde(default)]
    #[schema(no_recursion)]
    pub children: Vec<MenuItemWrite>,
}

/// Something of the site that a menu leads to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MenuTargetWrite)]
pub struct MenuTargetWrite {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(example = "category")]
    pub kind: String,
    /// Its identity.
    #[schema(format = Uuid)]
    pub id: String,
}

impl SiteWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<SiteChanges, Problem> {
        let faults = &mut Violations::new();
        let changes = SiteChanges {
            name: text(self.name, "/name", faults),
            agency: text(self.agency, "/agency", faults),
            banners: self.banners.plain().map(|banners| {
                banners
                    .into_iter()
                    .enumerate()
                    .filter_map(|(n, one)| one.parse(&format!("/banners/{n}"), faults))
                    .collect()
            }),
            default_locale: self.default_locale.parse("/defaultLocale", faults, Locale::parse),
            locales: self.locales.parse_each("/locales", faults, Locale::parse),
            contact: self.contact.plain().map(|contact| contact.parse(faults)),
            menus: by_name(self.menus, "/menus", faults, MenuName::parse, menu),
            web_url: self.web_url.parse("/webUrl", faults, WebUrl::parse),
            preview_url: self.preview_url.parse("/previewUrl", faults, PreviewUrl::parse),
            url_patterns: by_name(self.url_patterns, "/urlPatterns", faults, kind, |pattern, pointer, faults| {
                faults.take(pointer, UrlPattern::parse(&pattern))
            }),
        };
        std::mem::take(faults).into_result(changes).map_err(Into::into)
    }
}

/// Parses an object whose members have names of their own; faults are noted at `pointer/name`.
fn by_name<K: Ord, W, V>(
    write: Patch<BTreeMap<String, Option<W>>>,
    pointer: &str,
    faults: &mut Violations,
    name: impl Fn(&str) -> Result<K, Fault>,
    value: impl Fn(W, &str, &mut Violations) -> Option<V>,
) -> Change<BTreeMap<K, Option<V>>> {
    write.plain().map(|members| {
        let mut parsed = BTreeMap::new();
        for (text, written) in members {
            let pointer = member(pointer, &text);
            let key = faults.take(&pointer, name(&text));
            let value = match written {
                None => Some(None),
                Some(written) => value(written, &pointer, faults).map(Some),
            };
            parsed.extend(key.zip(value));
        }
        parsed
    })
}

fn kind(name: &str) -> Result<Kind, Fault> {
    Kind::from_name(name)
        .ok_or_else(|| Fault::new("invalid_value", "must be a kind of resource: article, event, speech, page, ..."))
}

fn menu(items: Vec<MenuItemWrite>, pointer: &str, faults: &mut Violations) -> Option<Vec<MenuItem>> {
    Some(items.into_iter().enumerate().filter_map(|(n, item)| item.parse(&format!("{pointer}/{n}"), faults)).collect())
}

impl BannerWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Option<Banner> {
        let text = whole_text(self.text, &format!("{pointer}/text"), faults);
        let mut day =
            |day: Option<String>, name| day.and_then(|day| faults.take(format!("{pointer}/{name}"), parse_date(&day)));
        let (from, until) = (day(self.from, "from"), day(self.until, "until"));
        Some(Banner { text: text?, from, until })
    }
}

impl ContactWrite {
    fn parse(self, faults: &mut Violations) -> ContactChanges {
        ContactChanges {
            address: text(self.address, "/contact/address", faults),
            phone: self.phone.parse("/contact/phone", faults, Line::parse),
            email: self.email.parse("/contact/email", faults, Line::parse),
        }
    }
}

impl MenuItemWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Option<MenuItem> {
        let label = whole_text(self.label, &format!("{pointer}/label"), faults);
        let target = self.target.and_then(|target| target.parse(&format!("{pointer}/target"), faults));
        let url = self.url.and_then(|url| faults.take(format!("{pointer}/url"), MenuUrl::parse(&url)));
        let children = menu(self.children, &format!("{pointer}/children"), faults)?;
        Some(MenuItem { label: label?, target, url, children })
    }
}

impl MenuTargetWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Option<MenuTarget> {
        let kind = faults.take(format!("{pointer}/type"), kind(&self.kind));
        let id = faults.take(format!("{pointer}/id"), crate::patch::id::<()>(&self.id));
        Some(MenuTarget { kind: kind?, id: id?.uuid() })
    }
}

/// A text that is merged into the one that is there.
fn text(write: Patch<LocalTextWrite>, pointer: &str, faults: &mut Violations) -> Change<TextChange> {
    match write.plain() {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(LocalTextWrite::One(text)) => {
            faults.take(pointer, Line::parse(&text)).map_or(Change::Keep, |line| Change::Set(TextChange::One(line)))
        }
        Change::Set(LocalTextWrite::Many(texts)) => {
            let line = |text: String, pointer: &str, faults: &mut Violations| faults.take(pointer, Line::parse(&text));
            by_name(Patch(Change::Set(texts)), pointer, faults, Locale::parse, line).map(TextChange::Many)
        }
    }
}

/// A text that stands in a list, which is replaced whole: there is nothing to take a language away of.
fn whole_text(write: LocalTextWrite, pointer: &str, faults: &mut Violations) -> Option<LocalText> {
    let texts = match write {
        LocalTextWrite::One(text) => return faults.take(pointer, Line::parse(&text)).map(LocalText::One),
        LocalTextWrite::Many(texts) => texts,
    };
    let required = || Fault::new("required", "must have a value");
    if texts.is_empty() {
        faults.add(pointer, required());
    }
    let mut parsed = BTreeMap::new();
    for (tag, text) in texts {
        let pointer = member(pointer, &tag);
        let locale = faults.take(&pointer, Locale::parse(&tag));
        let line = faults.take(&pointer, text.ok_or_else(required).and_then(|text| Line::parse(&text)));
        parsed.extend(locale.zip(line));
    }
    (!parsed.is_empty()).then_some(LocalText::Many(parsed))
}

/// The pointer of a member that a client named.
fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(write: serde_json::Value) -> Result<SiteChanges, Problem> {
        serde_json::from_value::<SiteWrite>(write).unwrap().parse()
    }

    fn pointers(write: serde_json::Value) -> Vec<String> {
        let problem: serde_json::Value = serde_json::from_slice(&parsed(write).unwrap_err().to_json("r")).unwrap();
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_fault_is_pointed_at_wherever_it_stands() {
        let faults = pointers(json!({
            "name": "",
            "agency": {"vi": " ", "VI": "Sở"},
            "banners": [{"text": "Xuân"}, {"text": {}, "from": "2023-02-31", "until": "x"}],
            "defaultLocale": "Vietnamese",
            "locales": ["vi", "v"],
            "contact": {"address": {"vi/VN": "Long Xuyên"}, "phone": ""},
            "menus": {
                "a/b": [],
                "main": [{"label": {"vi": null}, "children": [
                    {"label": "x", "target": {"type": "sites", "id": "1"}},
                    {"label": "y", "url": "javascript:alert(1)"}
                ]}]
            },
            "webUrl": "//evil.example",
            "previewUrl": "https://angiang.example/",
            "urlPatterns": {"articles": "/{slug}", "event": "{slug}"}
        }));
        assert_eq!(
            faults,
            [
                "/name",
                "/agency/VI",
                "/agency/vi",
                "/banners/1/text",
                "/banners/1/from",
                "/banners/1/until",
                "/defaultLocale",
                "/locales/1",
                "/contact/address/vi~1VN",
                "/contact/phone",
                "/menus/a~1b",
                "/menus/main/0/label/vi",
                "/menus/main/0/children/0/target/type",
                "/menus/main/0/children/0/target/id",
                "/menus/main/0/children/1/url",
                "/webUrl",
                "/previewUrl",
                "/urlPatterns/articles",
                "/urlPatterns/event",
            ]
        );
    }

    #[test]
    fn absent_null_and_a_value_are_told_apart() {
        let changes =
            parsed(json!({"webUrl": null, "name": {"vi": "Bản tin", "en": null}, "menus": {"main": null}})).unwrap();
        assert_eq!((changes.web_url, changes.preview_url), (Change::Clear, Change::Keep));
        let Change::Set(TextChange::Many(texts)) = changes.name else { panic!("the name is by language") };
        assert_eq!(texts.into_values().map(|text| text.is_some()).collect::<Vec<_>>(), [false, true]);
        let Change::Set(menus) = changes.menus else { panic!("the menus are set") };
        assert!(menus.into_values().all(|menu| menu.is_none()));
    }

    #[test]
    fn an_unknown_member_is_refused_at_every_level() {
        for write in [
            json!({"nam": "x"}),
            json!({"contact": {"fax": "1"}}),
            json!({"banners": [{"text": "x", "till": "2023-01-01"}]}),
            json!({"menus": {"main": [{"label": "x", "href": "/"}]}}),
            json!({"menus": {"main": [{"label": "x", "target": {"type": "page", "id": "1", "slug": "x"}}]}}),
        ] {
            assert!(serde_json::from_value::<SiteWrite>(write.clone()).is_err(), "{write}");
        }
    }
}
