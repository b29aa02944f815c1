//! The archive of a feed (RFC 5005): each month in documents of a hundred articles, counted from its first.
//!
//! A document is named by its month, by the number of the last article it has, and by a mark of all that it has. While
//! a month goes on, its newest document gets another name with each article; and so does each document of which an
//! article was withdrawn, or changed, or into which one came that is dated back. So a reader that goes back until it
//! meets a document that it knows has met everything, and every document it keeps stays what it was.

use bantin_domain::{
    article::PublishedArticle,
    listing::{Between, MAX_OFFSET},
    time::{Date, SiteZone, Timestamp},
};
use sha2::{Digest, Sha256};

/// A month of the site's calendar, and how many articles it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// 1 is January.
    pub month: i32,
    /// How many.
    pub articles: u32,
}

impl Month {
    /// Its instants in a zone.
    pub fn instants(self, zone: &SiteZone) -> Between<Timestamp> {
        let first = |year: i32, month: i32| {
            let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
            Date::new(year, month, 1).ok().map(|day| zone.start_of(day))
        };
        let next = if self.month < 12 { (self.year, self.month + 1) } else { (self.year + 1, 1) };
        Between { from: first(self.year, self.month), until: first(next.0, next.1) }
    }

    /// Its last document.
    fn last(self) -> Place {
        Place { month: self, through: self.articles.clamp(1, Place::LAST) }
    }

    fn is_before(self, other: Self) -> bool {
        (self.year, self.month) < (other.year, other.month)
    }
}

/// A document of the archive, as it is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document {
    /// Where it stands.
    pub place: Place,
    /// What tells it from others that stood there before: a digest of its articles and of when each last changed.
    pub mark: u64,
}

impl Document {
    /// That of a place which has these articles.
    pub(super) fn of(place: Place, articles: &[PublishedArticle]) -> Self {
        let mut digest = Sha256::new();
        for article in articles {
            digest.update(article.id.uuid());
            digest.update(article.updated_at.as_micros().to_be_bytes());
        }
        let mark = digest.finalize().first_chunk().copied().map_or(0, u64::from_be_bytes);
        // It may have been asked for more than there is any more.
        let through = match u32::try_from(articles.len()) {
            Ok(count @ 1..) => place.start() + count,
            _ => place.through,
        };
        Self { place: Place { through, ..place }, mark }
    }
}

/// Where a document of the archive stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its month.
    pub month: Month,
    /// The number of the last article that it has, from 1.
    pub through: u32,
}

impl Place {
    /// The most articles of a document.
    pub const MOST: u32 = 100;
    /// The last article of a month that an archive reaches.
    pub const LAST: u32 = MAX_OFFSET;

    /// How many articles of the month stand before the document.
    fn start(self) -> u32 {
        self.through.saturating_sub(1) / Self::MOST * Self::MOST
    }

    /// Which document of the month it is, from 1.
    pub(super) fn document(self) -> u32 {
        self.start() / Self::MOST + 1
    }

    /// How many articles it has.
    pub(super) fn length(self) -> usize {
        usize::try_from(self.through - self.start()).unwrap_or(usize::MAX)
    }

    /// The newest document there is.
    pub fn newest(months: &[Month]) -> Option<Self> {
        months.first().map(|month| month.last())
    }

    /// The document before, with older articles. `months` are the newest first.
    pub fn before(self, months: &[Month]) -> Option<Self> {
        match self.start() {
            0 => months.iter().find(|month| month.is_before(self.month)).map(|month| month.last()),
            through => Some(Self { through, ..self }),
        }
    }

    /// The document after, with newer articles.
    pub fn after(self, months: &[Month]) -> Option<Self> {
        let is_same = |month: &&Month| (month.year, month.month) == (self.month.year, self.month.month);
        let all = months.iter().find(is_same).map_or(0, |month| month.last().through);
        if self.through < all {
            // What was not full when it was named may have become so.
            let full = self.start() + Self::MOST;
            let through = if self.through < full { full } else { full + Self::MOST };
            return Some(Self { through: through.min(all), ..self });
        }
        let next = months.iter().rev().find(|month| self.month.is_before(**month))?;
        Some(Self { month: *next, through: next.last().through.min(Self::MOST) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(year: i32, month: i32, articles: u32) -> Month {
        Month { year, month, articles }
    }

    #[test]
    fn who_goes_back_meets_every_article_once_and_comes_back_the_same_way() {
        let months = [month(2023, 3, 57), month(2023, 1, 200), month(2022, 12, 101), month(2022, 11, 1)];
        let mut way = vec![Place::newest(&months).unwrap()];
        while let Some(place) = way.last().unwrap().before(&months) {
            way.push(place);
        }
        let names: Vec<(i32, u32, usize)> =
            way.iter().map(|place| (place.month.month, place.through, place.length())).collect();
        assert_eq!(names, [(3, 57, 57), (1, 200, 100), (1, 100, 100), (12, 101, 1), (12, 100, 100), (11, 1, 1)]);
        for pair in way.windows(2) {
            let (newer, older) = (pair[0], pair[1]);
            assert_eq!(older.after(&months), Some(newer));
        }
        assert_eq!(way[0].after(&months), None);
    }

    #[test]
    fn a_document_that_was_the_newest_leads_on_to_what_came_since() {
        let months = [month(2023, 3, 130)];
        let old = Place { month: months[0], through: 57 };
        let full = old.after(&months).unwrap();
        assert_eq!((full.through, full.length()), (100, 100));
        assert_eq!(full.after(&months).unwrap().through, 130);
        assert_eq!(Place { through: 130, ..old }.after(&months), None);
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        let (december, january) = (month(2022, 12, 1).instants(&zone), month(2023, 1, 1).instants(&zone));
        assert_eq!(december.until, january.from);
        assert_eq!(january.from.unwrap().to_utc_text(), "2022-12-31T17:00:00.000000Z");
    }
}
