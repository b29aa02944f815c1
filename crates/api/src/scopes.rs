//! What each operation of the desk asks for: the permissions that a role, or an API key, must have.
//!
//! The document says so of every operation (`security`), for who chooses the permissions of a key. It does not
//! decide anything: use cases do, about the very thing that is asked for. A test calls every operation with
//! exactly what stands here, and with everything but that; an operation that is not here fails another.

use utoipa::openapi::{path::Operation, security::SecurityRequirement};

/// The ways to be let in, any of which is enough; of one way all permissions are needed.
type Ways = &'static [&'static [&'static str]];

/// Of content of some kind: which is told by the address.
const READ_ITEM: Ways = &[&["article:read"], &["event:read"], &["speech:read"], &["page:read"]];
const EDIT_ITEM: Ways = &[&["article:edit"], &["event:edit"], &["speech:edit"], &["page:edit"]];
/// What is shown of an item before it is written.
const READ_AND_EDIT_ITEM: Ways = &[
    &["article:read", "article:edit"],
    &["event:read", "event:edit"],
    &["speech:read", "speech:edit"],
    &["page:read", "page:edit"],
];

/// By `operationId`. What more an operation asks for when it says more (a text's signature, a date in the past,
/// personal data, what comes along in a batch) stands in its description and in `docs/permissions.md`.
const OPERATIONS: &[(&str, Ways)] = &[
    ("editorialListArticles", &[&["article:read"]]),
    ("createArticle", &[&["article:create"]]),
    ("editorialGetArticle", &[&["article:read"]]),
    ("updateArticle", &[&["article:edit"]]),
    ("deleteArticle", &[&["article:trash"]]),
    ("takeArticleStep", &[&["article:edit"], &["article:approve"], &["article:publish"], &["article:trash"]]),
    ("editorialListEvents", &[&["event:read"]]),
    ("createEvent", &[&["event:create"]]),
    ("editorialGetEvent", &[&["event:read"]]),
    ("updateEvent", &[&["event:edit"]]),
    ("deleteEvent", &[&["event:trash"]]),
    ("takeEventStep", &[&["event:edit"], &["event:approve"], &["event:publish"], &["event:trash"]]),
    ("setProgramme", &[&["event:read", "event:edit"]]),
    ("editorialListAttendees", &[&["event:read"]]),
    ("createAttendee", &[&["event:edit"]]),
    ("updateAttendee", &[&["event:edit"]]),
    ("deleteAttendee", &[&["event:edit"]]),
    ("replaceAttendees", &[&["event:edit", "attendee:personalData"]]),
    ("editorialListSpeeches", &[&["speech:read"]]),
    ("createSpeech", &[&["speech:create", "event:edit"]]),
    ("editorialGetSpeech", &[&["speech:read"]]),
    ("updateSpeech", &[&["speech:edit"]]),
    ("deleteSpeech", &[&["speech:trash"]]),
    ("takeSpeechStep", &[&["speech:edit"], &["speech:approve"], &["speech:publish"], &["speech:trash"]]),
    ("editorialListPages", &[&["page:read"]]),
    ("createPage", &[&["page:create"]]),
    ("editorialGetPage", &[&["page:read"]]),
    ("updatePage", &[&["page:edit"]]),
    ("deletePage", &[&["page:trash"]]),
    ("takePageStep", &[&["page:edit"], &["page:approve"], &["page:publish"], &["page:trash"]]),
    ("listRevisions", READ_ITEM),
    ("getRevision", READ_ITEM),
    ("diffRevisions", READ_ITEM),
    ("labelRevision", READ_AND_EDIT_ITEM),
    ("restoreRevision", READ_AND_EDIT_ITEM),
    ("listComments", READ_ITEM),
    ("createComment", READ_ITEM),
    ("listItemLog", READ_ITEM),
    ("listPreviewLinks", READ_ITEM),
    ("createPreviewLink", EDIT_ITEM),
    ("revokePreviewLink", EDIT_ITEM),
    ("editorialGetSchedule", READ_ITEM),
    ("editorialListCategories", &[&["category:read"]]),
    ("createCategory", &[&["category:create"]]),
    ("editorialGetCategory", &[&["category:read"]]),
    ("updateCategory", &[&["category:edit"]]),
    ("deleteCategory", &[&["category:trash"]]),
    ("editorialListTags", &[&["tag:read"]]),
    ("createTag", &[&["tag:create"]]),
    ("editorialGetTag", &[&["tag:read"]]),
    ("updateTag", &[&["tag:edit"]]),
    ("deleteTag", &[&["tag:trash"]]),
    ("editorialListPeople", &[&["person:read"]]),
    ("createPerson", &[&["person:create"]]),
    ("editorialGetPerson", &[&["person:read"]]),
    ("updatePerson", &[&["person:edit"]]),
    ("deletePerson", &[&["person:trash"]]),
    ("editorialListOrganisations", &[&["organisation:read"]]),
    ("createOrganisation", &[&["organisation:create"]]),
    ("editorialGetOrganisation", &[&["organisation:read"]]),
    ("updateOrganisation", &[&["organisation:edit"]]),
    ("deleteOrganisation", &[&["organisation:trash"]]),
    ("editorialListMedia", &[&["media:read"]]),
    ("createMedia", &[&["media:create"]]),
    ("editorialGetMedia", &[&["media:read"]]),
    ("editorialGetMediaOriginal", &[&["media:read"]]),
    ("updateMedia", &[&["media:edit"]]),
    ("deleteMedia", &[&["media:trash"]]),
    ("editorialGetSite", &[&["site:read"]]),
    ("updateSite", &[&["site:edit"]]),
    ("editorialGetSynonyms", &[&["site:read"]]),
    ("replaceSynonyms", &[&["site:edit"]]),
    ("editorialGetStats", &[&["statistics:read"]]),
    ("editorialGetBaseline", &[&["statistics:read"]]),
    ("setBaseline", &[&["statistics:edit"]]),
    ("countVisits", &[&["statistics:edit"]]),
    ("listUsers", &[&["user:read"]]),
    ("getUser", &[&["user:read"]]),
    ("inviteUser", &[&["user:administer"]]),
    ("updateUser", &[&["user:administer"]]),
    ("resetUser", &[&["user:administer"]]),
    ("listRoles", &[&["role:read"]]),
    ("getRole", &[&["role:read"]]),
    ("createRole", &[&["role:administer"]]),
    ("updateRole", &[&["role:administer"]]),
    ("deleteRole", &[&["role:administer"]]),
    ("listWebhooks", &[&["webhook:administer"]]),
    ("getWebhook", &[&["webhook:administer"]]),
    ("createWebhook", &[&["webhook:administer"]]),
    ("updateWebhook", &[&["webhook:administer"]]),
    ("deleteWebhook", &[&["webhook:administer"]]),
    ("rotateWebhookSecret", &[&["webhook:administer"]]),
    ("pingWebhook", &[&["webhook:administer"]]),
    ("listDeliveries", &[&["webhook:administer"]]),
    ("getDelivery", &[&["webhook:administer"]]),
    ("redeliver", &[&["webhook:administer"]]),
    ("listApiKeys", &[&["apiKey:administer"]]),
    ("getApiKey", &[&["apiKey:administer"]]),
    ("createApiKey", &[&["apiKey:administer"]]),
    ("updateApiKey", &[&["apiKey:administer"]]),
    ("rotateApiKey", &[&["apiKey:administer"]]),
    ("revokeApiKey", &[&["apiKey:administer"]]),
    ("listAuditLog", &[&["auditLog:read"]]),
];

/// Says of an operation of the desk, by the id that it has in the document, what it asks for. An operation
/// that asks for nothing by itself (a batch: each of its writes asks) is left as it is.
pub fn declare(operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let Some((_, ways)) = OPERATIONS.iter().find(|(known, _)| *known == id) else { return };
    let ways = ways.iter().map(|permissions| SecurityRequirement::new("bearer", permissions.iter().copied()));
    operation.security = Some(ways.collect());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bantin_domain::policy::{Permission, Scope};

    use super::*;

    #[test]
    fn each_operation_stands_here_once_with_permissions_that_exist() {
        let ids: BTreeSet<&str> = OPERATIONS.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), OPERATIONS.len());
        for (id, ways) in OPERATIONS {
            assert!(!ways.is_empty() && ways.iter().all(|way| !way.is_empty()), "{id}");
            for permission in ways.iter().copied().flatten() {
                assert!(Permission::parse(permission, Scope::Any).is_ok(), "{id}: {permission}");
            }
        }
    }
}
