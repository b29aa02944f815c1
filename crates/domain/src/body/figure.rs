//! A figure while it is read from HTML: a picture, several of them, or something embedded.
//!
//! Figures may lie in a figure (that is how a gallery is written); each of them, and the outer one
//! when it holds pictures itself, is a [`Frame`].

use super::MediaRef;
use super::block::{BlockContent, Image};
use super::inline::Line;
use super::marks::{Marks, note_attributes};
use super::report::Report;
use super::tokens::Element;
use super::{href, plain};

/// The pictures read so far and the frame that is open.
pub(super) struct FigureDraft {
    /// The marks that were open where the figure began.
    pub(super) outer_marks: Marks,
    depth: usize,
    is_gallery: bool,
    is_embed: bool,
    embed: Option<String>,
    items: Vec<Image>,
    frame: Option<Frame>,
    /// Text that belongs to no picture.
    stray: Line,
}

/// Pictures with one caption.
#[derive(Default)]
struct Frame {
    media_id: Option<MediaRef>,
    images: Vec<Image>,
    caption: Line,
    credit: Line,
    in_credit: bool,
}

impl FigureDraft {
    /// The figure that `element` begins.
    pub(super) fn begin(element: &Element, outer_marks: Marks, report: &mut Report) -> Self {
        let is_gallery = element.has_class("gallery");
        let frame = Frame::begin(element, report);
        Self {
            outer_marks,
            depth: 1,
            is_gallery,
            is_embed: element.has_class("embed"),
            embed: None,
            items: Vec::new(),
            frame: (!is_gallery).then_some(frame),
            stray: Line::default(),
        }
    }

    /// A figure begins inside of this one, which makes this one a gallery.
    pub(super) fn begin_inner(&mut self, element: &Element, report: &mut Report) {
        self.end_frame(report);
        self.depth += 1;
        self.is_gallery = true;
        self.frame = Some(Frame::begin(element, report));
    }

    /// A figure ends; `true` when it was this one.
    pub(super) fn end_inner(&mut self, report: &mut Report) -> bool {
        self.depth -= 1;
        self.end_frame(report);
        self.depth == 0
    }

    /// Where text goes: the caption, or the credit within it.
    pub(super) fn line(&mut self) -> &mut Line {
        match &mut self.frame {
            Some(frame) => {
                if frame.in_credit {
                    &mut frame.credit
                } else {
                    &mut frame.caption
                }
            }
            None => &mut self.stray,
        }
    }

    /// Text from here on is, or is no longer, the credit.
    pub(super) fn write_credit(&mut self, in_credit: bool) {
        if let Some(frame) = &mut self.frame {
            frame.in_credit = in_credit;
        }
    }

    /// Whether the figure names the file of the next picture.
    pub(super) fn names_file(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.media_id.is_some() && frame.images.is_empty())
    }

    /// Takes a picture.
    pub(super) fn add_image(&mut self, image: Image) {
        match &mut self.frame {
            Some(frame) => frame.images.push(image),
            None => self.items.push(image),
        }
    }

    /// Takes the address of a link when this figure stands for what it points at; `false` when not.
    pub(super) fn take_link(&mut self, element: &Element) -> bool {
        if self.is_embed && self.embed.is_none() {
            self.embed = element.attribute("href").and_then(href::parse_embed);
            return self.embed.is_some();
        }
        false
    }

    /// Takes the allowed address of a frame (`<iframe>`).
    pub(super) fn embed(&mut self, url: String, title: &str, report: &mut Report) {
        self.embed = Some(url);
        if self.line().is_empty() {
            self.line().push(title, &Marks::default(), report);
        }
    }

    fn end_frame(&mut self, report: &mut Report) {
        let Some(mut frame) = self.frame.take() else { return };
        if self.embed.is_some() {
            self.frame = Some(frame);
            return;
        }
        // The file may be named by the figure, and its first picture is meant.
        if let Some(image) = frame.images.first_mut().filter(|image| image.media_id.is_none()) {
            image.media_id = frame.media_id;
        }
        let caption = frame.caption.into_plain(report);
        let credit = frame.credit.into_plain(report);
        match frame.images.last_mut() {
            // What the figure says of all its pictures stands below the last.
            Some(image) => {
                if caption.is_some() && image.caption.is_some() {
                    report.note("removed_attribute", "title");
                }
                image.caption = caption.or(image.caption.take());
                image.credit = credit;
            }
            None => {
                for text in caption.iter().chain(&credit) {
                    self.stray.push(text, &Marks::default(), report);
                    self.stray.end_paragraph(&Marks::default());
                }
            }
        }
        self.items.append(&mut frame.images);
    }

    /// What the figure holds, and a paragraph of the text that belongs to no picture.
    pub(super) fn finish(mut self, report: &mut Report) -> Vec<BlockContent> {
        let mut blocks = Vec::new();
        if let Some(url) = self.embed.take() {
            let title = self.frame.as_mut().and_then(|frame| std::mem::take(&mut frame.caption).into_plain(report));
            blocks.push(embed(url, title));
        }
        self.end_frame(report);
        self.items.retain(|image| !image.is_blank());
        if self.is_gallery || self.items.len() > 1 {
            if !self.items.is_empty() {
                blocks.push(BlockContent::Gallery { items: self.items });
            }
        } else {
            blocks.extend(self.items.pop().map(BlockContent::Image));
        }
        let stray = self.stray.into_inline();
        if !stray.is_empty() {
            blocks.push(BlockContent::Paragraph { text: stray });
        }
        blocks
    }
}

impl Frame {
    fn begin(element: &Element, report: &mut Report) -> Self {
        Self { media_id: read_media_id(element, report), ..Self::default() }
    }
}

/// Something embedded; a title that only repeats the address is none.
pub(super) fn embed(url: String, title: Option<String>) -> BlockContent {
    let title = title.filter(|title| *title != url);
    BlockContent::Embed { url, title }
}

/// The picture that an `<img>` shows.
///
/// Which file it is says `data-media-id`, or a fragment `#media-{id}` of the address, which is how
/// Markdown carries it, or the figure around it (`file_is_named`). Any other address is dropped,
/// and told: a body shows no pictures of strangers' servers, which could change them and count its
/// readers.
pub(super) fn read_image(element: &Element, file_is_named: bool, report: &mut Report) -> Image {
    note_attributes(element, &["src", "alt", "title", "data-media-id"], report);
    let src = element.attribute("src").unwrap_or_default();
    let named = element.attribute("data-media-id").and_then(parse_media_id);
    let carried = || src.rsplit_once("#media-").and_then(|(_, id)| parse_media_id(id));
    let media_id = named.or_else(carried);
    if media_id.is_none() && !file_is_named && !src.is_empty() {
        report.note("removed_url", src);
    }
    Image {
        media_id,
        alt: plain::clean(element.attribute("alt").unwrap_or_default(), report).unwrap_or_default(),
        caption: plain::clean(element.attribute("title").unwrap_or_default(), report),
        credit: None,
    }
}

/// The file that an element names with `data-media-id`; classes that say what it is are known.
pub(super) fn read_media_id(element: &Element, report: &mut Report) -> Option<MediaRef> {
    let known = element.attribute("class").is_some_and(|class| matches!(class, "gallery" | "embed" | "file"));
    let media_id = element.attribute("data-media-id").and_then(parse_media_id);
    for (name, _) in element.attributes() {
        if !(name == "class" && known || name == "data-media-id" && media_id.is_some()) {
            report.note("removed_attribute", name);
        }
    }
    media_id
}

/// A media id in its one spelling.
pub(super) fn parse_media_id(text: &str) -> Option<MediaRef> {
    (text.len() == uuid::fmt::Hyphenated::LENGTH).then(|| MediaRef::try_parse(text).ok()).flatten()
}
