//! How statistics go out.

use bantin_application::stats::{ArticleDays, Baseline, Origin, Report, ReportKey, ReportRow};
use bantin_domain::{
    article::PublishedArticle,
    named::Named,
    time::Date,
    visits::{Breakdown, ONLINE_SECONDS, ViewCount},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Api, Render, articles::view::ArticleView, body::BodyFormat};

/// The numbers of the widget.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stats)]
pub struct StatsView {
    /// Đang truy cập.
    online: Online,
    /// Tổng lượt truy cập.
    total: Total,
    /// The local day so far.
    today: Today,
    /// The zone whose day that is.
    timezone: String,
}

/// `{"data": ...}` around the numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatsBody {
    /// The numbers.
    pub data: StatsView,
}

/// Visitors with a hit in the last minutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Online {
    /// How many.
    value: i64,
    /// In how many seconds.
    window_seconds: i64,
}

/// All visits ever, and what the site brought along. Never decreases.
#[derive(Debug, Serialize, ToSchema)]
pub struct Total {
    /// `visits + baseline`.
    value: i64,
    /// Counted here.
    visits: i64,
    /// Brought along.
    baseline: i64,
    /// Since when visits are counted.
    #[schema(value_type = String, format = DateTime)]
    since: String,
}

/// The local day so far.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Today {
    /// Runs of page views with gaps under 30 minutes.
    visits: i64,
    /// Distinct visitors.
    visitors: i64,
    /// Page views.
    page_views: i64,
}

impl StatsView {
    /// The numbers as of now.
    pub fn now(api: &Api) -> Self {
        let stats = api.visits.stats();
        Self {
            online: Online { value: stats.online, window_seconds: ONLINE_SECONDS },
            total: Total {
                value: stats.total,
                visits: stats.visits,
                baseline: stats.baseline,
                since: api.render.time(stats.since),
            },
            today: Today {
                visits: stats.today.visits,
                visitors: stats.today.visitors,
                page_views: stats.today.page_views,
            },
            timezone: stats.zone.name().to_owned(),
        }
    }
}

/// An article, and how often it was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RankedArticle)]
pub struct RankedArticleView {
    /// The article, as lists show it.
    article: ArticleView,
    /// Page views in the window that was asked for.
    page_views: i64,
}

impl RankedArticleView {
    /// The view of an article with its page views.
    pub fn new((article, page_views): (PublishedArticle, i64), render: &Render) -> Self {
        Self { article: ArticleView::new(article, BodyFormat::Html, render), page_views }
    }
}

/// How often an article was read, by day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ArticleStats)]
pub struct ArticleStatsView {
    /// The article.
    #[schema(value_type = String, format = Uuid)]
    article_id: String,
    /// Page views ever.
    total: i64,
    /// Every day that was asked for, oldest first.
    days: Vec<ArticleDayView>,
    /// The zone whose days they are.
    timezone: String,
}

/// How often an article was read on a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ArticleDay)]
pub struct ArticleDayView {
    /// The local day.
    #[schema(value_type = String, format = Date)]
    day: String,
    /// Page views.
    page_views: i64,
}

impl ArticleStatsView {
    /// The view of an article's days.
    pub fn new(stats: ArticleDays, render: &Render) -> Self {
        let day = |(day, page_views): (Date, i64)| ArticleDayView { day: day.to_string(), page_views };
        Self {
            article_id: stats.id.to_string(),
            total: stats.total,
            days: stats.days.into_iter().map(day).collect(),
            timezone: render.zone().name().to_owned(),
        }
    }
}

/// What the site's visits were.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatsReport)]
pub struct ReportView {
    /// By what they are told apart.
    by: &'static str,
    /// The first day.
    #[schema(value_type = String, format = Date)]
    from: String,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    to: String,
    /// The zone whose days they are.
    timezone: String,
    /// What the rows add up to.
    total: CountView,
    /// By time the oldest first, else the most read first.
    pub(super) rows: Vec<ReportRowView>,
}

/// `{"data": ...}` around a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsReportBody)]
pub struct ReportBody {
    /// The report.
    pub data: ReportView,
}

/// Page views and visits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatsCount)]
pub struct CountView {
    /// Page views.
    page_views: i64,
    /// Visits that began.
    visits: i64,
}

/// A row of a report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatsReportRow)]
pub struct ReportRowView {
    /// The day, the beginning of the hour, the id of the section, the site, or the sort of device; `null`
    /// is no section, or no site that was told.
    pub(super) key: Option<String>,
    /// What to write beside it: the name of the section, else the key.
    pub(super) label: Option<String>,
    /// Page views.
    pub(super) page_views: i64,
    /// Visits that began.
    pub(super) visits: i64,
    /// Distinct visitors; `null` where they are not told apart, which they are by day.
    pub(super) visitors: Option<i64>,
}

/// Stands for sites beyond those that are told apart.
const OTHERS: &str = "(others)";

impl ReportView {
    /// The view of a report.
    pub fn new(report: Report, by: Breakdown, from: Date, to: Date, render: &Render) -> Self {
        let ViewCount { page_views, visits } = report.total;
        Self {
            by: by.name(),
            from: from.to_string(),
            to: to.to_string(),
            timezone: render.zone().name().to_owned(),
            total: CountView { page_views, visits },
            rows: report.rows.into_iter().map(|row| ReportRowView::new(row, render)).collect(),
        }
    }
}

impl ReportRowView {
    fn new(row: ReportRow, render: &Render) -> Self {
        let both = |text: String| (Some(text.clone()), Some(text));
        let (key, label) = match row.of {
            ReportKey::Day(day) => both(day.to_string()),
            ReportKey::Hour(hour) => {
                let begins = hour.day().map(|day| render.zone().start_of(day));
                let begins = begins.map(|day| day.plus_seconds(i64::from(hour.hour()) * 60 * 60));
                both(begins.map(|begins| render.time(begins)).unwrap_or_default())
            }
            ReportKey::Category(None) | ReportKey::Origin(Origin::Unknown) => (None, None),
            ReportKey::Category(Some((id, name))) => (Some(id.to_string()), name),
            ReportKey::Origin(Origin::Host(host)) => both(host),
            ReportKey::Origin(Origin::Others) => both(OTHERS.to_owned()),
            ReportKey::Device(device) => both(device.name().to_owned()),
        };
        Self { key, label, page_views: row.count.page_views, visits: row.count.visits, visitors: row.visitors }
    }
}

/// The number that the site brings along from the system before.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatsBaseline)]
pub struct BaselineView {
    /// How many visits.
    visits: i64,
    /// Since when they were counted.
    #[schema(value_type = String, format = DateTime)]
    since: String,
    /// Counts every change; send it back in `If-Match`.
    version: i64,
    /// Who said so; `null` while nobody has.
    #[schema(value_type = Option<String>, format = Uuid)]
    set_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    set_at: Option<String>,
}

impl BaselineView {
    /// The view of a baseline.
    pub fn new(baseline: &Baseline, render: &Render) -> Self {
        Self {
            visits: baseline.visits,
            since: render.time(baseline.since),
            version: baseline.version,
            set_by: baseline.set.map(|(by, _)| by.to_string()),
            set_at: baseline.set.map(|(_, at)| render.time(at)),
        }
    }
}
