//! The seed page: the report that a provincial department posted on 14/03/2023 on its conference of
//! 28/02/2023. The facts are those of that page, the sentences are ours.

use serde_json::{Value, json};

use crate::{
    client::{Answer, Client},
    content::{category, made, picture, publish_with},
};

/// What stands above every page of the site.
pub const AGENCY: &str = "Sở Khoa học và Công nghệ tỉnh An Giang";
/// The banner of that spring.
pub const BANNER: &str = "Mừng Đảng, mừng Xuân Quý Mão 2023";
/// The section.
pub const SECTION: &str = "Hoạt động Khoa học công nghệ";
/// The headline.
pub const TITLE: &str = "An Giang tổng kết KH&CN cấp huyện và sơ kết Chương trình phối hợp 2021-2025";
/// What is written under the picture.
pub const CAPTION: &str = "Quang cảnh buổi tổng kết năm 2022 của các huyện";
/// The decision whose criteria many projects do not meet yet.
pub const DECISION: &str = "71/2019/QĐ-UBND";

/// What an editor made of it: all of it drafts, except for the directory and the section.
pub struct SeedPage {
    /// The section.
    pub section: String,
    /// The picture.
    pub picture: Answer,
    /// The department.
    pub department: Answer,
    /// Who directs it.
    pub director: Answer,
    /// The conference.
    pub event: Answer,
    /// What was said there, in order.
    pub speeches: Vec<Answer>,
    /// Who was there, in order.
    pub attendees: Vec<Answer>,
    /// The report.
    pub article: Answer,
    /// Its tag.
    pub tag: String,
}

impl SeedPage {
    /// Writes all of it.
    pub fn write(client: &Client) -> Self {
        let section = category(client, SECTION);
        let department = made(client, "organisations", &json!({"name": AGENCY, "shortName": "Sở KH&CN"}));
        let director = made(
            client,
            "people",
            &json!({
                "displayName": "Tầng Phú An", "familyName": "Tầng", "middleName": "Phú", "givenName": "An",
                "positions": [{"position": "Giám đốc", "organisationId": department.id()}],
            }),
        );
        let event = made(client, "events", &conference(&section, &department.id()));
        let speeches = speeches(&director.id(), &department.id())
            .into_iter()
            .map(|mut speech| {
                speech["eventId"] = json!(event.id());
                made(client, "speeches", &speech)
            })
            .collect();
        let list = format!("events/{}/attendees", event.id());
        let attendees = attendees(&department.id()).iter().map(|attendee| made(client, &list, attendee)).collect();
        let tag = made(client, "tags", &json!({"name": "Khoa học và công nghệ"})).id();
        let picture = picture(client, "Các đại biểu ngồi kín hội trường", CAPTION);
        let article = made(client, "articles", &report(&section, &picture.id(), &event.id()));
        Self { section, picture, department, director, event, speeches, attendees, article, tag }
    }

    /// Publishes the article, and its event with the programme along with it.
    pub fn publish(&self, client: &Client) -> Answer {
        publish_with(client, "articles", &self.article, &json!({"with": ["events", "events.speeches"]}))
    }
}

fn conference(section: &str, department: &str) -> Value {
    json!({
        "title": "Hội nghị tổng kết hoạt động KH&CN cấp huyện", "kind": "conference", "status": "held",
        "startsOn": "2023-02-28", "organisers": [{"organisationId": department}], "categoryId": section,
        "summary": "Nhìn lại một năm khoa học và công nghệ ở các huyện, và hai năm của Chương trình phối hợp.",
    })
}

fn speeches(director: &str, department: &str) -> [Value; 7] {
    let paper = |title: &str, name: &str, position: &str, organisation: &str| json!({"kind": "presentation", "title": title, "speaker": {"name": name, "position": position, "organisation": organisation}});
    [
        json!({"kind": "opening", "title": "Phát biểu khai mạc", "speaker": {
            "personId": director, "name": "Tầng Phú An", "position": "Giám đốc", "organisation": "Sở KH&CN", "organisationId": department,
        }}),
        json!({"kind": "report", "title": "Kết quả năm 2022, định hướng năm 2023", "speaker": {
            "position": "Đại diện", "organisation": "Sở KH&CN An Giang", "organisationId": department,
        }}),
        paper(
            "KH&CN và đổi mới sáng tạo cấp huyện",
            "Ngô Hồng Duy Anh",
            "Phó Trưởng phòng",
            "Phòng Kinh tế - Hạ tầng huyện Chợ Mới",
        ),
        paper(
            "Phối hợp giữa Thành ủy Long Xuyên và Đảng ủy Sở",
            "Ngô Thị Ngọc Anh",
            "Phó Trưởng phòng",
            "Phòng Kinh tế thành phố Long Xuyên",
        ),
        paper(
            "Một năm triển khai Chương trình phối hợp",
            "Trần Phú Vinh",
            "Giám đốc",
            "Trung tâm Ứng dụng tiến bộ KH&CN An Giang",
        ),
        json!({"kind": "discussion", "title": "Thảo luận", "summary": "Vướng mắc về kinh phí, vốn đối ứng và cơ chế quản lý."}),
        // The page spells the director's name in another way here; a speech keeps it as it was announced.
        json!({"kind": "closing", "title": "Phát biểu kết thúc", "speaker": {
            "personId": director, "name": "Tầng Phú Anh", "position": "Giám đốc", "organisationId": department,
        }}),
    ]
}

fn attendees(department: &str) -> [Value; 5] {
    let delegation = |role: &str, position: Option<&str>, organisation: &str| json!({"kind": "delegation", "role": role, "position": position, "organisation": organisation, "visibility": "public"});
    let mut board = delegation("host", None, "Ban Giám đốc Sở KH&CN");
    board["organisationId"] = json!(department);
    [
        board,
        delegation("organiser", Some("Lãnh đạo"), "Các đơn vị trực thuộc Sở"),
        delegation("delegate", Some("Đại diện lãnh đạo"), "Ủy ban nhân dân các huyện, thị xã, thành phố"),
        json!({
            "kind": "unit", "role": "delegate", "position": "Trưởng phòng", "organisation": "Phòng Kinh tế - Hạ tầng",
            "headcount": 11, "visibility": "public",
        }),
        delegation("delegate", Some("Chuyên viên phụ trách KH&CN"), "Các huyện, thị xã, thành phố"),
    ]
}

fn report(section: &str, picture: &str, event: &str) -> Value {
    let text = format!(
        "<p>Hội nghị do Sở tổ chức ngày 28/02/2023, với đại biểu của mọi huyện trong tỉnh.</p>\
         <p>Giám đốc Tầng Phú An mở đầu: khoa học và công nghệ ở cơ sở đang được quan tâm hơn trước.</p>\
         <figure data-media-id=\"{picture}\"><img alt=\"Các đại biểu ngồi kín hội trường\"><figcaption>{CAPTION}</figcaption></figure>\
         <p>Phần thảo luận nêu nhiều dự án chưa đạt tiêu chí của Quyết định số {DECISION}.</p>"
    );
    json!({
        "title": TITLE, "categoryId": section, "body": {"format": "html", "value": text}, "byline": "P.K", "tags": ["khoa học và công nghệ"],
        "eventIds": [event], "citations": [{"number": DECISION, "title": "Quyết định về hỗ trợ ứng dụng KH&CN"}],
    })
}
