//! From Markdown to blocks and back.
//!
//! Reading goes by way of HTML, so raw HTML in Markdown meets the same reader and the same fence.
//! Writing checks itself: a block whose Markdown does not read back as that very block (emphasis
//! within a word, a cell with a code span full of bars, ...) is written as HTML, which CommonMark
//! allows. So every body survives the way to an editor's Markdown and back.

use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::block::{Block, BlockContent, Image};
use super::html_in;
use super::html_out::{self, MediaUrl, find_media};
use super::inline::{Inline, Run, escape_attribute};
use super::marks::Mark;
use super::report::Report;
use crate::violation::Fault;

/// Reads Markdown into blocks.
///
/// # Errors
/// Those of [`html_in::read`].
pub(super) fn read(markdown: &str, report: &mut Report) -> Result<Vec<BlockContent>, Fault> {
    let mut images = 0_usize;
    // The library writes the addresses of links percent-encoded, which would change what was
    // typed, and puts tags within the description of a picture into its text.
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let events = events.filter_map(|event| {
        match &event {
            Event::Start(Tag::Image { .. }) => images += 1,
            Event::End(TagEnd::Image) => images -= 1,
            _ => {}
        }
        let in_image = images > 0;
        match event {
            Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link) | Event::InlineHtml(_) if in_image => None,
            Event::Start(Tag::Link { dest_url, title, link_type, .. }) => {
                let mut tag = String::from("<a href=\"");
                if link_type == pulldown_cmark::LinkType::Email {
                    tag.push_str("mailto:");
                }
                escape_attribute(&dest_url, &mut tag);
                if !title.is_empty() {
                    tag.push_str("\" title=\"");
                    escape_attribute(&title, &mut tag);
                }
                tag.push_str("\">");
                Some(Event::InlineHtml(CowStr::from(tag)))
            }
            Event::End(TagEnd::Link) => Some(Event::InlineHtml(CowStr::Borrowed("</a>"))),
            other => Some(other),
        }
    });
    let mut text = String::with_capacity(markdown.len());
    html::push_html(&mut text, events);
    html_in::read(&text, report)
}

/// Writes blocks, an empty line between any two.
pub(super) fn write(blocks: &[Block], media_url: MediaUrl<'_>) -> String {
    let mut markdown = String::new();
    let mut after_list = false;
    for block in blocks {
        if !markdown.is_empty() {
            markdown.push_str("\n\n");
        }
        // Two lists in a row are two only when their signs differ.
        let is_list = matches!(block.content, BlockContent::List { .. });
        let other_sign = is_list && after_list;
        after_list = is_list && !other_sign;
        markdown.push_str(&write_block(&block.content, other_sign, media_url));
    }
    markdown
}

fn write_block(block: &BlockContent, other_sign: bool, media_url: MediaUrl<'_>) -> String {
    let written = try_block(block, other_sign, media_url);
    let reads_back =
        |written: &String| read(written, &mut Report::new("")).is_ok_and(|blocks| blocks.iter().eq([block]));
    written.filter(reads_back).unwrap_or_else(|| {
        let mut html = String::new();
        html_out::write_block(block, media_url, &mut html);
        html
    })
}

/// The block in Markdown's own signs, where there are such.
fn try_block(block: &BlockContent, other_sign: bool, media_url: MediaUrl<'_>) -> Option<String> {
    Some(match block {
        BlockContent::Paragraph { text } => write_line(text),
        BlockContent::Heading { level, text } => format!("{} {}", "#".repeat((*level).into()), write_line(text)),
        BlockContent::Quote { text, cite: None } => format!("> {}", write_line(text)),
        BlockContent::Quote { text, cite: Some(cite) } => {
            let mut footer = String::new();
            escape_attribute(cite, &mut footer);
            format!("> {}\n>\n> <footer>{footer}</footer>", write_line(text))
        }
        BlockContent::List { ordered, items } => {
            let mut list = String::new();
            for (n, item) in items.iter().enumerate() {
                let separator = if n > 0 { "\n" } else { "" };
                let sign = match (ordered, other_sign) {
                    (false, false) => "-".to_owned(),
                    (false, true) => "*".to_owned(),
                    (true, false) => format!("{}.", n + 1),
                    (true, true) => format!("{})", n + 1),
                };
                list.push_str(&format!("{separator}{sign} {}", write_line(item)));
            }
            list
        }
        BlockContent::Image(image) => write_image(image, media_url),
        BlockContent::Table { caption: None, header, rows } => {
            let columns = header.iter().chain(rows).map(Vec::len).max().unwrap_or(0);
            let empty = vec![Inline::default(); columns];
            let mut table = write_row(header.as_ref().unwrap_or(&empty));
            let _ = write!(table, "\n|{}", " --- |".repeat(columns));
            rows.iter().for_each(|row| {
                let _ = write!(table, "\n{}", write_row(row));
            });
            table
        }
        BlockContent::Divider {} => "---".to_owned(),
        BlockContent::Table { .. }
        | BlockContent::Gallery { .. }
        | BlockContent::Embed { .. }
        | BlockContent::File { .. } => return None,
    })
}

fn write_row(cells: &[Inline]) -> String {
    cells.iter().fold("|".to_owned(), |row, cell| format!("{row} {} |", write_line(cell)))
}

/// A picture with its id in the fragment of the address: every reader of Markdown shows it, and we
/// know it again. A credit has no place there; the check of [`write_block`] makes that HTML.
fn write_image(image: &Image, media_url: MediaUrl<'_>) -> String {
    let mut address = find_media(image.media_id, media_url).unwrap_or_default();
    if let Some(media_id) = image.media_id {
        let _ = write!(address, "#media-{media_id}");
    }
    let mut markdown = String::from("![");
    escape(&image.alt, false, &mut markdown);
    let _ = write!(markdown, "](<{address}>");
    if let Some(caption) = &image.caption {
        let mut title = String::new();
        escape(caption, false, &mut title);
        let _ = write!(markdown, " \"{}\"", title.replace('"', "\\\""));
    }
    markdown.push(')');
    markdown
}

fn write_line(text: &Inline) -> String {
    let mut markdown = String::new();
    write_runs(&text.runs(), 0, None, None, &mut markdown);
    markdown
}

/// Writes runs that share their first `depth` marks; `before` and `after` are the characters of the
/// text around them. It calls itself once per mark, as the writer of HTML does.
fn write_runs(runs: &[Run], depth: usize, before: Option<char>, after: Option<char>, markdown: &mut String) {
    let mut before = before;
    let mut rest = runs;
    while let Some(first) = rest.first() {
        let mark = first.marks.get(depth);
        let length = rest.iter().take_while(|run| run.marks.get(depth) == mark).count();
        let (group, others) = rest.split_at(length);
        rest = others;
        let next = rest.first().and_then(|run| run.text.chars().next()).or(after);
        match mark {
            None => group.iter().for_each(|run| escape(&run.text, markdown.is_empty(), markdown)),
            Some(mark) => {
                let (begin, end) = choose_signs(mark, group, depth, before, next);
                markdown.push_str(&begin);
                match group {
                    [run] if end.starts_with('`') => markdown.push_str(&run.text),
                    _ => write_runs(group, depth + 1, before, next, markdown),
                }
                markdown.push_str(&end);
            }
        }
        before = group.last().and_then(|run| run.text.chars().last());
    }
}

/// The signs before and after a marked group: Markdown's where they are sure to be read as such,
/// tags otherwise.
fn choose_signs(
    mark: &Mark,
    group: &[Run],
    depth: usize,
    before: Option<char>,
    after: Option<char>,
) -> (String, String) {
    if let Mark::Link(link) = mark {
        return ("[".to_owned(), format!("](<{}>)", link.replace('&', "\\&").replace('*', "\\*").replace('_', "\\_")));
    }
    let first = group.first().and_then(|run| run.text.chars().next());
    let last = group.last().and_then(|run| run.text.chars().last());
    let stands_alone = before.is_none_or(|character| matches!(character, ' ' | '(' | '“'))
        && first.is_some_and(|character| !character.is_whitespace())
        && last.is_some_and(|character| !character.is_whitespace())
        && after.is_none_or(|character| character == ' ' || character.is_ascii_punctuation());
    let sign = match mark {
        Mark::Strong => "**",
        Mark::Em => "_",
        Mark::Strike => "~~",
        Mark::Code => match group {
            [run] if run.marks.len() == depth + 1 && !run.text.contains(['`', '\n', '|', '\\']) => "`",
            _ => "",
        },
        _ => "",
    };
    if stands_alone && !sign.is_empty() {
        return (sign.to_owned(), sign.to_owned());
    }
    (format!("<{}>", mark.tag()), format!("</{}>", mark.tag()))
}

/// Appends text so that no character of it is read as a sign of Markdown or as HTML.
fn escape(text: &str, begins_line: bool, markdown: &mut String) {
    let mut begins_line = begins_line;
    let mut number = begins_line;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = match character {
            '\n' => {
                markdown.push_str("<br>");
                continue;
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '~' | '|' => true,
            // A reference (`&copy;`), or the end of a run that might go on as one.
            '&' => characters.peek().is_none_or(|next| next.is_ascii_alphanumeric() || *next == '#'),
            '#' | '>' | '+' | '-' | '=' => begins_line || character == '#',
            '.' | ')' => number && !begins_line,
            _ => false,
        };
        if escaped {
            markdown.push('\\');
        }
        markdown.push(character);
        number &= character.is_ascii_digit();
        begins_line = false;
    }
}

#[cfg(test)]
mod tests;
