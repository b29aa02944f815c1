//! Access tokens: the table of everything that must never pass for one, over HTTP; and keys that take
//! turns without a request that is refused.

use bantin_application::{
    auth::{
        entropy::SystemEntropy,
        key_ring::KeyState,
        opaque::{Opaque, OpaqueKind},
        secret_key::SecretKey,
    },
    sessions,
};
use bantin_domain::policy::Role;
use bantin_persistence::accounts::signing_keys;
use bantin_tests::{
    Client, TestApp,
    app::PASSWORD,
    both,
    content::{self, NOBODY, path_with},
    contract::{is_public, operations},
    node::Node,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

type Headers = Vec<(String, String)>;

/// A credential that must be refused: the row of the table, and how it is sent.
struct Refused {
    row: u32,
    what: String,
    query: String,
    headers: Headers,
}

/// The private half of the key that signs, as whoever stole database and key file would have it: most
/// rows must be refused although the signature is right.
struct Forge {
    key: SigningKey,
    kid: String,
    claims: Value,
    good: String,
}

fn encode(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

impl Forge {
    fn of(app: &TestApp, good: &str) -> Self {
        let secret = SecretKey::read(&app.folder.join("secret.key")).unwrap();
        let keys = app.api.app.store().desk(signing_keys::list::<KeyState>).unwrap();
        let active = keys.iter().find(|key| key.state == KeyState::Active).unwrap();
        let seed: [u8; 32] =
            secret.open("signing-key", &active.sealed_private_key).unwrap().as_slice().try_into().unwrap();
        let claims = serde_json::from_slice(&decode(good.split('.').nth(1).unwrap())).unwrap();
        Self { key: SigningKey::from_bytes(&seed), kid: active.kid.clone(), claims, good: good.to_owned() }
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid})
    }

    fn signed(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", encode(header), encode(claims));
        format!("{input}.{}", encode(self.key.sign(input.as_bytes()).to_bytes()))
    }

    fn with_header(&self, member: &str, value: Value) -> String {
        let mut header = self.header();
        header[member] = value;
        self.signed(&header.to_string(), &self.claims.to_string())
    }

    fn without_header(&self, member: &str) -> String {
        let mut header = self.header();
        header.as_object_mut().unwrap().remove(member);
        self.signed(&header.to_string(), &self.claims.to_string())
    }

    fn with_claim(&self, member: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[member] = value;
        self.signed(&self.header().to_string(), &claims.to_string())
    }

    fn without_claim(&self, member: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(member);
        self.signed(&self.header().to_string(), &claims.to_string())
    }

    /// A claim in a spelling that no JSON value has.
    fn with_raw_claim(&self, member: &str, text: &str) -> String {
        let claims = self.claims.to_string();
        let old = format!("\"{member}\":{}", self.claims[member]);
        assert!(claims.contains(&old));
        self.signed(&self.header().to_string(), &claims.replace(&old, text))
    }

    fn hs256(&self, secret: &[u8]) -> String {
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": self.kid});
        let input = format!("{}.{}", encode(header.to_string()), encode(self.claims.to_string()));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(input.as_bytes());
        format!("{input}.{}", encode(mac.finalize().into_bytes()))
    }

    /// The good token with the order of the curve added to its S: the same signature, written otherwise.
    fn with_high_s(&self) -> String {
        const ORDER: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let (input, signature) = self.good.rsplit_once('.').unwrap();
        let mut signature = decode(signature);
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
        }
        format!("{input}.{}", encode(signature))
    }
}

/// The table, but for the rows that need accounts or keys of their own.
fn forged(forge: &Forge) -> Vec<(u32, String)> {
    let (header, claims) = (forge.header(), &forge.claims);
    let (input, signature) = forge.good.rsplit_once('.').unwrap();
    let (first, second) = input.split_once('.').unwrap();
    let public = forge.key.verifying_key().to_bytes();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], public.as_slice()].concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64::engine::general_purpose::STANDARD.encode(&der)
    );
    let jwk =
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": forge.kid, "x": encode(public)});
    let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    let mut table: Vec<(u32, String)> = Vec::new();
    let mut row = |row, tokens: Vec<String>| table.extend(tokens.into_iter().map(|token| (row, token)));

    let unsigned = |alg: Value| {
        format!("{}.{second}.", encode(json!({"alg": alg, "typ": "at+jwt", "kid": forge.kid}).to_string()))
    };
    row(1, ["none", "None", "nOnE", "NONE", ""].map(|alg| unsigned(json!(alg))).into());
    row(1, ["none", "None", "nOnE", ""].map(|alg| forge.with_header("alg", json!(alg))).into());
    row(
        1,
        vec![
            unsigned(Value::Null),
            forge.without_header("alg"),
            format!("{}.{second}.", encode(r#"{"typ":"at+jwt"}"#)),
        ],
    );
    row(
        2,
        vec![
            forge.hs256(&public),
            forge.hs256(&der),
            forge.hs256(pem.as_bytes()),
            forge.hs256(jwk.to_string().as_bytes()),
        ],
    );
    row(3, vec![forge.hs256(b""), forge.hs256(b"secret"), forge.hs256(forge.kid.as_bytes())]);
    let other = Forge {
        key: SigningKey::from_bytes(&[7; 32]),
        kid: forge.kid.clone(),
        claims: claims.clone(),
        good: String::new(),
    };
    row(4, vec![other.signed(&header.to_string(), &claims.to_string())]);
    row(
        5,
        ["0123456789abcdef", "../../dev/null", "' OR 1=1 --", "", &"k".repeat(5_000)]
            .map(|kid| forge.with_header("kid", json!(kid)))
            .into(),
    );
    row(
        5,
        vec![forge.without_header("kid"), forge.with_header("kid", json!(7)), forge.with_header("kid", Value::Null)],
    );
    row(
        6,
        vec![
            forge.with_header("jwk", jwk),
            forge.with_header("jku", json!("https://evil.example/jwks.json")),
            forge.with_header("x5u", json!("https://evil.example/cert.pem")),
            forge.with_header("x5c", json!(["AAAA"])),
        ],
    );
    row(
        7,
        vec![
            forge.with_header("crit", json!(["exp"])),
            forge.with_header("crit", json!(["unknown"])),
            forge.with_header("crit", json!([])),
        ],
    );
    row(
        8,
        ["JWT", "refresh+jwt", "AT+JWT", "application/at+jwt"].map(|typ| forge.with_header("typ", json!(typ))).into(),
    );
    row(8, vec![forge.without_header("typ")]);
    row(
        9,
        vec![
            forge.without_claim("exp"),
            forge.with_claim("exp", json!(exp.to_string())),
            forge.with_claim("exp", json!(exp as f64 + 0.5)),
            forge.with_raw_claim("exp", "\"exp\":1e99"),
            forge.with_claim("exp", json!(-1)),
            forge.with_claim("exp", json!([exp])),
            forge.with_claim("exp", Value::Null),
            forge.with_claim("exp", json!(exp + 365 * 24 * 60 * 60)),
            forge.with_claim("exp", json!(u64::MAX)),
        ],
    );
    row(
        11,
        vec![
            forge.with_raw_claim("exp", &format!("\"exp\":{exp},\"exp\":{}", exp + 1)),
            forge.with_raw_claim("sub", &format!("\"sub\":{0},\"sub\":{0}", claims["sub"])),
            forge.signed(
                &format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{}"}}"#, forge.kid),
                &claims.to_string(),
            ),
        ],
    );
    row(
        13,
        vec![
            forge.signed(
                &header.to_string(),
                &{
                    let mut other = claims.clone();
                    other["iss"] = json!("https://other.example");
                    other["aud"] = json!("https://other.example");
                    other
                }
                .to_string(),
            ),
        ],
    );
    let bytes = decode(second);
    row(
        14,
        (0..bytes.len())
            .step_by(bytes.len() / 4)
            .map(|n| {
                let mut altered = bytes.clone();
                altered[n] ^= 1;
                format!("{first}.{}.{signature}", encode(altered))
            })
            .collect(),
    );
    let mut small_order = [0_u8; 64];
    small_order[0] = 1;
    row(
        15,
        vec![
            forge.with_high_s(),
            format!("{input}.{}", encode(small_order)),
            format!("{input}.{}", encode([0_u8; 64])),
        ],
    );
    row(16, vec![forge.with_claim("nbf", json!(iat + 60)), forge.with_claim("nbf", json!("999999999999"))]);
    row(
        17,
        vec![
            forge.signed(
                &header.to_string(),
                &{
                    let mut later = claims.clone();
                    later["iat"] = json!(iat + 60);
                    later["exp"] = json!(iat + 660);
                    later
                }
                .to_string(),
            ),
            forge.without_claim("iat"),
            forge.with_claim("iat", json!(iat.to_string())),
        ],
    );
    row(
        18,
        vec![
            forge.without_claim("aud"),
            forge.with_claim("aud", json!("https://other.example")),
            forge.with_claim("aud", json!(["https://other.example"])),
            forge.with_claim("aud", json!({})),
            forge.with_claim("aud", Value::Null),
        ],
    );
    row(
        19,
        vec![
            forge.without_claim("iss"),
            forge.with_claim("iss", json!("https://other.example")),
            forge.with_claim("iss", json!("https://tin.example/")),
            forge.with_claim("iss", json!(["https://tin.example"])),
        ],
    );
    row(
        20,
        vec![forge.without_claim("sub"), forge.with_claim("sub", json!(NOBODY)), forge.with_claim("sub", json!(1))],
    );
    row(
        21,
        vec![forge.without_claim("sid"), forge.with_claim("sid", json!(NOBODY)), forge.with_claim("sid", Value::Null)],
    );
    row(
        24,
        vec![
            format!("{input}."),
            input.to_owned(),
            format!("{}.{signature}", forge.good),
            format!("{}.", forge.good),
            format!(".{}", forge.good),
            json!({"protected": first, "payload": second, "signature": signature}).to_string(),
        ],
    );
    let last = input.len() + 1 + signature.len() - 1;
    // The last letter of 64 bytes carries four bits that mean nothing: A, Q, g and w are the canonical ones.
    let successor = |letter: char| char::from(letter as u8 + 1);
    row(
        25,
        vec![
            format!("{}==", forge.good),
            format!("{first}=.{second}.{signature}"),
            forge.good.replacen('.', " .", 1),
            forge.good.replacen('.', "\t.", 1),
            format!("{}+{}", &forge.good[..10], &forge.good[11..]),
            format!("{}/{}", &forge.good[..10], &forge.good[11..]),
            format!("{}{}", &forge.good[..last], successor(forge.good[last..].chars().next().unwrap())),
        ],
    );
    row(
        26,
        vec![forge.with_header("cty", json!("JWT")), {
            let mut header = header.clone();
            header["cty"] = json!("JWT");
            forge.signed(&header.to_string(), &json!(forge.good).to_string())
        }],
    );
    row(27, vec![forge.with_claim("jti", json!("x".repeat(9_000))), "x".repeat(9_000)]);
    row(
        29,
        vec![format!(
            "{}.{}.{}.{}.{}",
            encode(r#"{"alg":"dir","enc":"A256GCM"}"#),
            "",
            encode("iv"),
            encode("text"),
            encode("tag")
        )],
    );
    table
}

fn bearer(token: &str) -> Headers {
    vec![("authorization".to_owned(), format!("Bearer {token}"))]
}

/// All rows, with accounts whose tokens were good a moment ago.
fn table(app: &TestApp) -> Vec<Refused> {
    app.admin();
    // Row 12: signed by a key that has had its turns and was retired.
    let old = app.author();
    let retired = old.token().unwrap().to_owned();
    let kid = app.api.app.keys().active().kid().to_owned();
    app.wait(sessions::rotate_keys(&app.api.app)).unwrap();
    let old_id = old.get("/api/v1/auth/me").expect(200).id();
    app.wait(sessions::retire_key(&app.api.app, kid)).unwrap();
    let admin = app.log_in("quan-tri@so.example");
    // Row 20: the session of one is not another's.
    let good = app.log_in("tac-gia@so.example").token().unwrap().to_owned();
    let forge = Forge::of(app, &good);
    app.anonymous().with_token(&good).get("/api/v1/auth/me").expect(200);
    app.anonymous()
        .with_token(&forge.signed(&forge.header().to_string(), &forge.claims.to_string()))
        .get("/api/v1/auth/me")
        .expect(200);
    let someone = admin.get("/api/v1/auth/me").expect(200).id();

    let mut tokens = forged(&forge);
    tokens.push((12, retired));
    tokens.push((20, forge.with_claim("sub", json!(someone))));
    // Row 21: ended. Row 22: secrets of other kinds, some of them good for what they are for.
    let ended = app.log_in("tac-gia@so.example");
    ended.send("POST", "/api/v1/auth/logout", &[], None).expect(204);
    tokens.push((21, ended.token().unwrap().to_owned()));
    let login = app
        .anonymous()
        .post("/api/v1/auth/login", &json!({"email": "tac-gia@so.example", "password": PASSWORD}))
        .expect(200);
    tokens.push((22, login.data()["refreshToken"].as_str().unwrap().to_owned()));
    let invited = admin
        .post("/api/v1/editorial/users", &json!({"email": "moi@so.example", "name": "Mới", "role": "author"}))
        .expect(201);
    tokens.push((22, invited.data()["invitation"]["token"].as_str().unwrap().to_owned()));
    let path = format!("/api/v1/editorial/users/{old_id}/reset");
    tokens.push((22, admin.post(&path, &json!({})).expect(200).data()["token"].as_str().unwrap().to_owned()));
    let draft = content::event(&admin, "Hội nghị");
    let path = format!("/api/v1/editorial/events/{}/preview-links", draft.id());
    tokens.push((22, admin.post(&path, &json!({})).expect(201).data()["token"].as_str().unwrap().to_owned()));
    // Of an API key all is right but that nobody gave it.
    tokens.push((22, Opaque::generate(&SystemEntropy, OpaqueKind::ApiKey).unwrap().expose().to_owned()));
    for prefix in ["btnp_", "btn_", "btnr_", ""] {
        tokens.push((22, format!("{prefix}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")));
    }
    // Row 30: what happened to the account since.
    for (n, act) in ["password", "role", "disabled"].into_iter().enumerate() {
        let email = format!("truoc-{n}@so.example");
        let before = app.user(Role::Author, &email);
        let id = before.get("/api/v1/auth/me").expect(200).id();
        let path = format!("/api/v1/editorial/users/{id}");
        match act {
            "password" => {
                let other = app.log_in(&email);
                other
                    .json(
                        "PUT",
                        "/api/v1/auth/password",
                        &[],
                        &json!({"currentPassword": PASSWORD, "newPassword": "mot-cau-khac-han-cho-de-nho"}),
                    )
                    .expect(204);
            }
            "role" => {
                admin.patch(&path, "\"1\"", &json!({"role": "editor"})).expect(200);
            }
            _ => {
                admin.patch(&path, "\"1\"", &json!({"disabled": true})).expect(200);
            }
        }
        tokens.push((30, before.token().unwrap().to_owned()));
    }

    let mut all: Vec<Refused> = tokens
        .into_iter()
        .map(|(row, token)| Refused {
            row,
            what: token.chars().take(120).collect(),
            query: String::new(),
            headers: bearer(&token),
        })
        .collect();
    // Row 23: elsewhere than in the header. Row 28: twice, or spelt otherwise.
    let mut sent = |row, query: String, headers: &[(&str, String)]| {
        let headers: Headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        all.push(Refused { row, what: format!("{query} {headers:?}"), query, headers });
    };
    sent(23, format!("?access_token={good}"), &[]);
    sent(23, format!("?token={good}"), &[]);
    sent(23, String::new(), &[("cookie", format!("access_token={good}; token={good}"))]);
    sent(23, String::new(), &[("x-access-token", good.clone()), ("proxy-authorization", format!("Bearer {good}"))]);
    sent(
        28,
        String::new(),
        &[("authorization", format!("Bearer {good}")), ("authorization", format!("Bearer {good}"))],
    );
    sent(28, String::new(), &[("authorization", format!("Bearer {good}")), ("authorization", "Basic YTpi".to_owned())]);
    for value in [
        format!("Bearer Bearer {good}"),
        format!("bearer  {good}"),
        format!("Bearer {good}, Bearer {good}"),
        format!("Bearer\t{good}"),
        format!("Token {good}"),
        good.clone(),
        "Bearer".to_owned(),
        String::new(),
    ] {
        sent(28, String::new(), &[("authorization", value)]);
    }
    all
}

/// Sends a credential to a route, with a version and a document that are no good: who may not come in
/// learns nothing of them. The answer, but for the request's id.
fn answer(app: &TestApp, method: &str, path: &str, refused: &Refused) -> (u16, Value, Option<String>) {
    let mut headers: Vec<(&str, &str)> = vec![("if-match", "nonsense"), ("content-type", "text/html")];
    headers.extend(refused.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer =
        app.anonymous().send(method, &format!("{path}{}", refused.query), &headers, (method != "GET").then_some(b"{"));
    let mut json = answer.json.clone();
    assert!(json["requestId"].take().is_string(), "{}", answer.request);
    (answer.status, json, answer.header("www-authenticate").map(ToOwned::to_owned))
}

both! {
    fn what_is_no_token_of_ours_is_refused_on_every_route_with_the_same_words(app) {
        let table = table(&app);
        let expected = {
            let nothing = Refused { row: 0, what: String::new(), query: String::new(), headers: Vec::new() };
            answer(&app, "GET", "/api/v1/auth/me", &nothing)
        };
        assert_eq!((expected.0, &expected.1["code"], expected.2.as_deref()), (401, &json!("unauthenticated"), Some("Bearer error=\"invalid_token\"")));
        let rows: std::collections::BTreeSet<u32> = table.iter().map(|refused| refused.row).collect();
        // Row 10, a token whose time is over, is told so: see below.
        assert_eq!(rows, (1..=30).filter(|row| *row != 10).collect());

        let protected: Vec<(String, String)> = operations().filter(|(_, _, operation)| !is_public(operation)).map(|(method, path, _)| (method, path_with(path, NOBODY))).collect();
        assert!(protected.len() > 60);
        for refused in &table {
            for (method, path) in &protected {
                assert_eq!(answer(&app, method, path, refused), expected, "row {} at {method} {path}: {}", refused.row, refused.what);
            }
        }
    }

    fn a_token_whose_time_is_over_is_refused_from_that_second_on(app) {
        let editor = app.author();
        app.clock.advance(599);
        editor.get("/api/v1/auth/me").expect(200);
        app.clock.advance(1);
        for (method, path, _) in operations().filter(|(_, _, operation)| !is_public(operation)) {
            let headers = [("if-match", "nonsense"), ("content-type", "text/html")];
            let answer = editor.send(&method, &path_with(path, NOBODY), &headers, (method != "GET").then_some(b"{")).expect(401);
            assert_eq!((answer.json["code"].as_str(), answer.header("www-authenticate")), (Some("token_expired"), Some("Bearer error=\"invalid_token\"")));
        }
    }

    fn keys_take_turns_on_all_nodes_without_a_request_that_is_refused(app) {
        app.author();
        let node = Node::beside(&app);
        let bases = [app.anonymous(), node.anonymous()];
        let login = |client: &Client| {
            let answer = client.post("/api/v1/auth/login", &json!({"email": "tac-gia@so.example", "password": PASSWORD})).expect(200);
            answer.data()["accessToken"].as_str().unwrap().to_owned()
        };
        let first_kid = app.api.app.keys().active().kid().to_owned();
        let first = login(&bases[0]);
        let mut tokens = vec![first.clone()];
        for round in 0..8 {
            // Each node is the one that rotates in its turn; the other finds out by itself.
            let rotating = if round % 2 == 0 { app.api.app.clone() } else { node.app.clone() };
            let made: Vec<String> = std::thread::scope(|scope| {
                let clients: Vec<_> = (0..4).map(|n| {
                    let (bases, tokens, login) = (&bases, &tokens, &login);
                    scope.spawn(move || {
                        let mine = login(&bases[n % 2]);
                        for token in tokens.iter().chain([&mine]) {
                            for client in bases {
                                client.with_token(token).get("/api/v1/auth/me").expect(200);
                            }
                        }
                        mine
                    })
                }).collect();
                app.wait(sessions::rotate_keys(&rotating)).unwrap();
                clients.into_iter().map(|client| client.join().unwrap()).collect()
            });
            tokens.push(made[0].clone());
            app.clock.advance(1);
        }
        for node in [&app.api.app, &node.app] {
            node.reload_keys().unwrap();
        }
        let kids = |client: &Client| client.get("/.well-known/jwks.json").expect(200).json["keys"].as_array().unwrap().len();
        assert_eq!(kids(&bases[0]), 10, "one that signs, one to come, eight that have signed");

        app.wait(sessions::retire_key(&app.api.app, first_kid)).unwrap();
        bases[0].with_token(&first).get("/api/v1/auth/me").expect(401);
        // The other node reads the ring again every few seconds.
        node.app.reload_keys().unwrap();
        bases[1].with_token(&first).get("/api/v1/auth/me").expect(401);
        for client in &bases {
            client.with_token(&login(client)).get("/api/v1/auth/me").expect(200);
        }
    }

    fn a_key_that_nobody_knows_is_looked_for_once_a_second(app) {
        let editor = app.author();
        let forge = Forge::of(&app, editor.token().unwrap());
        let unknown = forge.with_header("kid", json!("0123456789abcdef"));
        app.anonymous().with_token(&unknown).get("/api/v1/auth/me").expect(401);
        // Two turns on another node within the second: the node has just looked.
        let node = Node::beside(&app);
        for _ in 0..2 {
            app.wait(sessions::rotate_keys(&node.app)).unwrap();
        }
        let login = node.anonymous().post("/api/v1/auth/login", &json!({"email": "tac-gia@so.example", "password": PASSWORD})).expect(200);
        let token = login.data()["accessToken"].as_str().unwrap();
        app.anonymous().with_token(token).get("/api/v1/auth/me").expect(401);
        app.clock.advance(1);
        app.anonymous().with_token(token).get("/api/v1/auth/me").expect(200);
    }

    fn the_key_set_holds_public_halves_only(app) {
        let answer = app.anonymous().get("/.well-known/jwks.json").expect(200);
        assert_eq!((answer.header("cache-control"), answer.header("content-type")), (Some("public, max-age=300"), Some("application/jwk-set+json")));
        let keys = answer.json["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "the one that signs and the one to come");
        for key in keys {
            let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        }
        // A verifier that holds nothing else can verify a token.
        let token = app.author().token().unwrap().to_owned();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let header: Value = serde_json::from_slice(&decode(input.split('.').next().unwrap())).unwrap();
        let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
        let key = ed25519_dalek::VerifyingKey::from_bytes(&decode(key["x"].as_str().unwrap()).try_into().unwrap()).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(&decode(signature).try_into().unwrap());
        assert!(key.verify_strict(input.as_bytes(), &signature).is_ok());
    }

    fn turns_of_the_keys_are_logged(app) {
        let admin = app.admin();
        app.wait(sessions::rotate_keys(&app.api.app)).unwrap();
        let log = admin.get("/api/v1/editorial/audit-log?filter[action]=site.rotateKeys").expect(200);
        assert_eq!(log.data()[0]["fields"][0]["field"], "signingKeys");
        assert_eq!(log.data().as_array().unwrap().len(), 1);
    }
}
