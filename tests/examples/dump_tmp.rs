fn main() { println!("{}", bantin_api::server::document().to_pretty_json().unwrap()); }
