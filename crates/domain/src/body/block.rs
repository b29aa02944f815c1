//! The blocks that a body is made of, as they are stored.

use serde::{Deserialize, Serialize};

use super::MediaRef;
use super::inline::Inline;
use super::limits::{MAX_BLOCK_ID, MAX_BODY_BYTES, MAX_COLUMNS};
use crate::violation::Fault;

/// One block with the name under which editors, comments and differences find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Unique in its body.
    pub id: BlockId,
    /// What it shows.
    #[serde(flatten)]
    pub content: BlockContent,
}

/// The name of a block: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockId(String);

impl BlockId {
    /// Parses a client's id.
    ///
    /// # Errors
    /// `invalid_id` when it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if text.is_empty() || text.len() > MAX_BLOCK_ID || !text.bytes().all(allowed) {
            let message = format!("A block id has 1 to {MAX_BLOCK_ID} characters, letters, digits, `_` and `-`.");
            return Err(Fault::new("invalid_id", message));
        }
        Ok(Self(text.to_owned()))
    }

    /// The `n`th id that we give ourselves.
    pub(super) fn numbered(n: usize) -> Self {
        Self(format!("b{n}"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a block shows. Members named `text`, `items` of a list and the cells of a table are inline
/// HTML, all others plain text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum BlockContent {
    /// A paragraph.
    Paragraph {
        /// Never empty.
        text: Inline,
    },
    /// A heading below the title of the item.
    Heading {
        /// 2, 3 or 4: the title is the only heading of level 1.
        level: u8,
        /// Never empty.
        text: Inline,
    },
    /// Words of somebody else.
    Quote {
        /// Never empty.
        text: Inline,
        /// Whose words they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cite: Option<String>,
    },
    /// A list of one level.
    List {
        /// Whether the items are numbered.
        ordered: bool,
        /// At least one, none empty.
        items: Vec<Inline>,
    },
    /// A picture.
    Image(Image),
    /// Pictures that belong together.
    Gallery {
        /// At least one.
        items: Vec<Image>,
    },
    /// A table without merged cells.
    Table {
        /// What the table shows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// The names of the columns; not all empty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Vec<Inline>>,
        /// Every row as long as the longest, so that every cell has its column.
        rows: Vec<Vec<Inline>>,
    },
    /// Something shown at another site, such as a video.
    Embed {
        /// An `https` address.
        url: String,
        /// What stands there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// A document to fetch.
    File {
        /// The file among the media.
        media_id: MediaRef,
        /// What it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// A break between two parts.
    Divider {},
}

/// A picture with its texts. It may stand without a file (an old one that was lost, say), but not
/// without anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The picture among the media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<MediaRef>,
    /// What it shows, for who cannot see it; empty when nobody has said so yet.
    pub alt: String,
    /// The line below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
}

impl Image {
    /// Whether there is neither a file nor a word.
    pub(super) fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

/// A table with every row as long as the longest and no header that says nothing; `None` when
/// there is nothing in it.
///
/// # Errors
/// `too_long` when it would be longer than a body may be. One long row above many short ones would
/// otherwise fill the memory with empty cells before anybody counts them.
pub(super) fn shape_table(
    caption: Option<String>,
    header: Option<Vec<Inline>>,
    mut rows: Vec<Vec<Inline>>,
) -> Result<Option<BlockContent>, Fault> {
    let is_blank = |row: &Vec<Inline>| row.iter().all(Inline::is_empty);
    let mut header = header.filter(|row| !is_blank(row));
    if header.is_none() && rows.iter().all(is_blank) {
        return Ok(None);
    }
    let columns = rows.iter().chain(&header).map(Vec::len).max().unwrap_or(0);
    if columns > MAX_COLUMNS {
        return Err(Fault::new("too_long", format!("A table has at most {MAX_COLUMNS} columns.")));
    }
    let shortest_cell = r#""","#.len();
    if columns * rows.len() * shortest_cell > MAX_BODY_BYTES {
        return Err(body_too_long());
    }
    rows.iter_mut().chain(&mut header).for_each(|row| row.resize(columns, Inline::default()));
    Ok(Some(BlockContent::Table { caption, header, rows }))
}

/// The fault of a body whose stored form would be too long.
pub(super) fn body_too_long() -> Fault {
    Fault::new("too_long", format!("A body is stored in at most {MAX_BODY_BYTES} bytes."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_letters_digits_dash_and_underscore() {
        for good in ["b1", "Mo-dau_2", &"x".repeat(64)] {
            assert!(BlockId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "b 1", "b/1", "đ", "b\n", &"x".repeat(65)] {
            assert_eq!(BlockId::parse(bad).map_err(|fault| fault.code), Err("invalid_id"), "{bad}");
        }
    }

    #[test]
    fn a_block_is_stored_as_the_contract_shows_it() {
        let block = Block {
            id: BlockId::numbered(1),
            content: BlockContent::Image(Image { media_id: Some(MediaRef::nil()), ..Image::default() }),
        };
        let json = serde_json::json!({"id": "b1", "type": "image", "mediaId": MediaRef::nil(), "alt": ""});
        assert_eq!(serde_json::to_value(&block).unwrap(), json);
        assert_eq!(serde_json::from_value::<Block>(json).unwrap(), block);
    }
}
