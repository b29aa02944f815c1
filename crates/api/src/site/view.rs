//! What goes out of the site.

use std::collections::BTreeMap;

use bantin_application::{directory::allowed_actions, site::PublishedSite};
use bantin_domain::{
    kind::Kind,
    locale::Locale,
    named::Named,
    policy::{Actor, Subject},
    site::{Banner, Contact, LocalText, MenuItem, MenuTarget, PublishedMenuItem, PublishedTarget, Site},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Render;

/// The site as the public reads it, in one language.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Site)]
pub struct SiteView {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub agency: String,
    /// The banner of the season, if one is valid today.
    pub banner: Option<BannerView>,
    /// The language of what says none.
    pub default_locale: String,
    /// The languages it is kept in.
    pub locales: Vec<String>,
    /// Where its days begin.
    #[schema(example = "Asia/Ho_Chi_Minh")]
    pub timezone: String,
    /// How to reach the agency.
    pub contact: ContactView,
    /// Menus by name; they lead only to what is public now.
    pub menus: BTreeMap<String, Vec<MenuItemView>>,
    /// What can be subscribed to.
    pub feeds: Vec<FeedView>,
    /// Where the front end is.
    pub web_url: Option<String>,
}

/// A banner of the season.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Banner)]
pub struct BannerView {
    /// What it says.
    pub text: String,
    /// The first local day it shows.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// The last local day it shows.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<String>,
}

/// How to reach the agency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    /// Postal.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// One entry of a menu, with those below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MenuItem)]
pub struct MenuItemView {
    /// What it says.
    pub label: String,
    /// What of the site it leads to.
    pub target: Option<MenuTargetView>,
    /// Where else it leads.
    pub url: Option<String>,
    /// What is below it.
    #[schema(no_recursion)]
    pub children: Vec<MenuItemView>,
}

/// Something of the site that a menu leads to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MenuTarget)]
pub struct MenuTargetView {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "category")]
    pub kind: &'static str,
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
    /// Its address; media have none.
    pub slug: Option<String>,
}

/// Something that can be subscribed to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feed)]
pub struct FeedView {
    /// What it holds.
    pub title: String,
    /// Its media type.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "application/rss+xml")]
    pub kind: &'static str,
    /// Where it is.
    pub url: String,
}

impl SiteView {
    /// The view of the site.
    pub fn new(site: PublishedSite, render: &Render) -> Self {
        let PublishedSite { content, locale, today, menus } = site;
        let text = |text: &LocalText| text.in_locale(&locale, &content.default_locale).to_owned();
        let name = text(&content.name);
        Self {
            agency: text(&content.agency),
            banner: content.banner_on(today).map(|banner| BannerView::new(banner, text(&banner.text))),
            default_locale: content.default_locale.to_string(),
            locales: content.locales.iter().map(ToString::to_string).collect(),
            timezone: render.zone().name().to_owned(),
            contact: ContactView {
                address: content.contact.address.as_ref().map(text),
                phone: content.contact.phone.as_ref().map(ToString::to_string),
                email: content.contact.email.as_ref().map(ToString::to_string),
            },
            menus: menus.into_iter().map(|(name, items)| (name, items.into_iter().map(Into::into).collect())).collect(),
            feeds: feeds(&name, &locale, render),
            web_url: content.web_url.as_ref().map(|url| url.as_str().to_owned()),
            name,
        }
    }
}

impl BannerView {
    fn new(banner: &Banner, text: String) -> Self {
        Self { text, from: banner.from.map(|day| day.to_string()), until: banner.until.map(|day| day.to_string()) }
    }
}

impl From<PublishedMenuItem> for MenuItemView {
    fn from(item: PublishedMenuItem) -> Self {
        Self {
            label: item.label,
            target: item.target.map(Into::into),
            url: item.url,
            children: item.children.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<PublishedTarget> for MenuTargetView {
    fn from(target: PublishedTarget) -> Self {
        Self { kind: target.kind.name(), id: target.id.to_string(), slug: target.slug.map(|slug| slug.to_string()) }
    }
}

/// The feeds of the whole site.
fn feeds(name: &str, locale: &Locale, render: &Render) -> Vec<FeedView> {
    let (news, events) = if locale.as_str() == "vi" { ("Tin tức", "Sự kiện") } else { ("News", "Events") };
    [
        (news, "application/rss+xml", "articles.rss"),
        (news, "application/atom+xml", "articles.atom"),
        (news, "application/feed+json", "articles.json"),
        (events, "text/calendar", "events.ics"),
    ]
    .map(|(what, kind, file)| FeedView {
        title: format!("{name} – {what}"),
        kind,
        url: format!("{}/feeds/{file}", render.public_url()),
    })
    .into()
}

/// The site as the desk reads it: what can be written back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeskSite)]
pub struct DeskSiteView {
    /// The version, for `If-Match`.
    pub version: i64,
    /// What the caller can do: `edit`.
    pub allowed_actions: Vec<&'static str>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    /// Its name.
    pub name: LocalTextView,
    /// Whose it is.
    pub agency: LocalTextView,
    /// Banners, of which the first that is valid today shows.
    pub banners: Vec<DeskBannerView>,
    /// The language of what says none.
    pub default_locale: String,
    /// The languages it is kept in.
    pub locales: Vec<String>,
    /// How to reach the agency.
    pub contact: DeskContactView,
    /// Menus by name.
    pub menus: BTreeMap<String, Vec<DeskMenuItemView>>,
    /// Where the front end is.
    pub web_url: Option<String>,
    /// Where the front end shows a preview, with `{token}` in it.
    pub preview_url: Option<String>,
    /// The front end's addresses by kind.
    pub url_patterns: BTreeMap<String, String>,
}

/// A text in all languages, or by language.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = LocalText)]
pub enum LocalTextView {
    /// The same in all.
    One(String),
    /// By language.
    Many(BTreeMap<String, String>),
}

/// A banner as the desk reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskBanner)]
pub struct DeskBannerView {
    /// What it says.
    pub text: LocalTextView,
    /// The first local day it shows.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// The last local day it shows.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<String>,
}

/// How to reach the agency, as the desk reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskContact)]
pub struct DeskContactView {
    /// Postal.
    pub address: Option<LocalTextView>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// One entry of a menu, as the desk reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskMenuItem)]
pub struct DeskMenuItemView {
    /// What it says.
    pub label: LocalTextView,
    /// What of the site it leads to, public or not.
    pub target: Option<DeskMenuTargetView>,
    /// Where else it leads.
    pub url: Option<String>,
    /// What is below it.
    #[schema(no_recursion)]
    pub children: Vec<DeskMenuItemView>,
}

/// Something of the site that a menu leads to, as the desk reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskMenuTarget)]
pub struct DeskMenuTargetView {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "category")]
    pub kind: &'static str,
    /// Its identity.
    #[schema(value_type = String, format = Uuid)]
    pub id: String,
}

impl DeskSiteView {
    /// The view of the site at the desk.
    pub fn new(site: Site, actor: &Actor, render: &Render) -> Self {
        let content = site.content;
        let banner = |banner: Banner| DeskBannerView {
            text: banner.text.into(),
            from: banner.from.map(|day| day.to_string()),
            until: banner.until.map(|day| day.to_string()),
        };
        let menus = content.menus.into_iter();
        let patterns = content.url_patterns.iter();
        Self {
            version: site.version,
            allowed_actions: allowed_actions(actor, &Subject::of(Kind::Site)),
            updated_at: render.time(site.updated_at),
            name: content.name.into(),
            agency: content.agency.into(),
            banners: content.banners.into_iter().map(banner).collect(),
            default_locale: content.default_locale.to_string(),
            locales: content.locales.iter().map(ToString::to_string).collect(),
            contact: content.contact.into(),
            menus: menus.map(|(name, items)| (name.into(), items.into_iter().map(Into::into).collect())).collect(),
            web_url: content.web_url.map(|url| url.as_str().to_owned()),
            preview_url: content.preview_url.map(Into::into),
            url_patterns: patterns.map(|(kind, pattern)| (kind.to_string(), pattern.as_str().to_owned())).collect(),
        }
    }
}

impl From<LocalText> for LocalTextView {
    fn from(text: LocalText) -> Self {
        match text {
            LocalText::One(text) => Self::One(text.to_string()),
            LocalText::Many(texts) => {
                Self::Many(texts.into_iter().map(|(locale, text)| (locale.to_string(), text.to_string())).collect())
            }
        }
    }
}

impl From<Contact> for DeskContactView {
    fn from(contact: Contact) -> Self {
        Self {
            address: contact.address.map(Into::into),
            phone: contact.phone.map(|phone| phone.to_string()),
            email: contact.email.map(|email| email.to_string()),
        }
    }
}

impl From<MenuItem> for DeskMenuItemView {
    fn from(item: MenuItem) -> Self {
        let target = |target: MenuTarget| DeskMenuTargetView { kind: target.kind.name(), id: target.id.to_string() };
        Self {
            label: item.label.into(),
            target: item.target.map(target),
            url: item.url.map(Into::into),
            children: item.children.into_iter().map(Into::into).collect(),
        }
    }
}
