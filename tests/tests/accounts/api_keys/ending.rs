//! When a key is good, from where, and that it ends on every node.

use bantin_application::auth::{
    entropy::SystemEntropy,
    opaque::{Opaque, OpaqueKind},
};
use bantin_tests::{Answer, Client, TestApp, both, node::Node};
use serde_json::json;

use crate::api_keys::{KEYS, TAGS, any, code, give, path_of, program, rotate, secret_of};

/// Asks for the tags as if from an address.
fn from(client: &Client, address: &str) -> Answer {
    client.send("GET", TAGS, &[("x-forwarded-for", address)], None)
}

fn refused(app: &TestApp, secret: &str) {
    let answer = app.anonymous().with_token(secret).get(TAGS).expect(401);
    assert_eq!(code(&answer), "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

both! {
    fn a_key_is_good_until_it_expires_and_again_when_its_end_is_moved(app) {
        let admin = app.admin();
        let made = give(&admin, &["tag:read"], json!({"expiresAt": "2023-03-14T08:01:00+07:00"}));
        let caller = program(&app, &made);
        app.clock.advance(59);
        caller.get(TAGS).expect(200);
        app.clock.advance(1);
        refused(&app, &secret_of(&made));
        assert_eq!(admin.get(&path_of(&made)).expect(200).data()["state"], "expired");
        admin.patch(&path_of(&made), "\"1\"", &json!({"expiresAt": "2023-03-14T08:02:00+07:00"})).expect(200);
        caller.get(TAGS).expect(200);
    }

    fn a_key_is_good_only_from_its_networks(app) {
        let admin = app.admin();
        let made = give(&admin, &["tag:read", "tag:create"], json!({"networks": ["203.0.113.0/24", "2001:db8::/32"]}));
        let caller = program(&app, &made);
        for address in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8:1::1", "8.8.8.8, 203.0.113.7"] {
            from(&caller, address).expect(200);
        }
        for address in ["203.0.114.7", "2001:db9::1", "203.0.113.7, 8.8.8.8", "nonsense"] {
            let answer = from(&caller, address).expect(403);
            assert_eq!(code(&answer), "address_not_allowed", "{address}");
        }
        // Whatever is wrong besides: from elsewhere nothing is told of it.
        let headers = [("x-forwarded-for", "8.8.8.8"), ("content-type", "application/json")];
        let answer = caller.send("POST", TAGS, &headers, Some(b"{")).expect(403);
        assert_eq!(code(&answer), "address_not_allowed");
        let headers = [("x-forwarded-for", "203.0.113.7"), ("content-type", "application/json")];
        caller.send("POST", TAGS, &headers, Some(b"{")).expect(400);
        admin.patch(&path_of(&made), "\"1\"", &json!({"networks": ["8.8.8.8"]})).expect(200);
        from(&caller, "8.8.8.8").expect(200);
        from(&caller, "203.0.113.7").expect(403);
    }

    fn two_secrets_are_good_until_the_older_one_ends(app) {
        let admin = app.admin();
        let made = give(&admin, &["tag:read"], json!({}));
        let first = secret_of(&made);
        let second = rotate(&admin, &made, &json!({"overlapHours": 1}));
        assert_eq!(second.data()["previousSecretEndsAt"], "2023-03-14T09:00:00+07:00");
        let second = secret_of(&second);
        assert_ne!(first, second);
        let is_good = |secret: &str| app.anonymous().with_token(secret).get(TAGS).status == 200;
        assert!(is_good(&first) && is_good(&second));
        app.clock.advance(3_599);
        assert!(is_good(&first));
        app.clock.advance(1);
        assert!(!is_good(&first) && is_good(&second));

        // Of three the oldest ends at once, and 0 is for a secret that leaked.
        let admin = app.log_in("quan-tri@so.example");
        let third = secret_of(&rotate(&admin, &made, &json!({})));
        let fourth = secret_of(&rotate(&admin, &made, &json!({})));
        assert_eq!([&second, &third, &fourth].map(|secret| is_good(secret)), [false, true, true]);
        let last = rotate(&admin, &made, &json!({"overlapHours": 0}));
        assert_eq!(last.data()["previousSecretEndsAt"], json!(null));
        assert_eq!([&third, &fourth, &secret_of(&last)].map(|secret| is_good(secret)), [false, false, true]);
        app.clock.advance(24 * 3_600);
        assert!(is_good(&secret_of(&last)));
    }

    fn an_end_bites_in_the_next_request_on_every_node(app) {
        let admin = app.admin();
        let node = Node::beside(&app);
        let made = give(&admin, &["tag:read"], json!({}));
        let (here, there) = (program(&app, &made), node.as_seen(&program(&app, &made)));
        here.get(TAGS).expect(200);
        there.get(TAGS).expect(200);
        // What it may do, from where, its secret, and all of it: each told by another node.
        let desk = node.as_seen(&admin);
        desk.patch(&path_of(&made), "\"1\"", &json!({"permissions": any(&["tag:create"])})).expect(200);
        assert_eq!([here.get(TAGS).status, there.get(TAGS).status], [404; 2]);
        admin.patch(&path_of(&made), "\"2\"", &json!({"permissions": any(&["tag:read"]), "networks": ["203.0.113.0/24"]})).expect(200);
        assert_eq!([here.get(TAGS).status, there.get(TAGS).status], [403; 2]);
        desk.patch(&path_of(&made), "\"3\"", &json!({"networks": null})).expect(200);
        let rotated = rotate(&desk, &made, &json!({"overlapHours": 0}));
        assert_eq!([here.get(TAGS).status, there.get(TAGS).status], [401; 2]);
        let (here, there) = (program(&app, &rotated), node.as_seen(&program(&app, &rotated)));
        assert_eq!([here.get(TAGS).status, there.get(TAGS).status], [200; 2]);
        admin.delete(&path_of(&made), &rotated.etag()).expect(204);
        assert_eq!([here.get(TAGS).status, there.get(TAGS).status], [401; 2]);
    }

    fn the_id_of_a_key_that_has_ended_is_given_to_no_other(app) {
        let admin = app.admin();
        let made = give(&admin, &[], json!({}));
        admin.delete(&path_of(&made), "\"1\"").expect(204);
        let other = give(&admin, &[], json!({}));
        assert_ne!(made.id(), other.id());
        let kept = admin.get(&path_of(&made)).expect(200);
        assert_eq!((&kept.data()["state"], &kept.data()["revokedAt"]), (&json!("revoked"), &json!("2023-03-14T08:00:00+07:00")));
        assert_eq!(admin.get(KEYS).expect(200).data().as_array().unwrap().len(), 2);
    }

    fn what_has_the_form_of_a_key_and_is_none_opens_nothing(app) {
        let admin = app.admin();
        let made = give(&admin, &["tag:read"], json!({}));
        let secret = secret_of(&made);
        // A secret of another installation: all is right with it but that nobody knows it.
        refused(&app, Opaque::generate(&SystemEntropy, OpaqueKind::ApiKey).unwrap().expose());
        for wrong in [secret.replacen("btn_", "btnr_", 1), secret.to_uppercase(), secret[..secret.len() - 6].to_owned(), format!("{secret}A")] {
            refused(&app, &wrong);
        }
        program(&app, &made).get(TAGS).expect(200);
    }
}
