//! Which answers may be kept, and on which kinds of resource each of them depends.
//!
//! An answer carries the ids of what it shows (see [`super::tags`]). That is not all that it depends on: a
//! list depends on what is *not* in it yet, and a name is sometimes shown without an id. So each address
//! says of which kinds any change is a change of its answer, and of which kinds only the coming and going
//! is: whatever comes into sight or goes out of it, or is found under another slug. It rather says too
//! much: an answer that is made once too often costs a few statements, one that is kept too long is wrong.

use bantin_domain::kind::Kind;

/// Below it is what this API answers to programs.
const BASE: &str = "/api/v1/";

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// These.
    pub const fn of(kinds: &[Kind]) -> Self {
        let (mut set, mut n) = (0, 0);
        while n < kinds.len() {
            #[expect(clippy::indexing_slicing, reason = "within the length; iterators cannot be used in a const fn")]
            let kind = kinds[n];
            set |= 1 << kind as u16;
            n += 1;
        }
        Self(set)
    }

    /// Whether a kind is one of them.
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }
}

/// All but the site, whose change is a change of every answer anyway.
pub const EVERYTHING: Kinds = Kinds::of(&[
    Kind::Article,
    Kind::Event,
    Kind::Speech,
    Kind::Page,
    Kind::Person,
    Kind::Organisation,
    Kind::Category,
    Kind::Tag,
    Kind::Media,
]);

/// What an address of the public side says about its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Any change of one of these kinds is a change of the answer.
    pub any: Kinds,
    /// So is the coming and going of these.
    pub coming_and_going: Kinds,
    /// Whether the answer may depend on `Accept-Language`.
    pub speaks: bool,
    /// Whether it is made of the search index, which follows the change log at a distance.
    pub searches: bool,
    /// Whether it shows how often something was read: then it is kept until those numbers are new ones, which
    /// is a second at most.
    pub live: bool,
    /// Of which media type the answer is; `None` where whoever asks takes what there is.
    pub media_type: Option<&'static str>,
}

impl Route {
    /// What is known of a path, below `/api/v1/` or at the root; `None` where nothing is kept.
    pub fn at(path: &str) -> Option<Self> {
        match path.strip_prefix(BASE) {
            Some(path) => Self::of(path),
            None => Self::at_root(path.strip_prefix('/')?),
        }
    }

    /// At the root stand feeds and sitemaps. They show people, sections and tags by name, without their ids.
    fn at_root(path: &str) -> Option<Self> {
        let shown = Self {
            any: EVERYTHING,
            coming_and_going: EVERYTHING,
            speaks: true,
            searches: false,
            live: false,
            media_type: None,
        };
        match path.split_once('/') {
            Some(("feeds", _)) => Some(shown),
            Some(("sitemaps", _)) => Some(Self { speaks: false, ..shown }),
            None if matches!(path, "sitemap.xml" | "sitemap-news.xml") => Some(Self { speaks: false, ..shown }),
            _ => None,
        }
    }

    /// What is known of a path below `/api/v1/`; `None` where nothing is kept: what is private, what writes,
    /// what is a file.
    pub fn of(path: &str) -> Option<Self> {
        let mut segments = path.split('/');
        let (first, second, third) = (segments.next()?, segments.next(), segments.next());
        if segments.next().is_some() {
            return None;
        }
        let one = |any: &[Kind]| Self {
            any: Kinds::of(any),
            coming_and_going: EVERYTHING,
            speaks: false,
            searches: false,
            live: false,
            media_type: Some("application/json"),
        };
        let many = |any: &[Kind]| Self { speaks: true, ..one(any) };
        // Tags and the sections above an item's own are shown by name, without their ids.
        Some(match (first, second, third) {
            ("site", None, None) => many(&[Kind::Category]),
            ("articles", None | Some("archive"), None) => many(&[Kind::Article, Kind::Category, Kind::Tag]),
            ("articles", Some(_), None) => one(&[Kind::Category, Kind::Tag]),
            ("articles", Some(_), Some("related")) => one(&[Kind::Article, Kind::Category, Kind::Tag]),
            ("articles", Some(_), Some("print")) => {
                Self { media_type: Some("text/html"), ..one(&[Kind::Article, Kind::Category]) }
            }
            ("articles", Some(_), Some("stats")) => Self { live: true, ..one(&[]) },
            ("stats", None, None) => Self { live: true, coming_and_going: Kinds::default(), ..one(&[]) },
            ("stats", Some("articles"), None) => {
                Self { live: true, ..many(&[Kind::Article, Kind::Category, Kind::Tag]) }
            }
            ("events", None, None) => many(&[Kind::Event, Kind::Category]),
            ("events", Some(_), None | Some("programme" | "attendees")) => {
                one(&[Kind::Event, Kind::Speech, Kind::Category, Kind::Organisation, Kind::Person])
            }
            ("speeches", None, None) => many(&[Kind::Speech, Kind::Event]),
            // Its place among those of its event is shown, too.
            ("speeches", Some(_), None) => one(&[Kind::Speech, Kind::Event]),
            ("pages", None, None) => many(&[Kind::Page]),
            ("pages", Some(_), None) => one(&[Kind::Page]),
            ("people" | "organisations", None | Some("index"), None) => one(&[Kind::Person, Kind::Organisation]),
            ("people" | "organisations", Some(_), None) => one(&[Kind::Organisation]),
            ("people", Some(_), Some("appearances")) => {
                many(&[Kind::Article, Kind::Event, Kind::Speech, Kind::Person, Kind::Organisation])
            }
            ("categories" | "tags", None | Some(_), None) => {
                many(&[Kind::Category, Kind::Tag, Kind::Article, Kind::Event])
            }
            ("media", Some(_), None) => one(&[]),
            ("search", None | Some("suggest"), None) => Self { any: EVERYTHING, searches: true, ..many(&[]) },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::named::Named;

    use super::*;

    #[test]
    fn nothing_is_kept_of_what_is_private_or_writes() {
        for path in [
            "",
            "editorial/articles",
            "auth/me",
            "preview/token",
            "stats/day",
            "editorial/stats",
            "visits",
            "media/01900000-0000-7000-8000-000000000001/original",
            "changes",
            "changes/stream",
            "articles/tin/",
            "articles/a/b/c",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }

    #[test]
    fn whatever_shows_how_often_something_was_read_is_kept_only_while_that_is_the_same() {
        for path in ["stats", "stats/articles", "articles/tin/stats"] {
            assert!(Route::of(path).unwrap().live, "{path}");
        }
        assert!(!Route::of("articles/tin").unwrap().live);
    }

    #[test]
    fn whatever_shows_tags_by_name_changes_with_any_of_them() {
        for path in ["articles", "articles/tin", "tags", "tags/so"] {
            assert!(Route::of(path).unwrap().any.contains(Kind::Tag), "{path}");
        }
    }

    #[test]
    fn a_set_has_what_was_put_into_it_and_nothing_else() {
        assert!(Kind::ALL.iter().all(|kind| EVERYTHING.contains(*kind) == (*kind != Kind::Site)));
    }
}
