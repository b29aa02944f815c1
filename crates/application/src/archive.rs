//! The archive of articles by year and month.

use bantin_domain::{
    category::{Category, subtree},
    kind::{Kind, Ref},
    locale::Locale,
};
use bantin_persistence::{
    PublicReader, categories,
    public::archive::{self, Month},
};

use crate::{content, error::AppError};

/// How many articles a year has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveYear {
    /// The year.
    pub year: i32,
    /// In all of it.
    pub articles: i64,
    /// Its months that have any, the newest first.
    pub months: Vec<ArchiveMonth>,
}

/// How many articles a month has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveMonth {
    /// 1 is January.
    pub month: i32,
    /// In all of it.
    pub articles: i64,
}

/// The years of the site's calendar that have articles which can be seen now, the newest first: in a
/// language (`None` is all), in a section or below it. A section that there is not has none.
///
/// # Errors
/// When the database fails.
pub fn years(
    reader: &mut PublicReader<'_>,
    locale: Option<&Locale>,
    category: Option<Ref<Category>>,
) -> Result<Vec<ArchiveYear>, AppError> {
    let category = content::resolve(reader, Kind::Category, category)?;
    let sections = match category {
        None => None,
        Some(category) => Some(subtree(&categories::all(reader)?, category)),
    };
    let months = archive::months(reader, locale, sections.as_deref())?;
    let mut years: Vec<ArchiveYear> = Vec::new();
    for (Month { year, month }, articles) in months.into_iter().rev() {
        let month = ArchiveMonth { month, articles };
        match years.last_mut().filter(|last| last.year == year) {
            Some(last) => {
                last.articles += articles;
                last.months.push(month);
            }
            None => years.push(ArchiveYear { year, articles, months: vec![month] }),
        }
    }
    Ok(years)
}
