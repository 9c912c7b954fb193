//! The output for programs, described on the crate's page: [`line()`] and [`end`].

use std::time::Duration;

use k8s_wait_target::DurationText;

use crate::object::{Object, array, texts};
use crate::report::{Line, Row, Start};
use crate::summary::Summary;
use crate::wire::Mode;

/// One object, with its newline.
pub(crate) fn line(line: &Line, elapsed: Duration) -> String {
    let event = |event| begun(event, elapsed);
    let object = match line {
        Line::Native(native) => {
            event("native").text("command", &native.command).json("notes", &texts(&native.notes))
        }
        Line::Start(start) => started(event("start"), start),
        Line::Status(row) => status(event("status"), row),
        Line::Cycle(message) => event("cycle").text("message", message).text("reason", "Cycle"),
        Line::Waiting { waiting, trouble } => event("heartbeat")
            .optional("server", trouble.as_ref().map(|trouble| trouble.reason))
            .json("waiting", &rows(waiting)),
        Line::Unreachable(trouble) => {
            event("unreachable").text("message", &trouble.message).text("reason", trouble.reason)
        }
        Line::Reachable => event("reachable"),
    };
    object.end() + "\n"
}

/// The last object, with its newline.
pub(crate) fn end(summary: &Summary) -> String {
    let object = begun("end", summary.elapsed)
        .json("exit", &summary.code().to_string())
        .text("message", &summary.sentence())
        .json("targets", &rows(&summary.unmet))
        .text("verdict", summary.verdict().word());
    object.end() + "\n"
}

/// Seconds are to the millisecond: `12.345`.
fn begun(event: &str, elapsed: Duration) -> Object {
    let seconds = format!("{}.{:03}", elapsed.as_secs(), elapsed.subsec_millis());
    Object::new().json("elapsed", &seconds).text("event", event)
}

fn started(object: Object, start: &Start) -> Object {
    let mode = match start.mode {
        Mode::All => "all",
        Mode::Any => "any",
    };
    let (server, namespace) =
        start.server.as_ref().map(|(server, namespace)| (&**server, &**namespace)).unzip();
    object
        .text("mode", mode)
        .optional("namespace", namespace)
        .optional("server", server)
        .json("targets", &texts(&start.targets))
        .text("timeout", &DurationText(start.timeout.unwrap_or_default()).to_string())
}

fn rows(rows: &[Row]) -> String {
    array(rows.iter().map(|row| status(Object::new(), row).end()))
}

fn status(object: Object, Row { target, finding }: &Row) -> Object {
    object
        .optional("message", finding.message.as_deref())
        .optional("reason", finding.reason.as_deref())
        .text("target", target)
        .text("verdict", finding.verdict.word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Ending, Exits};
    use crate::trouble::Trouble;
    use crate::verdict::Finding;
    use serde_json::{Value, json};

    fn parsed(text: &str) -> Value {
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        serde_json::from_str(text).unwrap()
    }

    fn row() -> Row {
        Row {
            target: "job/a/b".to_owned(),
            finding: Finding::pending("NotFound", "line one\nline two".to_owned()),
        }
    }

    #[test]
    fn each_line_is_one_object_with_the_documented_fields() {
        let start =
            Start { targets: vec!["job/a/b".to_owned()], mode: Mode::Any, timeout: None, server: None };
        let told = json!({"target": "job/a/b", "verdict": "pending", "reason": "NotFound", "message": "line one\nline two"});
        let refused = Trouble::new("ConnectionRefused", "refused");
        let rows = [
            (
                Line::Start(start),
                json!({"event": "start", "targets": ["job/a/b"], "mode": "any", "timeout": "0s",
                    "server": null, "namespace": null, "elapsed": 1.5}),
            ),
            (
                Line::Status(row()),
                json!({"event": "status", "target": "job/a/b", "verdict": "pending", "reason": "NotFound",
                    "message": "line one\nline two", "elapsed": 1.5}),
            ),
            (
                Line::Waiting { waiting: vec![row()], trouble: Some(refused.clone()) },
                json!({"event": "heartbeat", "waiting": [told], "server": "ConnectionRefused", "elapsed": 1.5}),
            ),
            (
                Line::Unreachable(refused),
                json!({"event": "unreachable", "reason": "ConnectionRefused", "message": "refused", "elapsed": 1.5}),
            ),
            (
                Line::Cycle("a waits for a".to_owned()),
                json!({"event": "cycle", "reason": "Cycle", "message": "a waits for a", "elapsed": 1.5}),
            ),
            (Line::Reachable, json!({"event": "reachable", "elapsed": 1.5})),
        ];
        for (said, object) in rows {
            assert_eq!(parsed(&line(&said, Duration::from_millis(1500))), object);
        }
    }

    #[test]
    fn the_end_has_the_exit_status_and_what_was_not_ready() {
        let elapsed = Duration::from_millis(300_012);
        let summary = Summary {
            ending: Ending::TimedOut,
            elapsed,
            mode: Mode::All,
            total: 1,
            unmet: vec![row()],
            exits: Exits::Own,
        };
        let end = parsed(&end(&summary));
        assert_eq!(
            (&end["event"], &end["verdict"], &end["exit"]),
            (&json!("end"), &json!("pending"), &json!(1))
        );
        assert_eq!((&end["elapsed"], &end["targets"][0]["reason"]), (&json!(300.012), &json!("NotFound")));
    }
}
