//! What a feed can be asked: everything that the list can, and in which form.

use bantin_application::feeds::{Month, Place};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use crate::{
    articles::public::Articles,
    list::{Filter, Include, List, ListQuery, Sort},
    problem::Problem,
};

/// What names a document of an archive.
const ARCHIVE: [&str; 3] = ["month", "through", "mark"];
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
        Filter::text(
            "mark",
            "With `month`: what tells that document from others that stood there before, as the links say it. Any \
             other, or none, is answered 301 to the document as it is now.",
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
    /// As it was when somebody saw its address.
    pub mark: Option<u64>,
}

impl Form {
    /// Reads `content`, `month`, `through` and `mark`.
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
        let mark = query.filter("mark").map(|text| {
            let mark = u64::from_str_radix(text, 16).ok().filter(|mark| format!("{mark:016x}") == text);
            mark.ok_or_else(|| refused("mark", "must be one that a link said"))
        });
        let mark = mark.transpose()?;
        let place = match (month.transpose()?, through.transpose()?) {
            (None, None) if mark.is_some() => return Err(refused("mark", "goes with month")),
            (None, None) => None,
            (Some(month), through) => Some(Place { month, through: through.unwrap_or(Place::MOST) }),
            (None, Some(_)) => return Err(refused("through", "goes with month")),
        };
        Ok(Self { is_full, place, mark })
    }
}

fn month(text: &str) -> Option<Month> {
    let (year, month) = text.split_once('-').filter(|_| text.len() == 7 && text.is_ascii())?;
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let year = year.parse().ok().filter(|year: &i32| is_number(text.get(..4).unwrap_or("-")) && *year > 0)?;
    let month = month.parse().ok().filter(|nth: &i32| is_number(month) && (1..=12).contains(nth))?;
    Some(Month { year, month, articles: 0 })
}

/// The parameters of a feed whose path says one of the filters: that one cannot be asked for beside it, and only the
/// feeds of sections have an archive.
fn beside(filter: &str) -> Vec<Parameter> {
    let name = format!("filter[{filter}]");
    let mut all = ListQuery::<ArticleFeed>::into_params(|| None);
    all.retain(|one| one.name != name && (filter == "category" || !ARCHIVE.contains(&one.name.as_str())));
    all
}

/// What a feed of a section can be asked.
#[derive(Debug)]
pub struct OfSection;
/// What a feed of a tag can be asked.
#[derive(Debug)]
pub struct OfTag;
/// What a feed of an author can be asked.
#[derive(Debug)]
pub struct OfAuthor;
/// What a feed of an event can be asked.
#[derive(Debug)]
pub struct OfEvent;

impl IntoParams for OfSection {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        beside("category")
    }
}

impl IntoParams for OfTag {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        beside("tag")
    }
}

impl IntoParams for OfAuthor {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        beside("author")
    }
}

impl IntoParams for OfEvent {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        beside("event")
    }
}

/// 400 for a parameter of ours.
pub fn refused(parameter: &str, message: impl Into<String>) -> Problem {
    Problem::parameter(parameter, "invalid_parameter", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_path_says_is_offered_by_no_parameter_and_an_archive_only_where_there_is_one() {
        let names = |all: Vec<Parameter>| all.into_iter().map(|one| one.name).collect::<Vec<_>>();
        let everything = names(ListQuery::<ArticleFeed>::into_params(|| None));
        for (own, of, lost) in [
            (names(OfSection::into_params(|| None)), "filter[category]", 1),
            (names(OfTag::into_params(|| None)), "filter[tag]", 4),
            (names(OfAuthor::into_params(|| None)), "filter[author]", 4),
            (names(OfEvent::into_params(|| None)), "filter[event]", 4),
        ] {
            assert!(!own.contains(&of.to_owned()), "{of}");
            assert_eq!(own.len() + lost, everything.len(), "{of}");
        }
    }

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
