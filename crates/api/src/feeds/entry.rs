//! A feed before it is written: the same in every format.

use bantin_domain::{
    article::{ArticleId, PublishedArticle},
    body::Body,
    locale::Locale,
    media::Media,
    named::Named,
    site::WebResource,
    time::{SiteZone, Timestamp},
};
use uuid::Uuid;

use super::text::to_the_second;
use crate::{
    Render,
    body::{BodyFormat, BodyView},
};

/// A feed.
#[derive(Debug)]
pub struct Feed {
    /// What it is, whatever its address and format.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who publishes it.
    pub publisher: String,
    /// The site for people.
    pub home: String,
    /// Its own address.
    pub itself: String,
    /// Where it goes on with older entries.
    pub next: Option<String>,
    /// The language of its own texts.
    pub language: Locale,
    /// In which zone its times are shown.
    pub zone: SiteZone,
    /// Its entries, the newest first unless it was asked for otherwise.
    pub entries: Vec<Entry>,
    /// How it hangs together with its archive, where it has one.
    pub archive: Option<Archive>,
    /// What is no more (RFC 6721).
    pub withdrawn: Vec<Withdrawn>,
}

impl Feed {
    /// When it last changed: the newest change of what it shows, and of what it says is gone.
    pub fn updated(&self) -> Timestamp {
        let gone = self.withdrawn.iter().map(|one| one.at);
        self.entries.iter().map(|entry| entry.updated).chain(gone).max().unwrap_or(Timestamp::EPOCH)
    }

    /// An instant as JSON Feed and Atom write it.
    pub fn time(&self, at: Timestamp) -> String {
        to_the_second(at, &self.zone)
    }
}

/// The neighbours of a document of an archived feed (RFC 5005).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archive {
    /// Of a document of the archive: the feed itself, which has the newest.
    pub current: Option<String>,
    /// The document before, with older entries.
    pub previous: Option<String>,
    /// The document after.
    pub next: Option<String>,
}

/// An article that was in the feed and is not there any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Which.
    pub id: ArticleId,
    /// Since when.
    pub at: Timestamp,
}

/// An entry of a feed.
#[derive(Debug)]
pub struct Entry {
    /// Its identity.
    pub id: ArticleId,
    /// Where people read it.
    pub url: String,
    /// Its headline.
    pub title: String,
    /// The lead, plain text.
    pub summary: Option<String>,
    /// All of it, as HTML; where the whole text was asked for.
    pub content: Option<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// The date shown.
    pub published: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Its language.
    pub language: Locale,
    /// Its picture.
    pub picture: Option<Enclosure>,
    /// Its section and its tags.
    pub topics: Vec<String>,
    /// Files to download.
    pub attachments: Vec<Enclosure>,
}

/// A picture or a file of an entry.
#[derive(Debug)]
pub struct Enclosure {
    /// Where its bytes are.
    pub url: String,
    /// Of which type they are.
    pub media_type: &'static str,
    /// How many there are.
    pub bytes: i64,
    /// What it shows, in words.
    pub alt: Option<String>,
    /// Pixels.
    pub size: Option<(i64, i64)>,
    /// What it is called.
    pub name: String,
}

impl Entry {
    /// An article as an entry.
    pub fn of(article: PublishedArticle, render: &Render) -> Self {
        let url = reading_address(&article, render);
        let content = article.body.as_ref().map(|body| html(body, &article.body_media, render));
        let section = article.category.iter().map(|category| category.name.clone());
        Self {
            id: article.id,
            url,
            content,
            topics: section.chain(article.tags.iter().map(|tag| tag.name.clone())).collect(),
            title: article.title,
            summary: article.summary,
            authors: match article.byline {
                Some(byline) => vec![byline],
                None => article.authors.into_iter().map(|author| author.name).collect(),
            },
            published: article.published_at,
            updated: article.updated_at,
            language: article.locale,
            picture: article.cover.as_ref().map(|media| Enclosure::of(media, render)),
            attachments: article.attachments.iter().map(|media| Enclosure::of(media, render)).collect(),
        }
    }
}

impl Enclosure {
    fn of(media: &Media, render: &Render) -> Self {
        Self {
            url: render.media_url(media.id),
            media_type: media.format.name(),
            bytes: media.bytes,
            alt: media.texts.alt.as_ref().map(ToString::to_string),
            size: media.width.zip(media.height),
            name: media.file_name.as_str().to_owned(),
        }
    }
}

/// Where people read an article: on the front end, and until the site says where that is, the page to print.
pub fn reading_address(article: &PublishedArticle, render: &Render) -> String {
    let links = render.links(&WebResource::from(article));
    links.web.unwrap_or_else(|| format!("{}/print", links.itself))
}

/// The front page of the site, and until the site says where that is, where this API is reached.
pub fn home(render: &Render) -> String {
    let web = render.site.as_ref().and_then(|site| site.web_url.as_ref());
    web.map_or_else(|| render.public_url().to_owned(), |url| url.as_str().to_owned())
}

fn html(body: &Body, media: &[Media], render: &Render) -> String {
    match BodyView::public(body, BodyFormat::Html, media, render) {
        BodyView::Html { value } => value,
        _ => String::new(),
    }
}
