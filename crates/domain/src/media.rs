//! A picture or a file. The bytes are kept as they came; here is what is known of them.

use serde::Serialize;

use crate::{
    body::Body,
    change::Change,
    content::{Link, Relation},
    id::Id,
    kind::{Kind, UserId},
    named::named_enum,
    text::{Line, Prose},
    time::Timestamp,
};

/// The identity of a picture or file.
pub type MediaId = Id<Media>;

named_enum! {
    /// What the bytes are.
    pub enum MediaKind {
        /// A picture that a browser shows.
        Image = "image",
        /// Anything to download.
        File = "file",
    }
}

named_enum! {
    /// What a list of media can be sorted by.
    pub enum MediaSort {
        /// When it was uploaded.
        CreatedAt = "createdAt",
    }
}

named_enum! {
    /// The types of bytes that are accepted, by their MIME names.
    pub enum Format {
        /// A photograph.
        Jpeg = "image/jpeg",
        /// A drawing.
        Png = "image/png",
    }
}

impl Format {
    /// What the bytes are good for.
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png => MediaKind::Image,
        }
    }

    /// The endings of file names that a system takes for this type, the usual one first.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
        }
    }
}

/// A picture or file, on both sides alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    /// Its identity; also where its bytes lie.
    pub id: MediaId,
    /// Counts its changes.
    pub version: i64,
    /// As it was called where it came from, without any path.
    pub file_name: FileName,
    /// Found from the bytes, never believed from the client.
    pub format: Format,
    /// How many bytes.
    pub bytes: i64,
    /// SHA-256 of the bytes: the `ETag` of the original.
    pub sha256: [u8; 32],
    /// Pixels, of a picture.
    pub width: Option<i64>,
    /// Pixels, of a picture.
    pub height: Option<i64>,
    /// The texts.
    pub texts: MediaTexts,
    /// Who uploaded it, and may therefore change it without a grant for all.
    pub created_by: UserId,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When its texts last changed.
    pub updated_at: Timestamp,
}

/// The name of a file, for who saves it: one line without a path, and with an ending that fits the
/// bytes. It names nothing on our own disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

/// The most characters of a file name.
const LONGEST_NAME: usize = 200;

impl FileName {
    /// Makes a good name of whatever a client says the file is called.
    ///
    /// It never refuses: what the file is called is the least of what an editor cares for. A name
    /// that says `.html` of a picture gets the picture's ending, because a browser that saves it
    /// would otherwise open it as a page of the reader's own machine.
    pub fn clean(text: &str, format: Format) -> Self {
        let text = text.replace('\0', "");
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let line = Line::<{ usize::MAX }>::parse(last).map(|line| line.to_string()).unwrap_or_default();
        let name = line.trim_matches(['.', ' ']);
        let (stem, ending) = match name.rsplit_once('.') {
            Some((stem, ending)) if format.endings().contains(&ending.to_ascii_lowercase().as_str()) => (stem, ending),
            _ => (name, format.endings().first().copied().unwrap_or_default()),
        };
        let stem: String = stem.chars().take(LONGEST_NAME - 1 - ending.len()).collect();
        let stem = if stem.is_empty() { "untitled" } else { stem.trim_end() };
        Self(format!("{stem}.{ending}"))
    }

    /// A name out of a column, as it was cleaned before.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an editor says about a picture or file.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaTexts {
    /// What a picture shows, for who cannot see it.
    pub alt: Option<Line<500>>,
    /// Under the picture.
    pub caption: Option<Prose<1000>>,
    /// Who made it.
    pub credit: Option<Line<200>>,
}

/// What a write says about a picture or file.
#[derive(Debug, Clone, Default)]
pub struct MediaChanges {
    /// Optional.
    pub alt: Change<Line<500>>,
    /// Optional.
    pub caption: Change<Prose<1000>>,
    /// Optional.
    pub credit: Change<Line<200>>,
}

impl MediaTexts {
    /// The texts after a write.
    #[must_use]
    pub fn changed(self, changes: MediaChanges) -> Self {
        Self {
            alt: changes.alt.or(self.alt),
            caption: changes.caption.or(self.caption),
            credit: changes.credit.or(self.credit),
        }
    }
}

/// The references that a body makes to pictures and files.
pub fn body_links(body: &Body) -> impl Iterator<Item = Link> {
    body.media_ids().into_iter().map(|id| Link::new(Relation::Body, Kind::Media, MediaId::new(id), "/body"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(text: &str) -> String {
        FileName::clean(text, Format::Jpeg).as_str().to_owned()
    }

    #[test]
    fn a_file_name_keeps_its_words_and_loses_its_path() {
        assert_eq!(cleaned("Hội nghị 2023.JPG"), "Hội nghị 2023.JPG");
        for path in [
            "../../etc/ảnh.jpg",
            "C:\\Ảnh\\ảnh.jpg",
            "/tmp/ảnh.jpg",
            "..\\../ảnh.jpg",
            "ả\0nh.jpg",
            "\u{202e}ảnh.jpg",
            " ảnh.jpg. ",
        ] {
            assert_eq!(cleaned(path), "ảnh.jpg", "{path:?}");
        }
    }

    #[test]
    fn a_file_without_a_usable_name_gets_one() {
        for nameless in ["", ".", "..", "../", "\0", "\n", "\u{200b}"] {
            assert_eq!(cleaned(nameless), "untitled.jpg", "{nameless:?}");
        }
        assert_eq!(cleaned(".jpg"), "jpg.jpg", "no hidden file on the disk of who saves it");
    }

    #[test]
    fn the_ending_always_fits_the_bytes() {
        assert_eq!(cleaned("ảnh.html"), "ảnh.html.jpg");
        assert_eq!(cleaned("ảnh.png"), "ảnh.png.jpg");
        assert_eq!(FileName::clean("ảnh.png", Format::Png).as_str(), "ảnh.png");
        assert_eq!(cleaned("ảnh.jpeg"), "ảnh.jpeg");
    }

    proptest! {
        #[test]
        fn no_name_is_a_path_a_break_of_a_header_or_too_long(text in any::<String>()) {
            let name = cleaned(&text);
            prop_assert!(name.chars().count() <= LONGEST_NAME);
            prop_assert!(!name.contains(['/', '\\', '\r', '\n', '\0']) && !name.starts_with('.'), "{name:?}");
            prop_assert_eq!(cleaned(&name), name.clone());
        }
    }
}
