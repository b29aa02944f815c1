//! Whatever stands in a title, the documents are XML to two parsers that know nothing of each other, and say
//! what was written.

use bantin_domain::{
    id::Id,
    locale::Locale,
    time::{SiteZone, Timestamp},
};
use proptest::prelude::*;
use quick_xml::{Reader, XmlVersion, escape::resolve_xml_entity, events::Event};
use uuid::Uuid;

use super::{
    atom,
    entry::{Enclosure, Entry, Feed},
    rss,
    text::without_forbidden,
};

/// A hundred cases of a hundred entries.
const CASES: u32 = 100;
const ENTRIES: usize = 100;

fn feed(texts: &[String]) -> Feed {
    let entry = |(n, text): (usize, &String)| Entry {
        id: Id::new(Uuid::from_u128(u128::try_from(n).unwrap())),
        url: format!("https://tin.example/?x={}", n),
        title: text.clone(),
        summary: Some(text.clone()),
        content: Some(text.clone()),
        authors: vec![text.clone()],
        published: Timestamp::EPOCH,
        updated: Timestamp::EPOCH,
        language: Locale::vietnamese(),
        picture: Some(Enclosure {
            url: "https://tin.example/a?b&c".to_owned(),
            media_type: "image/png",
            bytes: 1,
            alt: Some(text.clone()),
            size: None,
            name: text.clone(),
        }),
        topics: vec![text.clone()],
        attachments: Vec::new(),
    };
    Feed {
        id: Uuid::nil(),
        title: texts.first().cloned().unwrap_or_default(),
        description: texts.last().cloned().unwrap_or_default(),
        publisher: texts.last().cloned().unwrap_or_default(),
        home: "https://tin.example/".to_owned(),
        itself: "https://tin.example/feeds/articles.rss?a=1&b=2".to_owned(),
        next: None,
        language: Locale::vietnamese(),
        zone: SiteZone::parse("Asia/Ho_Chi_Minh").unwrap(),
        entries: texts.iter().enumerate().map(entry).collect(),
        archive: None,
        withdrawn: Vec::new(),
    }
}

/// The texts of all elements of a name, by the tree of roxmltree.
fn by_tree(document: &str, name: &str) -> Vec<String> {
    let tree = roxmltree::Document::parse(document).unwrap();
    let named = tree.descendants().filter(|node| node.is_element() && node.tag_name().name() == name);
    named.map(|node| node.children().filter_map(|child| child.text()).collect()).collect()
}

/// The same by the events of quick-xml.
fn by_events(document: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut open): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.local_name().as_ref() == name.as_bytes() => open = Some(String::new()),
            Event::End(end) if end.local_name().as_ref() == name.as_bytes() => texts.extend(open.take()),
            Event::Text(text) => open.iter_mut().for_each(|open| open.push_str(&text.decode().unwrap())),
            Event::CData(text) => open.iter_mut().for_each(|open| open.push_str(&text.decode().unwrap())),
            Event::GeneralRef(entity) => {
                let letter = match entity.resolve_char_ref().unwrap() {
                    Some(letter) => letter.to_string(),
                    None => resolve_xml_entity(&entity.decode().unwrap()).unwrap().to_owned(),
                };
                open.iter_mut().for_each(|open| open.push_str(&letter));
            }
            Event::Start(start) | Event::Empty(start) => {
                for attribute in start.attributes() {
                    attribute.unwrap().decoded_and_normalized_value(XmlVersion::Implicit1_0, reader.decoder()).unwrap();
                }
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    let nasty = prop_oneof![
        Just("]]>".to_owned()),
        Just("<![CDATA[".to_owned()),
        Just("&amp;".to_owned()),
        Just("&#0;".to_owned()),
        Just("</title>".to_owned()),
        Just("-->".to_owned()),
        Just("<?xml".to_owned()),
        Just("\u{202e}\u{2066}\u{200f}".to_owned()),
        Just("👩‍🔬🇻🇳".to_owned()),
        Just("Hội nghị “tổng kết”".to_owned()),
        Just("\u{fffe}\u{ffff}\u{1fffe}".to_owned()),
        Just("\"'\t".to_owned()),
        any::<char>().prop_map(String::from),
        (0u32..0xa0).prop_map(|code| char::from_u32(code).unwrap().to_string()),
    ];
    proptest::collection::vec(nasty, 1..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn ten_thousand_titles_are_the_same_to_two_parsers(texts in proptest::collection::vec(text(), ENTRIES)) {
        let feed = feed(&texts);
        for document in [rss::write(&feed), atom::write(&feed).unwrap()] {
            let titles = by_tree(&document, "title");
            prop_assert_eq!(&by_events(&document, "title"), &titles);
            let expected: Vec<String> = texts.iter().map(|text| without_forbidden(text)).collect();
            prop_assert_eq!(titles.get(1..).unwrap(), expected.as_slice());
        }
        let document = rss::write(&feed);
        let encoded = by_tree(&document, "encoded");
        prop_assert_eq!(&by_events(&document, "encoded"), &encoded);
        prop_assert_eq!(encoded, texts.iter().map(|text| without_forbidden(text)).collect::<Vec<_>>());
    }
}
