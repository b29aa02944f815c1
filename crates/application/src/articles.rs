//! What can be done with articles.

use std::collections::BTreeSet;

use bantin_domain::{
    article::{Article, ArticleChanges, ArticleId, ArticleSort, PublishedArticle},
    category::Category,
    change::Change,
    content::{DeskItem, Item},
    event::Event,
    id::Id,
    kind::{Kind, Ref},
    listing::{Between, Order, PageRequest, Slice},
    locale::Locale,
    media::Media,
    person::Person,
    policy::{Actor, Backdate, Byline},
    tag::{Tag, TagId},
    text::{Label, Slug},
    time::Timestamp,
    violation::{Fault, Violations},
};
pub use bantin_persistence::public::articles::ArticleParts;
use bantin_persistence::{
    Desk, PublicReader, categories, companions, people,
    public::{
        self, Lookup,
        articles::{self, ArticleFilter},
        details::Details,
    },
};

use crate::{
    app::Act,
    content::{self, Birth, ItemFilter},
    error::AppError,
    events, found,
    precondition::Precondition,
    related, search, tags,
    workflow::{self, Step},
};

/// What a client says about an article: its tags come as names.
#[derive(Debug, Default)]
pub struct ArticleWrite {
    /// Everything but the tags.
    pub changes: ArticleChanges,
    /// The names of its tags, in order.
    pub tags: Change<Vec<Label>>,
}

/// Makes an article.
///
/// # Errors
/// Those of [`content::create`].
pub fn create(
    act: &mut Act<'_, '_>,
    birth: Birth<Article>,
    write: ArticleWrite,
) -> Result<DeskItem<Article>, AppError> {
    let changes = with_tags(act, write)?;
    let made = content::create(act, birth, changes)?;
    may_say(act, None, &made.item)?;
    Ok(made)
}

/// Changes the working copy of an article.
///
/// # Errors
/// Those of [`content::edit`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: ArticleId,
    precondition: Precondition,
    write: ArticleWrite,
) -> Result<DeskItem<Article>, AppError> {
    let changes = with_tags(act, write)?;
    let stored = content::find_to_write(act, id)?.content;
    let edited = content::edit(act, id, precondition, changes)?;
    may_say(act, Some(&stored), &edited.item)?;
    Ok(edited)
}

/// Takes a step of the workflow with an article, and with what it takes along (`events`,
/// `events.speeches`): all or nothing, each item with a permission of its own.
///
/// # Errors
/// Those of [`workflow::take`], for the article and for each event and speech.
pub fn take_step(
    act: &mut Act<'_, '_>,
    id: ArticleId,
    version: i64,
    step: &Step,
    with: &[String],
) -> Result<DeskItem<Article>, AppError> {
    let takes = |name: &str| with.iter().any(|one| one == name);
    if takes(EVENTS) || takes(EVENT_SPEECHES) {
        act.take_turns()?;
        for event in content::find(act.tx, id)?.content.event_ids {
            events::take_step_along(act, event, step, takes(EVENT_SPEECHES))?;
        }
    }
    workflow::take(act, id, Some(version), step)
}

/// The names of what an article can take along.
pub const ALONG: &[&str] = &[EVENTS, EVENT_SPEECHES];
const EVENTS: &str = "events";
const EVENT_SPEECHES: &str = "events.speeches";

/// One article at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: ArticleId) -> Result<DeskItem<Article>, AppError> {
    content::get(desk, actor, id)
}

/// A page of articles at the desk, last changed first.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: ItemFilter,
    page: &PageRequest,
) -> Result<Slice<DeskItem<Article>>, AppError> {
    content::list(desk, actor, filter, page)
}

/// One article as the public reads it, or what of it is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
    parts: ArticleParts,
) -> Result<Lookup<PublishedArticle>, AppError> {
    Ok(articles::find_parts(reader, reference, locale, parts)?)
}

/// Which articles a reader asks for, as the URL says it.
#[derive(Debug, Clone)]
pub struct ArticleQuery {
    /// What is looked for in their texts: then the best match comes first, whatever the order.
    pub text: Option<String>,
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<ArticleId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// In this section or below it.
    pub category: Option<Ref<Category>>,
    /// With this tag.
    pub tag: Option<Ref<Tag>>,
    /// Reporting this event.
    pub event: Option<Ref<Event>>,
    /// By this author.
    pub author: Option<Ref<Person>>,
    /// With a date in this range.
    pub published: Between<Timestamp>,
    /// With a text that last changed in this range.
    pub updated: Between<Timestamp>,
    /// On the front page now, or not.
    pub featured: Option<bool>,
    /// In which order.
    pub order: Order<ArticleSort>,
    /// What of each is wanted.
    pub parts: ArticleParts,
}

impl Default for ArticleQuery {
    /// All, the newest first, without their texts.
    fn default() -> Self {
        Self {
            text: None,
            locale: None,
            ids: None,
            slugs: None,
            category: None,
            tag: None,
            event: None,
            author: None,
            published: Between::default(),
            updated: Between::default(),
            featured: None,
            order: Order { by: ArticleSort::PublishedAt, descending: true },
            parts: ArticleParts::LISTED,
        }
    }
}

/// A page of articles as the public reads them. A filter that names nothing finds nothing.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    query: ArticleQuery,
    page: &PageRequest,
) -> Result<Slice<PublishedArticle>, AppError> {
    let category = content::resolve(reader, Kind::Category, query.category)?;
    let tag = content::resolve(reader, Kind::Tag, query.tag)?;
    let event = content::resolve(reader, Kind::Event, query.event)?;
    let author = content::resolve(reader, Kind::Person, query.author)?;
    let filter = ArticleFilter {
        locale: query.locale,
        ids: query.ids,
        slugs: query.slugs,
        category,
        tag,
        event,
        author,
        published: query.published,
        updated: query.updated,
        featured: query.featured,
    };
    let Some(text) = query.text else {
        return Ok(articles::list(reader, &filter, query.order, query.parts, page)?);
    };
    let found = search::matching(reader, &text, Kind::Article, filter.locale.as_ref())?;
    let found: Vec<ArticleId> = found.into_iter().map(Id::new).collect();
    let fitting = articles::fitting(reader, &filter, &found)?;
    let read = |ids: &[ArticleId]| Ok(articles::some_parts(reader, ids, query.parts)?);
    found::page_of(found, &fitting, page, read, |article| article.id)
}

/// What `include=` adds to articles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArticleIncludes {
    /// The sections they stand in.
    pub sections: bool,
    /// Their authors.
    pub authors: bool,
    /// The events they report.
    pub events: bool,
    /// The programmes of these.
    pub speeches: bool,
    /// Who attended these.
    pub attendees: bool,
    /// Their translations.
    pub translations: bool,
    /// So many articles near each of them.
    pub related: usize,
}

/// The details of what a page of articles refers to: as many statements for a hundred as for one.
///
/// # Errors
/// When the database fails.
pub fn public_details(
    reader: &mut PublicReader<'_>,
    articles: &[PublishedArticle],
    includes: ArticleIncludes,
) -> Result<Details, AppError> {
    let mut details = Details::default();
    if articles.is_empty() {
        return Ok(details);
    }
    if includes.sections {
        details.sections = categories::all(reader)?;
    }
    if includes.authors {
        let ids = distinct(articles.iter().flat_map(|article| &article.authors).map(|author| author.id));
        details.people = people::shown(reader, &ids)?.into_iter().map(|one| (one.person.id, one)).collect();
    }
    let reported = distinct(articles.iter().flat_map(|article| &article.events).map(|event| event.id));
    if includes.events {
        details.events = public::events::some(reader, &reported)?.into_iter().map(|event| (event.id, event)).collect();
    }
    if includes.speeches {
        details.speeches = reported.iter().map(|event| (*event, Vec::new())).collect();
        for speech in public::speeches::programmes(reader, &reported)? {
            details.speeches.entry(speech.event.id).or_default().push(speech);
        }
    }
    if includes.attendees {
        details.attendees = reported.iter().map(|event| (*event, Vec::new())).collect();
        for (event, attendee) in public::attendees::of_events(reader, &reported)? {
            details.attendees.entry(event).or_default().push(attendee);
        }
    }
    if includes.translations {
        let siblings = articles.iter().flat_map(|article| &article.translations).map(|one| Id::new(one.id));
        details.translations = articles::translation_details(reader, &distinct(siblings))?;
    }
    if includes.related > 0 {
        let ids: Vec<ArticleId> = articles.iter().map(|article| article.id).collect();
        let mut near = related::of_articles(reader, &ids, includes.related)?;
        details.related = ids.iter().map(|id| (id.uuid(), near.remove(id).unwrap_or_default())).collect();
    }
    Ok(details)
}

fn distinct<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<T>>().into_iter().collect()
}

/// What the desk shows beside each working copy: the names of its tags, and the media its text shows.
pub type Companions = (Vec<String>, Vec<Media>);

/// The companions of a page of articles, in two statements.
///
/// # Errors
/// When the database fails.
pub fn companions(desk: &mut Desk<'_>, articles: &[&Article]) -> Result<Vec<Companions>, AppError> {
    let tag_ids: Vec<TagId> = articles.iter().flat_map(|article| article.tag_ids.iter().copied()).collect();
    let names = companions::tag_names(desk, &tag_ids)?;
    let media = content::body_media(desk, articles.iter().map(|article| &article.body))?;
    Ok(articles
        .iter()
        .zip(media)
        .map(|(article, media)| (article.tag_ids.iter().filter_map(|id| names.get(id).cloned()).collect(), media))
        .collect())
}

/// Finds or makes the tags that a write names.
fn with_tags(act: &mut Act<'_, '_>, write: ArticleWrite) -> Result<ArticleChanges, AppError> {
    let tag_ids: Change<Vec<TagId>> = match write.tags {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(names) => Change::Set(tags::find_or_create(act, &names)?),
    };
    Ok(ArticleChanges { tag_ids, ..write.changes })
}

/// Asks for the permissions that some members have of their own, of who says there what is not stored
/// yet: how the text is signed, and a date other than that of publishing, which can make old news of new.
/// Asked when all is written: a refusal takes everything back.
fn may_say(act: &mut Act<'_, '_>, stored: Option<&Article>, item: &Item<Article>) -> Result<(), AppError> {
    let said = &item.content;
    let is_signed_anew = said.byline != stored.and_then(|article| article.byline.clone());
    let date = said.published_at.filter(|date| stored.and_then(|article| article.published_at) != Some(*date));
    if !is_signed_anew && date.is_none() {
        return Ok(());
    }
    // Moved by the same write, it asks for them where it stood and where it comes to stand.
    for article in stored.into_iter().chain([said]) {
        let subject = content::subject_of(act.tx, Some(item.created_by), article)?;
        if is_signed_anew {
            let _ = act.actor.may::<Byline>(&subject).map_err(|_| AppError::Forbidden)?;
        }
        if date.is_some() {
            let _ = act.actor.may::<Backdate>(&subject).map_err(|_| AppError::Forbidden)?;
        }
    }
    if date.is_some_and(|date| date > act.tx.now()) {
        let mut faults = Violations::new();
        faults.add(
            "/publishedAt",
            Fault::new("out_of_range", "must be a date in the past; a later one would pin it on top"),
        );
        return Err(faults.into());
    }
    Ok(())
}
