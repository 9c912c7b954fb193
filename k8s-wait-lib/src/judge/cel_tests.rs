//! What expressions say of an object, and that no expression takes the server down.

use super::*;
use crate::object::Cached;
use serde_json::json;

fn document(object: serde_json::Value) -> Document {
    Document::cut(serde_json::from_value(object).unwrap())
}

fn workload() -> Document {
    document(json!({
        "metadata": {"name": "web", "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": "web"}},
        "spec": {"replicas": 3},
        "status": {"observedGeneration": 2, "readyReplicas": 3, "phase": "Running", "memory": "512Mi",
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "s3cret"}]},
    }))
}

fn verdict(text: &str) -> Verdict {
    Cel::read(text).unwrap_or_else(|why| panic!("{text}: {why}")).judge(Some(&workload()))
}

fn code(text: &str) -> String {
    verdict(text).reason().map_or("ready".to_owned(), |reason| reason.code.to_string())
}

#[test]
fn expressions() {
    for (text, expected) in [
        ("true", "ready"),
        ("self.status.phase == 'Running'", "ready"),
        ("self.status.phase == \"Failed\"", "CelNotMet"),
        ("self.status.readyReplicas >= self.spec.replicas", "ready"),
        ("self.status.readyReplicas == 3 && self.metadata.labels.app == 'web'", "ready"),
        ("self.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')", "ready"),
        ("self.status.conditions.all(c, c.status == 'True')", "CelNotMet"),
        ("self.status.conditions.exists_one(c, c.type == 'Ready')", "ready"),
        ("has(self.status.absent)", "CelNotMet"),
        ("!has(self.status.absent) || self.status.absent == 1", "ready"),
        ("self.status.phase in ['Running', 'Succeeded']", "ready"),
        ("self.status.phase.matches('^Run')", "ready"),
        ("quantity(self.status.memory).isGreaterThan(quantity('256Mi'))", "ready"),
        ("timestamp(self.metadata.creationTimestamp) < timestamp('2026-06-01T00:00:00Z')", "ready"),
        ("self.status.readyReplicas != 3", "CelNotMet"),
        ("self.status.absent == 1", "CelError"),
        ("self.status.phase", "CelError"),
        ("self.status.readyReplicas", "CelError"),
        ("self.status.phase + 1 == 2", "CelError"),
        ("1 / 0 == 1", "CelError"),
        ("self.status.conditions[7].status == 'True'", "CelError"),
        ("duration('soon') > duration('1h')", "CelError"),
    ] {
        assert_eq!(code(text), expected, "{text}: {:?}", verdict(text));
    }
}

#[test]
fn an_absent_object_and_an_old_status_are_pending() {
    let cel = Cel::read("true").unwrap();
    assert_eq!(cel.judge(None).reason().unwrap().code, "NotFound");
    let object = json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}});
    assert_eq!(cel.judge(Some(&document(object))).reason().unwrap().code, "StaleStatus");
}

#[test]
fn messages_keep_the_values() {
    for text in [
        "self.status.conditions[1].status",
        "self.status.conditions[1].status + 1 == 2",
        "-self.status.conditions[1].status == 1",
        "self.status.conditions[1].status > 1",
        "self.status[self.status.conditions[1].status] == 1",
        "self.status.conditions[self.status.conditions[1].status] == 1",
        "timestamp(self.status.conditions[1].status) == timestamp('2026-06-01T00:00:00Z')",
        "int(self.status.conditions[1].status) == 1",
        "quantity(self.status.conditions[1].status) == quantity('1')",
        "self.status.conditions[1].status.matches('[')",
        "self.status.conditions[1].status.all(c, true)",
    ] {
        let Verdict::Pending(reason) = verdict(text) else { panic!("{text}") };
        assert_eq!(reason.code, "CelError", "{text}: {}", reason.message);
        assert!(!reason.message.contains("s3cret"), "{text}: {}", reason.message);
    }
}

#[test]
fn what_is_no_expression_is_refused_in_one_line() {
    for (text, part) in [
        ("", "is no CEL expression"),
        ("self.", "is no CEL expression"),
        ("self.a ==", "is no CEL expression"),
        ("self.a == 'x", "is no CEL expression"),
        ("object.status.phase == 'x'", "\"object\" is unknown"),
        ("((((((((((((((1))))))))))))))", "brackets within brackets"),
        ("nonsense(self)", "it uses nonsense"),
        ("self.a.map(x, x) == []", "map and filter"),
        ("self.a. filter(x, true).size() == 1", "map and filter"),
        ("[1].map(a,[a,a]).map(a,[a,a]) == []", "map and filter"),
        ("[1, 2].all(x, x > 0)", "a loop goes over a field"),
        ("(self.a + self.a).all(x, x > 0)", "a loop goes over a field"),
        ("self.a.all(x, self.a.all(y, self.a. all(z, true)))", "nested 2 times"),
        ("self.a+self.a+self.a+self.a+self.a+self.a+self.a+self.a+self.a+self.a == 'a'", "more than 8"),
        ("self.a.all(x, x.matches('a'))", "matches cannot stand in a loop"),
        ("self.a.matches(self.b)", "written out"),
        ("self.a.matches('(a{9}){9}')", "without {n}"),
        ("self.a.replace('a', self.a) == 'a'", "it uses replace"),
        ("{'a': 1} == self.a", "maps and messages"),
    ] {
        let complaint = Cel::read(text).unwrap_err();
        assert!(complaint.contains(part), "{text}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
    assert!(Cel::read(&"1+".repeat(600)).unwrap_err().contains("1024 bytes"));
}

/// Side by side they add up, and each is over soon.
#[test]
fn several_loops_over_an_ordinary_object_are_fine() {
    let condition = |n: usize| json!({"type": format!("T{n}"), "status": "True", "message": "x".repeat(40)});
    let conditions: Vec<_> = (0..40).map(condition).collect();
    let object = document(json!({"status": {"conditions": conditions}}));
    let text = ["T1", "T2", "T3", "T4"]
        .map(|name| format!("self.status.conditions.exists(c, c.type == '{name}' && c.status == 'True')"));
    assert!(Cel::read(&text.join(" && ")).unwrap().judge(Some(&object)).is_ready());
}

#[test]
fn many_loops_over_a_large_object_are_not_begun() {
    let items: Vec<i32> = (0..2000).collect();
    let object = document(json!({"status": {"items": items}}));
    let twice = "self.status.items.all(a, self.status.items.all(b, a != 7 || true))";
    assert_eq!(Cel::read(twice).unwrap().judge(Some(&object)).reason().unwrap().code, "CelTooCostly");
    assert!(Cel::read("self.status.items.all(a, a >= 0)").unwrap().judge(Some(&object)).is_ready());
}

/// Each of these nests as deep as the length allows, in a stack of the size that the server's threads have.
#[test]
fn the_stack_holds_the_deepest_expressions() {
    let texts = [
        "1+".repeat(511) + "1",
        "a.".repeat(500) + "a == 1",
        "!".repeat(1000) + "true",
        "-".repeat(1000) + "1",
        "true&&".repeat(170) + "true",
        "true?true:".repeat(100) + "true",
        "[".repeat(12) + &"]".repeat(12),
        // Brackets in quotes hide how deep the others go; the parser has a bound of its own then.
        "(')'==')'&&".repeat(85) + "true",
        "(')'==')'&&".repeat(78) + "true" + &")".repeat(78),
        "[']',".repeat(160) + "1" + &"]".repeat(160),
        "self".to_owned() + &"[0]".repeat(330),
        "self.a".to_owned() + &".map(x,x)".repeat(110),
        "1==".repeat(340) + "1",
    ];
    let work = move || {
        texts
            .iter()
            .filter_map(|text| Cel::read(text).ok())
            .for_each(|cel| drop(cel.judge(Some(&workload()))))
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

proptest::proptest! {
    #[test]
    fn any_expression_is_read_or_refused(text in "(self|[.()\\[\\]?:!=<>&|+*'\"a-c0-2 ,-]|\\.all\\(x,|size\\(){0,25}") {
        if let Ok(cel) = Cel::read(&text) {
            let _ = cel.judge(Some(&workload()));
        }
    }
}
