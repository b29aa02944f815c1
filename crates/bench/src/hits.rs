//! The hits that a client sends: those of [`VISITORS`] visitors from as many places behind one proxy, who
//! read one article after the other. Every one of them counts, none repeats another.

use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Result, program::Program};

/// How many visitors there are.
pub const VISITORS: usize = 50_000;
/// How many articles they read, each in turn.
pub const ARTICLES: usize = 100;

/// The hits, by their numbers.
pub struct Hits {
    articles: Vec<String>,
}

impl Hits {
    /// Publishes articles to be read.
    pub fn on_articles_of(program: &Program) -> Result<Self> {
        let token = program.log_in()?;
        let id_of = |answer: &Value| answer["data"]["id"].as_str().map(str::to_owned).ok_or("no id");
        let category = id_of(&program.post("editorial/categories", Some(&token), &json!({"name": "Tin tức"}))?)?;
        let mut articles = Vec::new();
        for number in 0..ARTICLES {
            let body = json!({"format": "text", "value": "Sáng nay, tại hội trường của Sở."});
            let write = json!({"title": format!("Bản tin {number}"), "categoryId": category, "body": body});
            let id = id_of(&program.post("editorial/articles", Some(&token), &write)?)?;
            program.act(&format!("editorial/articles/{id}/actions/publish"), &token, 1)?;
            articles.push(id);
        }
        Ok(Self { articles })
    }

    /// The name of a hit, by which it is known again.
    pub fn id(number: usize) -> Uuid {
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | number as u128)
    }

    /// Who comes with a hit, as headers, and what it says. Sent again, it comes from another address: so
    /// nothing but its id says that it is the same.
    fn hit(&self, number: usize, attempt: usize) -> (String, String, String) {
        let visitor = number % VISITORS;
        let article = self.articles.get(number / VISITORS % self.articles.len().max(1)).map_or("", String::as_str);
        let [high, low] = [visitor / 256, visitor % 256];
        let id = Self::id(number);
        let body = format!("{{\"articleId\":\"{article}\",\"hitId\":\"{id}\",\"referrer\":\"https://example.vn/\"}}");
        (
            format!("10.{high}.{low}.{}", 7 + attempt % 200),
            format!("Mozilla/5.0 (X11; Linux x86_64) Firefox/{}.0", visitor % 40 + 90),
            body,
        )
    }

    /// Appends the request of a hit.
    pub fn append_to(&self, bytes: &mut Vec<u8>, number: usize) {
        let (client, agent, body) = self.hit(number, 0);
        bytes.extend_from_slice(
            format!(
                "POST /api/v1/visits HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: {client}\r\nuser-agent: {agent}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
    }

    /// Sends one hit, not for the first time if it was attempted before; whether it was acknowledged.
    pub fn send(&self, agent: &ureq::Agent, address: SocketAddr, number: usize, attempt: usize) -> bool {
        let (client, user_agent, body) = self.hit(number, attempt);
        let request = agent
            .post(format!("http://{address}/api/v1/visits"))
            .header("content-type", "application/json")
            .header("x-forwarded-for", client)
            .header("user-agent", user_agent);
        request.send(body).is_ok_and(|answer| answer.status() == 200)
    }
}
