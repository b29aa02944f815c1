use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio_rustls::rustls::{
    ServerConfig, ServerConnection, Stream,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::*;

/// A certificate for `localhost` and 127.0.0.1 that signed itself, good for a hundred years.
const CERTIFICATE: &str = "\
    MIIBmDCCAT6gAwIBAgIUWbrvs8WcMGCuYKBad7/DIFwuVDYwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2\
    MTEyMzAyNTE0NFoYDzIxMjYxMDMwMDI1MTQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\
    AATnABlTxD5+E/kaWGiQA4Kl4/jv3KOSN/WOnbXyzIiUipvZ2AnnnD2HpP3RLhs3VEXZm51MjjC4ORweP9c5nAx8o2wwajAdBgNV\
    HQ4EFgQU6wnF2cSpJl5HKqrJtw4gqj8CD4kwHwYDVR0jBBgwFoAU6wnF2cSpJl5HKqrJtw4gqj8CD4kwGgYDVR0RBBMwEYIJbG9j\
    YWxob3N0hwR/AAABMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwIDSAAwRQIgJunjDCkN62K0Ix58suEmFoNMZswE5pDtjcvAY+BW\
    FwUCIQC6g8+BdnyK3+WweeO12WaWxjLvINYRXTahg/i6nshkkQ==";
/// Its key, which opens nothing else.
const KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7R/xXS7En+xtqh/zFNEcXF+7oxYPzq8/1nrzI5IygJOhRANCAATn\
    ABlTxD5+E/kaWGiQA4Kl4/jv3KOSN/WOnbXyzIiUipvZ2AnnnD2HpP3RLhs3VEXZm51MjjC4ORweP9c5nAx8";

fn certificate() -> CertificateDer<'static> {
    STANDARD.decode(CERTIFICATE).unwrap().into()
}

/// A sender that trusts these certificates.
fn trusting(certificates: &[CertificateDer<'static>]) -> Sender {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone()).unwrap();
    }
    Sender { reach: Reach::Private, tls: OnceLock::from(Some(connector(roots).unwrap())) }
}

/// Answers one request by TLS; its port.
fn receiver() -> u16 {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).unwrap()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        let (mut text, mut part) = (Vec::new(), [0; 1024]);
        while !text.ends_with(b"}") {
            // Who does not trust the certificate hangs up.
            let Ok(read) = stream.read(&mut part) else { return };
            text.extend_from_slice(&part[..read]);
        }
        stream.write_all(b"HTTP/1.1 204 X\r\n\r\n").unwrap();
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    port
}

fn send(sender: &Sender, url: &str) -> Attempt {
    let letter = Letter {
        url: WebhookUrl::parse(url).unwrap(),
        id: "id".to_owned(),
        seconds: 0,
        signatures: String::new(),
        body: "{}".to_owned(),
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(sender.send(&letter))
}

#[test]
fn a_receiver_with_a_good_certificate_is_told_by_tls() {
    for host in ["localhost", "127.0.0.1"] {
        let attempt = send(&trusting(&[certificate()]), &format!("https://{host}:{}/", receiver()));
        assert_eq!((attempt.status, attempt.fault), (Some(204), None), "{host}");
    }
}

#[test]
fn a_receiver_is_told_nothing_whose_certificate_nobody_vouches_for_or_is_for_another() {
    let untrusted = send(&trusting(&[]), &format!("https://localhost:{}/", receiver()));
    assert_eq!((untrusted.status, untrusted.fault), (None, Some(DeliveryFault::Tls)));
    let another = send(&trusting(&[certificate()]), &format!("https://127.0.0.2:{}/", receiver()));
    assert_eq!(another.status, None);
    assert!(matches!(another.fault, Some(DeliveryFault::Tls | DeliveryFault::Unreachable)), "{another:?}");
}

#[test]
fn a_name_of_which_one_address_is_private_is_not_called_at_all() {
    let sender = Sender::new(Reach::Public);
    let [public, private] =
        [[93, 184, 215, 14], [10, 0, 0, 1]].map(|octets| SocketAddr::from((Ipv4Addr::from(octets), 443)));
    assert!(sender.admits(&[public]));
    assert!(!sender.admits(&[public, private]));
    assert!(!sender.admits(&[private]));
}

#[test]
fn a_receiver_says_in_seconds_or_by_a_date_when_to_come_again_and_nonsense_says_nothing() {
    let read = |text: &str| asked_for(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]));
    assert_eq!(read("120"), Some(RetryAfter::Seconds(120)));
    let at = Timestamp::parse("2023-03-14T01:05:00Z").unwrap();
    assert_eq!(read("Tue, 14 Mar 2023 01:05:00 GMT"), Some(RetryAfter::At(at)));
    for nonsense in ["", "-1", "soon", "99999999999999", "Tue, 32 Mar 2023 01:05:00 GMT"] {
        assert_eq!(read(nonsense), None, "{nonsense}");
    }
    assert_eq!(asked_for(&HeaderMap::new()), None);
}
