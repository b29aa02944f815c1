//! From blocks to HTML: what readers are shown, and what editors may send back unchanged.

use super::MediaRef;
use super::block::{BlockContent, Image};
use super::href;
use super::inline::{Inline, escape_attribute, escape_text};

/// Where the bytes of a file are found.
pub(super) type MediaUrl<'a> = &'a dyn Fn(MediaRef) -> Option<String>;

/// The address of a file, when there is one that a body may point at.
pub(super) fn find_media(media_id: Option<MediaRef>, media_url: MediaUrl<'_>) -> Option<String> {
    media_id.and_then(media_url).and_then(|url| href::parse_link(&url))
}

/// Appends one block.
pub(super) fn write_block(block: &BlockContent, media_url: MediaUrl<'_>, html: &mut String) {
    match block {
        BlockContent::Paragraph { text } => write_element("p", text, html),
        BlockContent::Heading { level, text } => write_element(heading(*level), text, html),
        BlockContent::Quote { text, cite } => {
            html.push_str("<blockquote>");
            write_element("p", text, html);
            write_plain("footer", cite.as_deref(), html);
            html.push_str("</blockquote>");
        }
        BlockContent::List { ordered, items } => {
            let (begin, end) = if *ordered { ("<ol>", "</ol>") } else { ("<ul>", "</ul>") };
            html.push_str(begin);
            items.iter().for_each(|item| write_element("li", item, html));
            html.push_str(end);
        }
        BlockContent::Image(image) => write_image(image, media_url, html),
        BlockContent::Gallery { items } => {
            html.push_str("<figure class=\"gallery\">");
            items.iter().for_each(|image| write_image(image, media_url, html));
            html.push_str("</figure>");
        }
        BlockContent::Table { caption, header, rows } => {
            html.push_str("<table>");
            write_plain("caption", caption.as_deref(), html);
            if let Some(header) = header {
                html.push_str("<thead>");
                write_row("th", header, html);
                html.push_str("</thead>");
            }
            if !rows.is_empty() {
                html.push_str("<tbody>");
                rows.iter().for_each(|row| write_row("td", row, html));
                html.push_str("</tbody>");
            }
            html.push_str("</table>");
        }
        // A link, not a frame: no other site runs in ours unless its page decides to.
        BlockContent::Embed { url, title } => {
            html.push_str("<figure class=\"embed\"><a");
            write_attribute("href", url, html);
            html.push('>');
            escape_text(title.as_deref().unwrap_or(url), html);
            html.push_str("</a></figure>");
        }
        BlockContent::File { media_id, title } => {
            let url = find_media(Some(*media_id), media_url);
            html.push_str("<p class=\"file\"");
            write_attribute("data-media-id", &media_id.to_string(), html);
            html.push_str("><a");
            if let Some(url) = &url {
                write_attribute("href", url, html);
            }
            html.push_str(" download=\"\">");
            escape_text(title.as_deref().or(url.as_deref()).unwrap_or_default(), html);
            html.push_str("</a></p>");
        }
        BlockContent::Divider {} => html.push_str("<hr>"),
    }
}

fn heading(level: u8) -> &'static str {
    match level {
        0..=2 => "h2",
        3 => "h3",
        _ => "h4",
    }
}

fn write_element(name: &str, text: &Inline, html: &mut String) {
    html.push_str(&format!("<{name}>{}</{name}>", text.as_html()));
}

fn write_plain(name: &str, text: Option<&str>, html: &mut String) {
    if let Some(text) = text {
        html.push_str(&format!("<{name}>"));
        escape_text(text, html);
        html.push_str(&format!("</{name}>"));
    }
}

fn write_row(cell: &str, cells: &[Inline], html: &mut String) {
    html.push_str("<tr>");
    cells.iter().for_each(|text| write_element(cell, text, html));
    html.push_str("</tr>");
}

fn write_attribute(name: &str, value: &str, html: &mut String) {
    html.push_str(&format!(" {name}=\""));
    escape_attribute(value, html);
    html.push('"');
}

fn write_image(image: &Image, media_url: MediaUrl<'_>, html: &mut String) {
    html.push_str("<figure");
    if let Some(media_id) = image.media_id {
        write_attribute("data-media-id", &media_id.to_string(), html);
    }
    html.push_str("><img");
    if let Some(url) = find_media(image.media_id, media_url) {
        write_attribute("src", &url, html);
    }
    write_attribute("alt", &image.alt, html);
    html.push('>');
    if image.caption.is_some() || image.credit.is_some() {
        html.push_str("<figcaption>");
        escape_text(image.caption.as_deref().unwrap_or_default(), html);
        if let Some(credit) = &image.credit {
            html.push_str(if image.caption.is_some() { " " } else { "" });
            html.push_str("<small class=\"credit\">");
            escape_text(credit, html);
            html.push_str("</small>");
        }
        html.push_str("</figcaption>");
    }
    html.push_str("</figure>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(block: &BlockContent, media_url: MediaUrl<'_>) -> String {
        let mut html = String::new();
        write_block(block, media_url, &mut html);
        html
    }

    #[test]
    fn no_text_breaks_out_of_its_attribute_or_element() {
        let caption = Some("</figcaption><script>".to_owned());
        let image = Image { alt: "\"><b onclick='x'>&".to_owned(), caption, ..Image::default() };
        assert_eq!(
            write(&BlockContent::Image(image), &|_| None),
            "<figure><img alt=\"&quot;&gt;&lt;b onclick='x'&gt;&amp;\">\
             <figcaption>&lt;/figcaption&gt;&lt;script&gt;</figcaption></figure>"
        );
    }

    #[test]
    fn an_address_that_no_link_may_have_is_not_written() {
        let file = BlockContent::File { media_id: MediaRef::nil(), title: None };
        let html = write(&file, &|_| Some("javascript:alert(1)".to_owned()));
        assert_eq!(
            html,
            "<p class=\"file\" data-media-id=\"00000000-0000-0000-0000-000000000000\"><a download=\"\"></a></p>"
        );
    }
}
