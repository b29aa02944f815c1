//! What folding reads and writes, row by row.

use bantin_domain::{
    category::{Category, CategoryId},
    id::Id,
    kind::{Kind, Target},
    time::{Date, Timestamp},
    visits::{DayCount, Device, LocalHour, RecordedHit, ViewCount, Visitor, VisitorKey},
};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Node, fold::utc_day, record};
use crate::{
    schema_visits::{
        categories, days, devices, hit_ids, hours, item_days, item_hours, item_totals, nodes, presence, referrers,
        visitors,
    },
    sql_types::{Day, Instant, Key, Name},
};

/// A visitor, as they are now.
#[derive(Queryable, QueryableByName)]
#[diesel(table_name = visitors)]
pub(super) struct VisitorRow {
    pub(super) day: Day,
    pub(super) visitor: Vec<u8>,
    pub(super) last_view: Instant,
    pub(super) last_seen: Instant,
    pub(super) recent: Vec<u8>,
    pub(super) moved: bool,
}

/// A hit id that was counted.
#[derive(Queryable, QueryableByName)]
#[diesel(table_name = hit_ids)]
pub(super) struct HitIdRow {
    pub(super) utc_day: i64,
    pub(super) hit_id: Key<RecordedHit>,
    pub(super) at: Instant,
}

/// Page views that an item's day gains.
#[derive(Insertable)]
#[diesel(table_name = item_days)]
pub(super) struct ItemDayRow {
    pub(super) item: Key<Target>,
    pub(super) day: Day,
    pub(super) kind: Name<Kind>,
    pub(super) page_views: i64,
}

/// Page views that an item's hour gains.
#[derive(Insertable)]
#[diesel(table_name = item_hours)]
pub(super) struct ItemHourRow {
    pub(super) hour: i64,
    pub(super) item: Key<Target>,
    pub(super) kind: Name<Kind>,
    pub(super) page_views: i64,
}

/// Page views that an item gains.
#[derive(Insertable)]
#[diesel(table_name = item_totals)]
pub(super) struct ItemTotalRow {
    pub(super) item: Key<Target>,
    pub(super) kind: Name<Kind>,
    pub(super) page_views: i64,
}

/// What an hour gains.
#[derive(Insertable)]
#[diesel(table_name = hours)]
pub(super) struct HourRow {
    pub(super) hour: i64,
    pub(super) page_views: i64,
    pub(super) visits: i64,
}

/// What a day gains from a site.
#[derive(Insertable, Queryable)]
#[diesel(table_name = referrers)]
pub(super) struct ReferrerRow {
    pub(super) day: Day,
    pub(super) host: String,
    pub(super) page_views: i64,
    pub(super) visits: i64,
}

/// What a day gains on a sort of device.
#[derive(Insertable, Queryable)]
#[diesel(table_name = devices)]
pub(super) struct DeviceRow {
    pub(super) day: Day,
    pub(super) device: Name<Device>,
    pub(super) page_views: i64,
    pub(super) visits: i64,
}

/// What a day gains in a section.
#[derive(Insertable, Queryable)]
#[diesel(table_name = categories)]
pub(super) struct CategoryRow {
    pub(super) day: Day,
    pub(super) category: Key<Category>,
    pub(super) page_views: i64,
    pub(super) visits: i64,
}

/// What a day gains.
#[derive(Insertable)]
#[diesel(table_name = days)]
pub(super) struct DayRow {
    pub(super) day: Day,
    pub(super) page_views: i64,
    pub(super) other_views: i64,
    pub(super) visits: i64,
    pub(super) visitors: i64,
    pub(super) carried: i64,
}

/// How many visitors more, or fewer, were last seen in a second.
#[derive(Insertable)]
#[diesel(table_name = presence)]
pub(super) struct PresenceRow {
    pub(super) second: i64,
    pub(super) visitors: i64,
}

/// How far a node's batches are folded.
#[derive(Insertable)]
#[diesel(table_name = nodes)]
pub(super) struct NodeRow {
    pub(super) node: Key<Node>,
    pub(super) folded_through: i64,
    pub(super) folded_at: Instant,
}

impl From<(VisitorKey, Visitor)> for VisitorRow {
    fn from((key, visitor): (VisitorKey, Visitor)) -> Self {
        Self {
            day: Day(visitor.day),
            visitor: key.0.to_vec(),
            last_view: Instant(visitor.last_view),
            last_seen: Instant(visitor.last_seen),
            recent: record::write_recent(&visitor.recent, visitor.forgotten),
            moved: visitor.moved,
        }
    }
}

impl From<(Uuid, Timestamp)> for HitIdRow {
    fn from((hit_id, at): (Uuid, Timestamp)) -> Self {
        Self { utc_day: utc_day(at), hit_id: Key(Id::new(hit_id)), at: Instant(at) }
    }
}

impl From<((Target, Date), i64)> for ItemDayRow {
    fn from(((item, day), page_views): ((Target, Date), i64)) -> Self {
        Self { item: Key(Id::new(item.id)), day: Day(day), kind: Name(item.kind), page_views }
    }
}

impl From<(Date, DayCount)> for DayRow {
    fn from((day, count): (Date, DayCount)) -> Self {
        Self {
            day: Day(day),
            page_views: count.page_views,
            other_views: count.other_views,
            visits: count.visits,
            visitors: count.visitors,
            carried: count.carried,
        }
    }
}

impl From<(i64, i64)> for PresenceRow {
    fn from((second, visitors): (i64, i64)) -> Self {
        Self { second, visitors }
    }
}

impl From<((LocalHour, Target), i64)> for ItemHourRow {
    fn from(((hour, item), page_views): ((LocalHour, Target), i64)) -> Self {
        Self { hour: hour.0, item: Key(Id::new(item.id)), kind: Name(item.kind), page_views }
    }
}

impl From<(Target, i64)> for ItemTotalRow {
    fn from((item, page_views): (Target, i64)) -> Self {
        Self { item: Key(Id::new(item.id)), kind: Name(item.kind), page_views }
    }
}

impl From<(LocalHour, ViewCount)> for HourRow {
    fn from((hour, count): (LocalHour, ViewCount)) -> Self {
        Self { hour: hour.0, page_views: count.page_views, visits: count.visits }
    }
}

impl From<((Date, String), ViewCount)> for ReferrerRow {
    fn from(((day, host), count): ((Date, String), ViewCount)) -> Self {
        Self { day: Day(day), host, page_views: count.page_views, visits: count.visits }
    }
}

impl From<((Date, Device), ViewCount)> for DeviceRow {
    fn from(((day, device), count): ((Date, Device), ViewCount)) -> Self {
        Self { day: Day(day), device: Name(device), page_views: count.page_views, visits: count.visits }
    }
}

impl From<((Date, Option<CategoryId>), ViewCount)> for CategoryRow {
    fn from(((day, category), count): ((Date, Option<CategoryId>), ViewCount)) -> Self {
        let category = Key(category.unwrap_or(NO_CATEGORY));
        Self { day: Day(day), category, page_views: count.page_views, visits: count.visits }
    }
}

/// Stands for "in no section": a part of a key cannot be NULL.
pub(crate) const NO_CATEGORY: CategoryId = Id::new(Uuid::nil());
