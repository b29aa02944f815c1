//! What a copy of the public side is made of: every resource once, in the order of the ids, and what content says of
//! people and organisations itself, without what the directory adds to it.

use bantin_domain::{
    event::{Event, EventId, Organiser},
    id::Id,
    kind::Kind,
    speech::{Speaker, Speech, SpeechId},
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    among::AmongExt,
    error::StoreError,
    schema::{
        categories, media, organisations, people, public_articles, public_events, public_pages, public_speeches, tags,
    },
    sql_types::{Instant, Json, Key},
    store::PublicReader,
};

/// The next resources of a kind after an id, in the order of the ids. Content among them can be seen now; of the
/// directory all are named, and whoever reads them asks who of them is public.
///
/// # Errors
/// When the database fails.
pub fn ids_after(reader: &mut PublicReader<'_>, kind: Kind, after: Uuid, most: u32) -> Result<Vec<Uuid>, StoreError> {
    let (now, most) = (Instant(reader.now()), i64::from(most));
    /// One statement per table: the columns are of different types, so no list can hold them.
    macro_rules! ids {
        ($table:ident $(, $seen:expr)?) => {{
            let rows = $table::table.filter($table::id.gt(Key(Id::<()>::new(after))))$(.filter($seen))?;
            let rows = rows.order($table::id).limit(most).select($table::id).load::<Key<()>>(reader.conn()?)?;
            rows.into_iter().map(|id| id.0.uuid()).collect()
        }};
    }
    /// The same, of what can be seen.
    macro_rules! seen {
        ($table:ident) => {
            ids!($table, $table::visible_from.le(now).and($table::visible_until.gt(now)))
        };
    }
    Ok(match kind {
        Kind::Article => seen!(public_articles),
        Kind::Event => seen!(public_events),
        Kind::Speech => seen!(public_speeches),
        Kind::Page => seen!(public_pages),
        Kind::Person => ids!(people),
        Kind::Organisation => ids!(organisations),
        Kind::Category => ids!(categories),
        Kind::Tag => ids!(tags),
        Kind::Media => ids!(media),
        // There is one, and its id is the first there can be.
        Kind::Site => Vec::new(),
    })
}

/// Who holds these events, as announced.
///
/// # Errors
/// When the database fails.
pub fn organisers(
    reader: &mut PublicReader<'_>,
    events: &[EventId],
) -> Result<Vec<(EventId, Vec<Organiser>)>, StoreError> {
    let rows = public_events::table
        .filter(public_events::id.among(events.iter().copied().map(Key)))
        .select((public_events::id, public_events::organisers))
        .load::<(Key<Event>, Json<Vec<Organiser>>)>(reader.conn()?)?;
    Ok(rows.into_iter().map(|(id, organisers)| (id.0, organisers.0)).collect())
}

/// Who gave a speech, and who gave it with them, as introduced.
pub type Speakers = (Option<Speaker>, Vec<Speaker>);

/// Who gave these speeches, as introduced.
///
/// # Errors
/// When the database fails.
pub fn speakers(reader: &mut PublicReader<'_>, speeches: &[SpeechId]) -> Result<Vec<(SpeechId, Speakers)>, StoreError> {
    let rows = public_speeches::table
        .filter(public_speeches::id.among(speeches.iter().copied().map(Key)))
        .select((public_speeches::id, public_speeches::speaker, public_speeches::co_speakers))
        .load::<(Key<Speech>, Json<Option<Speaker>>, Json<Vec<Speaker>>)>(reader.conn()?)?;
    Ok(rows.into_iter().map(|(id, first, others)| (id.0, (first.0, others.0))).collect())
}
