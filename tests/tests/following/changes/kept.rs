//! How long the log is kept.

use bantin_domain::{
    kind::{ChangeKind, Kind, Target},
    site::SITE_ID,
};
use bantin_persistence::{StoreError, changes};
use bantin_tests::{TestApp, both, content};
use serde_json::json;

use crate::changes::LOG;

const DAY: i64 = 24 * 60 * 60;

/// Logs so many changes of the site.
fn log(app: &TestApp, many: usize) {
    let store = app.api.app.store();
    let written = store.write::<_, StoreError>(|tx| {
        let target = Target::new(Kind::Site, SITE_ID);
        let change = changes::NewChange {
            kind: ChangeKind::Updated,
            target,
            locale: None,
            slug: None,
            previous_slug: None,
            at: tx.now(),
        };
        changes::append(tx, &vec![change; many])
    });
    written.unwrap();
}

both! {
    fn who_comes_back_too_late_is_sent_to_the_snapshot(app) {
        log(&app, 700);
        app.clock.advance(50 * DAY);
        log(&app, 1_100);
        app.clock.advance(41 * DAY);
        let everybody = app.anonymous();
        everybody.get(&format!("{LOG}?after=0")).expect(200);
        app.tidy();
        let gone = everybody.get(&format!("{LOG}?after=699")).expect(410);
        assert_eq!(gone.json["snapshot"], "https://tin.example/api/v1/changes/snapshot");
        let kept = everybody.get(&format!("{LOG}?after=700&limit=1")).expect(200);
        assert_eq!((&kept.data()[0]["seq"], &kept.json["page"]["head"]), (&json!(701), &json!(1_800)));
    }

    fn the_newest_changes_are_kept_however_old_they_are(app) {
        log(&app, 1_300);
        app.clock.advance(1_000 * DAY);
        (0..3).for_each(|_| app.tidy());
        let everybody = app.anonymous();
        everybody.get(&format!("{LOG}?after=299")).expect(410);
        let kept = everybody.get(&format!("{LOG}?after=300&limit=1000")).expect(200);
        assert_eq!((kept.data().as_array().unwrap().len(), &kept.data()[999]["seq"]), (1_000, &json!(1_300)));
    }

    fn an_address_that_the_public_knew_is_nobody_elses_though_the_log_forgets(app) {
        let editor = app.chief_editor();
        let person = content::made(&editor, "people", &json!({"displayName": "Lư Khải", "listed": true}));
        let path = format!("/api/v1/editorial/people/{}", person.id());
        let hidden = editor.patch(&path, &person.etag(), &json!({"listed": false})).expect(200);
        log(&app, 1_010);
        app.clock.advance(91 * DAY);
        app.tidy();
        app.anonymous().get(&format!("{LOG}?after=0")).expect(410);
        let editor = app.log_in("tong-bien-tap@so.example");
        editor.delete(&path, &hidden.etag()).expect(204);
        let other = content::made(&editor, "people", &json!({"displayName": "Lư Khải", "listed": true}));
        assert_eq!(other.data()["slug"], "lu-khai-2");
    }
}
