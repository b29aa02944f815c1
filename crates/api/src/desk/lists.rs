//! What the lists of the desk can be asked: the filters that all have, and those of each kind.
//!
//! A desk may ask for anything in any order, so each filter takes every operator that makes sense for its value.

use bantin_application::content::ItemFilter;
use bantin_domain::{
    criteria::Trash,
    event::{EventKind, EventStatus, When},
    listing::Operator::{
        self, Contains, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotEqual, NotIn, Null, StartsWith,
    },
    policy::Sight,
    speech::SpeechKind,
    time::SiteZone,
    workflow::State,
};

use crate::{
    list::{Filter, Key, List, ListQuery, Sort, Value, names},
    problem::Problem,
};

/// Of what is one of many and always there.
const ONE: &[Operator] = &[Equal, NotEqual, In, NotIn];
/// Of what may be missing.
const ONE_OR_NONE: &[Operator] = &[Equal, NotEqual, In, NotIn, Null];
/// Of texts.
const TEXT: &[Operator] = &[Equal, NotEqual, In, NotIn, Contains, StartsWith];
/// Of what has an order.
const ORDERED: &[Operator] = &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, NotIn];
/// Of what has an order and may be missing.
const ORDERED_OR_NONE: &[Operator] = &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, NotIn, Null];
/// Of what is so or not.
const SO: &[Operator] = &[Equal, NotEqual];

const ID: Filter = Filter::of("id", Value::Id, ONE, "The one with this id.");
const SLUG: Filter = Filter::of("slug", Value::Slug, TEXT, "The address that its next publication will have.");
const TITLE: Filter = Filter::of("title", Value::Text, TEXT, "Its title, as it is written.");
const LOCALE: Filter = Filter::of("locale", Value::Locale, ONE, "A language.");
const STATE: Filter = Filter::of(
    "state",
    Value::OneOf(names::<State>),
    ONE,
    "A state of the workflow. What lies in the trash is shown where it is named here by `eq` or `in`, or by `trash`.",
);
const TRASH: Filter = Filter::of(
    "trash",
    Value::OneOf(names::<Trash>),
    &[Equal],
    "Shows what lies in the trash too (`with`), or nothing else (`only`).",
);
const PUBLIC: Filter = Filter::of("public", Value::Flag, SO, "Whether the public sees it now.");
const ASSIGNEE: Filter = Filter::of("assignee", Value::Id, ONE_OR_NONE, "The id of who is asked to go on with it.");
const CREATED_BY: Filter = Filter::of("createdBy", Value::Id, ONE, "The id of who made it.");
const CREATED_AT: Filter =
    Filter::of("createdAt", Value::Instant, ORDERED, "When it was made: a day of the site, or an exact time.");
const UPDATED_AT: Filter =
    Filter::of("updatedAt", Value::Instant, ORDERED, "When it was last changed: a day of the site, or an exact time.");
const PUBLISHED_AT: Filter = Filter::of(
    "publishedAt",
    Value::Instant,
    ORDERED_OR_NONE,
    "The date that the public is shown: a day of the site, or an exact time.",
);
const CATEGORY: Filter =
    Filter::of("category", Value::Reference, ONE_OR_NONE, "Id or slug of a section; what is below it counts too.");

const BY_UPDATE: Sort = Sort::by("updatedAt", Key::Instant, &[]).descending();
const BY_CREATION: Sort = Sort::by("createdAt", Key::Instant, &[]);
const BY_TITLE: Sort = Sort::by("title", Key::Bytes, &[]);
const BY_PUBLICATION: Sort = Sort::by("publishedAt", Key::Instant, &[]);
const BY_START: Sort = Sort::by("startsOn", Key::Day, &[]);
const BY_ORDER: Sort = Sort::by("order", Key::Number, &[]);

/// The articles of the desk.
#[derive(Debug, Clone)]
pub struct DeskArticles;

impl List for DeskArticles {
    const NAME: &'static str = "deskArticles";
    const HAS_LOCALE: bool = false;
    const IS_EDITORIAL: bool = true;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        TITLE,
        LOCALE,
        STATE,
        TRASH,
        PUBLIC,
        ASSIGNEE,
        CREATED_BY,
        CREATED_AT,
        UPDATED_AT,
        PUBLISHED_AT,
        Filter::of("year", Value::Year, ONE, "The year of the date that the public is shown, in the site's zone."),
        CATEGORY,
        Filter::of("tag", Value::Reference, ONE_OR_NONE, "Id or slug of a tag."),
        Filter::of("event", Value::Reference, ONE_OR_NONE, "Id or slug of an event: the articles that report it."),
        Filter::of("author", Value::Reference, ONE_OR_NONE, "Id or slug of a person: the articles they wrote."),
        Filter::of("featured", Value::Flag, SO, "Whether it stands on the front page now."),
    ];
    const SORTS: &'static [Sort] = &[BY_UPDATE, BY_CREATION, BY_TITLE, BY_PUBLICATION];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "state",
        "version",
        "revision",
        "public",
        "hasUnpublishedChanges",
        "assigneeId",
        "allowedActions",
        "createdBy",
        "createdAt",
        "updatedBy",
        "updatedAt",
        "trashedAt",
        "title",
        "slug",
        "summary",
        "body",
        "byline",
        "authorIds",
        "categoryId",
        "tags",
        "coverId",
        "eventIds",
        "attachmentIds",
        "citations",
        "publishedAt",
        "featuredUntil",
    ];
}

/// The events of the desk.
#[derive(Debug, Clone)]
pub struct DeskEvents;

impl List for DeskEvents {
    const NAME: &'static str = "deskEvents";
    const HAS_LOCALE: bool = false;
    const IS_EDITORIAL: bool = true;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        TITLE,
        LOCALE,
        STATE,
        TRASH,
        PUBLIC,
        ASSIGNEE,
        CREATED_BY,
        CREATED_AT,
        UPDATED_AT,
        PUBLISHED_AT,
        CATEGORY,
        Filter::of("kind", Value::OneOf(names::<EventKind>), ONE, "What sort of event it is."),
        Filter::of("status", Value::OneOf(names::<EventStatus>), ONE, "How certain it is."),
        Filter::of(
            "organisation",
            Value::Reference,
            ONE_OR_NONE,
            "Id or slug of an organisation: the events it holds.",
        ),
        Filter::of("person", Value::Reference, ONE, "Id or slug of a person: the events where they speak."),
        Filter::of("when", Value::OneOf(names::<When>), ONE, "Where it lies from today, by the site's day."),
        Filter::of("startsOn", Value::Day, ORDERED, "Its first local day."),
        Filter::of("endsOn", Value::Day, ORDERED, "Its last local day."),
    ];
    const SORTS: &'static [Sort] = &[BY_UPDATE, BY_CREATION, BY_TITLE, BY_PUBLICATION, BY_START];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "state",
        "version",
        "revision",
        "public",
        "hasUnpublishedChanges",
        "assigneeId",
        "allowedActions",
        "createdBy",
        "createdAt",
        "updatedBy",
        "updatedAt",
        "trashedAt",
        "title",
        "slug",
        "kind",
        "status",
        "startsOn",
        "endsOn",
        "startsAt",
        "endsAt",
        "timezone",
        "venue",
        "onlineUrl",
        "organisers",
        "summary",
        "body",
        "categoryId",
        "coverId",
        "attachmentIds",
    ];
}

/// The speeches of the desk.
#[derive(Debug, Clone)]
pub struct DeskSpeeches;

impl List for DeskSpeeches {
    const NAME: &'static str = "deskSpeeches";
    const HAS_LOCALE: bool = false;
    const IS_EDITORIAL: bool = true;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        TITLE,
        LOCALE,
        STATE,
        TRASH,
        PUBLIC,
        ASSIGNEE,
        CREATED_BY,
        CREATED_AT,
        UPDATED_AT,
        PUBLISHED_AT,
        Filter::of("kind", Value::OneOf(names::<SpeechKind>), ONE, "What sort of speech it is."),
        Filter::of("event", Value::Reference, ONE, "Id or slug of an event: the speeches of its programme."),
        Filter::of(
            "person",
            Value::Reference,
            ONE_OR_NONE,
            "Id or slug of a person who gives it, alone or with others.",
        ),
        Filter::of(
            "organisation",
            Value::Reference,
            ONE_OR_NONE,
            "Id or slug of an organisation that a speaker comes from.",
        ),
    ];
    const SORTS: &'static [Sort] = &[BY_UPDATE, BY_CREATION, BY_TITLE, BY_PUBLICATION, BY_ORDER];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "state",
        "version",
        "revision",
        "public",
        "hasUnpublishedChanges",
        "assigneeId",
        "allowedActions",
        "createdBy",
        "createdAt",
        "updatedBy",
        "updatedAt",
        "trashedAt",
        "eventId",
        "kind",
        "title",
        "slug",
        "order",
        "speaker",
        "coSpeakers",
        "summary",
        "body",
        "startsAt",
        "durationMinutes",
        "attachmentIds",
        "videoUrl",
    ];
}

/// The pages of the desk.
#[derive(Debug, Clone)]
pub struct DeskPages;

impl List for DeskPages {
    const NAME: &'static str = "deskPages";
    const HAS_LOCALE: bool = false;
    const IS_EDITORIAL: bool = true;
    const FILTERS: &'static [Filter] = &[
        ID,
        SLUG,
        TITLE,
        LOCALE,
        STATE,
        TRASH,
        PUBLIC,
        ASSIGNEE,
        CREATED_BY,
        CREATED_AT,
        UPDATED_AT,
        PUBLISHED_AT,
        Filter::of("parent", Value::Reference, ONE_OR_NONE, "Id or slug of the page above."),
    ];
    const SORTS: &'static [Sort] = &[BY_UPDATE, BY_CREATION, BY_TITLE, BY_PUBLICATION, BY_ORDER];
    const FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "locale",
        "state",
        "version",
        "revision",
        "public",
        "hasUnpublishedChanges",
        "assigneeId",
        "allowedActions",
        "createdBy",
        "createdAt",
        "updatedBy",
        "updatedAt",
        "trashedAt",
        "title",
        "slug",
        "summary",
        "body",
        "coverId",
        "attachmentIds",
        "parentId",
        "order",
    ];
}

/// What a list of the desk is asked for.
///
/// # Errors
/// 400 naming the filter whose value is none.
pub(super) fn item_filter<L: List>(query: &ListQuery<L>, zone: SiteZone) -> Result<ItemFilter, Problem> {
    Ok(ItemFilter {
        criteria: query.criteria(&zone)?,
        trash: query.trash()?,
        sight: Sight::All,
        order: query.order()?,
        zone,
    })
}

#[cfg(test)]
mod tests {
    use bantin_domain::{
        criteria::{ItemField, ItemSort},
        named::Named,
    };
    use utoipa::{
        PartialSchema,
        openapi::{RefOr, Schema},
    };

    use super::*;
    use crate::{
        articles::view::DeskArticleView, desk::DeskView, events::view::DeskEventView, pages::view::DeskPageView,
        speeches::view::DeskSpeechView,
    };

    /// The members of a view, with those of what it holds.
    fn members<V: PartialSchema>() -> Vec<String> {
        let mut members = Vec::new();
        for schema in [V::schema(), DeskView::schema()] {
            let parts = match schema {
                RefOr::T(Schema::AllOf(parts)) => parts.items,
                other => vec![other],
            };
            for part in parts {
                if let RefOr::T(Schema::Object(part)) = part {
                    members.extend(part.properties.into_keys());
                }
            }
        }
        members.sort();
        members
    }

    fn is_whole<L: List, V: PartialSchema>() {
        let mut fields: Vec<String> = L::FIELDS.iter().map(ToString::to_string).collect();
        fields.sort();
        assert_eq!(fields, members::<V>(), "{}", L::NAME);
        assert!(L::SORTS.iter().all(|sort| ItemSort::from_name(sort.name).is_some()));
        let is_known = |filter: &Filter| filter.name == "trash" || ItemField::from_name(filter.name).is_some();
        assert!(L::FILTERS.iter().all(is_known), "{}", L::NAME);
    }

    #[test]
    fn each_list_offers_the_members_of_its_view_and_what_items_know() {
        is_whole::<DeskArticles, DeskArticleView>();
        is_whole::<DeskEvents, DeskEventView>();
        is_whole::<DeskSpeeches, DeskSpeechView>();
        is_whole::<DeskPages, DeskPageView>();
    }
}
