//! Another node on the database of an app under test.

use std::{net::TcpListener, sync::mpsc, thread::JoinHandle, time::Duration};

use actix_web::dev::ServerHandle;
use bantin_api::{
    Api,
    server::{self, ServerSettings},
};
use bantin_application::{App, Settings, auth::password::HashParameters};

use crate::{Client, TestApp};

/// A node beside another, stopped when it is dropped. It shares nothing with it but the database, the
/// files and the time.
pub struct Node {
    /// The program.
    pub app: App,
    /// Where it answers.
    pub base: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Node {
    /// Starts a node beside an app.
    pub fn beside(app: &TestApp) -> Self {
        Self::with_hashing(app, app.api.app.settings().hashing)
    }

    /// Starts a node whose password hashes cost something else.
    pub fn with_hashing(app: &TestApp, hashing: HashParameters) -> Self {
        let settings = Settings { hashing, ..app.api.app.settings().clone() };
        let second = App::start(settings, app.api.app.sources().clone()).unwrap();
        let watch = app.api.watch.clone();
        second.after_writes(move || watch.look());
        let api = Api { app: second.clone(), ..app.api.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let settings = ServerSettings {
            cors_origins: Vec::new(),
            workers: 1,
            shutdown: Duration::from_secs(5),
            waits_for: Duration::from_secs(30),
        };
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = server::run(api, settings, listener).unwrap();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { app: second, base, handle: told.recv().unwrap(), thread: Some(thread) }
    }

    /// Everybody, at this node.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// Who somebody is, at this node.
    pub fn as_seen(&self, client: &Client) -> Client {
        Client::new(&self.base, client.token().map(ToOwned::to_owned))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
