//! What readers type finds what they mean, on both databases alike.

use bantin_tests::{
    Db, TestApp,
    quality::{self, Corpus, Judged, Run},
};

/// The queries of a class whose answer is not among the first `within`.
fn misses<'q>(queries: &'q [Judged], run: &Run, class: &str, within: usize) -> Vec<&'q str> {
    let is_missed = |query: &&Judged| {
        query.class == class && !run[&query.id].iter().take(within).any(|key| query.want.get(key) == Some(&2))
    };
    queries.iter().filter(is_missed).map(|query| query.text.as_str()).collect()
}

#[test]
fn the_search_finds_what_is_meant_and_both_databases_answer_alike() {
    let queries = quality::queries();
    let run = |db: Db| {
        let app = TestApp::start(db);
        Corpus::load(&app).run(&queries)
    };
    let (sqlite, postgres) = (run(Db::Sqlite), run(Db::Postgres));
    let [plain, like] = quality::baselines(&queries);
    let runs = [("Bantin on SQLite", sqlite.clone()), ("Bantin on PostgreSQL", postgres.clone()), plain, like];
    println!("{}", quality::table(&queries, &runs));
    for query in &queries {
        let found = &sqlite[&query.id];
        if query.want.get(found.first().map_or("", String::as_str)) != Some(&2) {
            println!(
                "{} {:?}: wants {:?}, found {:?}",
                query.class,
                query.text,
                query.want,
                &found[..found.len().min(6)]
            );
        }
    }
    assert_eq!(sqlite, postgres);
    for query in &queries {
        if let Some(pair) = &query.pair {
            assert_eq!(sqlite[&query.id], sqlite[pair], "{} and its pair", query.text);
        }
    }
    for (class, within) in [("accented-topic", 1), ("unaccented", 3)] {
        let misses = misses(&queries, &sqlite, class, within);
        assert!(misses.len() <= 1, "{class}: {misses:?}");
    }
}
