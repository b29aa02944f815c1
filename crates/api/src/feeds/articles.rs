//! The feeds of articles.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::{
    articles::{ArticleParts, ArticleQuery},
    feeds::{self, Document, FeedQuery, FeedRead, Subject},
};
use bantin_domain::{category::Category, event::Event, locale::Locale, person::Person, site::SiteContent, tag::Tag};

use super::{
    address::Address,
    entry::{Archive, Entry, Feed, Withdrawn, home},
    query::{ArticleFeed, Form, OfAuthor, OfEvent, OfSection, OfTag, refused},
    reply::{Format, Written},
    text,
};
use crate::{Api, Render, articles::public::asked, extract::PathRef, list::ListQuery, problem::Problem, reply::found};

/// Follow the articles
///
/// The newest articles, or those that filters or a search find: everything that `GET /articles` can be asked.
/// As Atom, without other filters than `category` and `locale`, the feed has an archive by months (RFC 5005)
/// and says what left it of late (RFC 6721).
#[utoipa::path(tag = "feeds", params(Format, ListQuery<ArticleFeed>), security(()))]
#[get("/articles.{format}")]
pub async fn get_article_feed(
    api: Data<Api>,
    format: Format,
    query: ListQuery<ArticleFeed>,
    request: HttpRequest,
) -> Result<Written, Problem> {
    answer(&api, Subject::Everything, format, query, &request).await
}

/// Follow a section
///
/// The articles of a section and of what is below it. By id or slug; an old slug answers 301.
#[utoipa::path(tag = "feeds", params(PathRef<Category>, Format, OfSection), security(()))]
#[get("/categories/{ref}.{format}")]
pub async fn get_category_feed(
    api: Data<Api>,
    reference: PathRef<Category>,
    format: Format,
    query: ListQuery<ArticleFeed>,
    request: HttpRequest,
) -> Result<Written, Problem> {
    answer(&api, Subject::Category(reference.0), format, query, &request).await
}

/// Follow a tag
///
/// The articles with a tag. By id or slug; an old slug answers 301.
#[utoipa::path(tag = "feeds", params(PathRef<Tag>, Format, OfTag), security(()))]
#[get("/tags/{ref}.{format}")]
pub async fn get_tag_feed(
    api: Data<Api>,
    reference: PathRef<Tag>,
    format: Format,
    query: ListQuery<ArticleFeed>,
    request: HttpRequest,
) -> Result<Written, Problem> {
    answer(&api, Subject::Tag(reference.0), format, query, &request).await
}

/// Follow an author
///
/// The articles that a person wrote. By id or slug; an old slug answers 301.
#[utoipa::path(tag = "feeds", params(PathRef<Person>, Format, OfAuthor), security(()))]
#[get("/people/{ref}.{format}")]
pub async fn get_person_feed(
    api: Data<Api>,
    reference: PathRef<Person>,
    format: Format,
    query: ListQuery<ArticleFeed>,
    request: HttpRequest,
) -> Result<Written, Problem> {
    answer(&api, Subject::Author(reference.0), format, query, &request).await
}

/// Follow what is written about an event
///
/// The articles that report an event. By id or slug; an old slug answers 301, a withdrawn event 410.
#[utoipa::path(tag = "feeds", params(PathRef<Event>, Format, OfEvent), security(()))]
#[get("/events/{ref}.{format}")]
pub async fn get_event_feed(
    api: Data<Api>,
    reference: PathRef<Event>,
    format: Format,
    query: ListQuery<ArticleFeed>,
    request: HttpRequest,
) -> Result<Written, Problem> {
    answer(&api, Subject::Event(reference.0), format, query, &request).await
}

async fn answer(
    api: &Api,
    subject: Subject,
    format: Format,
    query: ListQuery<ArticleFeed>,
    request: &HttpRequest,
) -> Result<Written, Problem> {
    let (locale, render) = api.reading(request, query.locale.as_ref()).await?;
    let site = render.site.clone().ok_or_else(|| Problem::internal("the site is not known"))?;
    let language = locale.clone().unwrap_or_else(|| site.default_locale.clone());
    let form = Form::of(&query)?;
    let articles = ArticleQuery {
        parts: ArticleParts { events: false, translations: false, body: form.is_full, ..ArticleParts::LISTED },
        ..asked(&query, locale.clone(), render.zone())?
    };
    let collection = check(&subject, &articles, form, format, &query)?;
    let (zone, tongue, page) = (render.zone().clone(), language.clone(), query.page.clone());
    let with_history = format == Format::Atom;
    let asked = FeedQuery { subject, articles, page, place: form.place, with_history };
    let lookup = api.app.public(move |reader| feeds::read(reader, asked, &zone, &tongue)).await?;
    let read = found(lookup, request, |slug| {
        format!("{}/feeds/{}/{slug}.{}", render.public_url(), collection.unwrap_or("articles"), format.ending())
    })?;
    let itself = read.archive.and_then(|archive| archive.itself);
    if let Some(now) = itself.filter(|now| form.place != Some(now.place) || form.mark != Some(now.mark)) {
        return Err(Problem::moved(Address::of(request, &render, None).of_document(now)));
    }
    let chosen = locale.filter(|locale| query.locale.is_none() && *locale != site.default_locale);
    let address = Address::of(request, &render, chosen.as_ref());
    let (view, links) = query.describe(&read.slice, request);
    let next = view.next.map(|cursor| address.with(&[("cursor", &cursor)]));
    let written = format.write(&feed(read, &address, next, language, &site, &render))?;
    Ok(written.linked(links))
}

/// Refuses what does not go together, and says in which collection the subject stands.
fn check(
    subject: &Subject,
    articles: &ArticleQuery,
    form: Form,
    format: Format,
    query: &ListQuery<ArticleFeed>,
) -> Result<Option<&'static str>, Problem> {
    let (collection, filter) = match subject {
        Subject::Everything => (None, None),
        Subject::Category(_) => (Some("categories"), Some("category")),
        Subject::Tag(_) => (Some("tags"), Some("tag")),
        Subject::Event(_) => (Some("events"), Some("event")),
        Subject::Author(_) => (Some("people"), Some("author")),
    };
    if let Some(filter) = filter.filter(|name| query.filter(name).is_some()) {
        return Err(refused(&format!("filter[{filter}]"), "is said by the path already"));
    }
    let is_of_few = !matches!(subject, Subject::Everything | Subject::Category(_));
    if form.place.is_some() && (format != Format::Atom || is_of_few || !feeds::has_archive(articles, &query.page)) {
        let message = "goes with Atom, and with no filter but category and locale: no other feed has an archive";
        return Err(refused("month", message));
    }
    Ok(collection)
}

fn feed(
    read: FeedRead,
    address: &Address,
    next: Option<String>,
    language: Locale,
    site: &SiteContent,
    render: &Render,
) -> Feed {
    let FeedRead { about, slice, archive, withdrawn } = read;
    let name = site.name.in_locale(&language, &site.default_locale).to_owned();
    let agency = site.agency.in_locale(&language, &site.default_locale).to_owned();
    let archive = archive.map(|archive| {
        let at = |document: Option<Document>| document.map(|document| address.of_document(document));
        Archive {
            current: archive.itself.map(|_| address.of_newest()),
            previous: at(archive.previous),
            next: at(archive.next),
        }
    });
    let identity = about.as_ref().map(|(target, _)| format!("{} {}", target.kind, target.id)).unwrap_or_default();
    Feed {
        id: text::uuid_of(&format!("{identity} {language} {}", address.question())),
        title: about.map_or_else(|| name.clone(), |(_, about)| format!("{about} – {name}")),
        description: agency.clone(),
        publisher: if agency.is_empty() { name } else { agency },
        home: home(render),
        itself: address.itself(),
        // What is older stands in the archive, where there is one.
        next: next.filter(|_| archive.is_none()),
        zone: render.zone().clone(),
        language,
        entries: slice.rows.into_iter().map(|article| Entry::of(article, render)).collect(),
        archive,
        withdrawn: withdrawn.into_iter().map(|(id, at)| Withdrawn { id, at }).collect(),
    }
}
