//! The site of the demo: `demo/site.toml` has its name, its banners, its sections and its pages.

use std::collections::{BTreeMap, HashMap};

use bantin_application::{Act, AppError, categories, content::Birth, pages, site, workflow::Step};
use bantin_domain::{
    body::BodyInput,
    category::{CategoryChanges, CategoryId, Translated},
    change::Change,
    kind::Kind,
    locale::Locale,
    page::{PageChanges, PageId},
    site::{Banner, ContactChanges, LocalText, MenuItem, MenuName, MenuTarget, SiteChanges, TextChange},
    text::{Line, Name, Slug, Title},
    time::parse_date,
};
use serde::Deserialize;

use super::{
    corpus,
    directory::{set, sure},
    spoilt,
};

const SITE: &str = include_str!("../../../../demo/site.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Site {
    name: Bilingual,
    agency: Bilingual,
    contact: Contact,
    banners: Vec<Season>,
    categories: Vec<Section>,
    pages: Vec<StandingPage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bilingual {
    vi: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contact {
    address: Bilingual,
    phone: String,
    email: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Season {
    vi: String,
    en: String,
    from: Option<String>,
    until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    slug: String,
    parent: Option<String>,
    vi: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StandingPage {
    slug: String,
    #[serde(default)]
    menu: bool,
    locale: Option<String>,
    parent: Option<String>,
    translation_of: Option<String>,
    title: String,
    body: String,
}

/// Enters the sections, the pages and the site, whose menus lead to both. Yields the sections by slug.
pub fn enter(act: &mut Act<'_, '_>) -> Result<HashMap<String, CategoryId>, AppError> {
    let written: Site = toml::from_str(SITE).map_err(|error| spoilt("site.toml", error))?;
    let sections = enter_sections(act, &written.categories)?;
    let pages = enter_pages(act, &written.pages)?;
    let menu = menu(&written, &sections, &pages)?;
    let banners = written.banners.iter().map(|season| {
        let day = |text: &Option<String>| text.as_deref().map(parse_date).transpose();
        Ok(Banner {
            text: LocalText::Many(texts(&season.vi, &season.en)?),
            from: sure(day(&season.from))?,
            until: sure(day(&season.until))?,
        })
    });
    let changes = SiteChanges {
        name: in_both(&written.name)?,
        agency: in_both(&written.agency)?,
        banners: Change::Set(banners.collect::<Result<_, AppError>>()?),
        contact: Change::Set(ContactChanges {
            address: in_both(&written.contact.address)?,
            phone: set(Line::parse(&written.contact.phone))?,
            email: set(Line::parse(&written.contact.email))?,
        }),
        menus: Change::Set(BTreeMap::from([(MenuName::main(), Some(menu))])),
        ..SiteChanges::default()
    };
    let version = site::get(act.tx, &act.actor)?.version;
    site::edit(act, version.into(), changes)?;
    Ok(sections)
}

fn enter_sections(act: &mut Act<'_, '_>, sections: &[Section]) -> Result<HashMap<String, CategoryId>, AppError> {
    let mut entered = HashMap::new();
    for (order, section) in (0_i64..).zip(sections) {
        let english = Translated { name: sure(Name::parse(&section.en))?, slug: None, description: None };
        let changes = CategoryChanges {
            name: set(Name::parse(&section.vi))?,
            slug: set(Slug::parse(&section.slug))?,
            parent_id: known(&entered, section.parent.as_ref())?.map_or(Change::Keep, Change::Set),
            order: Change::Set(order),
            translations: Change::Set(BTreeMap::from([(english_locale()?, english)])),
            ..CategoryChanges::default()
        };
        let id = categories::create(act, changes)?.id;
        entered.insert(section.slug.clone(), id);
    }
    Ok(entered)
}

fn enter_pages(act: &mut Act<'_, '_>, pages: &[StandingPage]) -> Result<HashMap<String, PageId>, AppError> {
    let mut entered = HashMap::new();
    for (order, page) in (0_i64..).zip(pages) {
        let locale = page.locale.as_deref().map_or(Ok(Locale::vietnamese()), Locale::parse);
        let changes = PageChanges {
            title: set(Title::parse(&page.title))?,
            slug: set(Slug::parse(&page.slug))?,
            body: Change::Set(corpus::parse(BodyInput::Markdown(page.body.clone()))?),
            parent_id: known(&entered, page.parent.as_ref())?.map_or(Change::Keep, Change::Set),
            order: Change::Set(order),
            locale: set(locale)?,
            ..PageChanges::default()
        };
        let birth = Birth { id: None, translation_of: known(&entered, page.translation_of.as_ref())? };
        let made = pages::create(act, birth, changes)?.item;
        pages::take_step(act, made.id, made.version, &Step::Publish { correction: None })?;
        entered.insert(page.slug.clone(), made.id);
    }
    Ok(entered)
}

/// The main menu: the sections as the tree that they are, and the pages that ask for it.
fn menu(
    site: &Site,
    sections: &HashMap<String, CategoryId>,
    pages: &HashMap<String, PageId>,
) -> Result<Vec<MenuItem>, AppError> {
    let mut items = below(&site.categories, None, sections)?;
    for page in site.pages.iter().filter(|page| page.menu) {
        let target = pages.get(&page.slug).map(|id| MenuTarget { kind: Kind::Page, id: id.uuid() });
        let label = LocalText::One(sure(Line::parse(&page.title))?);
        items.push(MenuItem { label, target, url: None, children: Vec::new() });
    }
    Ok(items)
}

fn below(
    all: &[Section],
    parent: Option<&String>,
    sections: &HashMap<String, CategoryId>,
) -> Result<Vec<MenuItem>, AppError> {
    let children = all.iter().filter(|section| section.parent.as_ref() == parent);
    children
        .map(|section| {
            Ok(MenuItem {
                label: LocalText::Many(texts(&section.vi, &section.en)?),
                target: sections.get(&section.slug).map(|id| MenuTarget { kind: Kind::Category, id: id.uuid() }),
                url: None,
                children: below(all, Some(&section.slug), sections)?,
            })
        })
        .collect()
}

/// The id that a slug of the file names, if it says one.
fn known<T: Copy>(entered: &HashMap<String, T>, slug: Option<&String>) -> Result<Option<T>, AppError> {
    let find =
        |slug: &String| entered.get(slug).copied().ok_or_else(|| spoilt("site.toml", format!("{slug} is not above")));
    slug.map(find).transpose()
}

fn english_locale() -> Result<Locale, AppError> {
    sure(Locale::parse("en"))
}

fn texts(vi: &str, en: &str) -> Result<BTreeMap<Locale, Line<300>>, AppError> {
    Ok(BTreeMap::from([(Locale::vietnamese(), sure(Line::parse(vi))?), (english_locale()?, sure(Line::parse(en))?)]))
}

fn in_both(text: &Bilingual) -> Result<Change<TextChange>, AppError> {
    let texts = texts(&text.vi, &text.en)?.into_iter().map(|(locale, line)| (locale, Some(line)));
    Ok(Change::Set(TextChange::Many(texts.collect())))
}
