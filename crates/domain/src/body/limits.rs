//! How large a body may be. Each bound stands here once, so that the documentation of the API and
//! the parsers cannot disagree.

/// Longest input that is read at all, in bytes. Twice the stored limit: markup that is taken out
/// (classes of a word processor, say) may be as long as the text.
pub const MAX_INPUT_BYTES: usize = 2 * MAX_BODY_BYTES;

/// Longest stored body, in bytes of its JSON.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Most blocks in one body.
pub const MAX_BLOCKS: usize = 5_000;

/// Most columns in one table, merged cells counted as what they span.
pub const MAX_COLUMNS: usize = 200;

/// Longest address of a link or an embed, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;

/// Longest id of a block.
pub const MAX_BLOCK_ID: usize = 64;

/// How deep lists and quotes of HTML input may lie in each other. What lies deeper is read as if it
/// stood at this depth: no text is lost, and no input can make the reader's stack grow.
pub(super) const MAX_NESTING: usize = 256;

/// Most names and values in one tag. The tokenizer compares every attribute of a tag with all
/// before it; without a bound one tag of a megabyte would keep a core busy for minutes.
pub(super) const MAX_TAG_PARTS: usize = 5_000;

/// Most warnings that are told one by one.
pub(super) const MAX_WARNINGS: usize = 50;
