use super::*;
use proptest::prelude::*;
use serde_json::json;

fn how() -> Container {
    Container { image: "client:1".to_owned(), ..Container::default() }
}

fn with_token() -> Container {
    Container { token: true, ..how() }
}

fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn all(text: &str, how: &Container) -> Result<String, String> {
    documents(text).map(|text| document(text, how)).collect()
}

/// `text`, of which each line is one of `written`, in this order; and the others.
fn added(text: &str, written: &str) -> Vec<String> {
    let mut lines = text.lines().peekable();
    let mut others = Vec::new();
    for line in written.lines() {
        match lines.peek() {
            Some(next) if *next == line => drop(lines.next()),
            _ => others.push(line.to_owned()),
        }
    }
    assert_eq!(lines.next(), None, "lost from\n{written}");
    others
}

const TEMPLATE: &str = "\
metadata:
  annotations:
    # for the database
    k8s-wait.dev/wait-for: \"service/db job/migrate\"
spec:  # two spaces
  # the first
  containers:
    - name: web   # ours
      image: web
";

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

#[test]
fn each_kind_that_makes_pods_has_its_template_found() {
    let deployment = |kind: &str| {
        format!("kind: {kind}\nmetadata:\n  name: a\nspec:\n  template:\n{}", indented(TEMPLATE, 4))
    };
    let cron_job = format!(
        "kind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n{}",
        indented(TEMPLATE, 8)
    );
    let template = format!("kind: PodTemplate\ntemplate:\n{}", indented(TEMPLATE, 2));
    let list = format!(
        "kind: List\nitems:\n- kind: Pod\n{}- kind: Deployment\n  spec:\n    template:\n{}",
        indented(TEMPLATE, 2),
        indented(TEMPLATE, 6)
    );
    let kinds =
        ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"];
    let texts =
        kinds.map(deployment).into_iter().chain([format!("kind: Pod\n{TEMPLATE}"), cron_job, template, list]);
    for text in texts {
        for how in [how(), with_token()] {
            let written = document(&text, &how).unwrap();
            let containers =
                added(&text, &written).iter().filter(|line| line.ends_with("name: k8s-wait")).count();
            let times = text.matches("wait-for").count() * if how.token { 3 } else { 1 };
            assert_eq!(containers, times, "{written}");
            assert_eq!(document(&written, &how), Ok(written.clone()), "done twice");
        }
    }
}

#[test]
fn it_reads_as_if_somebody_had_written_it() {
    let text = format!(
        "apiVersion: v1\nkind: Pod\n{TEMPLATE}  volumes:\n  - name: data  # here\n    emptyDir: {{}}\n# the end\n"
    );
    let written = document(&text, &with_token()).unwrap();
    let at = |line: &str| {
        written.lines().position(|other| other == line).unwrap_or_else(|| panic!("{line:?} in\n{written}"))
    };
    assert!(at("spec:  # two spaces") < at("  initContainers:"));
    assert!(at("  initContainers:") < at("  containers:"));
    assert!(at("    emptyDir: {}") < at("  - name: k8s-wait"), "{written}");
    assert!(at("  - name: k8s-wait") < at("# the end"));
}

#[test]
fn lists_that_are_there_get_one_more() {
    let sidecar = "  initContainers:\n    - name: proxy\n      restartPolicy: Always\n\n    - name: own\n      args:\n      - |\n        - name: x\n  dnsPolicy: Default\n";
    for position in ["first", "after-sidecars"] {
        let annotated =
            TEMPLATE.replace("    # for", &format!("    k8s-wait.dev/position: {position}\n    # for"));
        for text in [
            format!("kind: Pod\n{annotated}{sidecar}"),
            format!(
                "kind: Pod\n{annotated}{}",
                sidecar.replace("own\n", "own\n      restartPolicy: Always\n")
            ),
        ] {
            let written = document(&text, &how()).unwrap();
            added(&text, &written);
            let containers = &parsed(&written)["spec"]["initContainers"];
            let expected = if position == "first" { 0 } else { text.matches("Always").count() };
            assert_eq!(containers[expected]["name"], "k8s-wait", "{written}");
        }
    }
}

#[test]
fn json_stays_json_and_flow_stays_flow() {
    let pod = json!({"kind": "Pod", "metadata": {"annotations": {"k8s-wait.dev/wait-for": "job/a"}}, "spec": {"containers": [{"name": "web"}]}});
    for text in [pod.to_string(), serde_json::to_string_pretty(&pod).unwrap()] {
        let written = document(&text, &with_token()).unwrap();
        let read: Value = serde_json::from_str(&written).expect("it is JSON still");
        assert_eq!(read["spec"]["initContainers"][0]["args"][0], "job/a");
        assert_eq!(read["spec"]["volumes"][0]["name"], "k8s-wait");
    }
    let flow = "kind: Pod\nmetadata: {annotations: {k8s-wait.dev/wait-for: job/a}}\nspec: {containers: [{name: web}], initContainers: [], volumes: [{name: a}]}\n";
    let read = parsed(&document(flow, &how()).unwrap());
    assert_eq!(read["spec"]["initContainers"][0]["name"], "k8s-wait");
}

#[test]
fn what_cannot_be_added_to_is_refused_and_not_guessed_at() {
    let anchored = "kind: List\nitems:\n- kind: Pod\n  metadata: {annotations: {k8s-wait.dev/wait-for: job/a}}\n  spec: &spec\n    containers: []\n- kind: Pod\n  spec: *spec\n";
    let null = "kind: Pod\nmetadata: {annotations: {k8s-wait.dev/wait-for: job/a}}\nspec:\n  containers: []\n  initContainers: null\n";
    let flow_end = "kind: Pod\nmetadata: {annotations: {k8s-wait.dev/wait-for: job/a, k8s-wait.dev/position: after-sidecars}}\nspec: {containers: [], initContainers: [{name: a, restartPolicy: Always}]}\n";
    for text in [anchored, null, flow_end] {
        let sentence = document(text, &how()).unwrap_err();
        assert!(
            sentence.contains("it is written in a way in which nothing can be added to its pod"),
            "{sentence}"
        );
    }
}

/// The webhook moves it: a mesh has added its proxy since. In a file nobody has, and lines stay where they are.
#[test]
fn one_that_stands_before_its_sidecar_is_refused() {
    let text = "kind: Pod\nmetadata: {annotations: {k8s-wait.dev/wait-for: job/a}}\nspec:\n  containers: []\n  initContainers:\n  - {name: k8s-wait, args: [job/a]}\n  - {name: istio-proxy, restartPolicy: Always}\n";
    let sentence = document(text, &how()).unwrap_err();
    assert_eq!(
        sentence,
        "Pod: init container k8s-wait is number 1, before a sidecar that it has to come after: move it"
    );
}

#[test]
fn an_annotation_that_nothing_reads_is_refused() {
    let own = "kind: Deployment\nmetadata:\n  name: web\n  annotations:\n    k8s-wait.dev/wait-for: job/a\nspec:\n  template:\n    spec:\n      containers: []\n";
    let sentence = document(own, &how()).unwrap_err();
    assert!(
        sentence.starts_with("Deployment web: annotation k8s-wait.dev/wait-for is where nothing reads it"),
        "{sentence}"
    );
    let cron_job = format!(
        "kind: CronJob\nspec:\n  jobTemplate:\n    metadata:\n      annotations:\n        k8s-wait.dev/wait-for: job/a\n    spec:\n      template:\n{}",
        indented(TEMPLATE, 8)
    );
    assert!(document(&cron_job, &how()).unwrap_err().starts_with("CronJob: annotation"));
    let values = "kind: Application\nspec:\n  valuesObject:\n    web:\n      annotations: {k8s-wait.dev/wait-for: job/a}\n";
    assert_eq!(document(values, &how()), Ok(values.to_owned()), "a chart will make something of it");
    let nowhere = "kind: Rollout\nspec:\n  workloadRef: {}\n  template:\n    metadata:\n      annotations: {k8s-wait.dev/wait-for: job/a}\n";
    assert!(document(nowhere, &how()).is_err());
}

#[test]
fn an_annotation_that_is_not_text_is_refused_as_kubernetes_would() {
    for (yaml, value) in [("5", "5"), ("true", "true"), ("", "null"), ("[job/a]", r#"["job/a"]"#)] {
        let text = format!("kind: Pod\n{TEMPLATE}")
            .replace("    # for", &format!("    k8s-wait.dev/timeout: {yaml}\n    # for"));
        let expected = format!(
            "Pod: annotation k8s-wait.dev/timeout is {value}, and has to be text: put it between quotes"
        );
        assert_eq!(document(&text, &how()), Err(expected));
    }
}

#[test]
fn what_looks_like_an_annotation_and_is_none_is_told() {
    let annotation = "k8s-wait.dev/wait-for";
    for (text, place, key) in [
        (
            format!(
                "kind: Deployment\nspec:\n  template:\n    annotations: {{{annotation}: job/a}}\n    spec: {{containers: []}}\n"
            ),
            "/spec/template/annotations",
            annotation,
        ),
        (
            format!("kind: Pod\nannotations: {{{annotation}: job/a}}\nspec: {{containers: []}}\n"),
            "/annotations",
            annotation,
        ),
        (
            format!("kind: Pod\nmetadata: {{labels: {{{annotation}: job}}}}\nspec: {{containers: []}}\n"),
            "/metadata/labels",
            annotation,
        ),
        (
            format!("kind: Pod\nmetadata: {{annotations: [{annotation}]}}\nspec: {{containers: []}}\n"),
            "/metadata/annotations/0",
            annotation,
        ),
        (
            "kind: Workflow\nspec: {podMetadata: {annotations: {K8s-Wait.dev/any: \"true\"}}}\n".to_owned(),
            "/spec/podMetadata/annotations",
            "K8s-Wait.dev/any",
        ),
        (
            format!(
                "kind: Application\nspec: {{valuesObject: {{podAnnotations: {{{annotation}: job/a}}}}}}\n"
            ),
            "/spec/valuesObject/podAnnotations",
            annotation,
        ),
    ] {
        let told = unread(&text);
        let kind = text.lines().next().unwrap().trim_start_matches("kind: ");
        assert_eq!(
            told,
            [format!("{kind}: {key:?} at {place:?} is read by no pod here, and stays as it is")],
            "{text}"
        );
    }
    let label = "kind: Namespace\nmetadata: {labels: {k8s-wait.dev/inject: enabled}}\n";
    for text in
        [label.to_owned(), format!("kind: Pod\n{TEMPLATE}"), "kind: ConfigMap\ndata: {a: b}\n".to_owned()]
    {
        assert_eq!(unread(&text), [""; 0]);
    }
}

#[test]
fn documents_are_looked_at_one_by_one() {
    let text = format!(
        "# licence\n---\nkind: ConfigMap\ndata:\n  a: |\n    x\n    --- y\n    kind: Pod\n---   # pod\nkind: Pod\n{TEMPLATE}---\n"
    );
    assert_eq!(documents(&text).count(), 4);
    let written = all(&text, &how()).unwrap();
    assert!(!added(&text, &written).is_empty());
    let bad = format!(
        "{text}kind: Pod\nmetadata:\n  name: db\n{}",
        TEMPLATE.trim_start_matches("metadata:\n").replace("job/migrate", "jbo/migrate")
    );
    let sentence = all(&bad, &how()).unwrap_err();
    assert!(
        sentence.starts_with("Pod db: annotation k8s-wait.dev/wait-for: target \"jbo/migrate\""),
        "{sentence}"
    );
    let sentence = all("kind: Pod\n---\na: {{ .Values.x }}\n", &how()).unwrap_err();
    assert!(sentence.starts_with("it cannot be read as YAML: ") && !sentence.contains('\n'), "{sentence}");
}

#[test]
fn lines_end_as_they_did() {
    let text = format!("kind: Pod\n{TEMPLATE}").replace('\n', "\r\n");
    let written = document(&text, &how()).unwrap();
    assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
}

proptest! {
    /// Comments, blank lines, further keys and lists wherever they may be.
    #[test]
    fn lines_are_added_and_none_is_changed(
        step in 1..5_usize,
        dash in 0..2_usize,
        init in 0..3_usize,
        volumes in 0..3_usize,
        after in any::<bool>(),
        comment in "( *# [a-z: -]{0,9}\n|\n){0,2}",
        token in any::<bool>(),
        end in any::<bool>(),
    ) {
        let pad = |depth: usize| " ".repeat(depth * step);
        let dash = format!("{}{}", pad(1), " ".repeat(dash * step));
        let position = if after { "after-sidecars" } else { "first" };
        let list = |key: &str, name: &str| format!("{}{key}:\n{comment}{dash}- name: {name}\n{comment}{dash}  restartPolicy: Always\n{comment}", pad(1));
        let list_or_none = |key: &str, name: &str, which| match which {
            0 => String::new(),
            1 => format!("{}{key}:\n{comment}", pad(1)),
            _ => list(key, name),
        };
        let text = format!(
            "kind: Pod\nmetadata:\n{0}annotations:\n{1}k8s-wait.dev/wait-for: |\n{2}job/a\n{1}k8s-wait.dev/position: {position}\nspec:\n{comment}{3}{4}{5}",
            pad(1), pad(2), pad(3),
            list_or_none("initContainers", "one", init),
            list("containers", "two"),
            list_or_none("volumes", "three", volumes),
        );
        let text = if end { text } else { text.trim_end().to_owned() };
        let how = if token { with_token() } else { how() };
        let written = document(&text, &how).unwrap();
        prop_assert!(!added(&text, &written).is_empty());
        prop_assert_eq!(document(&written, &how), Ok(written.clone()));
        let at = usize::from(init == 2 && after);
        prop_assert_eq!(&parsed(&written)["spec"]["initContainers"][at]["name"], "k8s-wait");
    }
}
