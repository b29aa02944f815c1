//! The document. Everything in it is escaped by the template but two things: the text of the article, which
//! is HTML of our own making, and the style, which is a file of ours.

use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use bantin_domain::{
    article::{Citation, PublishedArticle},
    content::Correction,
    media::Media,
    named::Named,
    site::WebResource,
    time::Timestamp,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::words::Words;
use crate::{Render, problem::Problem};

const STYLE: &str = include_str!("style.css");

/// What a browser may do for the page: show this style and our pictures, and nothing else.
///
/// # Errors
/// Where the public address cannot stand in a header.
pub fn policy(render: &Render) -> Result<HeaderValue, Problem> {
    static DIGEST: LazyLock<String> = LazyLock::new(|| STANDARD.encode(Sha256::digest(STYLE)));
    let (digest, media) = (&*DIGEST, render.address("media", ""));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src {media}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).map_err(|error| Problem::internal(error.to_string()))
}

/// An article on paper. Whatever it shows is named by its id somewhere: a cache finds there what the page
/// is made of.
pub fn document(article: &PublishedArticle, render: &Render) -> String {
    let words = Words::of(&article.locale);
    let address = address(article, render);
    let (site, agency) = masthead(article, render);
    let head = html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        title { (article.title) @if !site.is_empty() { " – " (site) } }
        link rel="canonical" href=(address);
        style { (PreEscaped(STYLE)) }
    };
    let page = html! {
        (DOCTYPE)
        html lang=(article.locale) {
            head { (head) }
            body {
                header.masthead {
                    @if !agency.is_empty() { p.agency { (agency) } }
                    @if !site.is_empty() { p.site { (site) } }
                }
                main {
                    article data-article-id=(article.id) {
                        (opening(article, words, render))
                        (text(article, render))
                        (signature(article))
                        (corrections(&article.corrections, words, render))
                        (citations(&article.citations, words))
                        (attachments(&article.attachments, words, render))
                    }
                }
                footer {
                    p { (words.source) ": " a href=(address) { (address) } }
                    @if article.updated_at != article.published_at {
                        p { (words.updated) ": " (time(article.updated_at, words, render)) }
                    }
                }
            }
        }
    };
    page.into_string()
}

/// Where the article is read: on the front end, or here where nobody has said where that is.
fn address(article: &PublishedArticle, render: &Render) -> String {
    let links = render.links(&WebResource::from(article));
    links.web.unwrap_or(links.itself)
}

/// The names of the site and of the agency whose it is.
fn masthead<'r>(article: &PublishedArticle, render: &'r Render) -> (&'r str, &'r str) {
    render.site.as_deref().map_or(("", ""), |site| {
        let text = |text: &'r bantin_domain::site::LocalText| text.in_locale(&article.locale, &site.default_locale);
        (text(&site.name), text(&site.agency))
    })
}

fn time(at: Timestamp, words: &Words, render: &Render) -> Markup {
    html! { time datetime=(render.time(at)) { (words.date(at, render.zone())) } }
}

fn opening(article: &PublishedArticle, words: &Words, render: &Render) -> Markup {
    html! {
        @if let Some(category) = &article.category {
            nav.sections aria-label=(words.sections) {
                ol { @for step in &category.path { li { (step.name) } } }
            }
        }
        h1 { (article.title) }
        p.date { (time(article.published_at, words, render)) }
        @if let Some(summary) = &article.summary { p.summary { (summary) } }
        @if let Some(cover) = &article.cover { (picture(cover, words, render)) }
    }
}

fn picture(media: &Media, words: &Words, render: &Render) -> Markup {
    let texts = &media.texts;
    html! {
        figure.cover data-media-id=(media.id) {
            img src=(render.media_url(media.id)) alt=[Some(texts.alt.as_ref().map_or("", |alt| alt.as_str()))]
                width=[media.width] height=[media.height];
            @if texts.caption.is_some() || texts.credit.is_some() {
                figcaption {
                    @if let Some(caption) = &texts.caption { (caption) " " }
                    @if let Some(credit) = &texts.credit { span.credit { (words.picture) ": " (credit) } }
                }
            }
        }
    }
}

fn text(article: &PublishedArticle, render: &Render) -> Markup {
    let url =
        |id| article.body_media.iter().find(|media| media.id.uuid() == id).map(|media| render.media_url(media.id));
    html! {
        @if let Some(body) = &article.body { div.text { (PreEscaped(body.to_html(&url))) } }
    }
}

/// As signed, or by whom the directory says that it is.
fn signature(article: &PublishedArticle) -> Markup {
    html! {
        @if let Some(byline) = &article.byline {
            p.byline { (byline) }
        } @else if !article.authors.is_empty() {
            p.byline {
                @for (n, author) in article.authors.iter().enumerate() {
                    @if n > 0 { ", " }
                    span data-person-id=(author.id) { (author.name) }
                }
            }
        }
    }
}

fn corrections(all: &[Correction], words: &Words, render: &Render) -> Markup {
    html! {
        @if !all.is_empty() {
            section.corrections {
                h2 { (words.corrections) }
                ul { @for one in all { li { (time(one.at, words, render)) ": " (one.text) } } }
            }
        }
    }
}

fn citations(all: &[Citation], words: &Words) -> Markup {
    html! {
        @if !all.is_empty() {
            section.citations {
                h2 { (words.citations) }
                ul {
                    @for one in all {
                        li {
                            cite { (one.number) }
                            @if let Some(title) = &one.title { " – " (title) }
                            @if let Some(url) = &one.url { " " a href=(url.as_str()) { (url.as_str()) } }
                        }
                    }
                }
            }
        }
    }
}

fn attachments(all: &[Media], words: &Words, render: &Render) -> Markup {
    html! {
        @if !all.is_empty() {
            section.attachments {
                h2 { (words.attachments) }
                ul {
                    @for one in all {
                        @let url = render.media_url(one.id);
                        li data-media-id=(one.id) {
                            (one.texts.caption.as_ref().map_or(one.file_name.as_str(), |caption| caption.as_str()))
                            " (" (one.format.name()) ", " (size(one.bytes)) ") "
                            a href=(url) { (url) }
                        }
                    }
                }
            }
        }
    }
}

/// A number of bytes for people: `340 kB`.
fn size(bytes: i64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", (bytes + 999) / 1_000)
    } else {
        format!("{} MB", (bytes + 500_000) / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_said_to_be_smaller_than_it_is_by_much() {
        let sizes = [1, 999, 1_001, 340_000, 999_999, 1_499_999, 9_600_000].map(size);
        assert_eq!(sizes, ["1 kB", "1 kB", "2 kB", "340 kB", "1000 kB", "1 MB", "10 MB"]);
    }
}
