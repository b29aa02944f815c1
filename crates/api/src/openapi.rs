//! The document: gathered from the handlers that are registered, so that it knows every route and no
//! other.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::{
    OpenApi, PartialSchema, ToSchema,
    openapi::{
        Components, Discriminator, OneOf, Ref, RefOr, Schema,
        path::{Operation, ParameterIn, PathItem},
        schema::ArrayItems,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    api_keys, articles, attendees, audit_log, auth, batch, categories, changes, comments, events,
    list::{PageView, members::KEPT},
    media, organisations, pages, people, previews, problem, revisions, roles, schedule, scopes, search, site, speeches,
    stats, tags, users, visits, webhooks,
};

mod answers;
mod repeats;

/// Bantin's HTTP API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bantin",
        description = "A headless CMS for an institution that publishes news and holds events.\n\nRead without credentials under `/api/v1`; write under `/api/v1/editorial` with the token that `POST /api/v1/auth/login` gives. Every refusal is an RFC 9457 problem.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    // The reply types name these; the macro cannot see through them. What is nested follows by itself.
    components(schemas(
        api_keys::view::ApiKeyView, api_keys::view::NewApiKeyView,
        articles::archive::ArchiveYearView, articles::view::ArticleView, articles::view::DeskArticleView,
        attendees::view::AttendeeView, attendees::view::DeskAttendeeView,
        audit_log::view::AuditEntryView,
        auth::view::LoginView, auth::view::MeView, auth::view::SessionView,
        users::view::InvitedUserView, users::view::LinkView, users::view::UserView,
        batch::results::ResultsView,
        categories::view::CategoryView, categories::view::DeskCategoryView,
        changes::view::ChangeView, changes::view::ChangesPageView, changes::view::RecordView, changes::view::SnapshotPageView,
        comments::view::CommentView,
        events::view::DeskEventView, events::view::EventView, events::view::ProgrammeView,
        media::view::DeskMediaView, media::view::MediaView,
        organisations::view::DeskOrganisationView, organisations::view::OrganisationView,
        pages::view::DeskPageView, pages::view::PageView,
        people::view::AppearanceView, people::view::DeskPersonView, people::view::InitialView, people::view::PersonView,
        roles::view::RoleView,
        previews::view::NewPreviewLinkView, previews::view::PreviewLinkView, previews::view::PreviewView,
        schedule::view::ScheduleEntryView,
        revisions::view::DiffView, revisions::view::RevisionContentView, revisions::view::RevisionView,
        search::view::FacetsView, search::view::HitView, search::view::SuggestionView, search::view::SynonymListView,
        site::view::DeskSiteView, site::view::SiteView,
        speeches::view::DeskSpeechView, speeches::view::SpeechView,
        tags::view::DeskTagView, tags::view::TagView,
        stats::StatsView, stats::RankedArticleView, stats::ArticleStatsView, stats::ReportView, stats::BaselineView,
        visits::OutcomesView,
        webhooks::view::DeliveryDetailView, webhooks::view::DeliveryView, webhooks::view::NewWebhookView,
        webhooks::view::WebhookView,
    )),
    tags(
        (name = "articles", description = "News."),
        (name = "events", description = "Conferences, trainings, contests, with their programme and who took part."),
        (name = "speeches", description = "What was said at events."),
        (name = "pages", description = "Standing pages."),
        (name = "people", description = "Who speaks, writes and takes part."),
        (name = "organisations", description = "Departments, companies, schools."),
        (name = "categories", description = "Sections of the site."),
        (name = "tags", description = "Words that articles share."),
        (name = "media", description = "Pictures and files."),
        (name = "site", description = "The site itself."),
        (name = "feeds", description = "News and dates, for readers, calendars and search engines."),
        (name = "search", description = "Finding what is meant, with marks and without."),
        (name = "changes", description = "Following what the public sees, for caches, mirrors and indexes."),
        (name = "visits", description = "Counting visits, honestly."),
        (name = "previews", description = "Drafts, for whoever was given a link."),
        (name = "auth", description = "Logging in and out."),
        (name = "editorial articles", description = "Articles at the desk."),
        (name = "editorial events", description = "Events at the desk, with attendees and programme."),
        (name = "editorial speeches", description = "Speeches at the desk."),
        (name = "editorial pages", description = "Pages at the desk."),
        (name = "editorial revisions", description = "The history of content: reading, naming, comparing, restoring."),
        (name = "editorial people", description = "People at the desk."),
        (name = "editorial organisations", description = "Organisations at the desk."),
        (name = "editorial categories", description = "Sections at the desk."),
        (name = "editorial tags", description = "Tags at the desk."),
        (name = "editorial media", description = "Pictures and files at the desk."),
        (name = "editorial comments", description = "What the desk says to each other."),
        (name = "editorial previews", description = "Links that show a draft to who has no account."),
        (name = "editorial schedule", description = "What is planned."),
        (name = "editorial batch", description = "Many writes at once."),
        (name = "editorial search", description = "Which words mean the same to the search."),
        (name = "editorial site", description = "The site at the desk."),
        (name = "editorial users", description = "Accounts of the desk."),
        (name = "editorial roles", description = "What each role may do."),
        (name = "editorial API keys", description = "By which programs show who they are, and what each may do."),
        (name = "editorial webhooks", description = "Who is told of changes, and what was sent to them."),
        (name = "editorial statistics", description = "What readers did, in numbers."),
        (name = "audit log", description = "Who did what."),
        (name = "operation", description = "For machines that look after the service."),
    ),
)]
struct Base;

/// What stands in the document before any route is registered.
pub fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// Completes what the routes gave: shared schemas, security, operation ids in camel case.
pub fn complete(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let components = components_of(&mut document);
    components.schemas.extend(problem::schemas());
    components.schemas.insert("PageInfo".to_owned(), PageView::schema());
    let mut warnings: Vec<(String, RefOr<Schema>)> = vec![("Warning".to_owned(), Warning::schema())];
    Warning::schemas(&mut warnings);
    components.schemas.extend(warnings);
    components.headers.extend(answers::headers());
    let named = components.schemas.clone();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some("The accessToken of POST /api/v1/auth/login, or the secret of an API key (btn_…). Named are the permissions that the operation asks for."))
                .build(),
        ),
    );
    for schema in components.schemas.values_mut() {
        if let RefOr::T(Schema::Object(object)) = schema {
            object.properties.values_mut().for_each(without_null_default);
        }
    }
    name_variants(&mut components.schemas);
    document.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            if let Some(id) = &mut operation.operation_id {
                *id = camel_case(id);
            }
            scopes::declare(operation);
            repeats::declare(method, path, operation);
            name_elements(operation, &named);
            answers::complete(method, path, operation);
        }
    }
    let sparse: BTreeSet<String> =
        document.paths.paths.values_mut().flat_map(operations).filter_map(|(_, operation)| sparse(operation)).collect();
    let schemas = &mut components_of(&mut document).schemas;
    sparse.iter().for_each(|name| loosen(schemas, name));
    document
}

/// Says of a schema that its members may be missing, but those that always stay; and of what it is made of.
fn loosen(schemas: &mut BTreeMap<String, RefOr<Schema>>, name: &str) {
    let is_kept = |member: &String| KEPT.contains(&member.as_str());
    let mut others = Vec::new();
    match schemas.get_mut(name) {
        Some(RefOr::T(Schema::Object(object))) => object.required.retain(is_kept),
        Some(RefOr::T(Schema::AllOf(parts))) => {
            for part in &mut parts.items {
                match part {
                    RefOr::T(Schema::Object(object)) => object.required.retain(is_kept),
                    RefOr::Ref(other) => others.extend(other.ref_location.rsplit('/').next().map(ToOwned::to_owned)),
                    RefOr::T(_) => {}
                }
            }
        }
        _ => {}
    }
    others.iter().for_each(|other| loosen(schemas, other));
}

fn components_of(document: &mut utoipa::openapi::OpenApi) -> &mut Components {
    document.components.get_or_insert_with(Components::new)
}

/// The names of the query parameters of an operation.
fn query_names(operation: &Operation) -> impl Iterator<Item = &str> {
    let parameters = operation.parameters.iter().flatten().filter_map(|one| match one {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.filter(|one| one.parameter_in == ParameterIn::Query).map(|one| one.name.as_str())
}

/// The name of the schema that an operation answers with only those members of that `fields` asks for: to say
/// that the others are always there would not be true.
fn sparse(operation: &mut Operation) -> Option<String> {
    if !query_names(operation).any(|name| name == "fields") {
        return None;
    }
    let RefOr::T(response) = operation.responses.responses.get("200")? else { return None };
    let RefOr::T(content) = response.content.get("application/json")? else { return None };
    let RefOr::T(Schema::Object(envelope)) = content.schema.as_ref()? else { return None };
    let reference = match envelope.properties.get("data")? {
        RefOr::Ref(reference) => reference,
        RefOr::T(Schema::Array(list)) => match &list.items {
            ArrayItems::RefOrSchema(element) => match element.as_ref() {
                RefOr::Ref(reference) => reference,
                RefOr::T(_) => return None,
            },
            _ => return None,
        },
        RefOr::T(_) => return None,
    };
    reference.ref_location.rsplit('/').next().map(ToOwned::to_owned)
}

/// Calls the elements of a list by their name. A list type knows the whole schema of its element and not
/// what it is called; left so, it would stand in the document twice and generated clients could not name it.
fn name_elements(operation: &mut Operation, named: &BTreeMap<String, RefOr<Schema>>) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for content in response.content.values_mut() {
            let RefOr::T(content) = content else { continue };
            let Some(RefOr::T(Schema::Object(envelope))) = &mut content.schema else { continue };
            let Some(RefOr::T(Schema::Array(list))) = envelope.properties.get_mut("data") else { continue };
            let ArrayItems::RefOrSchema(element) = &mut list.items else { continue };
            if let Some((name, _)) = named.iter().find(|(_, schema)| *schema == element.as_ref()) {
                **element = Ref::from_schema_name(name).into();
            }
        }
    }
}

/// Gives every variant of a tagged union a name of its own (`ParagraphBlock`), and the union a
/// discriminator: generators make better types of named ones, and a discriminator needs names.
fn name_variants(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut named = Vec::new();
    for (union, schema) in schemas.iter_mut() {
        let RefOr::T(Schema::OneOf(one_of)) = schema else { continue };
        let Some((property, tags)) = tags_of(one_of) else { continue };
        let mut mapping = BTreeMap::new();
        for (item, tag) in one_of.items.iter_mut().zip(tags) {
            let name = format!("{}{union}", camel_case(&format!("_{tag}")));
            let reference = Ref::from_schema_name(&name);
            mapping.insert(tag, reference.ref_location.clone());
            named.push((name, std::mem::replace(item, RefOr::Ref(reference))));
        }
        one_of.discriminator = Some(Discriminator::with_mapping(property, mapping));
    }
    schemas.extend(named);
}

/// The member that tells the variants of a union apart, and its value in each; `None` where there is none.
fn tags_of(one_of: &OneOf) -> Option<(&'static str, Vec<String>)> {
    ["type", "format"].into_iter().find_map(|property| {
        let tags: Option<Vec<String>> = one_of.items.iter().map(|item| tag_of(item, property)).collect();
        tags.filter(|tags| tags.len() > 1).map(|tags| (property, tags))
    })
}

/// The one value that `property` can have in a variant.
fn tag_of(variant: &RefOr<Schema>, property: &str) -> Option<String> {
    match variant {
        RefOr::T(Schema::Object(object)) => match object.properties.get(property)? {
            RefOr::T(Schema::Object(tag)) => match tag.enum_values.as_deref()? {
                [serde_json::Value::String(only)] => Some(only.clone()),
                _ => None,
            },
            _ => None,
        },
        RefOr::T(Schema::AllOf(all_of)) => all_of.items.iter().find_map(|item| tag_of(item, property)),
        _ => None,
    }
}

/// Takes `default: null` out of a member: an absent member of a write leaves what is there.
fn without_null_default(property: &mut RefOr<Schema>) {
    let default = match property {
        RefOr::T(Schema::Object(object)) => &mut object.default,
        RefOr::T(Schema::Array(array)) => &mut array.default,
        RefOr::T(Schema::OneOf(one_of)) => &mut one_of.default,
        RefOr::T(Schema::AllOf(all_of)) => &mut all_of.default,
        RefOr::T(Schema::AnyOf(any_of)) => &mut any_of.default,
        RefOr::T(_) | RefOr::Ref(_) => return,
    };
    if default.as_ref().is_some_and(serde_json::Value::is_null) {
        *default = None;
    }
}

/// Something the sanitizer took out of a text that is otherwise accepted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the value is the domain's")]
struct Warning {
    /// RFC 6901 pointer into the request document.
    pointer: String,
    /// Stable and made for programs: `removed_element`, `removed_attribute`, ...
    code: String,
    /// What was taken out.
    removed: String,
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("PATCH", &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let initial: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
        format!("{name}{initial}{}", letters.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_ids_are_in_camel_case() {
        assert_eq!(camel_case("list_articles"), "listArticles");
        assert_eq!(camel_case("editorial_get_article"), "editorialGetArticle");
    }
}
