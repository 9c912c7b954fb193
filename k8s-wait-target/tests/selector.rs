//! Selectors mean what they mean to kubectl: the cases are those of apimachinery's `pkg/labels` tests and documentation.
// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use k8s_wait_target::Selector;

fn selector(text: &str) -> Selector {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn is_match(text: &str, labels: &[(&str, &'static str)]) -> bool {
    selector(text).matches(|key| labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value))
}

#[test]
fn equality() {
    let labels = [("app", "web"), ("tier", "front")];
    for text in ["app=web", "app==web", "app=web,tier=front", "app!=db", "app!=web2,tier!=back", "team!=a"] {
        assert!(is_match(text, &labels), "{text}");
    }
    for text in
        ["app=db", "app=we", "app=WEB", "app=web,tier=back", "app!=web", "team=a", "team=", "app=", "App=web"]
    {
        assert!(!is_match(text, &labels), "{text}");
    }
}

#[test]
fn presence() {
    let labels = [("app", "web"), ("empty", "")];
    for text in ["app", "empty", "!team", "app,empty,!team"] {
        assert!(is_match(text, &labels), "{text}");
    }
    for text in ["team", "!app", "!empty", "app,team"] {
        assert!(!is_match(text, &labels), "{text}");
    }
}

#[test]
fn sets_of_values() {
    let labels = [("app", "web"), ("empty", "")];
    for text in [
        "app in (web)",
        "app in (db,web)",
        "app notin (db,api)",
        "team notin (a)",
        "team notin ()",
        "empty in ()",
        "empty in (,a)",
        "app notin ()",
    ] {
        assert!(is_match(text, &labels), "{text}");
    }
    for text in
        ["app in (db)", "app in ()", "team in (a)", "team in ()", "app notin (db,web)", "empty notin (,a)"]
    {
        assert!(!is_match(text, &labels), "{text}");
    }
}

#[test]
fn an_absent_label_passes_what_excludes_and_nothing_else() {
    for (text, passes) in [
        ("a", false),
        ("!a", true),
        ("a=b", false),
        ("a=", false),
        ("a!=b", true),
        ("a!=", true),
        ("a in (b)", false),
        ("a in ()", false),
        ("a notin (b)", true),
        ("a notin ()", true),
        ("a>0", false),
        ("a<1", false),
    ] {
        assert_eq!(is_match(text, &[]), passes, "{text}");
    }
}

#[test]
fn numbers() {
    for (text, label, passes) in [
        ("n>1", "2", true),
        ("n>1", "1", false),
        ("n>1", "0", false),
        ("n<1", "0", true),
        ("n<1", "1", false),
        ("n>9", "10", true),
        ("n>1", "v2", false),
        ("n<1", "", false),
        ("n>1", "2.5", false),
        ("n>0", "9223372036854775807", true),
        ("n>0", "9223372036854775808", false),
    ] {
        assert_eq!(is_match(text, &[("n", label)]), passes, "{text} {label}");
    }
}

#[test]
fn words_and_white_space() {
    for (text, canonical) in [
        ("\rx", "x"),
        ("a ", "a"),
        ("x= ", "x="),
        ("x= ,z= ", "x=,z="),
        ("! x", "!x"),
        ("x = a , y != b", "x=a,y!=b"),
        ("x==a", "x=a"),
        ("foo  in\t (abc)", "foo in (abc)"),
        ("x notin\n ( )", "x notin ()"),
        ("x in(b,a,b)", "x in (a,b)"),
        ("x in (abc,)", "x in (,abc)"),
        ("x notin (, a)", "x notin (,a)"),
        ("x notin (abc,,def),bar,z in (),w", "bar,w,x notin (,abc,def),z in ()"),
        ("x=a,a=x", "a=x,x=a"),
        ("x>01,x<5", "x>1,x<5"),
        ("notin=in", "notin=in"),
        ("in in (in,notin)", "in in (in,notin)"),
        ("in", "in"),
        ("a in (x,y,notin, z,in)", "a in (in,notin,x,y,z)"),
        (
            "0.1.2.domain/99 notin (10.10.100.1, tick.tack.clock)",
            "0.1.2.domain/99 notin (10.10.100.1,tick.tack.clock)",
        ),
        ("app.kubernetes.io/name=web", "app.kubernetes.io/name=web"),
    ] {
        let selector = selector(text);
        assert_eq!(selector.to_string(), canonical);
        assert_eq!(canonical.parse(), Ok(selector), "{canonical}");
    }
}

#[test]
fn order_repetition_and_double_equals_do_not_count() {
    assert_eq!(selector("b==2,a in (y,x,y)"), selector("a in (x,y),b=2"));
    assert_eq!(selector("a!=2,a"), selector("a,a!=2"));
    assert_ne!(selector("a=b"), selector("a!=b"));
    assert_ne!(selector("a in (b)"), selector("a notin (b)"));
}

#[test]
fn what_kubectl_refuses_is_refused() {
    let long_key = "k".repeat(64);
    let long_value = format!("x={}", "v".repeat(64));
    for (text, position) in [
        ("x=a||y=b", 3),
        ("x==a==b", 5),
        ("!x=a", 3),
        ("!!x", 2),
        ("x<a", 3),
        ("x>", 3),
        ("x>1.5", 3),
        ("x,,y", 3),
        (",x,y", 1),
        ("x nott in (y)", 3),
        ("a in (xyz),", 12),
        ("a in (xyz)b notin ()", 11),
        ("a in (xyz abc)", 11),
        ("a notin(", 9),
        ("a in", 5),
        ("a (", 3),
        ("(", 1),
        ("a in (b=c)", 8),
        ("a/b/c", 1),
        ("/a", 1),
        ("a=b/c", 3),
        ("a=-1", 3),
        ("Example.com/a", 1),
        ("x=\0", 3),
        (&long_key, 1),
        (&long_value, 3),
    ] {
        let error = text.parse::<Selector>().expect_err(text);
        assert_eq!(error.position(), position, "{error}");
    }
}

#[test]
fn nothing_at_all_is_no_selector() {
    let error = "".parse::<Selector>().unwrap_err();
    let sentence = "selector \"\", position 1: found the end of the selector, \
                    expected a label's key such as app or app.kubernetes.io/name";
    assert_eq!(error.to_string(), sentence);
    assert!(" \t".parse::<Selector>().is_err());
}
