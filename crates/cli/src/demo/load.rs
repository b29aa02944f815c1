//! Everything that the demo shows, entered and published in one transaction.

use std::collections::HashMap;

use bantin_application::{
    Act, AppError,
    articles::{self, ArticleWrite},
    content::Birth,
    workflow::Step,
};
use bantin_domain::{
    article::{ArticleChanges, ArticleId},
    category::CategoryId,
    change::Change,
    locale::Locale,
    media::MediaId,
    text::{Label, Name, Summary, Title},
    time::Timestamp,
};

use super::{
    corpus::{self, Part, Story},
    directory::{Directory, set, sure},
    events::{self, EnteredEvent, Setting},
    site, spoilt,
};

/// An article that was entered, for its translation.
type Entered = (ArticleId, Option<EnteredEvent>);

/// Enters and publishes everything; `pictures` go round among the articles that show one.
pub fn everything(act: &mut Act<'_, '_>, pictures: Vec<MediaId>) -> Result<(), AppError> {
    let sections = site::enter(act)?;
    let mut directory = Directory::default();
    let mut entered: HashMap<String, Entered> = HashMap::new();
    let mut pictures = pictures.iter().copied().cycle();
    for story in corpus::stories()? {
        let original = story.translation_of.as_ref().and_then(|key| entered.get(key)).cloned();
        let has_picture = story.body.iter().any(|part| matches!(part, Part::Image { .. }));
        let picture = if has_picture { pictures.next() } else { None };
        let published = publish(act, &mut directory, &sections, &story, picture, original.as_ref())?;
        entered.insert(story.key, published);
    }
    Ok(())
}

fn publish(
    act: &mut Act<'_, '_>,
    directory: &mut Directory,
    sections: &HashMap<String, CategoryId>,
    story: &Story,
    picture: Option<MediaId>,
    original: Option<&Entered>,
) -> Result<Entered, AppError> {
    let locale = sure(Locale::parse(&story.locale))?;
    let category =
        *sections.get(&story.category).ok_or_else(|| spoilt(&story.key, "its section is not in site.toml"))?;
    let event = match &story.event {
        None => None,
        Some(occasion) => {
            let original = original.and_then(|(_, event)| event.as_ref());
            let setting = Setting { story, category, cover: picture, locale: &locale, original };
            Some(events::enter(act, directory, occasion, &setting)?)
        }
    };
    let changes = ArticleChanges {
        title: set(Title::parse(&story.title))?,
        summary: set(Summary::parse(&story.summary))?,
        body: Change::Set(corpus::body(&story.body, picture.map(|id| id.to_string()))?),
        byline: set(Name::parse(&story.byline))?,
        category_id: Change::Set(category),
        cover_id: picture.map_or(Change::Keep, Change::Set),
        event_ids: Change::Set(event.iter().map(|event| event.id).collect()),
        published_at: set(Timestamp::parse(&story.published_at))?,
        locale: Change::Set(locale),
        ..ArticleChanges::default()
    };
    let tags: Vec<Label> = sure(story.tags.iter().map(|tag| Label::parse(tag)).collect())?;
    let birth = Birth { id: None, translation_of: original.map(|(id, _)| *id) };
    let article = articles::create(act, birth, ArticleWrite { changes, tags: Change::Set(tags) })?.item;
    let along: Vec<String> = articles::ALONG.iter().copied().map(ToOwned::to_owned).collect();
    articles::take_step(act, article.id, article.version, &Step::Publish { correction: None }, &along)?;
    Ok((article.id, event))
}
