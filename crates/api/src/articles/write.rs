//! What comes in of an article.

use bantin_application::{articles::ArticleWrite as Parsed, content::Birth};
use bantin_domain::{
    article::{Article, ArticleChanges, Citation},
    change::Change,
    locale::Locale,
    text::{Label, Line, Name, Slug, Summary, Title},
    time::Timestamp,
    url::WebUrl,
    violation::{Violations, Warning},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    body::BodyWrite,
    patch::{self, Patch},
    problem::Problem,
};

/// What an editor says of an article. To create one `title`, `body` and `categoryId` are required; to
/// change one, what is absent stays and what is `null` is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ArticleWrite)]
pub struct ArticleWrite {
    /// With a create only: an id made by the client (UUIDv7), so that it may safely be sent again.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub id: Option<String>,
    /// Headline, to 300 characters.
    #[schema(value_type = Option<String>)]
    pub title: Patch<String>,
    /// Its address; made from the title when absent.
    #[schema(value_type = Option<String>)]
    pub slug: Patch<String>,
    /// The lead, plain text, to 2,000 characters.
    #[schema(value_type = Option<String>)]
    pub summary: Patch<String>,
    /// The text.
    #[schema(value_type = Option<BodyWrite>)]
    pub body: Patch<BodyWrite>,
    /// As signed under the text.
    #[schema(value_type = Option<String>)]
    pub byline: Patch<String>,
    /// People of the directory who wrote it.
    #[schema(value_type = Option<Vec<String>>)]
    pub author_ids: Patch<Vec<String>>,
    /// Its section.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub category_id: Patch<String>,
    /// The names of its tags; those that do not exist are made.
    #[schema(value_type = Option<Vec<String>>)]
    pub tags: Patch<Vec<String>>,
    /// Its picture.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub cover_id: Patch<String>,
    /// The events it reports.
    #[schema(value_type = Option<Vec<String>>)]
    pub event_ids: Patch<Vec<String>>,
    /// Files to download.
    #[schema(value_type = Option<Vec<String>>)]
    pub attachment_ids: Patch<Vec<String>>,
    /// Decisions and papers it cites.
    #[schema(value_type = Option<Vec<CitationWrite>>)]
    pub citations: Patch<Vec<CitationWrite>>,
    /// A past date to show instead of that of publishing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Patch<String>,
    /// Until when it stands on the front page.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub featured_until: Patch<String>,
    /// Its language, `vi` by default; cannot change later.
    #[schema(value_type = Option<String>)]
    pub locale: Patch<String>,
    /// With a create only: the article that this one is a translation of.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub translation_of: Option<String>,
}

/// A document that is cited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CitationWrite)]
pub struct CitationWrite {
    /// As written: `71/2019/QĐ-UBND`.
    pub number: String,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Where it can be read.
    #[serde(default)]
    pub url: Option<String>,
}

impl CitationWrite {
    fn parse(self, pointer: &str, faults: &mut Violations) -> Option<Citation> {
        let number = faults.take(format!("{pointer}/number"), Line::parse(&self.number));
        let title = self.title.and_then(|title| faults.take(format!("{pointer}/title"), Line::parse(&title)));
        let url = self.url.and_then(|url| faults.take(format!("{pointer}/url"), WebUrl::parse(&url)));
        Some(Citation { number: number?, title, url })
    }
}

impl ArticleWrite {
    /// Parses every member, so that all faults are named at once.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<(Birth<Article>, Parsed, Vec<Warning>), Problem> {
        let mut faults = Violations::new();
        let mut warnings = Vec::new();
        let birth = Birth {
            id: self.id.and_then(|text| faults.take("/id", patch::new_id(&text))),
            translation_of: self.translation_of.and_then(|text| faults.take("/translationOf", patch::id(&text))),
        };
        let body = match self.body.plain() {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(body) => body.parse(&mut faults, &mut warnings).map_or(Change::Keep, Change::Set),
        };
        let citations = self.citations.plain().map(|citations| {
            citations
                .into_iter()
                .enumerate()
                .filter_map(|(n, one)| one.parse(&format!("/citations/{n}"), &mut faults))
                .collect()
        });
        let changes = ArticleChanges {
            title: self.title.parse("/title", &mut faults, Title::parse),
            slug: self.slug.parse("/slug", &mut faults, Slug::parse),
            summary: self.summary.parse("/summary", &mut faults, Summary::parse),
            body,
            byline: self.byline.parse("/byline", &mut faults, Name::parse),
            author_ids: self.author_ids.parse_each("/authorIds", &mut faults, patch::id),
            category_id: self.category_id.parse("/categoryId", &mut faults, patch::id),
            tag_ids: Change::Keep,
            cover_id: self.cover_id.parse("/coverId", &mut faults, patch::id),
            event_ids: self.event_ids.parse_each("/eventIds", &mut faults, patch::id),
            attachment_ids: self.attachment_ids.parse_each("/attachmentIds", &mut faults, patch::id),
            citations,
            published_at: self.published_at.parse("/publishedAt", &mut faults, Timestamp::parse),
            featured_until: self.featured_until.parse("/featuredUntil", &mut faults, Timestamp::parse),
            locale: self.locale.parse("/locale", &mut faults, Locale::parse),
        };
        let tags = self.tags.parse_each("/tags", &mut faults, Label::parse);
        faults.into_result((birth, Parsed { changes, tags }, warnings)).map_err(Into::into)
    }

    /// The same for a patch, which can say neither id nor group.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse_patch(self) -> Result<(Parsed, Vec<Warning>), Problem> {
        patch::refuse_birth(self.id.as_ref(), self.translation_of.as_ref())?;
        let (_, write, warnings) = self.parse()?;
        Ok((write, warnings))
    }
}
