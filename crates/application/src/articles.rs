//! What can be done with articles.

use bantin_domain::{
    article::{Article, ArticleChanges, ArticleId, PublishedArticle},
    category::Category,
    change::Change,
    content::DeskItem,
    event::Event,
    kind::{Kind, Ref},
    listing::{PageRequest, Slice},
    locale::Locale,
    media::Media,
    person::Person,
    policy::{Actor, Backdate, Subject},
    tag::{Tag, TagId},
    text::{Label, Prose},
    time::Timestamp,
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
    events, tags,
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
    may_backdate(act, &changes, None)?;
    content::create(act, birth, changes)
}

/// Changes the working copy of an article.
///
/// # Errors
/// Those of [`content::edit`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: ArticleId,
    version: i64,
    write: ArticleWrite,
) -> Result<DeskItem<Article>, AppError> {
    let changes = with_tags(act, write)?;
    let current = content::find(act.tx, id)?.content.published_at;
    may_backdate(act, &changes, current)?;
    content::edit(act, id, version, changes)
}

/// What an article takes along when it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct With {
    /// The events it reports.
    pub events: bool,
    /// Their speeches.
    pub speeches: bool,
}

/// Shows an article to the public, and with it what it takes along: all or nothing, each item with a
/// permission of its own. Events that say nothing new are left alone.
///
/// # Errors
/// Those of [`content::publish`], for the article and for each event and speech.
pub fn publish(
    act: &mut Act<'_, '_>,
    id: ArticleId,
    version: i64,
    correction: Option<Prose<2000>>,
    with: With,
) -> Result<DeskItem<Article>, AppError> {
    if with.events || with.speeches {
        let article = content::find(act.tx, id)?;
        for event in article.content.event_ids {
            events::publish_along(act, event, with.speeches)?;
        }
    }
    content::publish(act, id, Some(version), correction)
}

/// Takes an article from the public.
///
/// # Errors
/// Those of [`content::unpublish`].
pub fn unpublish(act: &mut Act<'_, '_>, id: ArticleId, version: i64) -> Result<DeskItem<Article>, AppError> {
    content::unpublish(act, id, Some(version))
}

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

/// A date other than that of publishing needs a permission of its own: it can make old news of new. The
/// date that is there already may be said again by anybody.
fn may_backdate(act: &Act<'_, '_>, changes: &ArticleChanges, current: Option<Timestamp>) -> Result<(), AppError> {
    let Change::Set(date) = changes.published_at else {
        return Ok(());
    };
    if current == Some(date) {
        return Ok(());
    }
    let _ = act.actor.may::<Backdate>(&Subject::directory(Kind::Article)).map_err(|_| AppError::Forbidden)?;
    if date > act.tx.now() {
        let mut faults = Violations::new();
        faults.add(
            "/publishedAt",
            Fault::new("out_of_range", "must be a date in the past; a later one would pin it on top"),
        );
        return Err(faults.into());
    }
    Ok(())
}
