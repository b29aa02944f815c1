//! A standing page: "Giới thiệu", "Liên hệ".

use serde::{Deserialize, Serialize};

use crate::{
    body::Body,
    change::Change,
    content::{Content, Link, NewBody, Relation, Translation},
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    media::{Media, MediaId, body_links},
    named::named_enum,
    text::{Slug, Summary, Title},
    time::Timestamp,
    violation::{Fault, Violation, Violations},
};

/// The identity of a page.
pub type PageId = Id<Page>;

/// The working copy of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// Its title.
    pub title: Title,
    /// Its address.
    pub slug: Slug,
    /// Its text.
    pub body: Body,
    /// In plain text.
    pub summary: Option<Summary>,
    /// Its picture.
    pub cover_id: Option<MediaId>,
    /// Files to download.
    pub attachment_ids: Vec<MediaId>,
    /// The page above.
    pub parent_id: Option<PageId>,
    /// Its place among its siblings, smallest first.
    pub order: i64,
    /// The language it is written in.
    pub locale: Locale,
}

/// What a write says about a page.
#[derive(Debug, Clone, Default)]
pub struct PageChanges {
    /// Required.
    pub title: Change<Title>,
    /// Made from the title when absent.
    pub slug: Change<Slug>,
    /// Required.
    pub body: Change<NewBody>,
    /// Optional.
    pub summary: Change<Summary>,
    /// Optional.
    pub cover_id: Change<MediaId>,
    /// Empty by default.
    pub attachment_ids: Change<Vec<MediaId>>,
    /// Optional.
    pub parent_id: Change<PageId>,
    /// 0 by default.
    pub order: Change<i64>,
    /// Vietnamese by default; fixed once the item exists.
    pub locale: Change<Locale>,
}

impl Content for Page {
    const KIND: Kind = Kind::Page;
    type Changes = PageChanges;

    fn changed(current: Option<Self>, changes: PageChanges) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        let was = current.as_ref();
        let title = changes.title.required(was.map(|page| page.title.clone()), "/title", &mut faults);
        let body = changes.body.map(|new| new.over(was.map(|page| &page.body))).required(
            was.map(|page| page.body.clone()),
            "/body",
            &mut faults,
        );
        let (Some(title), Some(body)) = (title, body) else {
            return Err(faults);
        };
        let locale = changes.locale.or(was.map(|page| page.locale.clone())).unwrap_or_else(Locale::vietnamese);
        if was.is_some_and(|page| page.locale != locale) {
            faults.add(
                "/locale",
                Fault::new("immutable", "cannot change once the item exists; make a translation instead"),
            );
        }
        let slug =
            changes.slug.or(was.map(|page| page.slug.clone())).unwrap_or_else(|| Slug::from_title(title.as_str()));
        let (summary, cover_id, attachment_ids, parent_id, order) = current.map_or_else(Default::default, |page| {
            (page.summary, page.cover_id, page.attachment_ids, page.parent_id, page.order)
        });
        faults.into_result(Self {
            title,
            slug,
            body,
            summary: changes.summary.or(summary),
            cover_id: changes.cover_id.or(cover_id),
            attachment_ids: changes.attachment_ids.or_default(attachment_ids),
            parent_id: changes.parent_id.or(parent_id),
            order: changes.order.or_default(order),
            locale,
        })
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
    fn chosen_slug(changes: &PageChanges) -> Option<&Slug> {
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
    fn parent(&self) -> Option<Target> {
        self.parent_id.map(|id| Target::new(Kind::Page, id))
    }

    fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> =
            self.parent_id.map(|id| Link::new(Relation::Parent, Kind::Page, id, "/parentId")).into_iter().collect();
        links.extend(self.cover_id.map(|id| Link::new(Relation::Cover, Kind::Media, id, "/coverId")));
        links.extend(body_links(&self.body));
        links.extend(Link::list(Relation::Attachment, Kind::Media, &self.attachment_ids, "attachmentIds"));
        links
    }

    fn flaws(&self) -> Vec<Violation> {
        let mut faults = Violations::new();
        if self.body.is_blank() {
            faults.add("/body", Fault::new("required", "a page needs a text before it can be published"));
        }
        faults.into_vec()
    }
}

named_enum! {
    /// What a list of pages can be sorted by.
    pub enum PageSort {
        /// The editors' order.
        Order = "order",
    }
}

/// A page as the public reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedPage {
    /// Its identity.
    pub id: PageId,
    /// Its language.
    pub locale: Locale,
    /// Its current slug.
    pub slug: Slug,
    /// Its title.
    pub title: String,
    /// In plain text.
    pub summary: Option<String>,
    /// The page above, where it is public.
    pub parent_id: Option<PageId>,
    /// Its place among its siblings.
    pub order: i64,
    /// Its text; `None` in lists, which leave it out.
    pub body: Option<Body>,
    /// The media its text shows.
    pub body_media: Vec<Media>,
    /// Its picture.
    pub cover: Option<Media>,
    /// Files to download.
    pub attachments: Vec<Media>,
    /// The date shown.
    pub published_at: Timestamp,
    /// When its text last changed in public.
    pub updated_at: Timestamp,
    /// Other languages of it that are public.
    pub translations: Vec<Translation>,
}
