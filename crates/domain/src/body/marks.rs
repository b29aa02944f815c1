//! Marks: what a run of text is besides its characters.

use std::mem::discriminant;
use std::rc::Rc;

use super::href;
use super::report::Report;
use super::tokens::Element;

/// What a run of text is marked as.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    Strong,
    Em,
    Underline,
    Strike,
    Sub,
    Sup,
    Code,
    Link(Rc<str>),
}

impl Mark {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "strong" | "b" => Self::Strong,
            "em" | "i" => Self::Em,
            "u" => Self::Underline,
            "s" | "del" | "strike" => Self::Strike,
            "sub" => Self::Sub,
            "sup" => Self::Sup,
            "code" => Self::Code,
            _ => return None,
        })
    }

    /// The name of its element.
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Em => "em",
            Self::Underline => "u",
            Self::Strike => "s",
            Self::Sub => "sub",
            Self::Sup => "sup",
            Self::Code => "code",
            Self::Link(_) => "a",
        }
    }
}

/// The marks that are open where the reader stands, outermost first, each kind at most once.
///
/// How often a kind was opened is counted, not stacked: a hundred thousand nested `<b>` are one
/// mark, and marks that overlap (`<b><i></b></i>`) need no mending.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Vec<(Mark, usize)>);

impl Marks {
    /// Opens the mark that `element` stands for; `false` when it stands for none.
    pub(super) fn open(&mut self, element: &Element, report: &mut Report) -> bool {
        if element.name() == "a" {
            self.close("a");
            if let Some(link) = read_link(element, report) {
                self.0.push((Mark::Link(link.into()), 1));
            }
            return true;
        }
        let Some(mark) = Mark::named(element.name()) else { return false };
        note_attributes(element, &[], report);
        self.add(mark);
        true
    }

    /// Opens `mark` once more.
    pub(super) fn add(&mut self, mark: Mark) {
        match self.0.iter_mut().find(|(open, _)| *open == mark) {
            Some((_, times)) => *times += 1,
            None => self.0.push((mark, 1)),
        }
    }

    /// Closes the mark that an element of this name opened; `false` when it stands for none.
    pub(super) fn close(&mut self, name: &str) -> bool {
        let Some(mark) = (if name == "a" { Some(Mark::Link("".into())) } else { Mark::named(name) }) else {
            return false;
        };
        if let Some(at) = self.0.iter().position(|(open, _)| discriminant(open) == discriminant(&mark)) {
            if let Some((_, times)) = self.0.get_mut(at) {
                *times -= 1;
            }
            self.0.retain(|(_, times)| *times > 0);
        }
        true
    }

    /// The link that is open.
    pub(super) fn link(&self) -> Option<&str> {
        self.0.iter().find_map(|(mark, _)| if let Mark::Link(link) = mark { Some(&**link) } else { None })
    }

    /// Them, for a run of text.
    pub(super) fn list(&self) -> Vec<Mark> {
        self.0.iter().map(|(mark, _)| mark.clone()).collect()
    }

    /// Whether a run with these `marks` could go on.
    pub(super) fn are(&self, marks: &[Mark]) -> bool {
        self.0.iter().map(|(mark, _)| mark).eq(marks)
    }
}

/// The allowed address of a link; what is not kept of it is told.
fn read_link(element: &Element, report: &mut Report) -> Option<String> {
    note_attributes(element, &["href"], report);
    let typed = element.attribute("href")?;
    let link = href::parse_link(typed);
    if link.is_none() {
        report.note("removed_url", typed);
    }
    link
}

/// Notes every attribute of `element` that is not among `known`.
pub(super) fn note_attributes(element: &Element, known: &[&str], report: &mut Report) {
    for (name, _) in element.attributes().filter(|(name, _)| !known.contains(name)) {
        report.note("removed_attribute", name);
    }
}
