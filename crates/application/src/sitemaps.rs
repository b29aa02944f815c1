//! What search engines are told of: every public resource with an address, in sitemaps of one sort each.
//!
//! Articles come by the months of the site's calendar: so an article that is published changes one sitemap, and
//! those of years ago stay what they are. Whatever is too much for one sitemap goes on in a second one.

use std::collections::BTreeMap;

use bantin_domain::{
    article::{ArticleSort, PublishedArticle},
    content::Translation,
    event::EventSort,
    kind::Kind,
    listing::{Between, NameSort, Order, PageRequest, Slice, Start},
    locale::Locale,
    media::{Media, MediaId, MediaKind},
    named::Named,
    page::PageSort,
    speech::SpeechSort,
    tag::Tag,
    text::Slug,
    time::{SiteZone, Timestamp},
};
use bantin_persistence::{PublicReader, public::extent, tags::TagFilter};
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
    tags,
};

/// The most addresses of a sitemap (sitemaps.org).
pub const MOST: u32 = 50_000;
/// The most articles of a sitemap of news, which reaches back to the beginning of yesterday.
const NEWS: u32 = 1_000;
/// So many of the articles that changed last say when the sitemaps changed that they stand in.
const LATEST: u32 = 100;

/// What stands in one sitemap, or in several where it is too much for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The articles of a month.
    Month(Month),
    /// All of a kind.
    All(Kind),
}

impl Part {
    /// The kinds that come whole.
    pub const KINDS: [Kind; 7] =
        [Kind::Event, Kind::Speech, Kind::Page, Kind::Category, Kind::Tag, Kind::Person, Kind::Organisation];

    fn name(self) -> String {
        match self {
            Self::Month(month) => format!("articles-{:04}-{:02}", month.year, month.month),
            Self::All(Kind::Person) => "people".to_owned(),
            Self::All(Kind::Category) => "categories".to_owned(),
            Self::All(Kind::Speech) => "speeches".to_owned(),
            Self::All(kind) => format!("{}s", kind.name()),
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let Some(month) = name.strip_prefix("articles-") else {
            return Self::KINDS.map(Self::All).into_iter().find(|part| part.name() == name);
        };
        let first = bantin_domain::time::parse_date(&format!("{month}-01")).ok()?;
        Some(Self::Month(Month { year: first.year().into(), month: first.month().into(), articles: 0 }))
    }
}

/// One sitemap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// What stands in it.
    pub part: Part,
    /// Which of those that the part has, from 1.
    pub nth: u32,
}

impl Sheet {
    /// Its name, in its address: `articles-2023-03`, `events`, and of the second `events-2`.
    pub fn name(self) -> String {
        match self.nth {
            1 => self.part.name(),
            nth => format!("{}-{nth}", self.part.name()),
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        let first = Part::parse(name).map(|part| Self { part, nth: 1 });
        first.or_else(|| {
            let (of, number) = name.rsplit_once('-')?;
            let nth = number.parse().ok().filter(|nth: &u32| *nth > 1 && nth.to_string() == number)?;
            Some(Self { part: Part::parse(of)?, nth })
        })
    }

    /// Those that a part of so many has, `most` on each.
    fn all(part: Part, count: u64, most: u32) -> impl Iterator<Item = Self> {
        let last = u32::try_from(count.div_ceil(u64::from(most.max(1)))).unwrap_or(u32::MAX);
        (1..=last).map(move |nth| Self { part, nth })
    }

    fn page(self, most: u32) -> PageRequest {
        PageRequest { limit: most, start: Start::Behind((self.nth - 1).saturating_mul(most)), count: false }
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

/// The sitemaps that there are, each with when it last changed where that is known: then something in it did. Each has
/// `most` addresses at most, which is [`MOST`] for who reads them.
///
/// # Errors
/// When the database fails.
pub fn index(
    reader: &mut PublicReader<'_>,
    zone: &SiteZone,
    most: u32,
) -> Result<Vec<(Sheet, Option<Timestamp>)>, AppError> {
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
            let count = u64::try_from(month.articles).unwrap_or_default();
            let at = changed.get(&(year.year, month.month)).copied();
            let part = Part::Month(Month { year: year.year, month: month.month, articles: 0 });
            all.extend(Sheet::all(part, count, most).map(|sheet| (sheet, at)));
        }
    }
    // How many there are at most: a count of what the public sees would read all of it each time. So whether anything
    // stands on a sheet is asked of it, and only of those that there may be.
    let extents = extent::extents(reader, &Part::KINDS, most.saturating_add(1))?;
    for (part, extent) in Part::KINDS.map(Part::All).into_iter().zip(extents) {
        let last = match extent {
            0 => 0,
            some if some <= u64::from(most) => 1,
            _ => u32::MAX,
        };
        for sheet in (1..=last).map(|nth| Sheet { part, nth }) {
            let page = PageRequest { limit: 1, ..sheet.page(most) };
            if located(reader, part, zone, &page)?.rows.is_empty() {
                break;
            }
            all.push((sheet, None));
        }
    }
    Ok(all)
}

/// What stands in a sitemap, where each has `most` addresses at most.
///
/// # Errors
/// When the database fails.
pub fn sheet(
    reader: &mut PublicReader<'_>,
    sheet: Sheet,
    zone: &SiteZone,
    most: u32,
) -> Result<Vec<Located>, AppError> {
    Ok(located(reader, sheet.part, zone, &sheet.page(most))?.rows)
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

fn located(
    reader: &mut PublicReader<'_>,
    part: Part,
    zone: &SiteZone,
    page: &PageRequest,
) -> Result<Slice<Located>, AppError> {
    match part {
        Part::Month(month) => articles_in(reader, month.instants(zone), page),
        Part::All(Kind::Event) => all_events(reader, zone, page),
        Part::All(Kind::Speech) => all_speeches(reader, page),
        Part::All(Kind::Page) => all_pages(reader, page),
        Part::All(Kind::Category) => all_sections(reader, page),
        Part::All(Kind::Tag) => {
            let of = |one: Tag| Located { kind: Kind::Tag, ..entry(one.id.uuid(), one.content.slug, one.updated_at) };
            Ok(tags::public_list(reader, &TagFilter::default(), BY_NAME, page)?.map(of))
        }
        Part::All(Kind::Person) => {
            let asked = (BY_NAME, PersonParts { photo: false, organisations: false });
            let people = people::public_list(reader, PersonFilter::default(), None, asked, page)?;
            Ok(people.map(|one| entry(one.person.id.uuid(), one.person.content.slug, one.person.updated_at)))
        }
        Part::All(Kind::Organisation) => {
            let all = organisations::public_list(reader, OrganisationFilter::default(), None, (BY_NAME, false), page)?;
            let of = |one: bantin_domain::organisation::Organisation| Located {
                kind: Kind::Organisation,
                ..entry(one.id.uuid(), one.content.slug, one.updated_at)
            };
            Ok(all.map(|one| of(one.organisation)))
        }
        Part::All(_) => Ok(Slice::empty(page)),
    }
}

/// They come from memory, and all at once.
fn all_sections(reader: &mut PublicReader<'_>, page: &PageRequest) -> Result<Slice<Located>, AppError> {
    let sections = categories::public_list(reader)?;
    let offset = usize::try_from(page.offset().unwrap_or(0)).unwrap_or(usize::MAX);
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let shown = sections
        .iter()
        .skip(offset)
        .take(most)
        .map(|one| Located { kind: Kind::Category, ..entry(one.id.uuid(), one.content.slug.clone(), one.updated_at) });
    Ok(Slice { rows: shown.collect(), total: u64::try_from(sections.len()).ok(), ..Slice::empty(page) })
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
) -> Result<Slice<Located>, AppError> {
    let parts = ArticleParts { category: true, media: true, translations: true, ..ArticleParts::NOTHING };
    // From the first on: whatever is published later changes the last sitemap only.
    let order = Order { by: ArticleSort::PublishedAt, descending: false };
    let query = ArticleQuery { published, parts, order, ..ArticleQuery::default() };
    let located = |article: PublishedArticle| Located {
        kind: Kind::Article,
        locale: Some(article.locale),
        category: article.category.map(|category| category.slug),
        picture: picture(article.cover),
        translations: article.translations,
        ..entry(article.id.uuid(), article.slug, article.updated_at)
    };
    Ok(articles::public_list(reader, query, page)?.map(located))
}

fn all_events(reader: &mut PublicReader<'_>, zone: &SiteZone, page: &PageRequest) -> Result<Slice<Located>, AppError> {
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
    let located = |event: bantin_domain::event::PublishedEvent| Located {
        kind: Kind::Event,
        locale: Some(event.locale),
        category: event.category.map(|category| category.slug),
        picture: picture(event.cover),
        translations: event.translations,
        ..entry(event.id.uuid(), event.slug, event.updated_at)
    };
    Ok(events::public_list(reader, query, zone, page)?.map(located))
}

fn all_speeches(reader: &mut PublicReader<'_>, page: &PageRequest) -> Result<Slice<Located>, AppError> {
    let query = SpeechQuery {
        text: None,
        locale: None,
        ids: None,
        slugs: None,
        kind: None,
        event: None,
        person: None,
        organisation: None,
        // The one order in which those stand, too, whose hour is not known.
        order: Order { by: SpeechSort::Order, descending: false },
        parts: SpeechParts::LISTED,
    };
    let located = |speech: bantin_domain::speech::PublishedSpeech| Located {
        kind: Kind::Speech,
        locale: Some(speech.locale),
        translations: speech.translations,
        ..entry(speech.id.uuid(), speech.slug, speech.updated_at)
    };
    Ok(speeches::public_list(reader, query, page)?.map(located))
}

fn all_pages(reader: &mut PublicReader<'_>, page: &PageRequest) -> Result<Slice<Located>, AppError> {
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
    Ok(pages::public_list(reader, query, page)?.map(located))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sitemap_is_found_by_its_name() {
        let month = Part::Month(Month { year: 2023, month: 3, articles: 0 });
        for part in std::iter::once(month).chain(Part::KINDS.map(Part::All)) {
            for nth in [1, 2, 17] {
                let sheet = Sheet { part, nth };
                assert_eq!(Sheet::parse(&sheet.name()), Some(sheet), "{}", sheet.name());
            }
        }
        let names =
            ["articles-2023-03-0", "articles-2023-03-1", "articles-2023-03-02", "events-1", "events-", "-2", "tags-+2"];
        for name in
            ["", "articles", "articles-", "articles-2023", "articles-2023-13", "medias"].into_iter().chain(names)
        {
            assert_eq!(Sheet::parse(name), None, "{name}");
        }
    }

    #[test]
    fn there_is_a_sitemap_as_long_as_there_is_something_in_it_and_none_that_is_empty() {
        for (count, most, sheets) in [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2), (7, 3, 3)] {
            assert_eq!(Sheet::all(Part::All(Kind::Tag), count, most).count(), sheets, "{count}");
        }
    }
}
