//! What can be done with articles.

use bantin_domain::{
    article::{Article, ArticleChanges, ArticleId, PublishedArticle},
    category::Category,
    change::Change,
    content::{DeskItem, Item},
    event::Event,
    kind::{Kind, Ref},
    listing::{PageRequest, Slice},
    locale::Locale,
    media::Media,
    person::Person,
    policy::{Actor, Backdate, Byline},
    tag::{Tag, TagId},
    text::Label,
    violation::{Fault, Violations},
};
use bantin_persistence::{
    Desk, PublicReader, companions,
    public::{
        Lookup,
        articles::{self, ArticleFilter},
    },
};

use crate::{
    app::Act,
    content::{self, Birth, ItemFilter},
    error::AppError,
    events,
    precondition::Precondition,
    tags,
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

/// One article as the public reads it.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Article>,
    locale: Option<&Locale>,
) -> Result<Lookup<PublishedArticle>, AppError> {
    Ok(articles::find(reader, reference, locale)?)
}

/// Which articles a reader asks for, as the URL says it.
#[derive(Debug, Clone, Default)]
pub struct ArticleQuery {
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// In this section or below it.
    pub category: Option<Ref<Category>>,
    /// With this tag.
    pub tag: Option<Ref<Tag>>,
    /// Reporting this event.
    pub event: Option<Ref<Event>>,
    /// By this author.
    pub author: Option<Ref<Person>>,
}

/// A page of articles as the public reads them, newest first. A filter that names nothing finds nothing.
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
    let (Some(category), Some(tag), Some(event), Some(author)) = (category, tag, event, author) else {
        return Ok(Slice::empty(page));
    };
    Ok(articles::list(reader, &ArticleFilter { locale: query.locale, category, tag, event, author }, page)?)
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
