//! What the page says by itself, in the article's language: Vietnamese, or English in any other.

use bantin_domain::{
    locale::Locale,
    time::{SiteZone, Timestamp},
};

/// The words of one language.
pub struct Words {
    /// Before the date of the last change.
    pub updated: &'static str,
    /// Before who made a picture.
    pub picture: &'static str,
    /// Above what was corrected.
    pub corrections: &'static str,
    /// Above what is cited.
    pub citations: &'static str,
    /// Above the files.
    pub attachments: &'static str,
    /// What the way down to a section is called.
    pub sections: &'static str,
    /// Before the article's address.
    pub source: &'static str,
    date: fn(&Local) -> String,
}

/// A moment as clocks and calendars of the site show it.
struct Local {
    /// 0 is Monday.
    weekday: usize,
    day: i8,
    month: i8,
    year: i16,
    hour: i8,
    minute: i8,
}

const VIETNAMESE: Words = Words {
    updated: "Cập nhật",
    picture: "Ảnh",
    corrections: "Đính chính",
    citations: "Văn bản được dẫn",
    attachments: "Tệp đính kèm",
    sections: "Chuyên mục",
    source: "Nguồn",
    date: vietnamese_date,
};

const ENGLISH: Words = Words {
    updated: "Updated",
    picture: "Photo",
    corrections: "Corrections",
    citations: "Documents cited",
    attachments: "Attachments",
    sections: "Section",
    source: "Source",
    date: english_date,
};

impl Words {
    /// Those for a text in a language.
    pub fn of(locale: &Locale) -> &'static Self {
        if locale.as_str().split('-').next() == Some("vi") { &VIETNAMESE } else { &ENGLISH }
    }

    /// A moment in full, for who reads the page in ten years: `Thứ Ba, ngày 14 tháng 3 năm 2023, 08:00`.
    pub fn date(&self, at: Timestamp, zone: &SiteZone) -> String {
        let at = at.on_clocks_in(zone);
        (self.date)(&Local {
            weekday: usize::try_from(at.date().weekday().to_monday_zero_offset()).unwrap_or_default(),
            day: at.day(),
            month: at.month(),
            year: at.year(),
            hour: at.hour(),
            minute: at.minute(),
        })
    }
}

/// As decree 30/2020/NĐ-CP has it: a zero before days to 9 and before the months 1 and 2, where a stroke
/// could be added.
fn vietnamese_date(local: &Local) -> String {
    const DAYS: [&str; 7] = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"];
    let Local { weekday, day, month, year, hour, minute } = local;
    let weekday = DAYS.get(*weekday).copied().unwrap_or_default();
    let month = if *month < 3 { format!("{month:02}") } else { month.to_string() };
    format!("{weekday}, ngày {day:02} tháng {month} năm {year}, {hour:02}:{minute:02}")
}

fn english_date(local: &Local) -> String {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let Local { weekday, day, month, year, hour, minute } = local;
    let weekday = DAYS.get(*weekday).copied().unwrap_or_default();
    let month = usize::try_from(*month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    format!("{weekday}, {day} {month} {year}, {hour:02}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(locale: &str, at: &str) -> String {
        let zone = SiteZone::parse("Asia/Ho_Chi_Minh").unwrap();
        Words::of(&Locale::parse(locale).unwrap()).date(Timestamp::parse(at).unwrap(), &zone)
    }

    #[test]
    fn a_date_is_that_of_the_sites_zone_and_written_as_its_language_writes_it() {
        assert_eq!(date("vi", "2023-03-14T08:00:00+07:00"), "Thứ Ba, ngày 14 tháng 3 năm 2023, 08:00");
        assert_eq!(date("vi", "2023-01-07T17:05:00Z"), "Chủ nhật, ngày 08 tháng 01 năm 2023, 00:05");
        assert_eq!(date("vi", "2022-10-31T17:00:00Z"), "Thứ Ba, ngày 01 tháng 11 năm 2022, 00:00");
        assert_eq!(date("en", "2023-03-13T17:00:00Z"), "Tuesday, 14 March 2023, 00:00");
        assert_eq!(date("ja", "2023-12-31T12:00:00Z"), "Sunday, 31 December 2023, 19:00");
    }
}
