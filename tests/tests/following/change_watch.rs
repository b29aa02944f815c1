//! What a node hears of changes, its own and others'.

use std::sync::{Arc, Mutex};

use bantin_application::change_watch::{ChangeWatch, News};
use bantin_tests::{TestApp, both, content};

/// What a subscriber was told, in a few words.
fn heard(watch: &ChangeWatch) -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    watch.subscribe(move |news| {
        told.lock().unwrap().push(match news {
            News::Changed { changes, head } => format!("{} to {head}", changes.len()),
            News::Anything { head, .. } => format!("anything to {head}"),
            News::Silence => "silence".to_owned(),
            News::Coming { instants } => format!("{} coming", instants.len()),
        });
    });
    heard
}

both! {
    fn every_change_is_told_once_and_before_the_head_is(app) {
        let watch = ChangeWatch::start(app.api.app.store().clone()).unwrap();
        let begun = watch.known_head().unwrap().head;
        let heard = heard(&watch);
        let editor = app.chief_editor();
        let section = content::category(&editor, "Tin");
        content::publish(&editor, "articles", &content::article(&editor, &section, "Một tin"));
        watch.look();
        watch.look();
        let head = watch.known_head().unwrap().head;
        assert!(head > begun);
        let heard = heard.lock().unwrap();
        assert_eq!(heard[0], format!("anything to {begun}"));
        // The thread may have looked in between; no change is told twice and none left out.
        let changes: i64 = heard[1..].iter().map(|news| news.split(' ').next().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(changes, head - begun);
        assert!(heard.last().unwrap().ends_with(&format!("to {head}")));
    }
}

#[test]
fn while_the_database_is_away_nothing_is_known_and_afterwards_anything_may_have_changed() {
    let (app, relay) = TestApp::start_behind_relay();
    let watch = ChangeWatch::start(app.api.app.store().clone()).unwrap();
    let heard = heard(&watch);
    relay.cut();
    watch.look();
    assert_eq!(watch.known_head(), None);
    relay.mend();
    watch.look();
    let head = watch.known_head().expect("a head after the wire was mended").head;
    let heard = heard.lock().unwrap();
    assert_eq!(*heard, [format!("anything to {head}"), "silence".to_owned(), format!("anything to {head}")]);
}
