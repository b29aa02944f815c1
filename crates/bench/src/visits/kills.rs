//! `kill -9` under load, over and over: what was acknowledged is there, and once.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bantin_persistence::{schema_visits, sql_types::Key};
use diesel::prelude::*;
use uuid::Uuid;

use super::{on_client_cores, settled};
use crate::{
    Result,
    database::Kind,
    hits::Hits,
    machine::Cores,
    program::Site,
    report::{self, Table},
};

/// How many clients send hits.
const SENDERS: usize = 64;

/// A client, which has one hit on the way at a time.
struct Sender {
    /// The hit that it is about to send. All of its hits before were acknowledged.
    next: usize,
    /// How often that one was sent in vain.
    attempt: usize,
    /// How often any of them was.
    again: usize,
}

impl Sender {
    /// Sends hits, each until it is acknowledged, until the program is dead.
    fn work(&mut self, hits: &Hits, address: SocketAddr, is_dead: &AtomicBool) {
        let agent = agent();
        loop {
            if hits.send(&agent, address, self.next, self.attempt) {
                (self.next, self.attempt) = (self.next + SENDERS, 0);
            } else {
                (self.attempt, self.again) = (self.attempt + 1, self.again + 1);
                if is_dead.load(Ordering::SeqCst) {
                    return;
                }
            }
        }
    }
}

/// Kills the program under load again and again, about once a second. Every hit is sent until it is
/// acknowledged, under the same id; then each must stand in the database, and have counted once.
pub(super) fn run(kills: usize) -> Result<()> {
    let mut table = Table::new(&["kills", "times", "hits", "sent again", "lost", "counted twice"]);
    for kind in Kind::ALL {
        on_client_cores(Cores::All)?;
        let site = Site::make(kind, Cores::All)?;
        let hits = Hits::on_articles_of(&site.serve(&[])?)?;
        let mut senders: Vec<Sender> = (0..SENDERS).map(|next| Sender { next, attempt: 0, again: 0 }).collect();
        for round in 1..=kills {
            let program = site.serve(&[])?;
            let (address, is_dead) = (program.address, AtomicBool::new(false));
            std::thread::scope(|scope| {
                for sender in &mut senders {
                    let (hits, is_dead) = (&hits, &is_dead);
                    scope.spawn(move || sender.work(hits, address, is_dead));
                }
                // At moments all over the second, so that it dies in the middle of everything that it does.
                std::thread::sleep(Duration::from_millis(500 + round as u64 * 389 % 1_000));
                drop(program);
                is_dead.store(true, Ordering::SeqCst);
            });
            eprintln!("{kind}: killed {round} of {kills} times");
        }
        // What was given up last was never acknowledged: it is sent to the one that lives on.
        let program = site.serve(&[])?;
        let agent = agent();
        for sender in &senders {
            if !hits.send(&agent, program.address, sender.next, sender.attempt) {
                return Err("a hit was refused".into());
            }
        }
        let sent: BTreeSet<Uuid> = senders
            .iter()
            .enumerate()
            .flat_map(|(n, sender)| (n..=sender.next).step_by(SENDERS))
            .map(Hits::id)
            .collect();
        let page_views = settled(&site)?;
        let stored = stored(&site)?;
        table.row(vec![
            kind.to_string(),
            kills.to_string(),
            sent.len().to_string(),
            senders.iter().map(|sender| sender.again).sum::<usize>().to_string(),
            sent.difference(&stored).count().to_string(),
            page_views.saturating_sub(stored.len()).to_string(),
        ]);
    }
    let remarks = [format!(
        "{SENDERS} clients; each hit was sent until it was acknowledged, under the same hitId, every time from \
         another address. Lost is what was acknowledged and is not in the database, hit by hit; counted twice are \
         page views beyond one for each hit."
    )];
    report::print(&format!("visits --kills {kills}"), &remarks, &table)
}

/// The hits that stand in the database as counted. Fails where the sums do not say the same as each other.
fn stored(site: &Site) -> Result<BTreeSet<Uuid>> {
    let conn = &mut site.database.connect()?;
    let of_days: Vec<i64> = schema_visits::days::table.select(schema_visits::days::page_views).load(conn)?;
    let of_items: Vec<i64> = schema_visits::item_days::table.select(schema_visits::item_days::page_views).load(conn)?;
    let totals: Vec<i64> =
        schema_visits::item_totals::table.select(schema_visits::item_totals::page_views).load(conn)?;
    let sums = [of_days, of_items, totals].map(|rows| rows.iter().sum::<i64>());
    if sums.iter().any(|sum| *sum != sums[0]) {
        return Err(format!("days, days of articles and articles say {sums:?} page views").into());
    }
    let ids: Vec<Key<()>> = schema_visits::hit_ids::table.select(schema_visits::hit_ids::hit_id).load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.uuid()).collect())
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build().into()
}
