//! No lost edit: whoever comes second learns what the first one changed, who that was and when, and may
//! have both edits merged where they touch different members.

use bantin_application::users;
use bantin_domain::policy::Role;
use bantin_tests::{Answer, Client, TestApp, app::PASSWORD, both, content};
use serde_json::{Value, json};

/// Two editors who have read the same version.
struct Desk {
    first: Client,
    second: Client,
    first_id: String,
}

impl Desk {
    fn of(app: &TestApp) -> Self {
        let add = |email: &str, name: &str| {
            let user = app.wait(users::add(&app.api.app, email, name, Role::ChiefEditor, PASSWORD)).unwrap();
            (app.log_in(email), user.id.to_string())
        };
        let (first, first_id) = add("mot@so.example", "Nguyễn Thị Một");
        let (second, _) = add("hai@so.example", "Trần Văn Hai");
        Self { first, second, first_id }
    }

    /// `mine` and `theirs` touch different members of a resource, `clash` the same one as `theirs`.
    fn check(&self, app: &TestApp, path: &str, theirs: &Value, mine: &Value, clash: &Value) {
        let read = self.second.get(path).expect(200);
        let version = read.data()["version"].as_i64().unwrap();
        app.clock.advance(60);
        let after = self.first.patch(path, &read.etag(), theirs).expect(200);
        let now = after.data()["updatedAt"].as_str().unwrap().to_owned();
        assert!(now.ends_with("+07:00"), "{path}: {now}");

        let refused = self.second.patch(path, &read.etag(), mine).expect(412);
        assert_eq!(
            (refused.json["code"].as_str(), refused.json["version"].as_i64()),
            (Some("stale"), Some(version + 1))
        );
        assert_eq!(names_of(&refused), members_of(theirs), "{path}: {}", refused.json["changes"]);
        for change in refused.json["changes"].as_array().unwrap() {
            assert_eq!(change["by"], json!({"id": self.first_id, "name": "Nguyễn Thị Một"}), "{path}");
            assert_eq!(change["at"], now, "{path}: with the site's offset, as everywhere");
        }
        assert_eq!(self.second.get(path).expect(200).data(), after.data(), "{path}: a refusal writes nothing");

        let merging = format!("{path}?merge=fields");
        let met = self.second.patch(&merging, &read.etag(), clash).expect(412);
        assert_eq!(names_of(&met), members_of(theirs), "{path}");
        assert_eq!(self.second.get(path).expect(200).data(), after.data(), "{path}: a refusal writes nothing");

        let merged = self.second.patch(&merging, &read.etag(), mine).expect(200);
        assert_eq!(merged.data()["version"], version + 2, "{path}");
        for (member, value) in theirs.as_object().unwrap().iter().chain(mine.as_object().unwrap()) {
            assert_eq!(&merged.data()[member], value, "{path}: {member}");
        }
        // By now what both of them wrote has been touched since.
        let all = names_of(&self.first.patch(&merging, &read.etag(), clash).expect(412));
        assert!(members_of(theirs).iter().chain(&members_of(mine)).all(|name| all.contains(name)), "{path}: {all:?}");
        self.second.patch(&merging, &format!("\"{}\"", version + 9), mine).expect(412);
        self.second.patch(&format!("{path}?merge=all"), &merged.etag(), mine).expect(400);
    }
}

fn names_of(refused: &Answer) -> Vec<String> {
    let changes = refused.json["changes"].as_array().unwrap();
    changes.iter().map(|change| change["field"].as_str().unwrap().to_owned()).collect()
}

fn members_of(edit: &Value) -> Vec<String> {
    edit.as_object().unwrap().keys().cloned().collect()
}

both! {
    fn edits_of_an_article_meet_member_by_member(app) {
        let desk = Desk::of(&app);
        let section = content::category(&desk.first, "Tin");
        let path = format!("/api/v1/editorial/articles/{}", content::article(&desk.first, &section, "Một tin").id());
        desk.check(&app, &path, &json!({"byline": "P.K", "summary": "Tóm tắt"}), &json!({"tags": ["Khoa học"]}), &json!({"summary": "Khác"}));
    }

    fn edits_of_a_tag_meet_member_by_member(app) {
        let desk = Desk::of(&app);
        let path = format!("/api/v1/editorial/tags/{}", content::made(&desk.first, "tags", &json!({"name": "Khoa học"})).id());
        let english = |name: &str| json!({"translations": {"en": {"name": name, "slug": null, "description": null}}});
        desk.check(&app, &path, &english("Science"), &json!({"name": "Khoa học và công nghệ"}), &english("Sciences"));
    }

    fn edits_of_a_person_meet_member_by_member(app) {
        let desk = Desk::of(&app);
        let person = content::made(&desk.first, "people", &json!({"displayName": "Tầng Phú An"}));
        let path = format!("/api/v1/editorial/people/{}", person.id());
        let theirs = json!({"academicTitle": "ThS.", "biography": "Giám đốc"});
        desk.check(&app, &path, &theirs, &json!({"middleName": "Phú Quý"}), &json!({"academicTitle": "TS."}));
    }

    fn edits_of_the_site_meet_member_by_member(app) {
        let desk = Desk::of(&app);
        let contact = json!({"contact": {"address": "Long Xuyên", "phone": null, "email": null}});
        desk.check(&app, "/api/v1/editorial/site", &json!({"agency": "Sở"}), &contact, &json!({"agency": "Viện"}));
    }

    fn the_other_resources_tell_of_who_was_faster_too(app) {
        let desk = Desk::of(&app);
        let picture = content::picture(&desk.first, "Hội trường", "Quang cảnh");
        for (collection, id, theirs, mine, clash) in [
            ("categories", content::category(&desk.first, "Tin"), json!({"description": "Về"}), json!({"order": 3}), json!({"description": "Khác"})),
            ("organisations", content::made(&desk.first, "organisations", &json!({"name": "Sở"})).id(), json!({"shortName": "S"}), json!({"kind": "Cơ quan"}), json!({"shortName": "T"})),
            ("media", picture.id(), json!({"credit": "P.K"}), json!({"caption": "Khác"}), json!({"credit": "K.P"})),
        ] {
            desk.check(&app, &format!("/api/v1/editorial/{collection}/{id}"), &theirs, &mine, &clash);
        }
    }

    fn what_somebody_changed_meanwhile_is_not_deleted(app) {
        let desk = Desk::of(&app);
        let tag = content::made(&desk.first, "tags", &json!({"name": "Khoa học"}));
        let path = format!("/api/v1/editorial/tags/{}", tag.id());
        let english = json!({"translations": {"en": {"name": "Science"}}});
        desk.first.patch(&path, &tag.etag(), &english).expect(200);
        let refused = desk.second.delete(&path, &tag.etag()).expect(412);
        assert_eq!(names_of(&refused), ["translations"]);
        desk.second.delete(&path, "\"2\"").expect(204);
    }
}
