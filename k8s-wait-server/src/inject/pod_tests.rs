use super::*;
use proptest::prelude::*;

fn how() -> Container {
    Container { image: "client:1".to_owned(), ..Container::default() }
}

fn with_everything() -> Container {
    let (server, ca_config_map) = (Some("https://wait:8443".to_owned()), Some("ca".to_owned()));
    Container { server, ca_config_map, token: true, ..how() }
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// The pod after a look at it, and the sentence where it makes no sense.
fn injected(pod: &Value, how: &Container) -> Result<Value, String> {
    let spec = map(&pod["spec"]);
    let lack = lacking(&map(&pod["metadata"]["annotations"]), &spec, how).map_err(|bad| bad.to_string())?;
    let mut pod = pod.clone();
    json_patch::patch(&mut pod, &lack.patch(&spec)).unwrap();
    Ok(pod)
}

fn pod(annotations: &[(&str, &str)], init_containers: &Value) -> Value {
    let annotations: Map<String, Value> =
        annotations.iter().map(|(name, text)| (format!("{PREFIX}{name}"), Value::from(*text))).collect();
    let mut pod = json!({
        "metadata": {"annotations": annotations},
        "spec": {"containers": [{"name": "web", "image": "web"}]},
    });
    if !init_containers.is_null() {
        pod["spec"]["initContainers"] = init_containers.clone();
    }
    pod
}

fn names(pod: &Value) -> Vec<&str> {
    list(pod["spec"].as_object().unwrap(), "initContainers")
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

#[test]
fn a_pod_gets_the_container_that_one_would_have_written() {
    let pod = injected(&pod(&[("wait-for", "service/db\n  job/migrate")], &Value::Null), &how()).unwrap();
    let expected = json!([{
        "name": "k8s-wait",
        "image": "client:1",
        "args": ["service/db", "job/migrate"],
        "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
        "resources": {"requests": {"cpu": "5m", "memory": "4Mi"}, "limits": {"cpu": "50m", "memory": "16Mi"}},
        "securityContext": {
            "runAsNonRoot": true, "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }]);
    assert_eq!(pod["spec"]["initContainers"], expected);
    assert_eq!(pod["spec"].get("volumes"), None);
}

#[test]
fn each_annotation_says_something() {
    let annotations = [
        ("wait-for", "pod?selector=app=web&for=cel=self.a==\"$(X)$\""),
        ("timeout", "10m"),
        ("any", "true"),
        ("image", "mirror/client:2"),
        ("resources", "{requests: {cpu: 1m}, limits: {memory: 32Mi}}"),
        ("inject", "true"),
    ];
    let pod = injected(&pod(&annotations, &Value::Null), &with_everything()).unwrap();
    let container = &pod["spec"]["initContainers"][0];
    let arguments = json!([
        "pod?selector=app=web&for=cel=self.a==\"$$(X)$$\"",
        "--any",
        "--timeout=10m",
        "--server=https://wait:8443",
        "--token-file=/var/run/secrets/k8s-wait/token",
        "--ca-file=/var/run/secrets/k8s-wait/ca.crt",
    ]);
    assert_eq!(container["args"], arguments);
    assert_eq!(container["image"], "mirror/client:2");
    assert_eq!(container["resources"], json!({"requests": {"cpu": "1m"}, "limits": {"memory": "32Mi"}}));
    let mount = json!([{"name": "k8s-wait", "mountPath": "/var/run/secrets/k8s-wait", "readOnly": true}]);
    assert_eq!(container["volumeMounts"], mount);
    let sources = json!([
        {"serviceAccountToken": {"audience": "k8s-wait", "expirationSeconds": 3600, "path": "token"}},
        {"configMap": {"name": "ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]);
    assert_eq!(pod["spec"]["volumes"], json!([{"name": "k8s-wait", "projected": {"sources": sources}}]));
}

#[test]
fn what_is_asked_by_https_needs_the_image_with_tls() {
    let default = Container::default();
    for (how, targets, tag) in [
        (&default, "https://db/health", "-tls"),
        (&default, "http://db/health", ""),
        (&how(), "https://db/health", ""),
    ] {
        let pod = injected(&pod(&[("wait-for", targets)], &Value::Null), how).unwrap();
        assert_eq!(pod["spec"]["initContainers"][0]["image"], format!("{}{tag}", how.image), "{targets}");
    }
}

#[test]
fn it_is_not_root_where_the_pod_is() {
    let user = |context: Value| {
        let mut pod = pod(&[("wait-for", "job/a")], &Value::Null);
        pod["spec"]["securityContext"] = context;
        injected(&pod, &how()).unwrap()["spec"]["initContainers"][0]["securityContext"]["runAsUser"].clone()
    };
    assert_eq!(user(json!({"runAsUser": 0})), 65532);
    assert_eq!(user(json!({"runAsUser": 1000})), Value::Null, "it has the pod's");
    assert_eq!(user(json!({"fsGroup": 0})), Value::Null, "it has the image's");
}

#[test]
fn a_volume_that_is_the_same_is_its_volume() {
    let annotations = [("wait-for", "job/a")];
    let mut own = injected(&pod(&annotations, &Value::Null), &with_everything()).unwrap();
    own["spec"]["initContainers"] = Value::Null;
    own["spec"]["volumes"][0]["projected"]["defaultMode"] = json!(420);
    let given = injected(&own, &with_everything()).unwrap();
    assert_eq!(given["spec"]["volumes"], own["spec"]["volumes"]);
    assert_eq!(names(&given), ["k8s-wait"]);
}

#[test]
fn who_does_not_ask_is_left_alone() {
    let own = json!([{"name": "k8s-wait", "image": "mine"}]);
    for annotations in [
        &[][..],
        &[("inject", "false")],
        &[("inject", "false"), ("wait-for", "no target")],
        &[("inject", "false"), ("waitfor", "job/a")],
    ] {
        let pod = pod(annotations, &own);
        assert_eq!(injected(&pod, &with_everything()), Ok(pod));
    }
    let mut mirror = pod(&[("wait-for", "nonsense")], &Value::Null);
    mirror["metadata"]["annotations"][MIRROR] = json!("x");
    assert_eq!(injected(&mirror, &how()), Ok(mirror.clone()));
}

#[test]
fn it_stands_first_or_after_the_sidecars() {
    let others = json!([{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always"}, {"name": "own"}]);
    let first = [("wait-for", "job/a")];
    let after = [("wait-for", "job/a"), ("position", "after-sidecars")];
    let at_first = injected(&pod(&first, &others), &how()).unwrap();
    assert_eq!(names(&at_first), ["k8s-wait", "setup", "proxy", "own"]);
    let behind = injected(&pod(&after, &others), &how()).unwrap();
    assert_eq!(names(&behind), ["setup", "proxy", "k8s-wait", "own"]);
    assert_eq!(
        names(&injected(&pod(&after, &json!([{"name": "own"}])), &how()).unwrap()),
        ["k8s-wait", "own"]
    );
    // Another webhook puts its sidecar before ours, or behind it, and we are asked once more.
    let mut late = injected(&pod(&after, &json!([{"name": "own"}])), &how()).unwrap();
    late["spec"]["initContainers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "proxy", "restartPolicy": "Always"}));
    late = injected(&late, &how()).unwrap();
    assert_eq!(names(&late), ["own", "proxy", "k8s-wait"]);
    assert_eq!(injected(&late, &how()), Ok(late.clone()));
    // A mesh's proxy is waited for in any case, or nobody gets through it.
    for mesh in PROXIES {
        let of = |restart: Value| json!([{"name": "mesh-init"}, {"name": mesh, "restartPolicy": restart}, {"name": "own"}]);
        let behind = injected(&pod(&first, &of(json!("Always"))), &how()).unwrap();
        assert_eq!(names(&behind), ["mesh-init", mesh, "k8s-wait", "own"]);
        let no_sidecar = injected(&pod(&first, &of(Value::Null)), &how()).unwrap();
        assert_eq!(names(&no_sidecar), ["k8s-wait", "mesh-init", mesh, "own"]);
        let mut late = at_first.clone();
        let containers = late["spec"]["initContainers"].as_array_mut().unwrap();
        containers.push(json!({"name": mesh, "restartPolicy": "Always"}));
        assert_eq!(names(&injected(&late, &how()).unwrap()), ["setup", "proxy", "own", mesh, "k8s-wait"]);
    }
    let mut early = at_first;
    early["spec"]["initContainers"].as_array_mut().unwrap().insert(0, json!({"name": "mesh-init"}));
    assert_eq!(injected(&early, &how()), Ok(early.clone()), "two that want to be first do not fight");
}

#[test]
fn what_is_there_already_has_to_be_the_same_wait() {
    let annotations = [("wait-for", "job/a"), ("timeout", "1m")];
    let with = |arguments: Value| {
        pod(&annotations, &json!([{"name": "k8s-wait", "image": "mine", "args": arguments}]))
    };
    // What another installation has added, or its owner has written.
    for arguments in [
        json!(["job/a", "--timeout=1m"]),
        json!(["--timeout=1m", "job/a"]),
        json!(["job/a", "--timeout=1m", "--server=http://other:1"]),
    ] {
        let pod = with(arguments);
        assert_eq!(injected(&pod, &with_everything()), Ok(pod));
    }
    for arguments in
        [json!(["job/b", "--timeout=1m"]), json!(["job/a"]), json!(["job/a", "--timeout=1m", "--any"])]
    {
        let sentence = injected(&with(arguments), &how()).unwrap_err();
        assert!(
            sentence.starts_with("init container \"k8s-wait\" is there already, and does not wait as"),
            "{sentence}"
        );
        assert!(sentence.ends_with(r#"the arguments ["job/a","--timeout=1m"]"#), "{sentence}");
    }
    // With the right arguments, and yet no wait, or another one.
    for (field, value, told) in [
        ("command", json!(["true"]), "command"),
        ("restartPolicy", json!("Always"), "restartPolicy"),
        ("envFrom", json!([{"configMapRef": {"name": "a"}}]), "envFrom"),
        ("env", json!([{"name": "K8S_WAIT_ANY", "value": "true"}]), "K8S_WAIT_ANY"),
        ("env", json!([{"name": "K8S_WAIT_NAMESPACE", "value": "other"}]), "K8S_WAIT_NAMESPACE"),
    ] {
        let mut pod = with(json!(["job/a", "--timeout=1m"]));
        pod["spec"]["initContainers"][0][field] = value;
        let sentence = injected(&pod, &how()).unwrap_err();
        assert!(sentence.contains(&format!("is there already, and has a {told} of its own")), "{sentence}");
    }
    let mut pod = with(json!(["job/a", "--timeout=1m"]));
    pod["spec"]["initContainers"][0]["env"] = json!([{"name": "K8S_WAIT_SERVER", "value": "http://other:1"}]);
    assert_eq!(injected(&pod, &how()), Ok(pod));
}

#[test]
fn what_makes_no_sense_is_told_in_a_sentence_that_names_it() {
    let none = &Value::Null;
    for (annotations, expected) in [
        (&[("wait-for", "jbo/migrate")][..], "annotation k8s-wait.dev/wait-for: target \"jbo/migrate\""),
        (&[("wait-for", "job/Migrate")], "annotation k8s-wait.dev/wait-for: "),
        (&[("wait-for", "pod/a?for=complete")], "a pod has no state \"complete\""),
        (
            &[("wait-for", " ")],
            "annotation k8s-wait.dev/wait-for \" \": expected a target, as in job/migrate",
        ),
        (
            &[("waitfor", "job/a")],
            "annotation \"k8s-wait.dev/waitfor\" is unknown: k8s-wait.dev/ goes with wait-for, timeout",
        ),
        (&[("timeout", "1m")], "annotation k8s-wait.dev/wait-for is missing"),
        (&[("wait-for", "job/a"), ("timeout", "soon")], "annotation k8s-wait.dev/timeout \"soon\": "),
        (
            &[("wait-for", "job/a"), ("any", "yes")],
            "annotation k8s-wait.dev/any \"yes\": expected true or false",
        ),
        (
            &[("wait-for", "job/a"), ("inject", "no")],
            "annotation k8s-wait.dev/inject \"no\": expected true or false",
        ),
        (
            &[("wait-for", "job/a"), ("image", "a b")],
            "annotation k8s-wait.dev/image \"a b\": expected an image",
        ),
        (&[("wait-for", "job/a"), ("position", "last")], "expected first or after-sidecars"),
        (&[("wait-for", "job/a"), ("resources", "5m")], "expected limits and requests, as in"),
        (
            &[("wait-for", "job/a"), ("resources", "{limits: &a {cpu: 1}, requests: *a}")],
            "expected limits and requests, as in",
        ),
        (&[("wait-for", "job/a"), ("resources", "{claims: {a: b}}")], "expected limits and requests, as in"),
        (
            &[("wait-for", "job/a"), ("resources", "{limits: {cpu: [1]}}")],
            "expected limits and requests, as in",
        ),
    ] {
        let sentence = injected(&pod(annotations, none), &how()).unwrap_err();
        assert!(sentence.contains(expected) && !sentence.contains('\n'), "{sentence:?} lacks {expected:?}");
    }
    let many = (0..101).map(|number| format!("job/a-{number}")).collect::<Vec<_>>().join(" ");
    let sentence = injected(&pod(&[("wait-for", &many)], none), &how()).unwrap_err();
    assert_eq!(sentence, "annotation k8s-wait.dev/wait-for: 101 targets are more than 100");
    let same = vec!["job/a"; 101].join(" ");
    assert!(injected(&pod(&[("wait-for", &same)], none), &how()).is_ok(), "it is one");
    for (field, value) in [
        ("os", json!({"name": "windows"})),
        ("nodeSelector", json!({"kubernetes.io/os": "windows"})),
        ("nodeSelector", json!({"beta.kubernetes.io/os": "windows"})),
    ] {
        let mut windows = pod(&[("wait-for", "job/a")], none);
        windows["spec"][field] = value;
        assert!(injected(&windows, &how()).unwrap_err().contains("a pod for Windows cannot run the client"));
    }
    // Nobody has looked at names and sizes yet, and this ends up in logs and events.
    let long = "\u{1b}[31m".repeat(10_000);
    for annotations in [
        &[("wait-for", "job/a"), (&long, "1")][..],
        &[("wait-for", "job/a"), ("any", &long)],
        &[("wait-for", &long)],
    ] {
        let sentence = injected(&pod(annotations, none), &how()).unwrap_err();
        assert!(
            !sentence.contains('\u{1b}') && sentence.len() < 500,
            "{} bytes: {sentence:.600}",
            sentence.len()
        );
    }
    let mut named = pod(&[("wait-for", "job/a")], none);
    named["spec"]["containers"][0]["name"] = json!("k8s-wait");
    assert!(injected(&named, &how()).unwrap_err().starts_with("a container is called \"k8s-wait\""));
    let mut volume = pod(&[("wait-for", "job/a")], none);
    volume["spec"]["volumes"] = json!([{"name": "k8s-wait", "emptyDir": {}}]);
    assert!(
        injected(&volume, &with_everything()).unwrap_err().starts_with("a volume is called \"k8s-wait\"")
    );
    assert!(injected(&volume, &how()).is_ok(), "where none is needed it may be there");
}

prop_compose! {
    fn target()(kind in "job|pod|service|deployment", name in "[a-z][a-z0-9]{0,8}", option in "|[?]stable=5s|[?]for=exists|[?]for=cel=self[.]a==\"[$(]{1,3}X[)]\"") -> String {
        format!("{kind}/{name}{option}")
    }
}

prop_compose! {
    fn annotations()(
        targets in prop::collection::vec(target(), 1..5),
        space in "[ \t\n]{1,3}",
        timeout in prop::option::of("[1-9][0-9]?[smh]"),
        any in prop::option::of(any::<bool>()),
        position in prop::option::of("first|after-sidecars"),
    ) -> Map<String, Value> {
        let any = any.map(|any: bool| any.to_string());
        let entries = [("wait-for", Some(targets.join(&space))), ("timeout", timeout), ("any", any), ("position", position)];
        entries.into_iter().filter_map(|(name, text)| Some((format!("{PREFIX}{name}"), Value::from(text?)))).collect()
    }
}

fn item() -> impl Strategy<Value = Value> {
    ("[a-z]{1,6}|istio-proxy|linkerd-proxy", any::<bool>(), "\\PC{0,8}").prop_map(
        |(name, is_sidecar, text)| match is_sidecar {
            true => json!({"name": name, "restartPolicy": "Always", "x": text}),
            false => json!({"name": name, "x": {"y": [text]}}),
        },
    )
}

fn items() -> impl Strategy<Value = Option<Vec<Value>>> {
    prop::option::of(prop::collection::vec(item(), 0..4))
}

proptest! {
    #[test]
    fn what_is_added_parses_back_and_nothing_else_changes(
        annotations in annotations(),
        others in items(),
        volumes in items(),
        rest in "\\PC{0,20}",
        everything in any::<bool>(),
        late in (item(), any::<prop::sample::Index>()),
    ) {
        let how = if everything { with_everything() } else { how() };
        let mut pod = json!({"metadata": {"annotations": annotations, "rest": rest}, "spec": {"containers": [{"name": "a"}], "rest": rest}});
        for (key, items) in [("initContainers", &others), ("volumes", &volumes)] {
            if let Some(items) = items {
                pod["spec"][key] = json!(items);
            }
        }
        let once = injected(&pod, &how).unwrap();
        prop_assert_eq!(injected(&once, &how), Ok(once.clone()));

        // Its arguments, as the kubelet hands them out, are the annotations.
        let wish = Wish::read(&annotations).unwrap().unwrap();
        let containers = once["spec"]["initContainers"].as_array().unwrap();
        let at = named(containers, NAME).unwrap();
        let arguments: Vec<String> =
            asked(&containers[at]).iter().map(|argument| argument.as_str().unwrap().replace("$$", "$")).collect();
        let flags = arguments.iter().filter(|argument| argument.starts_with("--")).map(String::as_str);
        let timeout = wish.timeout.as_ref().map(|timeout| format!("--timeout={timeout}"));
        let expected = wish.any.then_some("--any").into_iter().chain(timeout.as_deref());
        prop_assert_eq!(flags.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        prop_assert_eq!(&arguments[..wish.targets.len()], &wish.targets[..]);
        let is_mesh = |one: &Value| PROXIES.iter().any(|mesh| one["name"] == *mesh);
        let comes_before = |one: &Value| one["restartPolicy"] == "Always" && (is_mesh(one) || wish.position == Position::AfterSidecars);
        prop_assert!(!containers[at..].iter().any(comes_before) && (at == 0 || comes_before(&containers[at - 1])));

        // Another webhook adds something somewhere: nothing but the place of the container may change.
        let mut later = once.clone();
        let containers = later["spec"]["initContainers"].as_array_mut().unwrap();
        containers.insert(late.1.index(containers.len() + 1), late.0);
        let mut again = injected(&later, &how).unwrap();
        let containers = again["spec"]["initContainers"].as_array().unwrap();
        prop_assert!(!containers[named(containers, NAME).unwrap()..].iter().any(comes_before));
        prop_assert_eq!(injected(&again, &how), Ok(again.clone()));
        for pod in [&mut later, &mut again] {
            let containers = pod["spec"]["initContainers"].as_array_mut().unwrap();
            let at = named(containers, NAME).unwrap();
            let container = containers.remove(at);
            containers.push(container);
        }
        prop_assert_eq!(later, again);

        // Without it the pod is as it was.
        let mut without = once;
        for (key, items) in [("initContainers", &others), ("volumes", &volumes)] {
            if let Some(list) = without["spec"][key].as_array_mut() {
                list.retain(|item| item["name"] != NAME);
            }
            if items.is_none() {
                without["spec"].as_object_mut().unwrap().remove(key);
            }
        }
        prop_assert_eq!(without, pod);
    }
}
