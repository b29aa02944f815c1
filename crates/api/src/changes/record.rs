//! How a resource is written down for a mirror: what it says itself, and the ids of what it refers to.
//!
//! The members are those of the view that everybody reads, so a mirror and a reader are told the same. Named here are
//! those that stay: a member that shows something of another resource (its name, its slug, an address made of them)
//! would be out of date with that one's next change, of which this one's log says nothing.

use bantin_application::{changes::Record, site::PublishedSite};
use bantin_domain::{
    body::Body,
    category::Category,
    event::Organiser,
    id::Id,
    kind::{Kind, Target},
    locale::Locale,
    media::Media,
    person::PublishedPerson,
    site::{PublishedMenuItem, SITE_ID},
    speech::Speaker,
    tag::Tag,
    text::Slug,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::view::{RecordView, href};
use crate::{
    Render,
    articles::view::ArticleView,
    attendees::view::AttendeeView,
    body::{BodyFormat, BodyView},
    directory::view_translations,
    events::view::{DeskOrganiserView, EventView},
    media::view::MediaView,
    organisations::view::OrganisationView,
    pages::view::PageView,
    people::view::{PersonView, PositionView},
    problem::Problem,
    site::view::SiteView,
    speeches::view::{DeskSpeakerView, SpeechView},
};

const ARTICLE: &[&str] =
    &["title", "summary", "byline", "publishedAt", "updatedAt", "correctedAt", "corrections", "citations"];
const EVENT: &[&str] = &[
    "title",
    "kind",
    "status",
    "startsOn",
    "endsOn",
    "startsAt",
    "endsAt",
    "allDay",
    "timezone",
    "venue",
    "onlineUrl",
    "summary",
    "publishedAt",
    "updatedAt",
];
const SPEECH: &[&str] = &["title", "kind", "order", "summary", "startsAt", "durationMinutes", "videoUrl"];
const PAGE: &[&str] = &["title", "summary", "order", "publishedAt", "updatedAt"];
const PERSON: &[&str] =
    &["displayName", "familyName", "middleName", "givenName", "academicTitle", "aliases", "biography"];
const ORGANISATION: &[&str] = &["name", "shortName", "kind", "url"];
const MEDIA: &[&str] =
    &["kind", "url", "fileName", "mimeType", "bytes", "alt", "caption", "credit", "width", "height", "variants"];
const SITE: &[&str] = &["defaultLocale", "locales", "timezone", "webUrl"];
const SITE_BY_LANGUAGE: &[&str] = &["name", "agency", "banner", "contact", "feeds"];

impl RecordView {
    /// The view of a record.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn new(record: Record, render: &Render) -> Result<Self, Problem> {
        match record {
            Record::Site(site) => of_site(site, render),
            Record::Category(category) => of_category(*category, render),
            Record::Tag(tag) => of_tag(*tag, render),
            Record::Media(media) => {
                let record = Self::begin(Target::new(Kind::Media, media.id), None, None, render);
                record.with(&MediaView::new(*media, render), MEDIA)
            }
            Record::Organisation(one) => {
                let target = Target::new(Kind::Organisation, one.organisation.id);
                let parent = one.parent.as_ref().map(|parent| parent.id);
                Self::begin(target, None, Some(&one.organisation.content.slug), render)
                    .referring("parent", parent)
                    .with(&OrganisationView::new(*one, render), ORGANISATION)
            }
            Record::Person(person) => of_person(*person, render),
            Record::Event(event, organisers, attendees) => {
                let record =
                    Self::begin(Target::new(Kind::Event, event.id), Some(&event.locale), Some(&event.slug), render)
                        .referring("category", event.category.as_ref().map(|one| one.id))
                        .referring("organisers", organisers.iter().filter_map(|one| one.organisation_id))
                        .referring("attendees", attendees.iter().filter_map(|one| one.person_id))
                        .shows(event.cover.as_ref(), &event.body_media, &event.attachments)
                        .referring("translations", event.translations.iter().map(|one| Id::<()>::new(one.id)))
                        .saying("body", &text(event.body.as_ref(), render))?
                        .saying("organisers", &organisers.into_iter().map(organiser).collect::<Vec<_>>())?
                        .saying("attendees", &attendees.into_iter().map(AttendeeView::from).collect::<Vec<_>>())?;
                record.with(&EventView::new(*event, BodyFormat::Blocks, render), EVENT)
            }
            Record::Speech(speech, speaker, co_speakers) => {
                let all = || speaker.iter().chain(&co_speakers);
                let record =
                    Self::begin(Target::new(Kind::Speech, speech.id), Some(&speech.locale), Some(&speech.slug), render)
                        .referring("event", [speech.event.id])
                        .referring("speakers", all().filter_map(|one| one.person_id))
                        .referring("organisations", all().filter_map(|one| one.organisation_id))
                        .shows(None, &speech.body_media, &speech.attachments)
                        .referring("translations", speech.translations.iter().map(|one| Id::<()>::new(one.id)))
                        .saying("body", &text(speech.body.as_ref(), render))?
                        .saying("speaker", &speaker.map(introduced))?
                        .saying("coSpeakers", &co_speakers.into_iter().map(introduced).collect::<Vec<_>>())?;
                record.with(&SpeechView::new(*speech, BodyFormat::Blocks, render), SPEECH)
            }
            Record::Article(article) => {
                let target = Target::new(Kind::Article, article.id);
                let record = Self::begin(target, Some(&article.locale), Some(&article.slug), render)
                    .referring("category", article.category.as_ref().map(|one| one.id))
                    .referring("tags", article.tags.iter().map(|one| one.id))
                    .referring("authors", article.authors.iter().map(|one| one.id))
                    .referring("events", article.events.iter().map(|one| one.id))
                    .shows(article.cover.as_ref(), &article.body_media, &article.attachments)
                    .referring("translations", article.translations.iter().map(|one| Id::<()>::new(one.id)))
                    .saying("body", &text(article.body.as_ref(), render))?;
                record.with(&ArticleView::new(*article, BodyFormat::Blocks, render), ARTICLE)
            }
            Record::Page(page) => {
                let record =
                    Self::begin(Target::new(Kind::Page, page.id), Some(&page.locale), Some(&page.slug), render)
                        .referring("parent", page.parent_id)
                        .shows(page.cover.as_ref(), &page.body_media, &page.attachments)
                        .referring("translations", page.translations.iter().map(|one| Id::<()>::new(one.id)))
                        .saying("body", &text(page.body.as_ref(), render))?;
                record.with(&PageView::new(*page, BodyFormat::Blocks, render), PAGE)
            }
        }
    }

    fn begin(target: Target, locale: Option<&Locale>, slug: Option<&Slug>, render: &Render) -> Self {
        Self {
            resource: bantin_domain::named::Named::name(target.kind),
            id: target.id.to_string(),
            locale: locale.map(ToString::to_string),
            slug: slug.map(ToString::to_string),
            href: href(target, render),
            members: Map::new(),
            relations: std::collections::BTreeMap::new(),
        }
    }

    fn referring<T>(mut self, relation: &'static str, ids: impl IntoIterator<Item = Id<T>>) -> Self {
        self.relations.insert(relation, ids.into_iter().map(|id| id.to_string()).collect());
        self
    }

    /// The pictures and files that content refers to.
    fn shows(self, cover: Option<&Media>, body: &[Media], attachments: &[Media]) -> Self {
        self.referring("cover", cover.map(|media| media.id))
            .referring("media", body.iter().map(|media| media.id))
            .referring("attachments", attachments.iter().map(|media| media.id))
    }

    fn saying(mut self, member: &str, value: &impl Serialize) -> Result<Self, Problem> {
        self.members.insert(member.to_owned(), serde_json::to_value(value).map_err(|_| unwritten())?);
        Ok(self)
    }

    /// Those members of a view.
    fn with(mut self, view: &impl Serialize, members: &[&str]) -> Result<Self, Problem> {
        self.members.extend(members_of(view, members)?);
        Ok(self)
    }
}

fn members_of(view: &impl Serialize, members: &[&str]) -> Result<Map<String, Value>, Problem> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(view) else { return Err(unwritten()) };
    let take = |member: &&str| Some(((*member).to_owned(), all.remove(*member)?));
    members.iter().map(take).collect::<Option<_>>().ok_or_else(unwritten)
}

fn unwritten() -> Problem {
    Problem::internal("a record could not be written as JSON")
}

/// A text as it is stored: with the ids of what it shows, and nothing of that.
fn text(body: Option<&Body>, render: &Render) -> Option<BodyView> {
    body.map(|body| BodyView::desk(body, BodyFormat::Blocks, &[], render))
}

fn organiser(organiser: Organiser) -> DeskOrganiserView {
    organiser.into()
}

fn introduced(speaker: Speaker) -> DeskSpeakerView {
    speaker.into()
}

fn of_person(person: PublishedPerson, render: &Render) -> Result<RecordView, Problem> {
    let content = &person.person.content;
    let is_public = |id: &Id<_>| person.organisations.iter().any(|one| one.id == *id);
    let posts = content.positions.iter().cloned().map(|post| {
        let known = post.organisation_id.filter(|id| is_public(id));
        PositionView::from(bantin_domain::person::Position { organisation_id: known, ..post })
    });
    let at = content.positions.iter().filter_map(|post| post.organisation_id).filter(|id| is_public(id));
    let record = RecordView::begin(Target::new(Kind::Person, person.person.id), None, Some(&content.slug), render)
        .referring("photo", content.photo_id)
        .referring("organisations", at)
        .saying("positions", &posts.collect::<Vec<_>>())?;
    record.with(&PersonView::new(person, render), PERSON)
}

fn of_category(category: Category, render: &Render) -> Result<RecordView, Problem> {
    let content = category.content;
    RecordView::begin(Target::new(Kind::Category, category.id), None, Some(&content.slug), render)
        .referring("parent", content.parent_id)
        .saying("name", &content.name.to_string())?
        .saying("description", &content.description.as_ref().map(ToString::to_string))?
        .saying("order", &content.order)?
        .saying("translations", &view_translations(content.translations))
}

fn of_tag(tag: Tag, render: &Render) -> Result<RecordView, Problem> {
    let content = tag.content;
    RecordView::begin(Target::new(Kind::Tag, tag.id), None, Some(&content.slug), render)
        .saying("name", &content.name.to_string())?
        .saying("translations", &view_translations(content.translations))
}

/// The site in its own language, and in the others what each of them says otherwise. The banner is that of the day: the
/// log tells when another shows.
fn of_site(in_all: Vec<PublishedSite>, render: &Render) -> Result<RecordView, Problem> {
    let mut in_all = in_all.into_iter();
    let own = in_all.next().ok_or_else(|| Problem::internal("the site has no language"))?;
    let mut translations = Map::new();
    for site in in_all {
        let (locale, menus) = (site.locale.to_string(), menus(&site));
        let mut members = members_of(&SiteView::new(site, render), SITE_BY_LANGUAGE)?;
        members.insert("menus".to_owned(), menus);
        translations.insert(locale, Value::Object(members));
    }
    let menus = menus(&own);
    RecordView::begin(Target::new(Kind::Site, SITE_ID), None, None, render)
        .saying("menus", &menus)?
        .saying("translations", &translations)?
        .with(&SiteView::new(own, render), &[SITE, SITE_BY_LANGUAGE].concat())
}

fn menus(site: &PublishedSite) -> Value {
    site.menus.iter().map(|(name, items)| (name.clone(), menu(items))).collect()
}

fn menu(items: &[PublishedMenuItem]) -> Value {
    let entry = |item: &PublishedMenuItem| {
        let target = item.target.as_ref().map(|target| json!({"type": target.kind.to_string(), "id": target.id}));
        json!({"label": item.label, "target": target, "url": item.url, "children": menu(&item.children)})
    };
    items.iter().map(entry).collect()
}
