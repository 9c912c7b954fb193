//! What expressions find and how it compares.

use super::*;
use crate::object::Cached;
use serde_json::json;

fn document(object: Value) -> Document {
    Document::cut(serde_json::from_value(object).unwrap())
}

fn pod() -> Document {
    document(json!({
        "metadata": {"name": "web", "generation": 2, "annotations": {"example.org/n": "10", "v": "1.10"}},
        "spec": {"replicas": 3, "containers": [{"name": "a"}, {"name": "b"}]},
        "status": {"observedGeneration": 2, "phase": "Running", "readyReplicas": 2, "load": 0.5, "on": true, "none": null,
            "big": 9007199254740993_i64,
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]},
    }))
}

fn code(text: &str) -> String {
    let verdict = JsonPath::read(text).unwrap_or_else(|why| panic!("{text}: {why}")).judge(Some(&pod()));
    verdict.reason().map_or("ready".to_owned(), |reason| reason.code.to_string())
}

#[test]
fn paths_and_comparisons() {
    for (text, expected) in [
        ("{.status.phase}", "ready"),
        ("{.status.phase}=Running", "ready"),
        ("{.status.phase}=\"Running\"", "ready"),
        ("{.status.phase}='Running'", "ready"),
        ("$.status.phase=Running", "ready"),
        ("status.phase=Running", "ready"),
        ("{.status.phase}=running", "PathNotMet"),
        ("{.status.phase}=Runnin", "PathNotMet"),
        ("{.status.phase}!=Pending", "ready"),
        ("{.status.phase}!=Running", "PathNotMet"),
        ("{.status.readyReplicas}=2", "ready"),
        ("{.status.readyReplicas}=2.0", "ready"),
        ("{.status.readyReplicas}=3", "PathNotMet"),
        ("{.status.readyReplicas}=two", "PathNotMet"),
        ("{.status.readyReplicas}>=2", "ready"),
        ("{.status.readyReplicas}>2", "PathNotMet"),
        ("{.status.readyReplicas}<3", "ready"),
        ("{.status.readyReplicas}<=1", "PathNotMet"),
        ("{.status.load}<0.6", "ready"),
        ("{.status.big}<9007199254740993", "PathNotMet"),
        ("{.status.big}=9007199254740992", "PathNotMet"),
        ("{.status.on}=true", "ready"),
        ("{.status.on}!=false", "ready"),
        ("{.status.on}>1", "NotComparable"),
        ("{.status.phase}>1", "NotComparable"),
        ("{.metadata.annotations.example\\.org/n}>9", "ready"),
        ("{.metadata.annotations['example\\.org/n']}=10", "ready"),
        ("{.metadata.annotations['example.org/n']}=10", "ready"),
        ("{.metadata.annotations.v}=1.1", "PathNotMet"),
        ("{.metadata.annotations.v}=1.10", "ready"),
        ("{.spec.containers[*].name}", "ready"),
        ("{.spec.containers[*].name}=a", "NotComparable"),
        ("{.spec.containers[0].name}=a", "ready"),
        ("{.spec.containers[-1].name}=b", "ready"),
        ("{.spec.containers}=a", "NotComparable"),
        ("{.spec}!=a", "NotComparable"),
        ("{.status.conditions[?(@.type==\"Ready\")].status}=True", "ready"),
        ("$.status.conditions[?@.type=='Other'].status=False", "ready"),
        ("{.status.conditions[?(@.type==\"Absent\")].status}=True", "PathNotFound"),
        ("{..phase}=Running", "ready"),
        // What is not there is not unequal to anything, and null is nothing.
        ("{.status.absent}!=x", "PathNotFound"),
        ("{.status.absent.deeper}", "PathNotFound"),
        ("{.status.phase.deeper}", "PathNotFound"),
        ("{.status.none}", "PathNotFound"),
        ("{.status.none}!=x", "PathNotFound"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn an_absent_object_and_an_old_status_are_pending() {
    let path = JsonPath::read("{.spec.replicas}=3").unwrap();
    assert_eq!(path.judge(None).reason().unwrap().code, "NotFound");
    let mut object = json!({"metadata": {"generation": 2}, "spec": {"replicas": 3}});
    assert!(path.judge(Some(&document(object.clone()))).is_ready(), "a kind that does not count generations");
    object["status"] = json!({"observedGeneration": 1});
    assert_eq!(path.judge(Some(&document(object))).reason().unwrap().code, "StaleStatus");
}

#[test]
fn messages_name_the_path_and_keep_the_value() {
    let object = document(json!({"status": {"phase": "s3cret", "list": ["s3cret"]}}));
    for text in
        ["{.status.phase}=Running", "{.status.phase}>1", "{.status.list}=a", "{.status.x}=a", "{.status.*}=a"]
    {
        let verdict = JsonPath::read(text).unwrap().judge(Some(&object));
        let message = &verdict.reason().unwrap().message;
        assert!(message.contains("{.status.") && !message.contains("s3cret"), "{message}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (text, part) in [
        ("{.status.phase}=", "no value after ="),
        ("{.status.phase}=''", "no value after ="),
        ("{.status.phase}==Running", "write = once"),
        ("{.status.phase}>two", "\"two\" is no number"),
        ("{.status[}", "no closing brace"),
        ("{.status[[}]}", "no closing brace"),
        ("{.status[[]]}", "is no JSONPath"),
        ("$.a[?@.b==]", "is no JSONPath"),
        ("$", "ready"),
        ("{..a..b}", "all descendants"),
        ("$.items[?$.items[?@.a==2]]", "a filter of a JSONPath"),
        ("$.items[?@.items[?@.a==2]]", "a filter of a JSONPath"),
        ("$.items[?@..a]", "a filter of a JSONPath"),
        ("$.items[?@.a == count($..*)]", "a filter of a JSONPath"),
        ("$.items[?match(@.b,'(a{40}){9}')]", "a filter of a JSONPath"),
        ("$.items[?@.a == $.b]", "a filter of a JSONPath"),
        ("$[*,*,*,*,*]", "4 wildcards"),
        ("$[*][*][*][*][*]", "4 wildcards"),
        (
            "$[?(']'==']'&&(']'==']'&&(']'==']'&&(']'==']'&&(']'==']'&&(']'==']'&&(']'==']'&&(']'==']'&&(@.a)))))))))]",
            "brackets within brackets",
        ),
        ("$[?((((((((((@.a))))))))))]", "brackets within brackets"),
    ] {
        match JsonPath::read(text) {
            Err(complaint) => assert!(complaint.contains(part), "{text}: {complaint}"),
            Ok(_) => assert_eq!(part, "ready", "{text}"),
        }
    }
    assert!(JsonPath::read(&format!("{{.{}}}", "a".repeat(2000))).unwrap_err().contains("1024 bytes"));
}

proptest::proptest! {
    /// Whatever is written, nothing panics and the stack holds, on one of the size that servers have.
    #[test]
    fn any_expression_is_read_or_refused(text in "[$@.{}()\\[\\]?!=<>&|*'\"a-c0-2 ,:\\\\-]{0,60}") {
        if let Ok(path) = JsonPath::read(&text) {
            let _ = path.judge(Some(&pod()));
        }
    }
}
