//! The tables, as diesel knows them. One declaration serves both databases; a test compares it with
//! what the migrations made.

#![expect(missing_docs, reason = "a comment on each column would only repeat its name")]

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// People who work at the desk. Never deleted, so that an id is never given to another.
    users (id) {
        id -> Identity,
        email -> Text,
        name -> Text,
        role -> Text,
        categories -> Nullable<Document>,
        password_hash -> Nullable<Text>,
        disabled_at -> Nullable<Instant>,
        version -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Login sessions. Every editorial transaction reads its own first.
    sessions (id) {
        id -> Identity,
        user_id -> Identity,
        created_at -> Instant,
        expires_at -> Instant,
        ended_at -> Nullable<Instant>,
        refreshed_at -> Nullable<Instant>,
        network -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Refresh tokens by digest. A spent one that comes again ends its session.
    refresh_tokens (digest) {
        digest -> Binary,
        session_id -> Identity,
        created_at -> Instant,
        expires_at -> Instant,
        spent_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Token-signing keys. The private half is sealed with the key file outside the database.
    signing_keys (kid) {
        kid -> Text,
        state -> Named,
        public_key -> Binary,
        sealed_private_key -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Small values the program itself keeps, such as the zone visits are counted in.
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The editorial side of content: identity, workflow state, and what lists and rules ask of the working copy.
    items (id) {
        id -> Identity,
        kind -> Named,
        locale -> Text,
        group_id -> Identity,
        state -> Named,
        version -> BigInt,
        revision -> BigInt,
        slug -> Text,
        title -> Text,
        title_sort -> Binary,
        category_id -> Nullable<Identity>,
        parent_id -> Nullable<Identity>,
        position -> BigInt,
        first_published_at -> Nullable<Instant>,
        public_revision -> Nullable<BigInt>,
        public_slug -> Nullable<Text>,
        published_at -> Nullable<Instant>,
        visible_from -> Nullable<Instant>,
        visible_until -> Nullable<Instant>,
        corrections -> Document,
        has_unpublished_changes -> Bool,
        created_by -> Identity,
        assignee_id -> Nullable<Identity>,
        created_at -> Instant,
        updated_by -> Identity,
        updated_at -> Instant,
        trashed_at -> Nullable<Instant>,
        title_folded -> Nullable<Text>,
        form -> Nullable<Text>,
        status -> Nullable<Text>,
        starts_on -> Nullable<Day>,
        ends_on -> Nullable<Day>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Append-only full snapshots. The working copy is the highest number of its item.
    revisions (item_id, number) {
        item_id -> Identity,
        number -> BigInt,
        content -> Document,
        created_by -> Identity,
        created_at -> Instant,
        label -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What the working copy of an item refers to: for "where is this used", and so that nothing in use is deleted.
    item_links (item_id, relation, position) {
        item_id -> Identity,
        relation -> Named,
        position -> BigInt,
        target_kind -> Named,
        target_id -> Identity,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Every slug that is, was ever, or may become public. Unique per kind across locales.
    slugs (kind, slug) {
        kind -> Named,
        slug -> Text,
        resource_id -> Identity,
        state -> Named,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Who takes part in an event, with the personal data that never becomes public.
    attendees (id) {
        id -> Identity,
        event_id -> Identity,
        version -> BigInt,
        position -> BigInt,
        kind -> Named,
        person_id -> Nullable<Identity>,
        name -> Nullable<Text>,
        honorific -> Nullable<Text>,
        position_title -> Nullable<Text>,
        organisation -> Nullable<Text>,
        organisation_id -> Nullable<Identity>,
        role -> Named,
        headcount -> Nullable<BigInt>,
        visibility -> Named,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        notes -> Nullable<Text>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The change log of the public side: commit-ordered, without gaps.
    changes (seq) {
        seq -> BigInt,
        at -> Instant,
        kind -> Named,
        resource_kind -> Named,
        resource_id -> Identity,
        locale -> Nullable<Text>,
        slug -> Nullable<Text>,
        previous_slug -> Nullable<Text>,
        tags -> Document,
        section_id -> Nullable<Identity>,
        left_section_id -> Nullable<Identity>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The section that the change log last said that an item stands in: of those that somebody sees.
    told_sections (item_id) {
        item_id -> Identity,
        section_id -> Identity,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// One row: the last number given out. Its lock is what makes the log gapless and ordered.
    change_head (id) {
        id -> BigInt,
        seq -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Sections of the site, a tree.
    categories (id) {
        id -> Identity,
        version -> BigInt,
        parent_id -> Nullable<Identity>,
        position -> BigInt,
        slug -> Text,
        name -> Text,
        name_sort -> Binary,
        description -> Nullable<Text>,
        translations -> Document,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// One row, whose version moves with every change of a section.
    category_tree (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Tags, one per folded name.
    tags (id) {
        id -> Identity,
        version -> BigInt,
        slug -> Text,
        name -> Text,
        name_folded -> Text,
        name_sort -> Binary,
        translations -> Document,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// People who speak, write or take part.
    people (id) {
        id -> Identity,
        version -> BigInt,
        slug -> Text,
        display_name -> Text,
        family_name -> Nullable<Text>,
        middle_name -> Nullable<Text>,
        given_name -> Nullable<Text>,
        name_sort -> Binary,
        initial -> Text,
        academic_title -> Nullable<Text>,
        aliases -> Document,
        positions -> Document,
        biography -> Nullable<Text>,
        photo_id -> Nullable<Identity>,
        listed -> Bool,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Who holds or held a post where.
    person_posts (organisation_id, person_id) {
        organisation_id -> Identity,
        person_id -> Identity,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Departments, companies, schools.
    organisations (id) {
        id -> Identity,
        version -> BigInt,
        slug -> Text,
        name -> Text,
        name_sort -> Binary,
        initial -> Text,
        short_name -> Nullable<Text>,
        parent_id -> Nullable<Identity>,
        kind -> Nullable<Text>,
        url -> Nullable<Text>,
        listed -> Bool,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Pictures and files; the bytes lie in the data folder under the id.
    media (id) {
        id -> Identity,
        version -> BigInt,
        kind -> Named,
        file_name -> Text,
        mime_type -> Text,
        bytes -> BigInt,
        sha256 -> Binary,
        width -> Nullable<BigInt>,
        height -> Nullable<BigInt>,
        alt -> Text,
        caption -> Nullable<Text>,
        credit -> Nullable<Text>,
        created_by -> Identity,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// One row: the site.
    site (id) {
        id -> BigInt,
        version -> BigInt,
        content -> Document,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What the public may read of articles. Only publishing and withdrawing write here.
    public_articles (id) {
        id -> Identity,
        locale -> Text,
        group_id -> Identity,
        slug -> Text,
        revision -> BigInt,
        title -> Text,
        title_sort -> Binary,
        summary -> Nullable<Text>,
        byline -> Nullable<Text>,
        category_id -> Identity,
        cover_id -> Nullable<Identity>,
        citations -> Document,
        corrections -> Document,
        featured_until -> Nullable<Instant>,
        published_at -> Instant,
        updated_at -> Instant,
        corrected_at -> Nullable<Instant>,
        visible_from -> Instant,
        visible_until -> Instant,
        body -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What the public may read of events.
    public_events (id) {
        id -> Identity,
        locale -> Text,
        group_id -> Identity,
        slug -> Text,
        revision -> BigInt,
        title -> Text,
        title_sort -> Binary,
        kind -> Named,
        status -> Named,
        starts_on -> Day,
        ends_on -> Day,
        starts_at -> Nullable<Instant>,
        ends_at -> Nullable<Instant>,
        timezone -> Text,
        venue -> Document,
        online_url -> Nullable<Text>,
        organisers -> Document,
        summary -> Nullable<Text>,
        category_id -> Nullable<Identity>,
        cover_id -> Nullable<Identity>,
        published_at -> Instant,
        updated_at -> Instant,
        visible_from -> Instant,
        visible_until -> Instant,
        body -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Those attendees of public events whom an editor made public, without personal data.
    public_attendees (id) {
        id -> Identity,
        event_id -> Identity,
        position -> BigInt,
        kind -> Named,
        person_id -> Nullable<Identity>,
        name -> Nullable<Text>,
        honorific -> Nullable<Text>,
        position_title -> Nullable<Text>,
        organisation -> Nullable<Text>,
        organisation_id -> Nullable<Identity>,
        role -> Named,
        headcount -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What the public may read of speeches. The window is already cut to that of the event.
    public_speeches (id) {
        id -> Identity,
        locale -> Text,
        group_id -> Identity,
        event_id -> Identity,
        position -> BigInt,
        slug -> Text,
        revision -> BigInt,
        title -> Text,
        title_sort -> Binary,
        kind -> Named,
        speaker -> Document,
        co_speakers -> Document,
        summary -> Nullable<Text>,
        starts_at -> Nullable<Instant>,
        duration_minutes -> Nullable<BigInt>,
        video_url -> Nullable<Text>,
        published_at -> Instant,
        updated_at -> Instant,
        own_from -> Instant,
        own_until -> Instant,
        visible_from -> Instant,
        visible_until -> Instant,
        body -> Document,
        programme_sort -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What the public may read of standing pages.
    public_pages (id) {
        id -> Identity,
        locale -> Text,
        group_id -> Identity,
        slug -> Text,
        revision -> BigInt,
        parent_id -> Nullable<Identity>,
        position -> BigInt,
        title -> Text,
        title_sort -> Binary,
        summary -> Nullable<Text>,
        cover_id -> Nullable<Identity>,
        published_at -> Instant,
        updated_at -> Instant,
        visible_from -> Instant,
        visible_until -> Instant,
        body -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What public content refers to, both ways: an answer reads one page of sources in one statement, a filter reads one target in order.
    public_links (source_id, relation, position) {
        source_id -> Identity,
        source_kind -> Named,
        relation -> Named,
        position -> BigInt,
        target_kind -> Named,
        target_id -> Identity,
        locale -> Text,
        sort_at -> Instant,
        visible_from -> Instant,
        visible_until -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Roles: named sets of permissions. Those that ship are written at the first start.
    roles (name) {
        name -> Text,
        title -> Text,
        permissions -> Document,
        version -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Invitations and resets, by digest: good once, for an hour, handed over by an admin.
    one_time_links (digest) {
        digest -> Binary,
        user_id -> Identity,
        purpose -> Named,
        created_by -> Identity,
        created_at -> Instant,
        expires_at -> Instant,
        spent_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Failed logins, by the digest of an account or a network: no address and no name is kept.
    login_failures (subject) {
        subject -> Binary,
        failures -> BigInt,
        last_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Ids that were purged: none of them is ever given again.
    tombstones (id) {
        id -> Identity,
        kind -> Named,
        purged_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Instants at which something becomes visible, or stops to be: the change log gets a row once they pass.
    due (target_id, change) {
        target_id -> Identity,
        change -> Named,
        target_kind -> Named,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What the desk says to each other about an item.
    comments (id) {
        id -> Identity,
        item_id -> Identity,
        author_id -> Identity,
        text -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Links that show a draft to who has no account, by digest.
    preview_links (id) {
        id -> Identity,
        item_id -> Identity,
        digest -> Binary,
        revision -> Nullable<BigInt>,
        max_views -> Nullable<BigInt>,
        views -> BigInt,
        created_by -> Identity,
        created_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The answers of writes that carried an Idempotency-Key, kept for a day.
    idempotency_keys (user_id, route, key) {
        user_id -> Identity,
        route -> Text,
        key -> Text,
        request_digest -> Binary,
        status -> BigInt,
        headers -> Document,
        body -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Who did what: appended in the transaction of the effect, sealed into a hash chain within a second. Nothing is ever changed or taken away, but that the sealer numbers an entry once.
    audit_log (id) {
        id -> Identity,
        at -> Instant,
        actor_id -> Nullable<Identity>,
        session_id -> Nullable<Identity>,
        action -> Text,
        resource -> Named,
        resource_id -> Nullable<Identity>,
        version -> Nullable<BigInt>,
        fields -> Document,
        network -> Nullable<Text>,
        request_id -> Nullable<Identity>,
        seq -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What is searched. Beside it stands `search_index`, an FTS5 table on SQLite and a table of text
    /// vectors on PostgreSQL, which only `search/engine.rs` and `search/write.rs` speak to, in SQL.
    search_documents (place) {
        place -> BigInt,
        kind -> Named,
        resource_id -> Identity,
        locale -> Nullable<Text>,
        category_id -> Nullable<Identity>,
        sort_at -> Instant,
        visible_from -> Instant,
        visible_until -> Instant,
        title -> Text,
        keys -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The texts of what is searched, for the highlights.
    search_texts (place) {
        place -> BigInt,
        texts -> Binary,
        spans -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Every folded word that any document ever had: where a typing error is looked up.
    search_words (word) {
        word -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What has to be indexed anew.
    search_stale (resource_id) {
        kind -> Named,
        resource_id -> Identity,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// One row: which words mean the same.
    synonyms (id) {
        id -> BigInt,
        version -> BigInt,
        content -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// How many articles stand in the public table, by section, language and month of the site's zone.
    archive_months (locale, category_id, month) {
        locale -> Text,
        category_id -> Identity,
        month -> Integer,
        articles -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Who is told of changes. Secrets are sealed with the key file outside the database.
    webhooks (id) {
        id -> Identity,
        name -> Text,
        url -> Text,
        types -> Document,
        category_ids -> Nullable<Document>,
        locales -> Nullable<Document>,
        disabled_at -> Nullable<Instant>,
        disabled_reason -> Nullable<Named>,
        sealed_secret -> Binary,
        sealed_previous_secret -> Nullable<Binary>,
        previous_ends_at -> Nullable<Instant>,
        seq -> BigInt,
        failing_since -> Nullable<Instant>,
        failures -> BigInt,
        rests_until -> Nullable<Instant>,
        version -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What is sent to them, with what came of the last attempt.
    webhook_deliveries (id) {
        id -> Identity,
        webhook_id -> Identity,
        seq -> Nullable<BigInt>,
        event_type -> Text,
        resource_id -> Nullable<Identity>,
        body -> Text,
        state -> Named,
        attempts -> BigInt,
        created_at -> Instant,
        due_at -> Instant,
        give_up_at -> Instant,
        fence -> BigInt,
        leased_until -> Nullable<Instant>,
        attempted_at -> Nullable<Instant>,
        status -> Nullable<BigInt>,
        latency_ms -> Nullable<BigInt>,
        fault -> Nullable<Named>,
        answer -> Nullable<Text>,
        finished_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What came of each attempt to deliver something.
    webhook_attempts (delivery_id, number) {
        delivery_id -> Identity,
        number -> BigInt,
        at -> Instant,
        status -> Nullable<BigInt>,
        latency_ms -> BigInt,
        fault -> Nullable<Named>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The keys of integrators. Of a secret there is only its digest.
    api_keys (id) {
        id -> Identity,
        name -> Text,
        permissions -> Document,
        category_ids -> Nullable<Document>,
        networks -> Nullable<Document>,
        quota -> Nullable<BigInt>,
        digest -> Binary,
        ending -> Text,
        previous_digest -> Nullable<Binary>,
        previous_ends_at -> Nullable<Instant>,
        expires_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
        last_used_at -> Nullable<Instant>,
        created_by -> Identity,
        version -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    refresh_tokens,
    signing_keys,
    settings,
    items,
    revisions,
    item_links,
    slugs,
    attendees,
    changes,
    told_sections,
    change_head,
    categories,
    category_tree,
    tags,
    people,
    person_posts,
    organisations,
    media,
    site,
    public_articles,
    public_events,
    public_attendees,
    public_speeches,
    public_pages,
    public_links,
    roles,
    one_time_links,
    login_failures,
    tombstones,
    due,
    comments,
    preview_links,
    idempotency_keys,
    audit_log,
    search_documents,
    search_texts,
    search_words,
    search_stale,
    synonyms,
    archive_months,
    webhooks,
    webhook_deliveries,
    webhook_attempts,
    api_keys,
);
