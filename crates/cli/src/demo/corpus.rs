//! The articles as `demo/articles.jsonl` has them, and their texts as the domain wants them.

use bantin_application::AppError;
use bantin_domain::{
    attendee::AttendeeRole,
    body::{BlockInput, Body, BodyInput},
    content::NewBody,
    event::EventKind,
    speech::SpeechKind,
};
use serde::Deserialize;

use super::spoilt;

const ARTICLES: &str = include_str!("../../../../demo/articles.jsonl");

/// An article of the corpus, with the event that it reports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    pub key: String,
    pub locale: String,
    pub translation_of: Option<String>,
    pub title: String,
    pub summary: String,
    pub category: String,
    pub tags: Vec<String>,
    pub published_at: String,
    pub byline: String,
    pub body: Vec<Part>,
    pub event: Option<Occasion>,
}

/// A piece of an article's text.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Part {
    Paragraph { text: String },
    Heading { text: String },
    Image { alt: String, caption: String },
    Quote { text: String, person: String },
    List { items: Vec<String> },
}

/// An event.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    pub title: String,
    pub kind: EventKind,
    pub starts_at: Option<String>,
    pub starts_on: Option<String>,
    pub ends_at: Option<String>,
    pub ends_on: Option<String>,
    pub venue: String,
    pub organisers: Vec<String>,
    pub attendees: Vec<Guest>,
    pub speeches: Vec<Talk>,
}

/// Somebody who came.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    pub name: Option<String>,
    pub position: String,
    pub organisation: String,
    pub role: AttendeeRole,
    pub headcount: Option<u32>,
}

/// A speech.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    pub position: u32,
    pub kind: SpeechKind,
    pub title: String,
    pub speaker: String,
    pub speaker_position: String,
    pub speaker_organisation: String,
    pub text: String,
}

/// All stories, the newest first and every translation behind what it is a translation of.
pub fn stories() -> Result<Vec<Story>, AppError> {
    let mut stories = ARTICLES
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Story>, _>>()
        .map_err(|error| spoilt("articles.jsonl", error))?;
    stories.sort_by(|one, other| {
        let order = |story: &Story| (story.translation_of.is_some(), std::cmp::Reverse(story.published_at.clone()));
        order(one).cmp(&order(other))
    });
    for talks in stories.iter_mut().filter_map(|story| story.event.as_mut()) {
        talks.speeches.sort_by_key(|talk| talk.position);
    }
    Ok(stories)
}

/// The text of an article. Its first picture is `picture`, where there is one.
pub fn body(parts: &[Part], picture: Option<String>) -> Result<NewBody, AppError> {
    let mut picture = picture;
    let blocks = parts.iter().map(|part| match part {
        Part::Paragraph { text } => BlockInput::Paragraph { id: None, text: escaped(text) },
        Part::Heading { text } => BlockInput::Heading { id: None, level: 2, text: escaped(text) },
        Part::Image { alt, caption } => BlockInput::Image {
            id: None,
            media_id: picture.take(),
            alt: alt.clone(),
            caption: Some(caption.clone()),
            credit: None,
        },
        Part::Quote { text, person } => BlockInput::Quote { id: None, text: escaped(text), cite: Some(person.clone()) },
        Part::List { items } => {
            BlockInput::List { id: None, ordered: false, items: items.iter().map(|item| escaped(item)).collect() }
        }
    });
    parse(BodyInput::Blocks(blocks.collect()))
}

/// Any text of ours as the domain keeps it.
pub fn parse(input: BodyInput) -> Result<NewBody, AppError> {
    Ok(NewBody { body: Body::parse(input)?.body, names_blocks: false })
}

/// Plain text as inline HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_translation_stands_behind_its_original_and_has_as_much_to_pair() {
        let stories = stories().unwrap();
        assert_eq!(stories.len(), 130);
        let mut seen: HashSet<&str> = HashSet::new();
        for story in &stories {
            if let Some(original) = &story.translation_of {
                assert!(seen.contains(original.as_str()), "{}", story.key);
                let original = stories.iter().find(|one| one.key == *original).unwrap();
                let sizes = |story: &Story| {
                    story
                        .event
                        .as_ref()
                        .map(|event| (event.organisers.len(), event.attendees.len(), event.speeches.len()))
                };
                assert_eq!(sizes(story), sizes(original), "{}", story.key);
            }
            seen.insert(&story.key);
        }
    }

    #[test]
    fn text_is_text_also_where_it_looks_like_markup() {
        let parts = [Part::Paragraph { text: "KH&CN <b>".to_owned() }];
        assert_eq!(body(&parts, None).unwrap().body.to_text(), "KH&CN <b>");
    }
}
