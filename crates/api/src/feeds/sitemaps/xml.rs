//! The documents of sitemaps.org, with what Google reads beside: pictures, other languages, news.
//!
//! The crates that write sitemaps put the links to other languages before `lastmod`, where the schema allows
//! none. So this is written with `quick-xml`, on which the writers of feeds are built: it escapes, and pairs the
//! tags.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use crate::{feeds::text::without_forbidden, problem::Problem};

const SITEMAP: (&str, &str) = ("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9");
const LANGUAGES: (&str, &str) = ("xmlns:xhtml", "http://www.w3.org/1999/xhtml");
const PICTURES: (&str, &str) = ("xmlns:image", "http://www.google.com/schemas/sitemap-image/1.1");
const NEWS: (&str, &str) = ("xmlns:news", "http://www.google.com/schemas/sitemap-news/0.9");

/// An address in a sitemap.
#[derive(Debug, Default)]
pub struct Url {
    /// Where it is.
    pub location: String,
    /// When it last changed, as RFC 3339 has it.
    pub modified: Option<String>,
    /// Where it is in each language, its own among them; empty where there is but one.
    pub languages: Vec<(String, String)>,
    /// Where its picture is.
    pub picture: Option<String>,
    /// What the sitemap of news says of it.
    pub news: Option<News>,
}

/// What the sitemap of news says of an article.
#[derive(Debug)]
pub struct News {
    /// Who publishes it.
    pub publication: String,
    /// In which language.
    pub language: String,
    /// Its date.
    pub published: String,
    /// Its headline.
    pub title: String,
}

type Document = Writer<Vec<u8>>;

/// A sitemap.
///
/// # Errors
/// A fault of ours.
pub fn sitemap(urls: &[Url]) -> Result<String, Problem> {
    document(|out| {
        let mut set = out.create_element("urlset").with_attribute(SITEMAP);
        if urls.iter().any(|url| !url.languages.is_empty()) {
            set = set.with_attribute(LANGUAGES);
        }
        if urls.iter().any(|url| url.picture.is_some()) {
            set = set.with_attribute(PICTURES);
        }
        if urls.iter().any(|url| url.news.is_some()) {
            set = set.with_attribute(NEWS);
        }
        set.write_inner_content(|out| urls.iter().try_for_each(|one| url(out, one))).map(drop)
    })
}

/// The index of sitemaps: where each is, and when it last changed.
///
/// # Errors
/// A fault of ours.
pub fn index(sitemaps: &[(String, Option<String>)]) -> Result<String, Problem> {
    document(|out| {
        let index = out.create_element("sitemapindex").with_attribute(SITEMAP);
        let one = |out: &mut Document, (location, modified): &(String, Option<String>)| {
            element(out, "sitemap", |out| {
                text(out, "loc", location)?;
                modified.iter().try_for_each(|at| text(out, "lastmod", at))
            })
        };
        index.write_inner_content(|out| sitemaps.iter().try_for_each(|sitemap| one(out, sitemap))).map(drop)
    })
}

fn document(content: impl FnOnce(&mut Document) -> io::Result<()>) -> Result<String, Problem> {
    let mut out = Writer::new(Vec::new());
    let declaration = out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let written =
        declaration.and_then(|()| content(&mut out)).ok().and_then(|()| String::from_utf8(out.into_inner()).ok());
    let written = written.ok_or_else(|| Problem::internal("a sitemap could not be written"))?;
    Ok(without_forbidden(&written))
}

/// In the order of the schema: what is of another namespace comes last.
fn url(out: &mut Document, url: &Url) -> io::Result<()> {
    element(out, "url", |out| {
        text(out, "loc", &url.location)?;
        url.modified.iter().try_for_each(|at| text(out, "lastmod", at))?;
        for (language, address) in &url.languages {
            out.create_element("xhtml:link")
                .with_attribute(("rel", "alternate"))
                .with_attribute(("hreflang", language.as_str()))
                .with_attribute(("href", address.as_str()))
                .write_empty()?;
        }
        if let Some(picture) = &url.picture {
            element(out, "image:image", |out| text(out, "image:loc", picture))?;
        }
        url.news.iter().try_for_each(|one| news(out, one))
    })
}

fn news(out: &mut Document, news: &News) -> io::Result<()> {
    element(out, "news:news", |out| {
        element(out, "news:publication", |out| {
            text(out, "news:name", &news.publication)?;
            text(out, "news:language", &news.language)
        })?;
        text(out, "news:publication_date", &news.published)?;
        text(out, "news:title", &news.title)
    })
}

fn element(out: &mut Document, name: &str, content: impl FnOnce(&mut Document) -> io::Result<()>) -> io::Result<()> {
    out.create_element(name).write_inner_content(content).map(drop)
}

fn text(out: &mut Document, name: &str, text: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_namespace_stands_behind_what_the_schema_knows() {
        let url = Url {
            location: "https://a.vn/?x=1&y=<2>".to_owned(),
            modified: Some("2023-03-14T08:00:00+07:00".to_owned()),
            languages: vec![("vi".to_owned(), "https://a.vn/vi".to_owned())],
            picture: Some("https://a.vn/a.png".to_owned()),
            news: Some(News {
                publication: "Sở \u{1}KH&CN".to_owned(),
                language: "vi".to_owned(),
                published: "2023-03-14".to_owned(),
                title: "]]>".to_owned(),
            }),
        };
        assert_eq!(
            sitemap(&[url]).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
             xmlns:xhtml=\"http://www.w3.org/1999/xhtml\" \
             xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\" \
             xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\"><url><loc>https://a.vn/?x=1&amp;y=&lt;2&gt;\
             </loc><lastmod>2023-03-14T08:00:00+07:00</lastmod><xhtml:link rel=\"alternate\" hreflang=\"vi\" \
             href=\"https://a.vn/vi\"/><image:image><image:loc>https://a.vn/a.png</image:loc></image:image><news:news>\
             <news:publication><news:name>Sở KH&amp;CN</news:name><news:language>vi</news:language></news:publication>\
             <news:publication_date>2023-03-14</news:publication_date><news:title>]]&gt;</news:title></news:news></url>\
             </urlset>"
        );
    }
}
