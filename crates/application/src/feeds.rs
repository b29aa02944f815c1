//! What a feed of articles is made of: a page of the list, what the feed is about, its archive by months, and
//! what was withdrawn of late.

use std::collections::HashSet;

use bantin_domain::{
    article::{ArticleId, ArticleSort, PublishedArticle},
    category::{Category, CategorySummary},
    event::Event,
    id::Id,
    kind::{ChangeKind, Kind, Ref, Target},
    listing::{Between, Order, PageRequest, Slice, Start},
    locale::Locale,
    person::Person,
    tag::Tag,
    time::{SiteZone, Timestamp},
};
use bantin_persistence::{PublicReader, changes, public::Lookup};

pub use self::archive::{Month, Place};
use crate::{
    archive as counted,
    articles::{self, ArticleQuery},
    categories,
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
    /// The months of its archive, the newest first; `None` where it has no archive.
    pub months: Option<Vec<Month>>,
    /// What was withdrawn, the newest first; never of a document of the archive.
    pub withdrawn: Vec<(ArticleId, Timestamp)>,
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
    let FeedQuery { subject, mut articles, mut page, place, with_history } = query;
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
    let language = articles.locale.clone();
    let months = match with_history && has_archive(&articles, &page) {
        true => Some(months(reader, language.as_ref(), articles.category.clone())?),
        false => None,
    };
    let withdrawn = match (&months, place) {
        (Some(_), None) => withdrawals(reader, language.as_ref())?,
        _ => Vec::new(),
    };
    let Some(place) = place else {
        let slice = articles::public_list(reader, articles, &page)?;
        return Ok(Lookup::Found(FeedRead { about, slice, months, withdrawn }));
    };
    // Counted from the first of the month, so that a document stays what it is while others come.
    articles.published = place.month.instants(zone);
    articles.order = Order { by: ArticleSort::PublishedAt, descending: false };
    page = PageRequest { limit: Place::MOST, start: Start::Page(place.document()), count: false };
    let mut slice = articles::public_list(reader, articles, &page)?;
    slice.rows.truncate(place.length());
    slice.rows.reverse();
    slice.next = None;
    Ok(Lookup::Found(FeedRead { about, slice, months, withdrawn }))
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

/// The articles that were withdrawn by one of the newest changes and did not come back, the newest first.
fn withdrawals(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
) -> Result<Vec<(ArticleId, Timestamp)>, AppError> {
    let mut seen = HashSet::new();
    let latest = changes::latest(reader, CHANGES)?.into_iter().map(|logged| logged.change);
    let of_articles = latest.filter(|change| change.target.kind == Kind::Article);
    let newest = of_articles.filter(|change| seen.insert(change.target.id));
    let withdrawn = newest.filter(|change| {
        let speaks = locale.is_none() || change.locale.is_none() || change.locale.as_ref() == locale;
        change.kind == ChangeKind::Deleted && speaks
    });
    Ok(withdrawn.map(|change| (Id::new(change.target.id), change.at)).collect())
}
