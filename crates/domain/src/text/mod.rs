//! Human text, Vietnamese first: what an editor or a reader typed, made safe to keep, to find, to
//! order and to link to.
//!
//! One rule runs through all of it: *what was typed is kept, and everything else is a key*. A title
//! is brought to NFC and freed of what nobody can see ([`Line`], [`Prose`]), and never corrected: hòa
//! stays hòa, hoà stays hoà. Beside it stand keys that only machines read: two for search
//! ([`exact_key`], [`folded_key`]), one for Vietnamese alphabetical order ([`sort_key`]) and one for
//! addresses ([`Slug`]). They are computed here and not by a database, so SQLite and PostgreSQL
//! find and order alike.

mod collate;
mod date;
mod fold;
mod line;
mod name;
mod slug;

pub use collate::sort_key;
pub use date::parse_typed_day;
pub use fold::{Token, exact_key, folded_key, folded_text, tokens};
pub use line::{Label, Line, Name, Prose, Summary, Title};
pub use name::{PersonName, initial};
pub use slug::Slug;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_a_news_desk_get_the_keys_and_slugs_that_a_reader_expects() {
        for (title, exact, folded, slug) in [
            (
                "Hội nghị tổng kết hoạt động KH&CN cấp huyện",
                "hôi5 nghi5 tông2 kêt4 hoat5 đông5 kh cn câp4 huyên5",
                "hoi nghi tong ket hoat dong kh cn cap huyen",
                "hoi-nghi-tong-ket-hoat-dong-kh-cn-cap-huyen",
            ),
            (
                "Tôm – rừng – dữ liệu: cuộc trao đổi kéo dài hai giờ",
                "tôm rưng1 dư3 liêu5 cuôc5 trao đôi2 keo4 dai1 hai giơ1",
                "tom rung du lieu cuoc trao doi keo dai hai gio",
                "tom-rung-du-lieu-cuoc-trao-doi-keo-dai-hai-gio",
            ),
            (
                "Mỗi cây xanh một tấm thẻ: lập lý lịch cho 9.640 gốc",
                "môi3 cây xanh môt5 tâm4 the2 lâp5 ly4 lich5 cho 9 640 gôc4",
                "moi cay xanh mot tam the lap ly lich cho 9 640 goc",
                "moi-cay-xanh-mot-tam-the-lap-ly-lich-cho-9-640-goc",
            ),
            (
                "Silk-gauze village on Cù lao Rồng takes its own name back",
                "silk gauze village on cu1 lao rông1 takes its own name back",
                "silk gauze village on cu lao rong takes its own name back",
                "silk-gauze-village-on-cu-lao-rong-takes-its-own-name-back",
            ),
        ] {
            let title = Title::parse(title).unwrap();
            assert_eq!(exact_key(title.as_str()), exact);
            assert_eq!(folded_key(title.as_str()), folded);
            assert_eq!(Slug::from_title(title.as_str()).as_str(), slug);
        }
    }

    #[test]
    fn a_list_of_titles_is_in_vietnamese_order() {
        let mut titles = ["Đo lường", "Diêm dân", "Ứng dụng", "Ao cá tra", "Áo dài", "Ươm tạo", "Ăn sạch", "Uống nước"];
        titles.sort_by_key(|title| sort_key(title));
        let expected = ["Ao cá tra", "Áo dài", "Ăn sạch", "Diêm dân", "Đo lường", "Uống nước", "Ứng dụng", "Ươm tạo"];
        assert_eq!(titles, expected);
    }
}
