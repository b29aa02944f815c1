use proptest::prelude::*;

use super::*;

/// What is wrong with an address as it was typed, for a reach; nothing where it may be called.
fn fault(reach: Reach, text: &str) -> Option<&'static str> {
    WebhookUrl::parse(text).and_then(|url| reach.expect(&url)).err().map(|fault| fault.code)
}

#[test]
fn an_address_of_a_private_or_special_network_is_refused_in_every_spelling() {
    let spellings = [
        // Loopback: dotted, short, decimal, octal, hexadecimal, mixed, with a dot at the end.
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0x7F.0x0.0x0.0x1",
        "127.0.0.1.",
        "127.8.8.8",
        // Full-width digits, other dots, percent-encoding, letters in circles.
        "１２７.０.０.１",
        "127。0。0。1",
        "127%2e0%2e0%2e1",
        "①②⑦.⓪.⓪.①",
        // This network, private networks, shared addresses, link-local and the metadata service in its spellings.
        "0.0.0.0",
        "0",
        "0.1.2.3",
        "10.0.0.1",
        "10.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "0xc0a80101",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "168.63.129.16",
        "100.100.100.200",
        // Of the IETF, documentation, benchmarks, relays, multicast, reserved, broadcast.
        "192.0.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "198.19.255.255",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.175.48.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        // IPv6: loopback, unspecified, link-local, site-local, unique local, multicast, documentation, discard.
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "[fe80::1]",
        "[febf::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2001:4:112::1]",
        "[2001:1::1]",
        "[2001:20::1]",
        "[2620:4f:8000::1]",
        "[2620:4f:8000:ffff::1]",
        "[3fff::1]",
        "[3fff:fff::1]",
        "[100::1]",
        "[100:0:0:1::1]",
        "[5f00::1]",
        // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo.
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        // Names that mean what is near.
        "localhost",
        "LOCALHOST",
        "localhost.",
        "db.localhost",
        "printer.local",
        "metadata.google.internal",
        "intranet",
        "ｌｏｃａｌｈｏｓｔ",
    ];
    assert!(spellings.len() >= 60);
    for host in spellings {
        let found = fault(Reach::Public, &format!("https://{host}/hook"));
        assert!(matches!(found, Some("forbidden_address" | "invalid_url")), "{host}: {found:?}");
    }
}

#[test]
fn a_public_address_is_let_pass() {
    for url in [
        "https://hooks.example.org/a?b=c",
        "https://hooks.example.org:8443/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://[2620:4f:8001::1]/",
        "https://[2620:fe::fe]/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://sởkhcn.example/hook",
    ] {
        assert_eq!(fault(Reach::Public, url), None, "{url}");
    }
}

#[test]
fn scheme_port_user_and_fragment_are_looked_at() {
    for (url, code) in [
        ("http://hooks.example.org/", "forbidden_address"),
        ("https://hooks.example.org:22/", "forbidden_address"),
        ("https://hooks.example.org:80/", "forbidden_address"),
        ("https://hooks.example.org:0/", "invalid_url"),
        ("https://user@hooks.example.org/", "invalid_url"),
        ("https://user:secret@hooks.example.org/", "invalid_url"),
        ("https://:secret@hooks.example.org/", "invalid_url"),
        ("https://hooks.example.org/#part", "invalid_url"),
        ("https://hooks.exa\tmple.org/", "invalid_url"),
        ("https://hooks.example.org/a b", "invalid_url"),
        ("ftp://hooks.example.org/", "invalid_url"),
        ("file:///etc/passwd", "invalid_url"),
        ("gopher://127.0.0.1/", "invalid_url"),
        ("//hooks.example.org/", "invalid_url"),
        ("hooks.example.org", "invalid_url"),
        ("https://", "invalid_url"),
        ("https://hooks.example.org:99999/", "invalid_url"),
        ("https://1.2.3.4.5/", "invalid_url"),
    ] {
        assert_eq!(fault(Reach::Public, url), Some(code), "{url}");
    }
}

#[test]
fn an_intranet_is_reached_where_the_settings_say_so_and_metadata_never_is() {
    for url in [
        "http://127.0.0.1:8080/hook",
        "http://localhost/",
        "https://10.0.0.1/",
        "http://[fd12::1]/",
        "http://intranet/",
    ] {
        assert_eq!(fault(Reach::Private, url), None, "{url}");
    }
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[fd00:c1::a9fe:a9fe]/",
        "http://[fd20:ce::254]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[64:ff9b::a9fe:a9fe]/",
    ] {
        assert_eq!(fault(Reach::Private, url), Some("forbidden_address"), "{url}");
    }
}

#[test]
fn an_address_is_never_printed() {
    let url = WebhookUrl::parse("https://hooks.example.org/capability-f00").unwrap();
    assert!(!format!("{url:?}").contains("f00"));
}

proptest! {
    /// However an IPv4 address is spelt, it is judged by the one address that it means.
    #[test]
    fn every_spelling_of_a_number_is_judged_alike(number: u32) {
        let address = Ipv4Addr::from(number);
        let [a, b, c, d] = address.octets();
        let admitted = Reach::Public.admits(address.into());
        for host in [
            format!("{number}"),
            format!("{number:#x}"),
            format!("0{number:o}"),
            format!("{a:#x}.{b}.0{c:o}.{d}"),
            format!("{a}.{}", number & 0x00ff_ffff),
            format!("{a}.{b}.{}", number & 0xffff),
            format!("{a}.{b}.{c}.{d}."),
            format!("[::ffff:{a}.{b}.{c}.{d}]"),
            format!("[::ffff:{:x}:{:x}]", number >> 16, number & 0xffff),
        ] {
            prop_assert_eq!(fault(Reach::Public, &format!("https://{host}/")).is_none(), admitted, "{}", host);
        }
    }

    /// No address that carries another one inside it is called for its own sake.
    #[test]
    fn what_carries_an_address_inside_is_never_called(number: u32, rest: u16) {
        let [high, low] = [(number >> 16) as u16, number as u16];
        for address in [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high.max(1), low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, rest, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, rest, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, rest, 0, 0, 0, high, low),
        ] {
            prop_assert!(!Reach::Private.admits(address.into()), "{address}");
        }
    }
}
