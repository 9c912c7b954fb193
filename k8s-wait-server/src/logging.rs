//! The log: [`start`]. docs/src/logs.md says what its lines mean.

use env_logger::fmt::Formatter;
use k8s_wait_server::LogFormat;
use log::Record;
use log::kv::{Error, Key, Value, VisitSource};
use serde_json::{Map, Value as Json};
use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

/// What is written unless RUST_LOG says otherwise. Of libraries nothing: kube logs as an error what is tried again.
const FILTER: &str = "k8s_wait_server=info,k8s_wait_lib=info";

/// Sends the server's log to stderr.
pub(crate) fn start(format: LogFormat) {
    start_with(FILTER, format);
}

/// Sends to stderr what RUST_LOG asks for, and nothing unless it does: the output is the client's.
pub(crate) fn start_silent() {
    start_with("off", LogFormat::Text);
    // As in the client's own program: below that, its HTTP library shows every byte that is sent, tokens among them.
    log::set_max_level(log::max_level().min(log::LevelFilter::Debug));
}

fn start_with(filter: &str, format: LogFormat) {
    let filter = env_logger::Env::default().default_filter_or(filter);
    let write = match format {
        LogFormat::Text => write_text,
        LogFormat::Json => write_json,
    };
    env_logger::Builder::from_env(filter).format(write).init();
}

fn write_text(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let head = (out.timestamp(), record.level(), record.target());
    writeln!(out, "[{} {:<5} {}] {}", head.0, head.1, head.2, Line(record))
}

fn write_json(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let line = object(record, &out.timestamp_millis().to_string());
    writeln!(out, "{line}")
}

/// A record as one object, whose pairs stand beside the rest.
fn object(record: &Record<'_>, time: &str) -> Json {
    let mut fields = Fields(Map::new());
    // It takes every pair.
    let _ = record.key_values().visit(&mut fields);
    let level = record.level().as_str().to_lowercase();
    let own = [
        ("time", time),
        ("level", &level),
        ("target", record.target()),
        ("message", &record.args().to_string()),
    ];
    fields.0.extend(own.map(|(key, value)| (key.to_owned(), value.into())));
    fields.0.into()
}

struct Fields(Map<String, Json>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let number = value.to_u64().map(Json::from);
        self.0.insert(key.to_string(), number.unwrap_or_else(|| value.to_string().into()));
        Ok(())
    }
}

/// A record's message and pairs on one line, whatever they hold.
struct Line<'a>(&'a Record<'a>);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.args().to_string().chars().try_for_each(|c| escaped(f, c))?;
        self.0.key_values().visit(&mut Pairs(f)).map_err(|_| fmt::Error)
    }
}

fn escaped(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if c.is_control() { write!(f, "{}", c.escape_debug()) } else { f.write_char(c) }
}

struct Pairs<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl<'kvs> VisitSource<'kvs> for Pairs<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let text = value.to_string();
        let is_word = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | '=' | '\\');
        match !text.is_empty() && text.chars().all(is_word) {
            true => write!(self.0, " {key}={text}")?,
            false => write!(self.0, " {key}={text:?}")?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pairs: &[(&str, &str)], message: &str) -> String {
        let args = format_args!("{message}");
        Line(&Record::builder().args(args).key_values(&pairs).build()).to_string()
    }

    #[test]
    fn words_stand_as_they_are_and_all_else_between_quotes() {
        let pairs = [("listen", "127.0.0.1:80"), ("error", "connection refused"), ("empty", "")];
        assert_eq!(
            line(&pairs, "started"),
            r#"started listen=127.0.0.1:80 error="connection refused" empty="""#
        );
    }

    #[test]
    fn as_json_a_record_is_one_object_with_its_pairs() {
        let pairs: [(&str, Value<'_>); 3] =
            [("error", "a\n\"b\"".into()), ("open_files", 7_u64.into()), ("time", "never".into())];
        let record = Record::builder()
            .args(format_args!("two\nlines"))
            .level(log::Level::Warn)
            .target("k8s_wait_server")
            .key_values(&pairs)
            .build();
        let told = object(&record, "2026-01-02T03:04:05.678Z");
        let expected = serde_json::json!({
            "time": "2026-01-02T03:04:05.678Z", "level": "warn", "target": "k8s_wait_server", "message": "two\nlines",
            "error": "a\n\"b\"", "open_files": 7,
        });
        assert_eq!(told, expected);
        assert!(!told.to_string().contains('\n'));
    }

    #[test]
    fn nobody_makes_two_lines_of_one() {
        let told = line(&[("problem", "a\n[forged] \"x\"=\u{1b}[1m")], "two\r\nlines");
        assert_eq!(told, r#"two\r\nlines problem="a\n[forged] \"x\"=\u{1b}[1m""#);
    }
}
