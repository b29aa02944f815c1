//! Days as people in Việt Nam type them.

use crate::time::Date;

/// The day that somebody typed in a search or a filter: `28/02/2023`, `28-2-2023`, `28.2.2023`, or
/// year first, `2023-02-28`. The day stands before the month: 03/02 is 3 February.
///
/// `None` for anything else, for a day that is not in the calendar (31/02) and for the year 0: a
/// search then takes the words as words.
pub fn parse_typed_day(text: &str) -> Option<Date> {
    let text = text.trim();
    let separator = text.chars().find(|letter| !letter.is_ascii_digit())?;
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    let mut parts = text.split(separator);
    let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    let is_short = |digits: &str| matches!(digits.len(), 1 | 2);
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || !is_short(month) || !is_short(day) || ![day, month, year].into_iter().all(are_digits) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|date| date.year() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_day_first_whatever_separates_it() {
        for text in ["28/02/2023", "28-2-2023", "28.2.2023", "2023-02-28", "2023/2/28", " 28/2/2023 "] {
            assert_eq!(parse_typed_day(text), Date::new(2023, 2, 28).ok(), "{text}");
        }
        assert_eq!(parse_typed_day("03/02/2023"), Date::new(2023, 2, 3).ok());
        assert_eq!(parse_typed_day("29/02/2024"), Date::new(2024, 2, 29).ok());
    }

    #[test]
    fn days_that_do_not_exist_and_other_texts_are_no_days() {
        for text in [
            "31/02/2023",
            "29/02/2023",
            "00/01/2023",
            "01/13/2023",
            "01/01/0000",
            "-0001-11-30",
            "28/02/23",
            "28/02-2023",
            "28/02",
            "28/02/2023/1",
            "2023",
            "71/2019/QĐ-UBND",
            "+8/02/2023",
            "028/02/2023",
            "28/002/2023",
            "２８/02/2023",
            "2023-02-28T00:00:00Z",
            "28//2023",
            "",
            "2023-02-2023",
        ] {
            assert_eq!(parse_typed_day(text), None, "{text}");
        }
    }
}
