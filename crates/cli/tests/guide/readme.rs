//! The lines of README.md, from "Reading" to the end of "An editor's day", pasted one after the other into one shell.

use std::fs;

use super::{Block, blocks, run, script};
use crate::kit::Folder;

const PAGE: &str = include_str!("../../../../README.md");
/// What is pasted: from the first of these headings to the second.
const PASTED: (&str, &str) = ("## Reading", "## What is there");
/// Has every request say what it was answered with, where none of the lines reads it.
const TELLING: &str = "curl() { command curl -w '%{stderr}%{http_code}\\n' \"$@\"; }\n";

#[test]
fn the_readme_does_what_it_says_on_sqlite() {
    check(&Folder::new(), &[]);
}

#[test]
fn the_readme_does_what_it_says_on_postgresql() {
    let folder = Folder::new();
    folder.make_secret_key();
    let database = super::super::postgres_database();
    check(&folder, &[("BANTIN_DATABASE_URL", database.url())]);
}

fn check(folder: &Folder, settings: &[(&str, &str)]) {
    let (_, rest) = PAGE.split_once(PASTED.0).unwrap();
    let (pasted, _) = rest.split_once(PASTED.1).unwrap();
    let server = folder.serve_with("demo", settings);
    let desk = folder.path().join("desk");
    fs::create_dir(&desk).unwrap();
    let blocks = blocks(pasted);
    let printed = run(&desk, &(TELLING.to_owned() + &script(&blocks.iter().collect::<Vec<&Block>>(), &server)));
    let answered = fs::read_to_string(desk.join("faults.txt")).unwrap();
    let answered: Vec<&str> = answered.lines().collect();
    let unusual: Vec<&str> = answered.iter().copied().filter(|status| *status != "200").collect();
    // A draft is made, and nobody sees it; an edit of an old version is refused, and the next goes on; then somebody is
    // let see it, and tomorrow's is made; in the end the first is thrown away, and gone until it is taken back.
    assert_eq!(unusual, ["201", "404", "412", "201", "201", "204", "410"], "{printed}");
    assert_eq!(answered.len(), 47, "{printed}");
}
