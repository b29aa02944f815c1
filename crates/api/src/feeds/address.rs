//! The addresses of a feed: its own, and those of the documents that it leads to.
//!
//! They are made of the public address and of what the request asks for, and never of what it says of the
//! host.

use actix_web::HttpRequest;
use bantin_application::feeds::Document;
use bantin_domain::locale::Locale;

use super::text::as_uri;
use crate::Render;

/// What says where in a feed a document stands, and not what the feed is.
const WHERE: [&str; 5] = ["cursor", "month", "through", "mark", "limit"];

/// The address of a feed, in parts.
#[derive(Debug)]
pub struct Address {
    base: String,
    pairs: Vec<String>,
}

impl Address {
    /// Of a request; in a language that its header chose, where that is not the usual one.
    pub fn of(request: &HttpRequest, render: &Render, chosen: Option<&Locale>) -> Self {
        let pairs = request.query_string().split('&').filter(|pair| !pair.is_empty()).map(ToOwned::to_owned);
        Self {
            base: format!("{}{}", render.public_url(), request.path()),
            pairs: pairs.chain(chosen.map(|locale| format!("locale={locale}"))).collect(),
        }
    }

    /// As it was asked for.
    pub fn itself(&self) -> String {
        self.written(&self.pairs)
    }

    /// The same with other values of these parameters.
    pub fn with(&self, others: &[(&str, &str)]) -> String {
        let kept = self.pairs.iter().filter(|pair| others.iter().all(|(name, _)| name_of(pair) != *name));
        let new = others.iter().map(|(name, value)| format!("{name}={value}"));
        self.written(&kept.cloned().chain(new).collect::<Vec<_>>())
    }

    /// The document of the feed that has the newest.
    pub fn of_newest(&self) -> String {
        self.written(&self.pairs_of_feed())
    }

    /// A document of its archive.
    pub fn of_document(&self, Document { place, mark }: Document) -> String {
        let mut pairs = self.pairs_of_feed();
        pairs.push(format!("month={:04}-{:02}", place.month.year, place.month.month));
        pairs.push(format!("through={}", place.through));
        pairs.push(format!("mark={mark:016x}"));
        self.written(&pairs)
    }

    /// What the feed is asked, in one spelling: all of its documents are of one feed.
    pub fn question(&self) -> String {
        let mut pairs = self.pairs_of_feed();
        pairs.retain(|pair| !["content", "locale"].contains(&name_of(pair)));
        pairs.sort_unstable();
        as_uri(&pairs.join("&"))
    }

    fn pairs_of_feed(&self) -> Vec<String> {
        self.pairs.iter().filter(|pair| !WHERE.contains(&name_of(pair))).cloned().collect()
    }

    /// In the order of the names: one document has one address.
    fn written(&self, pairs: &[String]) -> String {
        let mut pairs = pairs.to_vec();
        pairs.sort_by(|one, other| name_of(one).cmp(name_of(other)));
        let query = pairs.join("&");
        as_uri(&if query.is_empty() { self.base.clone() } else { format!("{}?{query}", self.base) })
    }
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}
