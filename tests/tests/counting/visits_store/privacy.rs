//! Nothing about anybody is kept.

use bantin_application::visits::Hit;
use bantin_domain::visits::ReferrerHost;
use bantin_tests::backup::{self, holds};

use crate::visits_store::place::{Place, hit, named, on_both_databases, wait};

const ADDRESS: &str = "203.0.113.77";
const ADDRESS_6: &str = "2001:db8:4d5a:77aa:1:2:3:4";
const AGENT: &[u8] = b"Firefox/128.0";

/// Every form in which one of the two could have been written.
fn traces() -> Vec<Vec<u8>> {
    let network: std::net::Ipv6Addr = "2001:db8:4d5a:77aa::".parse().unwrap();
    vec![
        ADDRESS.as_bytes().to_vec(),
        vec![203, 0, 113, 77],
        b"2001:db8:4d5a:77aa".to_vec(),
        network.octets()[..8].to_vec(),
        AGENT.to_vec(),
    ]
}

fn visit_with_both(place: &Place) {
    let counter = place.counter();
    wait(counter.count(named(hit(ADDRESS, 0x5A5A_5A5A_0101), 7))).unwrap();
    // A referrer may be a machine in somebody's house; then nothing is kept of it.
    let referrer = ReferrerHost::of(&format!("http://{ADDRESS}:8080/trang"));
    wait(counter.count(Hit { referrer, ..hit(ADDRESS_6, 0x5A5A_5A5A_0101) })).unwrap();
    let past = vec![(hit(ADDRESS, 0x5A5A_5A5A_0303), place.sources.clock.now().plus_seconds(-7_200))];
    wait(counter.count_past(past)).unwrap();
    wait(counter.settle()).unwrap();
    assert_eq!(counter.stats().today.visitors, 2);
    wait(counter.count(hit(ADDRESS, 0x5A5A_5A5A_0202))).unwrap();
}

/// Every byte of the files of SQLite, the write-ahead log too.
fn files(place: &Place) -> Vec<u8> {
    let folder = place.visits_file().parent().unwrap().to_path_buf();
    std::fs::read_dir(folder).unwrap().flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn neither_address_nor_user_agent_is_in_any_file_of_sqlite() {
    let place = Place::on_sqlite();
    // Held open, so that the write-ahead log is still there to be looked through.
    let _open = place.connect();
    visit_with_both(&place);
    let seen = files(&place);
    assert!(holds(&seen, &[0x5A, 0x5A, 0x5A, 0x5A, 0x01, 0x01]), "the item must be found, or the search is no good");
    for trace in traces() {
        assert!(!holds(&seen, &trace), "{trace:?} was written");
    }
}

#[test]
fn neither_address_nor_user_agent_is_in_a_backup() {
    on_both_databases(|place| {
        visit_with_both(place);
        let seen = backup::of(&place.url);
        assert!(holds(&seen, &[0x5A, 0x5A, 0x5A, 0x5A, 0x01, 0x01]) || holds(&seen, b"5a5a5a5a0101"));
        for trace in traces() {
            assert!(!holds(&seen, &trace), "{trace:?} was written");
        }
    });
}

#[test]
fn a_salt_that_is_destroyed_is_in_no_file_any_more() {
    let place = Place::on_sqlite();
    let _open = place.connect();
    place.clock.set("2023-03-01T12:00:00+07:00");
    let counter = place.counter();
    wait(counter.count(hit(ADDRESS, 1))).unwrap();
    wait(counter.settle()).unwrap();
    let salt = place.bytes("SELECT salt FROM visits.salts WHERE day = '2023-03-01'");
    let key = place.bytes("SELECT visitor FROM visits.visitors WHERE day = '2023-03-01'");
    assert!(holds(&files(&place), &salt) && holds(&files(&place), &key));
    // The salt of the next day is beside it, and lives on.
    place.clock.set("2023-03-02T12:00:00+07:00");
    wait(counter.count(hit(ADDRESS, 1))).unwrap();
    wait(counter.settle()).unwrap();
    assert!(holds(&files(&place), &salt));
    place.clock.set("2023-03-03T00:00:00+07:00");
    wait(counter.settle()).unwrap();
    assert_eq!(place.number("SELECT count(*) FROM visits.salts"), 1);
    assert!(!holds(&files(&place), &salt), "the salt can still be read");
    // Not even in what the journal has left behind.
    assert!(!holds(&files(&place), &key), "the key can still be read");
}

#[test]
fn salts_and_keys_die_48_hours_after_their_day_began_and_the_numbers_stay() {
    on_both_databases(|place| {
        place.clock.set("2023-03-01T00:00:00+07:00");
        let counter = place.counter();
        wait(counter.count(hit(ADDRESS, 1))).unwrap();
        counter.shut_down();
        let left = |what: &str| place.number(&format!("SELECT count(*) FROM visits.{what}"));
        place.clock.set("2023-03-02T23:59:59+07:00");
        place.counter().shut_down();
        assert_eq!((left("visitors"), left("salts WHERE day = '2023-03-01'")), (1, 1));
        place.clock.set("2023-03-03T00:00:00+07:00");
        let counter = place.counter();
        assert_eq!((left("visitors"), left("salts"), left("presence")), (0, 0, 0));
        assert_eq!(counter.stats().total, 1);
    });
}

#[test]
fn a_visitor_has_another_key_on_another_day() {
    on_both_databases(|place| {
        let counter = place.counter();
        wait(counter.count(hit(ADDRESS, 1))).unwrap();
        place.clock.advance(24 * 60 * 60);
        wait(counter.count(hit(ADDRESS, 1))).unwrap();
        wait(counter.settle()).unwrap();
        assert_eq!(place.number("SELECT count(DISTINCT visitor) FROM visits.visitors"), 2);
        assert_eq!(place.number("SELECT count(DISTINCT salt) FROM visits.salts"), 2);
    });
}
