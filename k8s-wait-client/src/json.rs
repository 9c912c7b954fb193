//! The output for programs, described on the crate's page: [`line()`] and [`end`].

use std::time::Duration;

use k8s_wait_target::DurationText;
use serde_json::{Value, json};

use crate::report::{Line, Row, Start};
use crate::summary::Summary;
use crate::wire::Mode;

/// One object, with its newline.
pub(crate) fn line(line: &Line, elapsed: Duration) -> String {
    let mut object = match line {
        Line::Native(native) => {
            json!({"event": "native", "command": native.command, "notes": native.notes})
        }
        Line::Start(start) => started(start),
        Line::Status(row) => with(status(row), "event", json!("status")),
        Line::Waiting { waiting, trouble } => json!({
            "event": "heartbeat",
            "waiting": waiting.iter().map(status).collect::<Vec<_>>(),
            "server": trouble.as_ref().map(|trouble| trouble.reason),
        }),
        Line::Unreachable(trouble) => {
            json!({"event": "unreachable", "reason": trouble.reason, "message": trouble.message})
        }
        Line::Reachable => json!({"event": "reachable"}),
    };
    object = with(object, "elapsed", seconds(elapsed));
    format!("{object}\n")
}

/// The last object, with its newline.
pub(crate) fn end(summary: &Summary) -> String {
    let object = json!({
        "event": "end",
        "verdict": summary.verdict().word(),
        "exit": summary.code(),
        "message": summary.sentence(),
        "targets": summary.unmet.iter().map(status).collect::<Vec<_>>(),
        "elapsed": seconds(summary.elapsed),
    });
    format!("{object}\n")
}

fn started(start: &Start) -> Value {
    let mode = match start.mode {
        Mode::All => "all",
        Mode::Any => "any",
    };
    json!({
        "event": "start",
        "targets": start.targets,
        "mode": mode,
        "timeout": DurationText(start.timeout.unwrap_or_default()).to_string(),
        "server": start.server.as_ref().map(|(server, _)| server),
        "namespace": start.server.as_ref().map(|(_, namespace)| namespace),
    })
}

fn status(row: &Row) -> Value {
    json!({
        "target": row.target,
        "verdict": row.finding.verdict.word(),
        "reason": row.finding.reason,
        "message": row.finding.message,
    })
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
    object
}

/// Seconds to the millisecond: `12.345`.
fn seconds(elapsed: Duration) -> Value {
    json!(elapsed.as_millis() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Ending, Exits};
    use crate::trouble::Trouble;
    use crate::verdict::Finding;

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
            (Line::Status(row()), with(with(told.clone(), "event", json!("status")), "elapsed", json!(1.5))),
            (
                Line::Waiting { waiting: vec![row()], trouble: Some(refused.clone()) },
                json!({"event": "heartbeat", "waiting": [told], "server": "ConnectionRefused", "elapsed": 1.5}),
            ),
            (
                Line::Unreachable(refused),
                json!({"event": "unreachable", "reason": "ConnectionRefused", "message": "refused", "elapsed": 1.5}),
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
