//! A news article.

use serde::{Deserialize, Serialize};

use crate::{
    body::Body,
    category::{CategoryId, CategorySummary},
    change::Change,
    content::{Content, Correction, Link, NewBody, Relation, Translation},
    event::{EventId, EventSummary},
    id::Id,
    kind::Kind,
    locale::Locale,
    media::{Media, MediaId, body_links},
    named::named_enum,
    person::{PersonId, PersonSummary},
    tag::{TagId, TagSummary},
    text::{Line, Name, Slug, Summary, Title},
    time::Timestamp,
    url::WebUrl,
    violation::{Fault, Violation, Violations},
};

/// The identity of an article.
pub type ArticleId = Id<Article>;

/// The working copy of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Article {
    /// Headline.
    pub title: Title,
    /// Its address.
    pub slug: Slug,
    /// The lead, in plain text.
    pub summary: Option<Summary>,
    /// The text.
    pub body: Body,
    /// As signed under the text ("P.K"); needs no person behind it.
    pub byline: Option<Name>,
    /// People known to the directory who wrote it.
    pub author_ids: Vec<PersonId>,
    /// The section.
    pub category_id: CategoryId,
    /// Tags, in the editor's order.
    pub tag_ids: Vec<TagId>,
    /// The picture in lists.
    pub cover_id: Option<MediaId>,
    /// Events it reports.
    pub event_ids: Vec<EventId>,
    /// Files to download.
    pub attachment_ids: Vec<MediaId>,
    /// Decisions and papers it cites.
    pub citations: Vec<Citation>,
    /// A past date to show instead of the instant of publishing.
    pub published_at: Option<Timestamp>,
    /// Until when it stands on the front page.
    pub featured_until: Option<Timestamp>,
    /// The language it is written in.
    pub locale: Locale,
}

/// A document that an article cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// As written: `71/2019/QĐ-UBND`.
    pub number: Line<100>,
    /// Its title.
    pub title: Option<Line<500>>,
    /// Where it can be read.
    pub url: Option<WebUrl>,
}

/// What a write says about an article.
#[derive(Debug, Clone, Default)]
pub struct ArticleChanges {
    /// Required.
    pub title: Change<Title>,
    /// Made from the title when absent.
    pub slug: Change<Slug>,
    /// Optional.
    pub summary: Change<Summary>,
    /// Required.
    pub body: Change<NewBody>,
    /// Optional.
    pub byline: Change<Name>,
    /// Empty by default.
    pub author_ids: Change<Vec<PersonId>>,
    /// Required.
    pub category_id: Change<CategoryId>,
    /// Empty by default. A client sends names; the use case has found or made their tags by now.
    pub tag_ids: Change<Vec<TagId>>,
    /// Optional.
    pub cover_id: Change<MediaId>,
    /// Empty by default.
    pub event_ids: Change<Vec<EventId>>,
    /// Empty by default.
    pub attachment_ids: Change<Vec<MediaId>>,
    /// Empty by default.
    pub citations: Change<Vec<Citation>>,
    /// Optional; needs the permission to backdate.
    pub published_at: Change<Timestamp>,
    /// Optional.
    pub featured_until: Change<Timestamp>,
    /// Vietnamese by default; fixed once the item exists.
    pub locale: Change<Locale>,
}

impl Content for Article {
    const KIND: Kind = Kind::Article;
    type Changes = ArticleChanges;

    fn changed(current: Option<Self>, changes: ArticleChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let title = changes.title.required(was.map(|article| article.title.clone()), "/title", &mut faults);
        let body = changes.body.map(|new| new.over(was.map(|article| &article.body))).required(
            was.map(|article| article.body.clone()),
            "/body",
            &mut faults,
        );
        let category_id =
            changes.category_id.required(was.map(|article| article.category_id), "/categoryId", &mut faults);
        let (Some(title), Some(body), Some(category_id)) = (title, body, category_id) else {
            return Err(faults);
        };
        let slug = changes
            .slug
            .or(was.map(|article| article.slug.clone()))
            .unwrap_or_else(|| Slug::from_title(title.as_str()));
        let locale = changes.locale.or(was.map(|article| article.locale.clone())).unwrap_or_else(Locale::vietnamese);
        if was.is_some_and(|article| article.locale != locale) {
            faults.add(
                "/locale",
                Fault::new("immutable", "cannot change once the item exists; make a translation instead"),
            );
        }
        let mut article = match current {
            Some(article) => Self { title, slug, body, category_id, ..article },
            None => Self {
                title,
                slug,
                body,
                category_id,
                locale,
                summary: None,
                byline: None,
                author_ids: Vec::new(),
                tag_ids: Vec::new(),
                cover_id: None,
                event_ids: Vec::new(),
                attachment_ids: Vec::new(),
                citations: Vec::new(),
                published_at: None,
                featured_until: None,
            },
        };
        article.summary = changes.summary.or(article.summary);
        article.byline = changes.byline.or(article.byline);
        article.author_ids = changes.author_ids.or_default(article.author_ids);
        article.tag_ids = changes.tag_ids.or_default(article.tag_ids);
        article.cover_id = changes.cover_id.or(article.cover_id);
        article.event_ids = changes.event_ids.or_default(article.event_ids);
        article.attachment_ids = changes.attachment_ids.or_default(article.attachment_ids);
        article.citations = changes.citations.or_default(article.citations);
        article.published_at = changes.published_at.or(article.published_at);
        article.featured_until = changes.featured_until.or(article.featured_until);
        faults.into_result(article)
    }

    fn title(&self) -> &Title {
        &self.title
    }
    fn slug(&self) -> &Slug {
        &self.slug
    }
    fn set_slug(&mut self, slug: Slug) {
        self.slug = slug;
    }
    fn chosen_slug(changes: &ArticleChanges) -> Option<&Slug> {
        match &changes.slug {
            Change::Set(slug) => Some(slug),
            Change::Keep | Change::Clear => None,
        }
    }
    fn locale(&self) -> &Locale {
        &self.locale
    }
    fn body(&self) -> &Body {
        &self.body
    }
    fn category(&self) -> Option<CategoryId> {
        Some(self.category_id)
    }
    fn dated(&self) -> Option<Timestamp> {
        self.published_at
    }

    fn links(&self) -> Vec<Link> {
        let mut links = vec![Link::new(Relation::Category, Kind::Category, self.category_id, "/categoryId")];
        links.extend(Link::list(Relation::Author, Kind::Person, &self.author_ids, "authorIds"));
        links.extend(Link::list(Relation::Tag, Kind::Tag, &self.tag_ids, "tags"));
        links.extend(self.cover_id.map(|id| Link::new(Relation::Cover, Kind::Media, id, "/coverId")));
        links.extend(body_links(&self.body));
        links.extend(Link::list(Relation::Event, Kind::Event, &self.event_ids, "eventIds"));
        links.extend(Link::list(Relation::Attachment, Kind::Media, &self.attachment_ids, "attachmentIds"));
        links
    }

    fn flaws(&self) -> Vec<Violation> {
        let mut faults = Violations::new();
        if self.body.is_blank() {
            faults.add("/body", Fault::new("required", "an article needs a text before it can be published"));
        }
        faults.into_vec()
    }
}

named_enum! {
    /// What a list of articles can be sorted by.
    pub enum ArticleSort {
        /// The date shown.
        PublishedAt = "publishedAt",
        /// When the text last changed in public.
        UpdatedAt = "updatedAt",
        /// The headline, in Vietnamese order.
        Title = "title",
    }
}

/// An article as the public reads it, with the summaries of what it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedArticle {
    /// Its identity.
    pub id: ArticleId,
    /// Its language.
    pub locale: Locale,
    /// Its current slug.
    pub slug: Slug,
    /// Headline.
    pub title: String,
    /// The lead.
    pub summary: Option<String>,
    /// As signed.
    pub byline: Option<String>,
    /// Authors who are public.
    pub authors: Vec<PersonSummary>,
    /// The date shown.
    pub published_at: Timestamp,
    /// When its text last changed in public.
    pub updated_at: Timestamp,
    /// When it was last corrected.
    pub corrected_at: Option<Timestamp>,
    /// What was corrected.
    pub corrections: Vec<Correction>,
    /// Until when it stands on the front page.
    pub featured_until: Option<Timestamp>,
    /// Its section, with the way down to it.
    pub category: Option<CategorySummary>,
    /// Its tags.
    pub tags: Vec<TagSummary>,
    /// Its picture.
    pub cover: Option<Media>,
    /// Its text; `None` in lists, which leave it out.
    pub body: Option<Body>,
    /// The media its text shows.
    pub body_media: Vec<Media>,
    /// The events it reports that are public.
    pub events: Vec<EventSummary>,
    /// Files to download.
    pub attachments: Vec<Media>,
    /// What it cites.
    pub citations: Vec<Citation>,
    /// Other languages of it that are public.
    pub translations: Vec<Translation>,
}
