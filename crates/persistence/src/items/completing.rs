//! Working copies that were stored before lists could ask for so much: what is missing is read out of their texts.

use bantin_domain::{article::Article, content::Content, event::Event, page::Page, speech::Speech, text::folded_text};
use diesel::prelude::*;

use crate::{
    error::StoreError,
    schema::{items, revisions},
    sql_types::{Day, Json, Key, Name},
    store::Tx,
};

/// How many are read at a time.
const AT_ONCE: i64 = 500;

/// Writes what lists ask of working copies wherever that is missing. Where nothing is, as at every start but the
/// first after the columns came, that is four looks into an empty index.
///
/// # Errors
/// When the database fails.
pub fn complete(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    complete_kind::<Article>(tx)?;
    complete_kind::<Event>(tx)?;
    complete_kind::<Speech>(tx)?;
    complete_kind::<Page>(tx)
}

fn complete_kind<C: Content>(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    loop {
        let incomplete = items::table
            .inner_join(
                revisions::table.on(revisions::item_id.eq(items::id).and(revisions::number.eq(items::revision))),
            )
            .filter(items::kind.eq(Name(C::KIND)))
            .filter(items::title_folded.is_null())
            .limit(AT_ONCE)
            .select((items::id, revisions::content))
            .load::<(Key<()>, Json<C>)>(tx.conn)?;
        if incomplete.is_empty() {
            return Ok(());
        }
        for (id, Json(content)) in incomplete {
            let particulars = content.particulars();
            diesel::update(items::table.find(id))
                .set((
                    items::title_folded.eq(folded_text(content.title().as_str())),
                    items::form.eq(particulars.kind),
                    items::status.eq(particulars.status),
                    items::starts_on.eq(particulars.days.map(|(first, _)| Day(first))),
                    items::ends_on.eq(particulars.days.map(|(_, last)| Day(last))),
                ))
                .execute(tx.conn)?;
        }
    }
}
