//! The archive: what the list of articles shows, counted by year and month.

use std::collections::BTreeMap;

use bantin_application::{App, archive};
use bantin_domain::time::SiteZone;
use bantin_tests::{Answer, Client, TestApp, both, content};
use proptest::prelude::*;
use serde_json::{Value, json};

const ARCHIVE: &str = "/api/v1/articles/archive";

/// A draft with a date.
fn dated(editor: &Client, section: &str, title: &str, date: &str, locale: &str) -> Answer {
    let write = json!({
        "title": title, "categoryId": section, "publishedAt": date, "locale": locale,
        "body": {"format": "text", "value": title},
    });
    content::made(editor, "articles", &write)
}

fn published(editor: &Client, section: &str, title: &str, date: &str) -> Answer {
    content::publish(editor, "articles", &dated(editor, section, title, date, "vi"))
}

/// What the archive says: `2023-03: 2`.
fn archived(client: &Client, query: &str) -> Vec<(String, i64)> {
    let answer = client.get(&format!("{ARCHIVE}{query}")).expect(200);
    let mut months = Vec::new();
    for year in answer.data().as_array().unwrap() {
        let of_year: Vec<(String, i64)> = year["months"]
            .as_array()
            .unwrap()
            .iter()
            .map(|month| {
                (
                    format!("{:04}-{:02}", year["year"], month["month"].as_i64().unwrap()),
                    month["count"].as_i64().unwrap(),
                )
            })
            .collect();
        assert_eq!(year["count"], json!(of_year.iter().map(|(_, count)| count).sum::<i64>()), "{year}");
        months.extend(of_year);
    }
    months
}

/// The same, counted out of the list.
fn listed(client: &Client, query: &str) -> Vec<(String, i64)> {
    let list = client.get(&format!("/api/v1/articles{query}&limit=100")).expect(200);
    assert_eq!(list.json["page"]["next"], Value::Null);
    let mut months: BTreeMap<String, i64> = BTreeMap::new();
    for article in list.data().as_array().unwrap() {
        *months.entry(article["publishedAt"].as_str().unwrap()[..7].to_owned()).or_default() += 1;
    }
    months.into_iter().rev().collect()
}

fn action(editor: &Client, id: &str, action: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/editorial/articles/{id}");
    let read = editor.get(&path).expect(200);
    editor.post_at(&format!("{path}/actions/{action}"), &read.etag(), body)
}

both! {
    fn months_are_those_of_the_sites_zone_the_newest_first(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        for (title, date) in [
            ("Cuối tháng Hai", "2023-02-28T23:59:59+07:00"),
            ("Đầu tháng Ba", "2023-03-01T00:00:00+07:00"),
            ("Giữa tháng Ba", "2023-03-11T08:00:00+07:00"),
            ("Giao thừa", "2021-12-31T23:00:00+07:00"),
            ("Năm mới", "2021-12-31T17:00:00Z"),
        ] {
            published(&editor, &section, title, date);
        }
        dated(&editor, &section, "Bản thảo", "2020-01-01T00:00:00+07:00", "vi");
        assert_eq!(*app.anonymous().get(ARCHIVE).expect(200).data(), json!([
            {"year": 2023, "count": 3, "months": [{"month": 3, "count": 2}, {"month": 2, "count": 1}]},
            {"year": 2022, "count": 1, "months": [{"month": 1, "count": 1}]},
            {"year": 2021, "count": 1, "months": [{"month": 12, "count": 1}]},
        ]));
    }

    fn a_month_without_articles_is_not_there(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let article = published(&editor, &section, "Một tin", "2020-05-05T08:00:00+07:00");
        assert_eq!(archived(&app.anonymous(), ""), [("2020-05".to_owned(), 1)]);
        action(&editor, &article.id(), "unpublish", &json!({})).expect(200);
        assert_eq!(*app.anonymous().get(ARCHIVE).expect(200).data(), json!([]));
    }

    fn another_date_puts_an_article_on_another_shelf(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let article = published(&editor, &section, "Một tin", "2020-05-05T08:00:00+07:00");
        let path = format!("/api/v1/editorial/articles/{}", article.id());
        let edited = editor.patch(&path, &article.etag(), &json!({"publishedAt": "2019-12-31T08:00:00+07:00"})).expect(200);
        assert_eq!(archived(&app.anonymous(), ""), [("2020-05".to_owned(), 1)], "nothing was published yet");
        content::publish(&editor, "articles", &edited);
        assert_eq!(archived(&app.anonymous(), ""), [("2019-12".to_owned(), 1)]);
    }

    fn a_language_is_chosen_as_for_a_list(app) {
        let editor = app.admin();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        editor.patch("/api/v1/editorial/site", &site.etag(), &json!({"locales": ["vi", "en"]})).expect(200);
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Một tin", "2020-05-05T08:00:00+07:00");
        content::publish(&editor, "articles", &dated(&editor, &section, "News", "2021-06-06T08:00:00+07:00", "en"));
        let public = app.anonymous();
        let (may, june) = (("2020-05".to_owned(), 1), ("2021-06".to_owned(), 1));
        assert_eq!(archived(&public, ""), std::slice::from_ref(&may));
        assert_eq!(archived(&public, "?locale=en"), std::slice::from_ref(&june));
        assert_eq!(archived(&public, "?locale=*"), [june, may]);
        let english = public.send("GET", ARCHIVE, &[("accept-language", "en")], None).expect(200);
        assert_eq!(english.data()[0]["year"], 2021);
        assert!(english.header("vary").unwrap().contains("Accept-Language"));
    }

    fn a_section_counts_what_is_below_it_also_after_it_was_moved(app) {
        let editor = app.admin();
        let below = |name: &str, parent: Option<&str>| content::made(&editor, "categories", &json!({"name": name, "parentId": parent}));
        let science = below("Khoa học", None);
        let plants = below("Cây trồng", Some(&science.id()));
        let notices = below("Thông báo", None);
        published(&editor, &science.id(), "Một", "2020-05-05T08:00:00+07:00");
        published(&editor, &plants.id(), "Hai", "2020-05-06T08:00:00+07:00");
        let public = app.anonymous();
        let of = |section: &str| archived(&public, &format!("?filter[category]={section}"));
        let may = |count| vec![("2020-05".to_owned(), count)];
        assert_eq!((of("khoa-hoc"), of("cay-trong"), of("thong-bao")), (may(2), may(1), vec![]));
        let path = format!("/api/v1/editorial/categories/{}", plants.id());
        editor.patch(&path, &plants.etag(), &json!({"parentId": notices.id()})).expect(200);
        assert_eq!((of("khoa-hoc"), of(&plants.id()), of("thong-bao")), (may(1), may(1), may(1)));
        assert_eq!((of("khong-co"), of(content::NOBODY)), (vec![], vec![]), "a section that there is not has none");
    }

    fn time_alone_changes_the_archive_before_anybody_settles_it(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let draft = content::article(&editor, &section, "Một tin");
        let window = json!({"at": "2023-03-14T08:05:00+07:00", "until": "2023-03-14T08:08:00+07:00"});
        action(&editor, &draft.id(), "schedule", &window).expect(200);
        let public = app.anonymous();
        assert_eq!(archived(&public, ""), [], "a month must not tell of what is to come");
        app.clock.set("2023-03-14T08:05:00+07:00");
        assert_eq!(archived(&public, ""), [("2023-03".to_owned(), 1)]);
        app.clock.set("2023-03-14T08:08:00+07:00");
        assert_eq!(archived(&public, ""), [], "both its instants have passed unsettled, and it is one article");
        published(&editor, &section, "Khác", "2023-03-01T08:00:00+07:00");
        app.tidy();
        assert_eq!(archived(&public, ""), [("2023-03".to_owned(), 1)]);
    }

    fn another_zone_counts_anew_at_the_next_start(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        published(&editor, &section, "Một", "2023-02-28T23:30:00+07:00");
        published(&editor, &section, "Hai", "2023-02-28T08:00:00+07:00");
        let months = |app: &App| {
            let years = app.store().public(|reader| archive::years(reader, None, None)).unwrap();
            years.iter().flat_map(|year| year.months.iter().map(|month| (year.year, month.month, month.articles))).collect::<Vec<_>>()
        };
        let restarted = |zone: &str| {
            let mut settings = app.api.app.settings().clone();
            settings.zone = SiteZone::parse(zone).unwrap();
            App::start(settings, app.api.app.sources().clone()).unwrap()
        };
        assert_eq!(months(&app.api.app), [(2023, 2, 2)]);
        let moved = restarted("Pacific/Kiritimati");
        assert_eq!(months(&moved), [(2023, 3, 1), (2023, 2, 1)]);
        published(&editor, &section, "Ba", "2023-02-28T23:00:00+07:00");
        assert_eq!(months(&moved), [(2023, 3, 2), (2023, 2, 1)], "what is published now is counted as all else");
        assert_eq!(months(&restarted("Asia/Ho_Chi_Minh")), [(2023, 2, 3)]);
    }

    fn nothing_is_clamped_or_ignored(app) {
        for query in ["limit=5", "filter[tag]=so", "locale=viet", "locale=fr", "locale=vi&locale=en", "filter[category]=", "year=2023"] {
            app.anonymous().get(&format!("{ARCHIVE}?{query}")).expect(400);
        }
    }

    fn an_answer_costs_as_many_statements_for_many_articles_as_for_one(app) {
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        let cost = |editor: &Client| {
            // A token has its answer made for itself.
            let answer = editor.get(ARCHIVE).expect(200);
            answer.header("server-timing").unwrap().split(',').next().unwrap().to_owned()
        };
        published(&editor, &section, "Một", "2020-01-01T08:00:00+07:00");
        // What is said of the site is read once and kept.
        cost(&editor);
        let one = cost(&editor);
        for n in 1..=9 {
            published(&editor, &section, &format!("Tin {n}"), &format!("201{n}-0{n}-01T08:00:00+07:00"));
        }
        assert_eq!(cost(&editor), one);
    }
}

/// What may happen to an article.
#[derive(Debug, Clone)]
enum Happening {
    Publish { article: usize, month: u32 },
    Schedule { article: usize, from: i64, lasting: Option<i64> },
    End { article: usize, lasting: i64 },
    Take { article: usize, action: &'static str },
    Trash(usize),
    File { article: usize, section: usize },
    MoveSection,
    Wait(i64),
    Tidy,
}

fn happening() -> impl Strategy<Value = Happening> {
    let article = 0..ARTICLES;
    prop_oneof![
        4 => (article.clone(), 1..=3_u32).prop_map(|(article, month)| Happening::Publish { article, month }),
        3 => (article.clone(), 1..20_i64, prop::option::of(1..20_i64))
            .prop_map(|(article, from, lasting)| Happening::Schedule { article, from, lasting }),
        2 => (article.clone(), 1..20_i64).prop_map(|(article, lasting)| Happening::End { article, lasting }),
        3 => (article.clone(), prop::sample::select(vec!["unpublish", "archive", "restore", "unschedule"]))
            .prop_map(|(article, action)| Happening::Take { article, action }),
        1 => article.clone().prop_map(Happening::Trash),
        1 => (article, 0..2_usize).prop_map(|(article, section)| Happening::File { article, section }),
        1 => Just(Happening::MoveSection),
        3 => (1..15_i64).prop_map(Happening::Wait),
        1 => Just(Happening::Tidy),
    ]
}

const ARTICLES: usize = 5;

/// A small site, and what happens to it.
struct Newsroom {
    app: TestApp,
    editor: Client,
    sections: Vec<String>,
    articles: Vec<String>,
}

impl Newsroom {
    fn on(app: TestApp) -> Self {
        let editor = app.admin();
        let site = editor.get("/api/v1/editorial/site").expect(200);
        editor.patch("/api/v1/editorial/site", &site.etag(), &json!({"locales": ["vi", "en"]})).expect(200);
        let sections: Vec<String> = ["Tin", "Thông báo"].map(|name| content::category(&editor, name)).into();
        let articles = (0..ARTICLES).map(|n| {
            let locale = if n % 3 == 0 { "en" } else { "vi" };
            let write = json!({
                "title": format!("Bài {n}"), "categoryId": sections[n % 2], "locale": locale,
                "body": {"format": "text", "value": "Tin"},
            });
            content::made(&editor, "articles", &write).id()
        });
        Self { articles: articles.collect(), app, editor, sections }
    }

    fn edit(&self, article: usize, members: &Value) {
        let path = format!("/api/v1/editorial/articles/{}", self.articles[article]);
        let read = self.editor.get(&path).expect(200);
        // From where things stand it may be refused: then nothing happens.
        self.editor.patch(&path, &read.etag(), members);
    }

    fn take(&self, article: usize, name: &str, body: &Value) {
        action(&self.editor, &self.articles[article], name, body);
    }

    fn at(&self, seconds: i64) -> String {
        self.app.api.app.sources().clock.now().plus_seconds(seconds).to_utc_text()
    }

    fn befall(&self, happening: &Happening) {
        match happening {
            Happening::Publish { article, month } => {
                self.edit(*article, &json!({"publishedAt": format!("2022-0{month}-28T23:59:59+07:00")}));
                self.take(*article, "publish", &json!({}));
            }
            Happening::Schedule { article, from, lasting } => {
                let until = lasting.map(|lasting| self.at(from + lasting));
                self.take(*article, "schedule", &json!({"at": self.at(*from), "until": until}));
            }
            Happening::End { article, lasting } => {
                self.take(*article, "schedule", &json!({"until": self.at(*lasting)}))
            }
            Happening::Take { article, action } => self.take(*article, action, &json!({})),
            Happening::Trash(article) => {
                let path = format!("/api/v1/editorial/articles/{}", self.articles[*article]);
                let read = self.editor.get(&path).expect(200);
                self.editor.delete(&path, &read.etag());
            }
            Happening::File { article, section } => {
                self.edit(*article, &json!({"categoryId": self.sections[*section]}))
            }
            Happening::MoveSection => {
                let path = format!("/api/v1/editorial/categories/{}", self.sections[1]);
                let read = self.editor.get(&path).expect(200);
                let above = if read.data()["parentId"].is_null() { json!(self.sections[0]) } else { Value::Null };
                self.editor.patch(&path, &read.etag(), &json!({"parentId": above})).expect(200);
            }
            Happening::Wait(seconds) => self.app.clock.advance(*seconds),
            Happening::Tidy => self.app.tidy(),
        }
    }

    /// Whether the archive says what the list shows.
    fn check(&self) -> Result<(), TestCaseError> {
        let public = self.app.anonymous();
        let of = |section: &str| format!("?locale=*&filter[category]={section}");
        let queries = ["?locale=*".to_owned(), "?locale=vi".to_owned(), of(&self.sections[0]), of(&self.sections[1])];
        for query in queries {
            prop_assert_eq!(archived(&public, &query), listed(&public, &query), "{}", query);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_archive_says_what_the_list_says_whatever_happens(
        happenings in prop::collection::vec(happening(), 1..30),
        on_postgres in any::<bool>(),
    ) {
        let db = if on_postgres { bantin_tests::Db::Postgres } else { bantin_tests::Db::Sqlite };
        let newsroom = Newsroom::on(TestApp::start(db));
        for happening in &happenings {
            newsroom.befall(happening);
            newsroom.check()?;
        }
    }
}
