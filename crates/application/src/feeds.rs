//! What a feed of articles is made of: a page of the list, what the feed is about, its archive by months, and
//! what left it of late.

use std::collections::HashSet;

use bantin_domain::{
    article::{ArticleId, ArticleSort, PublishedArticle},
    category::{Category, CategorySummary, subtree},
    event::Event,
    id::Id,
    kind::{ChangeKind, Kind, Ref, Target},
    listing::{Between, Order, PageRequest, Slice, Start},
    locale::Locale,
    person::Person,
    tag::Tag,
    time::{SiteZone, Timestamp},
};
use bantin_persistence::{
    PublicReader,
    changes::{self, LoggedChange},
    public::Lookup,
};

pub use self::archive::{Document, Month, Place};
use crate::{
    archive as counted,
    articles::{self, ArticleParts, ArticleQuery},
    categories, content,
    error::AppError,
    events::{self, EventParts},
    people, tags,
};

mod archive;

/// So many of the newest changes are looked through for withdrawals: who has not asked for longer reads the
/// change log itself.
const CHANGES: u32 = 500;

/// Whose articles a feed has.
#[derive(Debug, Clone)]
pub enum Subject {
    /// Everybody's.
    Everything,
    /// Those of a section and of what is below it.
    Category(Ref<Category>),
    /// Those with a tag.
    Tag(Ref<Tag>),
    /// Those that report an event.
    Event(Ref<Event>),
    /// Those by an author.
    Author(Ref<Person>),
}

/// Which feed is asked for.
#[derive(Debug, Clone)]
pub struct FeedQuery {
    /// Whose articles.
    pub subject: Subject,
    /// Which of them, in which order.
    pub articles: ArticleQuery,
    /// Which page of them.
    pub page: PageRequest,
    /// Which document of its archive, instead of a page.
    pub place: Option<Place>,
    /// Whether archive and withdrawals are wanted, where the feed has them.
    pub with_history: bool,
}

/// What a feed is made of.
#[derive(Debug)]
pub struct FeedRead {
    /// What it is about, and how that is called; nothing of a feed of everything.
    pub about: Option<(Target, String)>,
    /// Its articles.
    pub slice: Slice<PublishedArticle>,
    /// How it hangs together with its archive; `None` where it has none.
    pub archive: Option<Neighbours>,
    /// What left the feed, the newest first; never of a document of the archive.
    pub withdrawn: Vec<(ArticleId, Timestamp)>,
}

/// The documents of an archive around one of them, or around the feed itself, which has the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Neighbours {
    /// Which document was read; none where it is the feed itself.
    pub itself: Option<Document>,
    /// The document before, with older articles.
    pub previous: Option<Document>,
    /// The document after, with newer ones.
    pub next: Option<Document>,
}

/// Reads a feed. Its archive and its days are those of `zone`, the site's; names are in `locale`.
///
/// # Errors
/// When the database fails.
pub fn read(
    reader: &mut PublicReader<'_>,
    query: FeedQuery,
    zone: &SiteZone,
    locale: &Locale,
) -> Result<Lookup<FeedRead>, AppError> {
    let FeedQuery { subject, mut articles, page, place, with_history } = query;
    let about = match named(reader, &subject, locale)? {
        Lookup::Found(about) => about,
        Lookup::Moved(slug) => return Ok(Lookup::Moved(slug)),
        Lookup::Gone => return Ok(Lookup::Gone),
        Lookup::Missing => return Ok(Lookup::Missing),
    };
    match subject {
        Subject::Everything => {}
        Subject::Category(section) => articles.category = Some(section),
        Subject::Tag(tag) => articles.tag = Some(tag),
        Subject::Event(event) => articles.event = Some(event),
        Subject::Author(person) => articles.author = Some(person),
    }
    let months = match with_history && has_archive(&articles, &page) {
        true => Some(months(reader, articles.locale.as_ref(), articles.category.clone())?),
        false => None,
    };
    let Some(place) = place else {
        let (mut archive, mut withdrawn) = (None, Vec::new());
        if let Some(months) = months {
            let previous = document(reader, &articles, Place::newest(&months), zone)?;
            archive = Some(Neighbours { previous, ..Neighbours::default() });
            withdrawn = withdrawals(reader, articles.locale.as_ref(), articles.category.clone())?;
        }
        let slice = articles::public_list(reader, articles, &page)?;
        return Ok(Lookup::Found(FeedRead { about, slice, archive, withdrawn }));
    };
    let months = months.unwrap_or_default();
    let slice = entries(reader, articles.clone(), place, zone)?;
    let itself = Document::of(place, &slice.rows);
    let archive = Neighbours {
        itself: Some(itself),
        previous: document(reader, &articles, itself.place.before(&months), zone)?,
        next: document(reader, &articles, itself.place.after(&months), zone)?,
    };
    Ok(Lookup::Found(FeedRead { about, slice, archive: Some(archive), withdrawn: Vec::new() }))
}

/// The articles of a document of the archive, the newest first. They are counted from the first of the month, so that
/// a document stays what it is while others come.
fn entries(
    reader: &mut PublicReader<'_>,
    articles: ArticleQuery,
    place: Place,
    zone: &SiteZone,
) -> Result<Slice<PublishedArticle>, AppError> {
    let query = ArticleQuery {
        published: place.month.instants(zone),
        order: Order { by: ArticleSort::PublishedAt, descending: false },
        ..articles
    };
    let page = PageRequest { limit: Place::MOST, start: Start::Page(place.document()), count: false };
    let mut slice = articles::public_list(reader, query, &page)?;
    slice.rows.truncate(place.length());
    slice.rows.reverse();
    slice.next = None;
    Ok(slice)
}

/// The document at a place, as it is now.
fn document(
    reader: &mut PublicReader<'_>,
    articles: &ArticleQuery,
    place: Option<Place>,
    zone: &SiteZone,
) -> Result<Option<Document>, AppError> {
    let Some(place) = place else { return Ok(None) };
    let articles = ArticleQuery { parts: ArticleParts::NOTHING, ..articles.clone() };
    Ok(Some(Document::of(place, &entries(reader, articles, place, zone)?.rows)))
}

/// Whether a list has an archive: everything, or everything of a section, from the newest on.
pub fn has_archive(query: &ArticleQuery, page: &PageRequest) -> bool {
    let ArticleQuery { text, ids, slugs, tag, event, author, published, updated, featured, order, .. } = query;
    text.is_none()
        && ids.is_none()
        && slugs.is_none()
        && tag.is_none()
        && event.is_none()
        && author.is_none()
        && featured.is_none()
        && (*published, *updated) == (Between::default(), Between::default())
        && *order == ArticleQuery::default().order
        && page.start == Start::First
}

/// What a feed is about, with its name.
fn named(
    reader: &mut PublicReader<'_>,
    subject: &Subject,
    locale: &Locale,
) -> Result<Lookup<Option<(Target, String)>>, AppError> {
    Ok(match subject {
        Subject::Everything => Lookup::Found(None),
        Subject::Category(section) => {
            let (all, found) = categories::public_get(reader, section)?;
            found.map(|id| {
                let name = CategorySummary::of(&all, id, locale).map(|section| section.name).unwrap_or_default();
                Some((Target::new(Kind::Category, id), name))
            })
        }
        Subject::Tag(tag) => tags::public_get(reader, tag)?
            .map(|tag| Some((Target::new(Kind::Tag, tag.id), tag.content.name.to_string()))),
        Subject::Event(event) => events::public_get(reader, event, None, EventParts::ROW)?
            .map(|event| Some((Target::new(Kind::Event, event.id), event.title))),
        Subject::Author(person) => {
            let parts = people::PersonParts { photo: false, organisations: false };
            people::public_get(reader, person, parts)?.map(|found| {
                Some((Target::new(Kind::Person, found.person.id), found.person.content.name.display.to_string()))
            })
        }
    })
}

/// The months that have articles, the newest first.
fn months(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
    category: Option<Ref<Category>>,
) -> Result<Vec<Month>, AppError> {
    let years = counted::years(reader, locale, category)?;
    let month = |year: i32, month: counted::ArchiveMonth| Month {
        year,
        month: month.month,
        articles: u32::try_from(month.articles).unwrap_or(u32::MAX),
    };
    Ok(years.into_iter().flat_map(|year| year.months.into_iter().map(move |one| month(year.year, one))).collect())
}

/// The articles that left the feed by one of the newest changes and did not come back, the newest first: they were
/// withdrawn, or went from its section to another one.
fn withdrawals(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
    category: Option<Ref<Category>>,
) -> Result<Vec<(ArticleId, Timestamp)>, AppError> {
    let section = content::resolve(reader, Kind::Category, category)?;
    let sections = match section {
        None => None,
        Some(section) => Some(subtree(&categories::public_list(reader)?, section)),
    };
    // Whether the article was in the feed after a change; none where the change is of another section.
    let is_there = |LoggedChange { change, standing, .. }: &LoggedChange| match &sections {
        None => Some(change.kind != ChangeKind::Deleted),
        Some(sections) if standing.section.is_some_and(|one| sections.contains(&one)) => Some(true),
        Some(sections) if standing.left.is_some_and(|one| sections.contains(&one)) => Some(false),
        Some(_) => None,
    };
    let mut seen = HashSet::new();
    let latest = changes::latest(reader, CHANGES)?;
    let of_articles = latest.iter().filter(|logged| logged.change.target.kind == Kind::Article);
    let of_feed = of_articles.filter_map(|logged| Some((&logged.change, is_there(logged)?)));
    let newest = of_feed.filter(|(change, _)| seen.insert(change.target.id));
    let withdrawn = newest.filter(|(change, is_there)| {
        let speaks = locale.is_none() || change.locale.is_none() || change.locale.as_ref() == locale;
        !is_there && speaks
    });
    Ok(withdrawn.map(|(change, _)| (Id::new(change.target.id), change.at)).collect())
}
