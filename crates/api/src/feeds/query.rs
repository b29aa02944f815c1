//! What a feed can be asked: everything that the list can, and in which form.

use bantin_application::feeds::{Month, Place};

use crate::{
    articles::public::Articles,
    list::{Filter, Include, List, ListQuery, Sort},
    problem::Problem,
};

/// How many entries a feed has where nobody says how many.
const NEWEST: u32 = 30;

/// The list of articles as a feed.
#[derive(Debug, Clone)]
pub struct ArticleFeed;

impl List for ArticleFeed {
    const NAME: &'static str = "article feed";
    const FILTERS: &'static [Filter] = Articles::FILTERS;
    const PARAMETERS: &'static [Filter] = &[
        Filter::text("content", "`full` adds the whole text of each article; `summary` when absent."),
        Filter::text(
            "month",
            "A document of the archive (RFC 5005), of Atom without other filters than `category` and `locale`: \
             the month, as `2023-03`. Follow the links `prev-archive` and `next-archive`.",
        ),
        Filter::text(
            "through",
            "With `month`: the number of the last article in that document, counted from the first of the month.",
        ),
    ];
    const LIMIT: Option<u32> = Some(NEWEST);
    const IS_COUNTED: bool = false;
    const IS_SEARCHED: bool = Articles::IS_SEARCHED;
    const SORTS: &'static [Sort] = Articles::SORTS;
    const INCLUDES: &'static [Include] = &[];
}

/// What a feed is asked beside what its list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Whether the whole texts are wanted.
    pub is_full: bool,
    /// Which document of the archive.
    pub place: Option<Place>,
}

impl Form {
    /// Reads `content`, `month` and `through`.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn of(query: &ListQuery<ArticleFeed>) -> Result<Self, Problem> {
        let is_full = match query.filter("content") {
            None | Some("summary") => false,
            Some("full") => true,
            Some(_) => return Err(refused("content", "must be full or summary")),
        };
        let month = query
            .filter("month")
            .map(|text| month(text).ok_or_else(|| refused("month", "must be a month such as 2023-03")));
        let through = query.filter("through").map(|text| {
            let number = text.parse().ok().filter(|number| (1..=Place::LAST).contains(number));
            number
                .filter(|_| !text.starts_with(['0', '+']))
                .ok_or_else(|| refused("through", format!("must be a whole number from 1 to {}", Place::LAST)))
        });
        let place = match (month.transpose()?, through.transpose()?) {
            (None, None) => None,
            (Some(month), through) => Some(Place { month, through: through.unwrap_or(Place::MOST) }),
            (None, Some(_)) => return Err(refused("through", "goes with month")),
        };
        Ok(Self { is_full, place })
    }
}

fn month(text: &str) -> Option<Month> {
    let (year, month) = text.split_once('-').filter(|_| text.len() == 7 && text.is_ascii())?;
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let year = year.parse().ok().filter(|year: &i32| is_number(text.get(..4).unwrap_or("-")) && *year > 0)?;
    let month = month.parse().ok().filter(|nth: &i32| is_number(month) && (1..=12).contains(nth))?;
    Some(Month { year, month, articles: 0 })
}

/// 400 for a parameter of ours.
pub fn refused(parameter: &str, message: impl Into<String>) -> Problem {
    Problem::parameter(parameter, "invalid_parameter", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two() {
        assert_eq!(month("2023-03"), Some(Month { year: 2023, month: 3, articles: 0 }));
        for text in
            ["2023-13", "2023-00", "0000-01", "2023-3", "23-03", "2023-+3", "+023-03", "2023-03-14", "", "năm-03"]
        {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
