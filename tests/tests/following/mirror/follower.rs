//! The mirror: what `docs/changes.md` tells an integrator to write, and no more.

use std::collections::{BTreeMap, BTreeSet};

use bantin_tests::{Client, contract};
use serde_json::Value;

use crate::mirror::editor::Dice;

/// Records by type and id.
pub type Records = BTreeMap<(String, String), Value>;

/// What a mirror keeps, together: a copy, and how far it followed.
#[derive(Clone, Default)]
struct Kept {
    records: Records,
    /// None before the snapshot is whole.
    seq: Option<i64>,
}

/// A mirror that is killed now and then, and knows afterwards only what it had kept.
pub struct Follower {
    nodes: Vec<Client>,
    dice: Dice,
    kept: Kept,
    /// What was on its disk a while ago: a backup may be put back, too.
    older: Kept,
    pub kills: usize,
}

impl Follower {
    pub fn new(bases: &[String], seed: u64) -> Self {
        let nodes = bases.iter().map(|base| Client::new(base, None)).collect();
        Self { nodes, dice: Dice::new(seed), kept: Kept::default(), older: Kept::default(), kills: 0 }
    }

    /// Everything, taken at once.
    pub fn snapshot_of(base: &str) -> Records {
        let mut one = Self::new(&[base.to_owned()], 2);
        one.take_snapshot(1_000, 0);
        one.kept.records
    }

    fn node(&mut self) -> Client {
        let n = self.dice.below(self.nodes.len());
        self.nodes[n].clone()
    }

    /// One step, and maybe the last one before it is killed.
    pub fn go_on(&mut self) {
        if self.kept.seq.is_none() {
            let limit = 1 + self.dice.below(40);
            self.take_snapshot(limit, 20);
            return;
        }
        self.follow();
        match self.dice.below(20) {
            // Nothing is lost that was kept; what it had begun is.
            0 => self.kills += 1,
            1 => {
                self.kills += 1;
                self.kept = self.older.clone();
            }
            2 | 3 => self.older = self.kept.clone(),
            // It loses its disk.
            4 if self.dice.below(10) == 0 => {
                self.kills += 1;
                self.kept = Kept::default();
            }
            _ => {}
        }
    }

    /// Follows to the end of the log.
    pub fn catch_up(&mut self) {
        while self.kept.seq.is_none() {
            self.take_snapshot(100, 0);
        }
        while self.follow() {}
    }

    /// Reads the snapshot page by page; a kill in between loses it.
    fn take_snapshot(&mut self, limit: usize, killed_in: usize) {
        let mut records = Records::new();
        let mut path = format!("/api/v1/changes/snapshot?limit={limit}");
        let mut begun = None;
        loop {
            let (page, lines) = lines(&self.node(), &path);
            let seq = page["seq"].as_i64().unwrap();
            assert_eq!(*begun.get_or_insert(seq), seq, "all pages are of one snapshot");
            records.extend(lines);
            match page["next"].as_str() {
                Some(cursor) => path = format!("/api/v1/changes/snapshot?limit={limit}&cursor={cursor}"),
                None => break,
            }
            if killed_in > 0 && self.dice.below(killed_in) == 0 {
                self.kills += 1;
                return;
            }
        }
        self.kept = Kept { records, seq: begun };
    }

    /// Reads one page of the log and what it names. Says whether there was anything.
    fn follow(&mut self) -> bool {
        let (after, limit) = (self.kept.seq.unwrap(), 1 + self.dice.below(60));
        let page = self.node().get(&format!("/api/v1/changes?after={after}&limit={limit}")).expect(200);
        let rows = page.data().as_array().unwrap();
        if rows.is_empty() {
            return false;
        }
        for (row, seq) in rows.iter().zip(after + 1..) {
            assert_eq!(row["seq"], seq, "the log has a gap");
        }
        let key = |row: &Value| (text(&row["type"]), text(&row["id"]));
        let touched: BTreeSet<(String, String)> = rows.iter().map(key).collect();
        let ids: Vec<&str> = touched.iter().map(|(_, id)| id.as_str()).collect();
        let (_, now) = lines(&self.node(), &format!("/api/v1/changes/snapshot?ids={}", ids.join(",")));
        // Both at once, as in one transaction.
        self.kept.records.retain(|key, _| !touched.contains(key));
        self.kept.records.extend(now);
        self.kept.seq = page.json["page"]["next"].as_i64();
        true
    }

    /// Fails where another copy says something else.
    pub fn is_like(&self, other: &Records) {
        let mut differ = Vec::new();
        for key in self.kept.records.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
            let (mine, theirs) = (self.kept.records.get(key), other.get(key));
            if mine != theirs {
                differ.push(format!("{key:?}\n  followed: {mine:?}\n  public:   {theirs:?}"));
            }
        }
        let shown = &differ[..differ.len().min(5)];
        assert!(differ.is_empty(), "{} of {} records differ:\n{}", differ.len(), other.len(), shown.join("\n"));
    }
}

/// The first line and the records of a page.
fn lines(node: &Client, path: &str) -> (Value, Records) {
    let answer = node.get(path).expect(200);
    let body = String::from_utf8(answer.bytes).unwrap();
    let mut lines = body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let page = lines.next().unwrap();
    contract::fits("SnapshotPage", &page);
    let records = lines.map(|record| {
        contract::fits("Record", &record);
        ((text(&record["type"]), text(&record["id"])), record)
    });
    (page, records.collect())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
