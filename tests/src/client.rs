//! A client named by who it is. It speaks to a real socket, and holds every answer against the API
//! document.

use std::time::Duration;

use serde_json::Value;

use crate::contract;

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The request, for messages.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The body, where it is JSON; `null` otherwise.
    pub json: Value,
}

impl Answer {
    /// Passes on when the status is as expected; else fails with the whole answer.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.request, String::from_utf8_lossy(&self.bytes));
        self
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `data`.
    pub fn data(&self) -> &Value {
        &self.json["data"]
    }

    /// `data.id`.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json["data"]["id"].as_str().expect("data.id").to_owned()
    }

    /// The entity tag.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    /// `code` and the (pointer or parameter, code) of each error.
    pub fn faults(&self) -> (String, Vec<(String, String)>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        let place = |error: &Value| {
            if error["pointer"].is_string() { text(&error["pointer"]) } else { text(&error["parameter"]) }
        };
        (text(&self.json["code"]), errors.iter().map(|error| (place(error), text(&error["code"]))).collect())
    }
}

impl Client {
    /// A client of the server at `base`.
    pub fn new(base: &str, token: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent("Mozilla/5.0 (X11; Linux x86_64) bantin-tests")
            .build();
        Self { base: base.to_owned(), token, agent: config.new_agent() }
    }

    /// The token, for tests of tokens.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Sends bytes with headers. The answer is held against the API document.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = match body {
            Some(bytes) => self.agent.run(request.body(bytes.to_vec()).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        }
        .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec().unwrap();
        let answer = Answer {
            request: format!("{method} {path}"),
            status,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            headers,
            bytes,
        };
        contract::check(method, path, &answer);
        answer
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// `POST` of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, &[], body)
    }

    /// `POST` of JSON for a version.
    pub fn post_at(&self, path: &str, version: &str, body: &Value) -> Answer {
        self.json("POST", path, &[("if-match", version)], body)
    }

    /// `PATCH` of JSON for a version.
    pub fn patch(&self, path: &str, version: &str, body: &Value) -> Answer {
        self.json("PATCH", path, &[("if-match", version)], body)
    }

    /// `PUT` of JSON for a version.
    pub fn put(&self, path: &str, version: &str, body: &Value) -> Answer {
        self.json("PUT", path, &[("if-match", version)], body)
    }

    /// `DELETE` of a version.
    pub fn delete(&self, path: &str, version: &str) -> Answer {
        self.send("DELETE", path, &[("if-match", version)], None)
    }

    /// JSON with headers.
    pub fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.send(method, path, &all, Some(&serde_json::to_vec(body).unwrap()))
    }
}
