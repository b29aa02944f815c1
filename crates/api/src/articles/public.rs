//! Articles for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::{
    Details,
    articles::{self, ArticleIncludes, ArticleParts, ArticleQuery},
};
use bantin_domain::{
    article::{Article, PublishedArticle},
    listing::Operator::{Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual},
    locale::Locale,
    time::SiteZone,
};

use super::view::ArticleView;
use crate::{
    Api, Render,
    body::BodyFormat,
    extract::PathRef,
    head,
    list::{Fields, Filter, Include, Includes, Key, List, ListQuery, Sort, Sparse, Value},
    problem::Problem,
    read::ReadOf,
    reply::{Public, found},
};

/// The public list of articles.
#[derive(Debug, Clone)]
pub struct Articles;

impl List for Articles {
    const NAME: &'static str = "articles";
    const IS_SEARCHED: bool = true;
    const FILTERS: &'static [Filter] = &[
        Filter::of("id", Value::Id, &[Equal, In], "The one with this id."),
        Filter::of("slug", Value::Slug, &[Equal, In], "The one with this slug."),
        Filter::of("locale", Value::Locale, &[Equal], "A language, as `locale`."),
        Filter::of("category", Value::Reference, &[Equal], "Id or slug of a section; what is below it counts too."),
        Filter::of("tag", Value::Reference, &[Equal], "Id or slug of a tag."),
        Filter::of("event", Value::Reference, &[Equal], "Id or slug of an event: the articles that report it."),
        Filter::of("author", Value::Reference, &[Equal], "Id or slug of a person: the articles they wrote."),
        Filter::of("year", Value::Year, &[Equal], "The year of the date shown, in the site's zone."),
        Filter::of(
            "publishedAt",
            Value::Instant,
            &[Equal, Greater, GreaterOrEqual, Less, LessOrEqual],
            "The date shown: a day of the site, or an exact time with its offset.",
        ),
        Filter::of(
            "updatedAt",
            Value::Instant,
            &[Equal, Greater, GreaterOrEqual, Less, LessOrEqual],
            "When the text last changed: a day of the site, or an exact time with its offset.",
        ),
        Filter::of("featured", Value::Flag, &[Equal], "Whether it stands on the front page now."),
    ];
    const SORTS: &'static [Sort] = &[
        Sort::by(
            "publishedAt",
            Key::Instant,
            &["id", "slug", "locale", "category", "tag", "event", "author", "year", "publishedAt", "featured"],
        )
        .descending(),
        Sort::by("updatedAt", Key::Instant, &["id", "slug", "locale", "updatedAt"]),
        Sort::by("title", Key::Bytes, &["id", "slug", "locale"]),
    ];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "slug",
        "title",
        "summary",
        "byline",
        "authors",
        "publishedAt",
        "updatedAt",
        "correctedAt",
        "corrections",
        "category",
        "tags",
        "cover",
        "body",
        "events",
        "attachments",
        "citations",
        "translations",
        "links",
    ];
    const INCLUDES: &'static [Include] = &[
        Include { name: "category", doc: "what `GET /categories/{ref}` says of the section." },
        Include { name: "cover", doc: "nothing more: a picture is always whole." },
        Include { name: "authors", doc: "what `GET /people/{ref}` says of each." },
        Include { name: "attachments", doc: "nothing more: a file is always whole." },
        Include { name: "events", doc: "what `GET /events/{ref}` says of each, but its text." },
        Include { name: "events.speeches", doc: "the programme of each event." },
        Include { name: "events.attendees", doc: "who publicly attended each event." },
        Include { name: "translations", doc: "summary and date of each." },
        Include {
            name: "head",
            doc: "what the page that shows it says of itself: title, address, OpenGraph, JSON-LD.",
        },
        Include { name: "related", doc: "the five articles nearest to it." },
    ];
}

/// List articles
///
/// The newest first, unless `sort` says otherwise. The text is left out unless `fields` asks for `body`;
/// `GET /articles/{ref}` has it.
#[utoipa::path(tag = "articles", params(ListQuery<Articles>), security(()))]
#[get("/articles")]
pub async fn list_articles(
    api: Data<Api>,
    query: ListQuery<Articles>,
    request: HttpRequest,
) -> Result<Public<Vec<Sparse<ArticleView>>>, Problem> {
    let (locale, render) = api.reading(&request, query.locale.as_ref()).await?;
    let asked = asked(&query, locale, render.zone())?;
    let (page, includes) = (query.page.clone(), includes(&query.includes));
    let (slice, details) = api
        .app
        .public(move |reader| {
            if includes == ArticleIncludes::default() {
                reader.reads_one_thing();
            }
            let slice = articles::public_list(reader, asked, &page)?;
            let details = articles::public_details(reader, &slice.rows, includes)?;
            Ok((slice, details))
        })
        .await?;
    let (page, links) = query.describe(&slice, &request);
    let format = query.body.unwrap_or(BodyFormat::Html);
    let view = |article| query.fields.of_one(view(article, &details, &query.includes, format, &render));
    Ok(Public::list(slice.rows.into_iter().map(view).collect(), page, links))
}

/// Read an article
///
/// By id or slug. An old slug answers 301, a withdrawn article 410.
#[utoipa::path(tag = "articles", params(PathRef<Article>, ReadOf<Articles>), security(()))]
#[get("/articles/{ref}")]
pub async fn get_article(
    api: Data<Api>,
    reference: PathRef<Article>,
    query: ReadOf<Articles>,
    request: HttpRequest,
) -> Result<Public<Sparse<ArticleView>>, Problem> {
    let render = api.site_render().await?;
    let ReadOf { locale, body, fields, includes: included, .. } = query;
    let locale = api.meant(locale).await?;
    let (parts, includes) = (parts(&fields, &included, fields.shows("body")), includes(&included));
    let (lookup, details) = api
        .app
        .public(move |reader| {
            if includes == ArticleIncludes::default() {
                reader.reads_one_thing();
            }
            let lookup = articles::public_get(reader, &reference.0, locale.as_ref(), parts)?;
            let details = articles::public_details(reader, lookup.as_slice(), includes)?;
            Ok((lookup, details))
        })
        .await?;
    let article = found(lookup, &request, |slug| api.render.address("articles", slug.as_str()))?;
    let (modified, locale) = (article.updated_at, article.locale.clone());
    let view = view(article, &details, &included, body.unwrap_or(BodyFormat::Html), &render);
    Ok(Public::one(fields.of_one(view)).modified(modified).in_language(locale))
}

/// What a list of articles is asked: this one, or another that takes its filters.
pub(crate) fn asked<L: List>(
    query: &ListQuery<L>,
    locale: Option<Locale>,
    zone: &SiteZone,
) -> Result<ArticleQuery, Problem> {
    Ok(ArticleQuery {
        text: query.text.clone(),
        locale,
        ids: query.ids("id")?,
        slugs: query.slugs("slug")?,
        category: query.reference("category")?,
        tag: query.reference("tag")?,
        event: query.reference("event")?,
        author: query.reference("author")?,
        published: query.instants("publishedAt", zone)?.and(query.year("year", zone)?),
        updated: query.instants("updatedAt", zone)?,
        featured: query.flag("featured")?,
        order: query.order()?,
        parts: parts(&query.fields, &query.includes, query.fields.names("body")),
    })
}

/// An article with what was asked for of it.
fn view(
    article: PublishedArticle,
    details: &Details,
    asked: &Includes,
    format: BodyFormat,
    render: &Render,
) -> ArticleView {
    let head = asked.have("head").then(|| head::of_article(&article, render));
    ArticleView { head, ..ArticleView::with(article, details, format, render) }
}

/// What must be read for these members. Addresses on the front end name the section; the head of the page that
/// shows an article says nearly all of it.
fn parts(fields: &Fields, asked: &Includes, body: bool) -> ArticleParts {
    if asked.have("head") {
        return ArticleParts { body, ..ArticleParts::WHOLE };
    }
    ArticleParts {
        body,
        category: fields.show_any(&["category", "links", "translations"]),
        tags: fields.shows("tags"),
        authors: fields.shows("authors"),
        events: fields.shows("events"),
        media: fields.show_any(&["cover", "attachments"]),
        translations: fields.shows("translations"),
    }
}

/// How many articles near an article are shown beside it.
const RELATED: usize = 5;

fn includes(asked: &Includes) -> ArticleIncludes {
    ArticleIncludes {
        sections: asked.have("category"),
        authors: asked.have("authors"),
        events: asked.have("events"),
        speeches: asked.have("events.speeches"),
        attendees: asked.have("events.attendees"),
        translations: asked.have("translations"),
        related: if asked.have("related") { RELATED } else { 0 },
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::article::ArticleSort;

    use super::*;
    use crate::list::checks;

    #[test]
    fn fields_are_the_members_of_the_view_and_no_others() {
        checks::fields_are_the_members_of_the_view_and_no_others::<Articles, ArticleView>(&["head", "related"]);
    }

    #[test]
    fn every_order_on_offer_is_known_and_goes_with_filters_that_there_are() {
        checks::every_order_on_offer_is_known_and_goes_with_filters_that_there_are::<Articles, ArticleSort>();
    }
}
