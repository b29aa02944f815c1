//! What an answer is made of, read off the finished answer itself.
//!
//! Whatever an answer shows of a resource, it shows with the resource's id (what it does not is in
//! [`Route`]). So the ids are found by walking over the bytes: no handler has to say them, and none can
//! forget one.

use bantin_application::LoggedChange;
use bantin_domain::{
    kind::{ChangeKind, Kind},
    named::Named,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::route::Route;

/// All of a `Surrogate-Key` together: more is refused by some that are to read it.
const MOST_BYTES: usize = 2_048;
/// A UUID as text.
const UUID_LENGTH: usize = 36;
/// Where its first hyphen stands.
const FIRST_HYPHEN: usize = 8;

/// What an answer is made of.
#[derive(Debug, Clone)]
pub struct Tags {
    route: Route,
    /// In their order.
    ids: Box<[Uuid]>,
}

impl Tags {
    /// Those of an answer at an address.
    pub fn of(route: Route, body: &[u8]) -> Self {
        let mut ids = ids_in(body);
        ids.sort_unstable();
        ids.dedup();
        Self { route, ids: ids.into() }
    }

    /// The address.
    pub fn route(&self) -> Route {
        self.route
    }

    /// How much memory they take.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.ids)
    }

    /// Whether a change is a change of the answer. When in doubt, it is.
    pub fn are_touched_by(&self, change: &Touch) -> bool {
        change.kind == Kind::Site
            || self.route.any.contains(change.kind)
            || (change.comes_or_goes && self.route.coming_and_going.contains(change.kind))
            || self.ids.binary_search(&change.id).is_ok()
    }

    /// What a shared cache drops the answer by: a key of each kind, one of the coming and going of each
    /// kind, and one of each id, as many as find room.
    pub fn surrogate_key(&self) -> String {
        let kinds = Kind::ALL.iter().copied();
        let any = kinds.clone().filter(|kind| *kind == Kind::Site || self.route.any.contains(*kind));
        let moving = kinds.filter(|kind| self.route.coming_and_going.contains(*kind));
        let names = any.map(|kind| kind.name().to_owned()).chain(moving.map(coming_and_going));
        let mut all = String::new();
        for tag in names.chain(self.ids.iter().map(Uuid::to_string)) {
            let key = short(&tag);
            if all.len() + 1 + key.len() > MOST_BYTES {
                break;
            }
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(&key);
        }
        all
    }
}

/// A change, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    kind: Kind,
    id: Uuid,
    comes_or_goes: bool,
}

impl Touch {
    /// What a row of the log touches.
    pub fn of(logged: &LoggedChange) -> Self {
        let change = &logged.change;
        let stays = change.kind == ChangeKind::Updated && change.previous_slug.is_none();
        Self { kind: change.target.kind, id: change.target.id, comes_or_goes: !stays }
    }

    /// By which keys a shared cache drops what the change is a change of.
    pub fn surrogate_keys(&self) -> Vec<String> {
        let moving = self.comes_or_goes.then(|| short(&coming_and_going(self.kind)));
        [short(self.kind.name()), short(&self.id.to_string())].into_iter().chain(moving).collect()
    }
}

fn coming_and_going(kind: Kind) -> String {
    format!("{kind}*")
}

/// The first 48 bits of the digest. Two tags with one key only mean that an answer is dropped in vain.
fn short(tag: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(tag).get(..6).unwrap_or_default())
}

/// Every UUID in a text, wherever it stands. Only hyphens are looked at closely, and most texts have few.
fn ids_in(body: &[u8]) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut end = 0;
    for hyphen in memchr::memchr_iter(b'-', body) {
        let Some(begin) = hyphen.checked_sub(FIRST_HYPHEN).filter(|begin| *begin >= end) else { continue };
        let Some(text) = body.get(begin..begin + UUID_LENGTH) else { continue };
        // Hyphens first: this refuses nearly everything else that has one.
        if text.get(13) == Some(&b'-')
            && text.get(18) == Some(&b'-')
            && text.get(23) == Some(&b'-')
            && let Ok(id) = Uuid::try_parse_ascii(text)
        {
            ids.push(id);
            end = begin + UUID_LENGTH;
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "01900000-0000-7000-8000-000000000001";
    const OTHER: &str = "01900000-0000-7000-8000-000000000002";

    fn tags(path: &str, body: &str) -> Tags {
        Tags::of(Route::of(path).unwrap(), body.as_bytes())
    }

    fn touch(kind: Kind, id: &str, comes_or_goes: bool) -> Touch {
        Touch { kind, id: id.parse().unwrap(), comes_or_goes }
    }

    #[test]
    fn an_answer_changes_with_what_it_shows_wherever_it_shows_it() {
        let tags = tags("media/x", &format!(r#"{{"id":"{ONE}","html":"<figure data-media-id=\"{OTHER}\">"}}"#));
        assert!(tags.are_touched_by(&touch(Kind::Media, ONE, false)));
        assert!(tags.are_touched_by(&touch(Kind::Media, OTHER, false)));
        assert!(!tags.are_touched_by(&touch(Kind::Media, "01900000-0000-7000-8000-000000000003", false)));
    }

    #[test]
    fn a_list_changes_with_what_is_not_in_it_yet() {
        let tags = tags("articles", "{}");
        assert!(tags.are_touched_by(&touch(Kind::Article, ONE, false)));
        assert!(tags.are_touched_by(&touch(Kind::Event, ONE, true)), "it may be what an article reports");
        assert!(!tags.are_touched_by(&touch(Kind::Event, ONE, false)));
        assert!(tags.are_touched_by(&touch(Kind::Site, ONE, false)));
    }

    #[test]
    fn a_surrogate_key_is_never_longer_than_two_kilobytes_and_has_the_kinds_first() {
        let many: String = (0..1_000).map(|n| Uuid::from_u128(n).to_string() + " ").collect();
        let key = tags("articles", &many).surrogate_key();
        assert!(key.len() <= MOST_BYTES && key.len() > MOST_BYTES - 10);
        for change in [touch(Kind::Article, ONE, false), touch(Kind::Event, ONE, true), touch(Kind::Site, ONE, false)] {
            assert!(change.surrogate_keys().iter().any(|one| key.split(' ').any(|known| known == one)));
        }
    }

    proptest! {
        #[test]
        fn every_id_is_found_among_anything(
            ids in proptest::collection::vec(any::<u128>(), 0..5),
            between in proptest::collection::vec("[-a-f0-9 ]{0,40}x", 6),
        ) {
            let ids: Vec<Uuid> = ids.into_iter().map(Uuid::from_u128).collect();
            let text: String = between.iter().zip(&ids).map(|(text, id)| format!("{text}{id}")).collect();
            prop_assert_eq!(ids_in(text.as_bytes()), ids);
        }
    }
}
