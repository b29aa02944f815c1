//! Statistics for everybody.

use actix_web::{HttpRequest, get, web::Data};
use bantin_application::stats::{self, RankingQuery};
use bantin_domain::article::Article;

use super::{
    ArticleStatsView, RankedArticleView, StatsView,
    query::{ArticlePeriod, MostRead},
};
use crate::{
    Api,
    directory::NoQuery,
    extract::PathRef,
    list::PageView,
    problem::Problem,
    reply::{Public, found},
};

/// Read the numbers of the widget
///
/// Đang truy cập, tổng lượt truy cập, and the day so far. At most a second behind.
#[utoipa::path(tag = "visits", security(()))]
#[get("/stats")]
pub async fn get_stats(api: Data<Api>, _: NoQuery) -> Result<Public<StatsView>, Problem> {
    Ok(Public::one(StatsView::now(&api)).live())
}

/// List the most read articles
///
/// Worked out at most once a minute. With `ids`, those articles instead, in that order; what cannot be
/// seen is left out.
#[utoipa::path(tag = "visits", params(MostRead), security(()))]
#[get("/stats/articles")]
pub async fn list_most_read(
    api: Data<Api>,
    query: MostRead,
    request: HttpRequest,
) -> Result<Public<Vec<RankedArticleView>>, Problem> {
    let (read, render, limit) = match query {
        MostRead::Ranking { window, category, locale, limit } => {
            let (locale, render) = api.reading(&request, locale.as_ref()).await?;
            let query = RankingQuery { window, category, locale, limit: usize::try_from(limit).unwrap_or_default() };
            (api.ranking.most_read(query).await?, render, limit)
        }
        MostRead::Named { ids, window } => {
            let (render, limit) = (api.site_render().await?, u32::try_from(ids.len()).unwrap_or_default());
            let zone = render.zone().clone();
            (api.app.public(move |reader| stats::of_articles(reader, &ids, window, &zone)).await?, render, limit)
        }
    };
    let rows = read.into_iter().map(|ranked| RankedArticleView::new(ranked, &render)).collect();
    let page = PageView { limit, next: None, previous: None, number: None, pages: None, total: None };
    Ok(Public::list(rows, page, None))
}

/// Read how often an article was read
///
/// By local day, at most 366 of them; a day on which nobody read it is there with 0.
#[utoipa::path(tag = "visits", params(PathRef<Article>, ArticlePeriod), security(()))]
#[get("/articles/{ref}/stats")]
pub async fn get_article_stats(
    api: Data<Api>,
    reference: PathRef<Article>,
    period: ArticlePeriod,
    request: HttpRequest,
) -> Result<Public<ArticleStatsView>, Problem> {
    let (from, to) = (period.0.from, period.0.to);
    let lookup = api.app.public(move |reader| stats::of_article(reader, &reference.0, from, to)).await?;
    let days = found(lookup, &request, |slug| format!("{}/stats", api.render.address("articles", slug.as_str())))?;
    Ok(Public::one(ArticleStatsView::new(days, &api.render)))
}
