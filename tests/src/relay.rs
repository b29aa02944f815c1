//! A wire between the program and its database that a test can cut.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A relay from a TCP port to the socket of a PostgreSQL server.
pub struct Relay {
    url: String,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<(TcpStream, UnixStream)>>>,
}

impl Relay {
    /// A relay to a database, whose URL names the folder of the server's socket (`?host=/…`).
    pub fn to(url: &str) -> Self {
        let (path, query) =
            url.strip_prefix("postgres:///").and_then(|rest| rest.split_once('?')).expect("a URL with a socket");
        let parameter =
            |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).expect("a socket and a user");
        let socket: PathBuf = Path::new(parameter("host=")).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (is_cut, connections) = (cut.clone(), open.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A cut wire takes the call and drops it, as a dead host's load balancer does.
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = UnixStream::connect(&socket) else { continue };
                pump(client.try_clone().unwrap(), server.try_clone().unwrap());
                pump(server.try_clone().unwrap(), client.try_clone().unwrap());
                connections.lock().unwrap().push((client, server));
            }
        });
        Self { url: format!("postgres://{}@127.0.0.1:{port}/{path}", parameter("user=")), cut, open }
    }

    /// The URL of the database through the relay.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts every open connection and refuses new ones.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for (client, server) in self.open.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

/// Copies until either end closes.
fn pump(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) {
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read) = from.read(&mut buffer) {
            if read == 0 || to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
    });
}
