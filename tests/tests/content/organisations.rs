//! Organisations: a tree of which the public sees what is listed or shown.

use bantin_tests::{Client, both, client::Answer};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/editorial/organisations";

fn organisation(client: &Client, name: &str, write: Value) -> Answer {
    let mut write = write;
    write["name"] = json!(name);
    client.post(DESK, &write).expect(201)
}

fn slugs(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect()
}

both! {
    fn the_public_sees_what_is_listed_in_vietnamese_order(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        for (name, listed) in [("Đại học", true), ("Sở Y tế", true), ("Ủy ban", true), ("Doanh nghiệp", true), ("Kín", false)] {
            organisation(&editor, name, json!({"listed": listed}));
        }
        assert_eq!(slugs(&anybody.get("/api/v1/organisations").expect(200).json), ["doanh-nghiep", "dai-hoc", "so-y-te", "uy-ban"]);
        assert_eq!(slugs(&anybody.get("/api/v1/organisations?filter[initial]=%C4%91").expect(200).json), ["dai-hoc"]);
        anybody.get("/api/v1/organisations/kin").expect(404);
        assert_eq!(editor.get(&format!("{DESK}?count=exact")).expect(200).json["page"]["total"], 5);
    }

    fn one_that_is_not_public_is_shown_neither_as_the_one_above_nor_as_an_employer(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let hidden = organisation(&editor, "Sở KH&CN", json!({}));
        organisation(&editor, "Trung tâm", json!({"listed": true, "parentId": hidden.id()}));
        let post = json!({"position": "Giám đốc", "organisationId": hidden.id()});
        editor.post("/api/v1/editorial/people", &json!({"displayName": "Trần Ân", "listed": true, "positions": [post]})).expect(201);
        let below = |path: &str| anybody.get(path).expect(200).data().as_array().unwrap().len();
        assert_eq!(anybody.get("/api/v1/organisations/trung-tam").expect(200).data()["parent"], Value::Null);
        let post = anybody.get("/api/v1/people/tran-an").expect(200).data()["positions"][0].clone();
        assert_eq!((&post["organisationId"], &post["organisation"]), (&Value::Null, &Value::Null));
        assert_eq!(below(&format!("/api/v1/organisations?filter[organisation]={}", hidden.id())), 0);
        assert_eq!(below(&format!("/api/v1/people?filter[organisation]={}", hidden.id())), 0);

        editor.patch(&format!("{DESK}/{}", hidden.id()), &hidden.etag(), &json!({"listed": true})).expect(200);
        assert_eq!(anybody.get("/api/v1/organisations/trung-tam").expect(200).data()["parent"]["slug"], "so-kh-cn");
        let post = anybody.get("/api/v1/people/tran-an").expect(200).data()["positions"][0].clone();
        assert_eq!((post["organisationId"].as_str(), post["organisation"].as_str()), (Some(hidden.id().as_str()), Some("Sở KH&CN")));
        assert_eq!(below("/api/v1/organisations?filter[organisation]=so-kh-cn"), 1);
        assert_eq!(below("/api/v1/people?filter[organisation]=so-kh-cn"), 1);
    }

    fn an_organisation_cannot_be_put_below_itself(app) {
        let editor = app.chief_editor();
        let top = organisation(&editor, "Sở KH&CN", json!({}));
        let below = organisation(&editor, "Trung tâm", json!({"parentId": top.id()}));
        for parent in [top.id(), below.id()] {
            let refused = editor.patch(&format!("{DESK}/{}", top.id()), &top.etag(), &json!({"parentId": parent})).expect(422);
            assert_eq!(refused.faults().1, [("/parentId".to_owned(), "cycle".to_owned())]);
        }
    }

    fn one_that_people_or_others_refer_to_is_not_deleted(app) {
        let (editor, anybody) = (app.chief_editor(), app.anonymous());
        let made = organisation(&editor, "Sở KH&CN", json!({"listed": true}));
        let post = json!({"position": "Giám đốc", "organisationId": made.id()});
        let person = editor.post("/api/v1/editorial/people", &json!({"displayName": "Trần Ân", "positions": [post]})).expect(201);
        let refused = editor.delete(&format!("{DESK}/{}", made.id()), &made.etag()).expect(409);
        assert_eq!(refused.json["uses"], json!([{"type": "person", "id": person.id(), "title": "Trần Ân"}]));
        editor.delete(&format!("/api/v1/editorial/people/{}", person.id()), &person.etag()).expect(204);
        editor.delete(&format!("{DESK}/{}", made.id()), &made.etag()).expect(204);
        anybody.get("/api/v1/organisations/so-kh-cn").expect(410);
    }

    fn a_write_names_every_fault(app) {
        let refused = app.chief_editor().post(DESK, &json!({"name": " ", "url": "javascript:alert(1)", "parentId": "x"})).expect(422);
        let mut faults = refused.faults().1;
        faults.sort();
        let expected = [("/name", "required"), ("/parentId", "invalid_id"), ("/url", "invalid_url")].map(|(at, code)| (at.to_owned(), code.to_owned()));
        assert_eq!(faults, expected);
    }
}
