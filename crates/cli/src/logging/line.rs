//! One event as one line: a JSON object with its time, its level, its message, what else it says, and who
//! says it.
//!
//! Most lines tell of an answer out of memory. The usual formatter hands such a line on in some fifty pieces,
//! checks each of them for being UTF-8, and spells out the day anew: it was measured to take a tenth of the
//! whole answer. Here the pieces go straight into the bytes that are written.

use std::fmt;

use bantin_domain::time::Timestamp;
use tracing::{
    Event,
    field::{Field, Visit},
};

/// Makes lines, again and again in the same memory.
#[derive(Debug, Default)]
pub struct LineWriter {
    line: Vec<u8>,
    clock: ClockFace,
}

impl LineWriter {
    /// The line of an event, with the newline at its end. It stands until the next one is made.
    pub fn write(&mut self, event: &Event<'_>, at: Timestamp) -> &[u8] {
        let Self { line, clock } = self;
        line.clear();
        line.extend_from_slice(br#"{"timestamp":""#);
        clock.write(at, line);
        line.extend_from_slice(br#"","level":""#);
        line.extend_from_slice(event.metadata().level().as_str().as_bytes());
        line.push(b'"');
        event.record(&mut Members(line));
        line.extend_from_slice(br#","target":"#);
        write_value(line, event.metadata().target());
        line.extend_from_slice(b"}\n");
        line
    }
}

/// Tells the time. The text of a second serves for every line of that second.
#[derive(Debug, Default)]
struct ClockFace {
    second: Option<i64>,
    /// `2026-11-23T05:34:05`.
    text: String,
}

impl ClockFace {
    fn write(&mut self, at: Timestamp, line: &mut Vec<u8>) {
        const MICROS: i64 = 1_000_000;
        let second = at.as_micros().div_euclid(MICROS);
        if self.second != Some(second) {
            self.text = at.to_utc_text();
            self.text.truncate("2026-11-23T05:34:05".len());
            self.second = Some(second);
        }
        line.extend_from_slice(self.text.as_bytes());
        line.push(b'.');
        let micros = at.as_micros().rem_euclid(MICROS);
        let mut unit = MICROS / 10;
        while unit > 0 {
            line.push(b'0' + u8::try_from(micros / unit % 10).unwrap_or(0));
            unit /= 10;
        }
        line.push(b'Z');
    }
}

/// What an event says, member by member. The names of the members are written in this program and need no
/// escape.
struct Members<'a>(&'a mut Vec<u8>);

impl Members<'_> {
    fn member(&mut self, field: &Field, value: impl serde::Serialize) {
        self.0.extend_from_slice(b",\"");
        self.0.extend_from_slice(field.name().as_bytes());
        self.0.extend_from_slice(b"\":");
        write_value(self.0, value);
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.member(field, format!("{value:?}"));
    }
}

fn write_value(line: &mut Vec<u8>, value: impl serde::Serialize) {
    // Numbers, booleans and texts, into memory: nothing of it can fail.
    let _ = serde_json::to_writer(line, &value);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing::Subscriber;
    use tracing_subscriber::{
        Layer,
        layer::{Context, SubscriberExt},
    };

    use super::*;

    /// Keeps the lines of all events, at the instants of a clock that goes on by some.
    struct Kept(Arc<Mutex<Vec<String>>>, Mutex<(LineWriter, Vec<i64>)>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let (writer, instants) = &mut *self.1.lock().unwrap();
            let at = Timestamp::from_micros(instants.remove(0)).unwrap();
            self.0.lock().unwrap().push(String::from_utf8(writer.write(event, at).to_vec()).unwrap());
        }
    }

    fn lines(instants: &[i64], say: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Kept(Arc::clone(&lines), Mutex::new((LineWriter::default(), instants.to_vec())));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(kept), say);
        let lines = lines.lock().unwrap();
        lines.clone()
    }

    #[test]
    fn a_line_is_one_object_whatever_it_says() {
        let said = lines(&[1_792_733_645_000_017], || {
            let nasty = "a \"quoted\"\nline \u{1} đ";
            tracing::warn!(http.status = 404_u16, ms = 0.25, kept = true, below = -3, nasty, shown = %nasty, "gone");
        });
        assert_eq!(said[0].matches('\n').count(), 1, "{}", said[0]);
        let line: Value = serde_json::from_str(&said[0]).unwrap();
        let nasty = "a \"quoted\"\nline \u{1} đ";
        let target = module_path!();
        assert_eq!(
            line,
            json!({
                "timestamp": "2026-10-23T05:34:05.000017Z", "level": "WARN", "message": "gone", "http.status": 404,
                "ms": 0.25, "kept": true, "below": -3, "nasty": nasty, "shown": nasty, "target": target,
            })
        );
    }

    #[test]
    fn each_line_tells_its_own_time() {
        let instants = [1_792_733_645_999_999, 1_792_733_645_000_000, 1_792_733_646_000_001, -1];
        let said = lines(&instants, || instants.iter().for_each(|_| tracing::info!("now")));
        let told = |line: &String| serde_json::from_str::<Value>(line).unwrap()["timestamp"].clone();
        let expected = instants.map(|micros| json!(Timestamp::from_micros(micros).unwrap().to_utc_text()));
        assert_eq!(said.iter().map(told).collect::<Vec<_>>(), expected);
    }
}
