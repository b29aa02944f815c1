//! The tables of the visits, as diesel knows them: two schemas of PostgreSQL, on SQLite files of their
//! own that are attached under the same names.

#![expect(missing_docs, reason = "a doc comment on each generated column would only repeat its name")]

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// What was acknowledged and is not folded yet: one row per batch.
    hits.journal (seq) {
        seq -> BigInt,
        node -> Identity,
        batch -> BigInt,
        hits -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// How far the batches of each node are folded.
    visits.nodes (node) {
        node -> Identity,
        folded_through -> BigInt,
        folded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The random salt of each local day.
    visits.salts (day) {
        day -> Day,
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Who was here today and yesterday, by a key that means nothing without the day's salt.
    visits.visitors (day, visitor) {
        day -> Day,
        visitor -> Binary,
        last_view -> Instant,
        last_seen -> Instant,
        recent -> Binary,
        moved -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Hit ids of the last 24 hours.
    visits.hit_ids (utc_day, hit_id) {
        utc_day -> BigInt,
        hit_id -> Identity,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// How many visitors were last seen in each second of the last minutes.
    visits.presence (second) {
        second -> BigInt,
        visitors -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The site's days.
    visits.days (day) {
        day -> Day,
        page_views -> BigInt,
        other_views -> BigInt,
        visits -> BigInt,
        visitors -> BigInt,
        carried -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The page views of each item by day.
    visits.item_days (item, day) {
        item -> Identity,
        day -> Day,
        kind -> Named,
        page_views -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Since when visits are counted, and the number that the site brought along. One row.
    visits.origin (id) {
        id -> BigInt,
        since -> Instant,
        baseline -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The site's hours.
    visits.hours (hour) {
        hour -> BigInt,
        page_views -> BigInt,
        visits -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The page views of each item by hour, for a while.
    visits.item_hours (hour, item) {
        hour -> BigInt,
        item -> Identity,
        kind -> Named,
        page_views -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// The page views of each item, ever.
    visits.item_totals (item) {
        item -> Identity,
        kind -> Named,
        page_views -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Where the readers of a day came from.
    visits.referrers (day, host) {
        day -> Day,
        host -> Text,
        page_views -> BigInt,
        visits -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// On what sort of device they read.
    visits.devices (day, device) {
        day -> Day,
        device -> Named,
        page_views -> BigInt,
        visits -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// In which section.
    visits.categories (day, category) {
        day -> Day,
        category -> Identity,
        page_views -> BigInt,
        visits -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::sql::*;

    /// Every number that the site ever said it brought along.
    visits.baselines (version) {
        version -> BigInt,
        set_at -> Instant,
        set_by -> Identity,
        baseline -> BigInt,
        since -> Instant,
    }
}
