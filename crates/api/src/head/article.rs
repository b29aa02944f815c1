//! The head of an article's page.

use bantin_domain::{
    article::PublishedArticle, content::Correction, event::EventSummary, kind::Kind, site::WebResource,
};
use serde_json::{Value, json};

use super::{HeadView, Subject, address, graph};
use crate::{Render, feeds::text::to_the_second};

/// The head of the page that shows an article. Of the article it needs everything but the text.
pub fn of_article(article: &PublishedArticle, render: &Render) -> HeadView {
    let category = article.category.as_ref();
    let resource = WebResource::from(article);
    let canonical = address(&resource, render);
    let mut others = vec![
        ("article:published_time", to_the_second(article.published_at, render.zone())),
        ("article:modified_time", to_the_second(article.updated_at, render.zone())),
    ];
    others.extend(category.map(|category| ("article:section", category.name.clone())));
    others.extend(article.tags.iter().map(|tag| ("article:tag", tag.name.clone())));
    let graph = vec![
        news(article, &canonical, render),
        graph::breadcrumbs(category, &article.title, &canonical, &article.locale, render),
        graph::agency(&article.locale, render),
    ];
    Subject {
        kind: Kind::Article,
        sort: "article",
        title: &article.title,
        summary: article.summary.as_deref(),
        locale: &article.locale,
        canonical,
        category: resource.category,
        cover: article.cover.as_ref(),
        translations: &article.translations,
        others,
        graph,
    }
    .head(render)
}

fn news(article: &PublishedArticle, canonical: &str, render: &Render) -> Value {
    let locale = &article.locale;
    let known =
        article.authors.iter().map(|one| graph::person(&one.name, Some((one.id.uuid(), &one.slug)), locale, render));
    // As signed, where that is all that is known; unsigned, it is the agency's.
    let mut authors: Vec<Value> = known.collect();
    if authors.is_empty() {
        let signed = article.byline.iter().map(|name| graph::person(name, None, locale, render));
        authors = signed.collect();
    }
    if authors.is_empty() {
        authors.push(graph::agency_reference(render));
    }
    let tags: Vec<&str> = article.tags.iter().map(|tag| tag.name.as_str()).collect();
    let about = |event: &EventSummary| {
        let url = graph::link(Kind::Event, event.id.uuid(), &event.slug, locale, render);
        graph::node(json!({
            "@type": "Event", "name": event.title, "startDate": event.starts_on.to_string(), "url": url,
        }))
    };
    let correction = |one: &Correction| {
        json!({
            "@type": "CorrectionComment", "text": one.text.to_string(), "datePublished": to_the_second(one.at, render.zone()),
        })
    };
    graph::node(json!({
        "@type": "NewsArticle",
        "@id": format!("{canonical}#article"),
        "url": canonical,
        "mainEntityOfPage": canonical,
        "headline": article.title,
        "description": article.summary,
        "datePublished": to_the_second(article.published_at, render.zone()),
        "dateModified": to_the_second(article.updated_at, render.zone()),
        "inLanguage": locale.to_string(),
        "articleSection": article.category.as_ref().map(|category| &category.name),
        "keywords": tags,
        "image": graph::image(article.cover.as_ref(), render),
        "author": authors,
        "publisher": graph::agency_reference(render),
        "about": article.events.iter().map(about).collect::<Vec<_>>(),
        "correction": article.corrections.iter().map(correction).collect::<Vec<_>>(),
    }))
}
