//! What search engines are told of: every public resource with an address, in sitemaps of one sort each.
//!
//! Articles come by the months of the site's calendar: so an article that is published changes one sitemap, and
//! those of years ago stay what they are.

use std::collections::BTreeMap;

use bantin_domain::{
    article::{ArticleSort, PublishedArticle},
    content::Translation,
    event::EventSort,
    kind::Kind,
    listing::{Between, NameSort, Order, PageRequest, Start},
    locale::Locale,
    media::{Media, MediaId, MediaKind},
    named::Named,
    page::PageSort,
    speech::SpeechSort,
    text::Slug,
    time::{Date, SiteZone, Timestamp},
};
use bantin_persistence::PublicReader;
use uuid::Uuid;

use crate::{
    archive,
    articles::{self, ArticleParts, ArticleQuery},
    categories,
    error::AppError,
    events::{self, EventParts, EventQuery},
    feeds::Month,
    organisations::{self, OrganisationFilter},
    pages::{self, PageParts, PageQuery},
    people::{self, PersonFilter, PersonParts},
    speeches::{self, SpeechParts, SpeechQuery},
};

/// The most addresses of a sitemap (sitemaps.org).
pub const MOST: u32 = 50_000;
/// The most articles of a sitemap of news, which reaches back to the beginning of yesterday.
const NEWS: u32 = 1_000;
/// So many of the articles that changed last say when the sitemaps changed that they stand in.
const LATEST: u32 = 100;

/// What stands in one sitemap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The articles of a month.
    Month(Month),
    /// The articles of a day, of a month that has too many for one sitemap.
    Day(Date),
    /// All of a kind.
    All(Kind),
}

impl Part {
    /// The kinds that come whole.
    pub const KINDS: [Kind; 6] =
        [Kind::Event, Kind::Speech, Kind::Page, Kind::Category, Kind::Person, Kind::Organisation];

    /// Its name, in its address: `articles-2023-03`, `events`.
    pub fn name(self) -> String {
        match self {
            Self::Month(month) => format!("articles-{:04}-{:02}", month.year, month.month),
            Self::Day(day) => format!("articles-{day}"),
            Self::All(Kind::Person) => "people".to_owned(),
            Self::All(Kind::Category) => "categories".to_owned(),
            Self::All(Kind::Speech) => "speeches".to_owned(),
            Self::All(kind) => format!("{}s", kind.name()),
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        let Some(when) = name.strip_prefix("articles-") else {
            return Self::KINDS.map(Self::All).into_iter().find(|part| part.name() == name);
        };
        let day = |text: &str| bantin_domain::time::parse_date(text).ok();
        match day(when) {
            Some(day) => Some(Self::Day(day)),
            None => day(&format!("{when}-01")).map(|first| {
                Self::Month(Month { year: first.year().into(), month: first.month().into(), articles: 0 })
            }),
        }
    }
}

/// A resource in a sitemap.
#[derive(Debug, Clone)]
pub struct Located {
    /// Its kind.
    pub kind: Kind,
    /// Its identity.
    pub id: Uuid,
    /// Its slug.
    pub slug: Slug,
    /// Its language; none of what is in all.
    pub locale: Option<Locale>,
    /// The slug of its section.
    pub category: Option<Slug>,
    /// When it last changed.
    pub updated: Timestamp,
    /// Its picture.
    pub picture: Option<MediaId>,
    /// The same in other languages.
    pub translations: Vec<Translation>,
}

/// The sitemaps that there are, each with when it last changed where that is known: then something in it did.
///
/// # Errors
/// When the database fails.
pub fn index(reader: &mut PublicReader<'_>, zone: &SiteZone) -> Result<Vec<(Part, Option<Timestamp>)>, AppError> {
    let mut changed: BTreeMap<(i32, i32), Timestamp> = BTreeMap::new();
    let order = Order { by: ArticleSort::UpdatedAt, descending: true };
    let latest = ArticleQuery { order, parts: ArticleParts::NOTHING, ..ArticleQuery::default() };
    for article in articles::public_list(reader, latest, &first(LATEST))?.rows {
        let day = article.published_at.day_in(zone);
        changed.entry((day.year().into(), day.month().into())).or_insert(article.updated_at);
    }
    let mut all = Vec::new();
    for year in archive::years(reader, None, None)? {
        for month in year.months {
            let articles = u32::try_from(month.articles).unwrap_or(u32::MAX);
            let found = Month { year: year.year, month: month.month, articles };
            let at = changed.get(&(found.year, found.month)).copied();
            if articles <= MOST {
                all.push((Part::Month(found), at));
            } else {
                all.extend(days(found).map(|day| (Part::Day(day), None)));
            }
        }
    }
    for kind in Part::KINDS {
        let some = located(reader, Part::All(kind), zone, 1)?;
        all.extend(some.first().map(|_| (Part::All(kind), None)));
    }
    Ok(all)
}

/// What stands in a sitemap.
///
/// # Errors
/// When the database fails.
pub fn part(reader: &mut PublicReader<'_>, part: Part, zone: &SiteZone) -> Result<Vec<Located>, AppError> {
    located(reader, part, zone, MOST)
}

/// The articles since the beginning of yesterday, the newest first. By days and not by hours: so the answer
/// stays the same until one is published, or a day ends.
///
/// # Errors
/// When the database fails.
pub fn news(reader: &mut PublicReader<'_>, zone: &SiteZone) -> Result<Vec<PublishedArticle>, AppError> {
    let today = reader.now().day_in(zone);
    let published = Between { from: Some(zone.start_of(today.yesterday().unwrap_or(today))), until: None };
    let query = ArticleQuery {
        published,
        parts: ArticleParts { category: true, ..ArticleParts::NOTHING },
        ..ArticleQuery::default()
    };
    Ok(articles::public_list(reader, query, &first(NEWS))?.rows)
}

fn first(limit: u32) -> PageRequest {
    PageRequest { limit, start: Start::First, count: false }
}

fn days(month: Month) -> impl Iterator<Item = Date> {
    let first = i16::try_from(month.year).ok().zip(i8::try_from(month.month).ok());
    let first = first.and_then(|(year, month)| Date::new(year, month, 1).ok());
    let next = move |day: &Date| day.tomorrow().ok().filter(|next| Some(next.month()) == first.map(|day| day.month()));
    std::iter::successors(first, next)
}

fn located(reader: &mut PublicReader<'_>, part: Part, zone: &SiteZone, limit: u32) -> Result<Vec<Located>, AppError> {
    let page = first(limit);
    Ok(match part {
        Part::Month(month) => articles_in(reader, month.instants(zone), &page)?,
        Part::Day(day) => {
            let next = day.tomorrow().unwrap_or(day);
            articles_in(reader, Between { from: Some(zone.start_of(day)), until: Some(zone.start_of(next)) }, &page)?
        }
        Part::All(Kind::Event) => all_events(reader, zone, &page)?,
        Part::All(Kind::Speech) => all_speeches(reader, &page)?,
        Part::All(Kind::Page) => all_pages(reader, &page)?,
        Part::All(Kind::Category) => {
            let sections = categories::public_list(reader)?;
            let of = |one: &bantin_domain::category::Category| {
                entry(one.id.uuid(), one.content.slug.clone(), one.updated_at)
            };
            sections.iter().map(|one| Located { kind: Kind::Category, ..of(one) }).collect()
        }
        Part::All(Kind::Person) => {
            let asked = (BY_NAME, PersonParts { photo: false, organisations: false });
            let people = people::public_list(reader, PersonFilter::default(), None, asked, &page)?.rows;
            people
                .into_iter()
                .map(|one| one.person)
                .map(|one| entry(one.id.uuid(), one.content.slug, one.updated_at))
                .collect()
        }
        Part::All(Kind::Organisation) => {
            let all = organisations::public_list(reader, OrganisationFilter::default(), None, (BY_NAME, false), &page)?;
            let of = |one: bantin_domain::organisation::Organisation| Located {
                kind: Kind::Organisation,
                ..entry(one.id.uuid(), one.content.slug, one.updated_at)
            };
            all.rows.into_iter().map(|one| of(one.organisation)).collect()
        }
        Part::All(_) => Vec::new(),
    })
}

const BY_NAME: Order<NameSort> = Order { by: NameSort::Name, descending: false };

/// What is in all languages, in no section and without a picture: a person, as long as nobody says otherwise.
fn entry(id: Uuid, slug: Slug, updated: Timestamp) -> Located {
    Located {
        kind: Kind::Person,
        id,
        slug,
        locale: None,
        category: None,
        updated,
        picture: None,
        translations: Vec::new(),
    }
}

fn picture(cover: Option<Media>) -> Option<MediaId> {
    cover.filter(|media| media.format.kind() == MediaKind::Image).map(|media| media.id)
}

fn articles_in(
    reader: &mut PublicReader<'_>,
    published: Between<Timestamp>,
    page: &PageRequest,
) -> Result<Vec<Located>, AppError> {
    let parts = ArticleParts { category: true, media: true, translations: true, ..ArticleParts::NOTHING };
    let query = ArticleQuery { published, parts, ..ArticleQuery::default() };
    let located = |article: PublishedArticle| Located {
        kind: Kind::Article,
        locale: Some(article.locale),
        category: article.category.map(|category| category.slug),
        picture: picture(article.cover),
        translations: article.translations,
        ..entry(article.id.uuid(), article.slug, article.updated_at)
    };
    Ok(articles::public_list(reader, query, page)?.rows.into_iter().map(located).collect())
}

fn all_events(reader: &mut PublicReader<'_>, zone: &SiteZone, page: &PageRequest) -> Result<Vec<Located>, AppError> {
    let query = EventQuery {
        text: None,
        locale: None,
        ids: None,
        slugs: None,
        kind: None,
        status: None,
        category: None,
        organisation: None,
        person: None,
        when: None,
        starts: Between::default(),
        ends: Between::default(),
        updated: Between::default(),
        order: Order { by: EventSort::StartsOn, descending: true },
        parts: EventParts { category: true, media: true, translations: true, ..EventParts::ROW },
    };
    let rows = events::public_list(reader, query, zone, page)?.rows;
    let located = |event: bantin_domain::event::PublishedEvent| Located {
        kind: Kind::Event,
        locale: Some(event.locale),
        category: event.category.map(|category| category.slug),
        picture: picture(event.cover),
        translations: event.translations,
        ..entry(event.id.uuid(), event.slug, event.updated_at)
    };
    Ok(rows.into_iter().map(located).collect())
}

fn all_speeches(reader: &mut PublicReader<'_>, page: &PageRequest) -> Result<Vec<Located>, AppError> {
    let query = SpeechQuery {
        text: None,
        locale: None,
        ids: None,
        slugs: None,
        kind: None,
        event: None,
        person: None,
        organisation: None,
        order: Order { by: SpeechSort::StartsAt, descending: true },
        parts: SpeechParts::LISTED,
    };
    let located = |speech: bantin_domain::speech::PublishedSpeech| Located {
        kind: Kind::Speech,
        locale: Some(speech.locale),
        translations: speech.translations,
        ..entry(speech.id.uuid(), speech.slug, speech.updated_at)
    };
    Ok(speeches::public_list(reader, query, page)?.rows.into_iter().map(located).collect())
}

fn all_pages(reader: &mut PublicReader<'_>, page: &PageRequest) -> Result<Vec<Located>, AppError> {
    let query = PageQuery {
        text: None,
        locale: None,
        ids: None,
        slugs: None,
        parent: None,
        order: Order { by: PageSort::Order, descending: false },
        parts: PageParts::LISTED,
    };
    let located = |page: bantin_domain::page::PublishedPage| Located {
        kind: Kind::Page,
        locale: Some(page.locale),
        picture: picture(page.cover),
        translations: page.translations,
        ..entry(page.id.uuid(), page.slug, page.updated_at)
    };
    Ok(pages::public_list(reader, query, page)?.rows.into_iter().map(located).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sitemap_is_found_by_its_name() {
        let month = Month { year: 2023, month: 3, articles: 0 };
        let day = bantin_domain::time::parse_date("2023-03-14").unwrap();
        for part in [Part::Month(month), Part::Day(day)].into_iter().chain(Part::KINDS.map(Part::All)) {
            assert_eq!(Part::parse(&part.name()), Some(part), "{}", part.name());
        }
        for name in ["", "articles", "articles-", "articles-2023", "articles-2023-13", "articles-2023-02-30", "medias"]
        {
            assert_eq!(Part::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_month_of_too_many_has_its_days() {
        let month = Month { year: 2024, month: 2, articles: MOST + 1 };
        let days: Vec<String> = days(month).map(|day| day.to_string()).collect();
        assert_eq!((days.len(), days.last().map(String::as_str)), (29, Some("2024-02-29")));
    }
}
