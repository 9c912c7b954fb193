use super::*;
use crate::inject::Container;
use crate::tls::Tls;
use serde_json::json;

fn inject(invalid: Invalid) -> Inject {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let pair = rcgen::generate_simple_self_signed(["webhook".to_owned()]).unwrap();
    std::fs::write(&certificate, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let tls = Tls::read(certificate, key).unwrap();
    Inject { listen: ([127, 0, 0, 1], 0).into(), tls, container: Container::default(), invalid }
}

/// As the API server writes one.
fn question(resource: &str, operation: &str, annotations: &Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": resource},
            "namespace": "shop",
            "operation": operation,
            "userInfo": {"username": "admin"},
            "object": {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"generateName": "web-", "annotations": annotations},
                "spec": {"containers": [{"name": "web"}]},
            },
        },
    })
}

fn answered(question: &Value, invalid: Invalid) -> Value {
    let answer = review(question.to_string().as_bytes(), &inject(invalid)).unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
    assert_eq!(answer["response"]["uid"], "705ab4f5-6393-11e8-b7cc-42010a800002");
    answer["response"].clone()
}

/// What the patch does, as the API server sees it.
fn patch(response: &Value) -> Value {
    assert_eq!(response["patchType"], "JSONPatch");
    let bytes: Vec<u8> = response["patch"]
        .as_array()
        .unwrap()
        .iter()
        .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
        .collect();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn a_pod_that_asks_is_patched() {
    let response =
        answered(&question("pods", "CREATE", &json!({"k8s-wait.dev/wait-for": "job/a"})), Invalid::Refuse);
    assert_eq!(response["allowed"], true);
    let patch = patch(&response);
    assert_eq!(patch[0]["op"], "add");
    assert_eq!(patch[0]["path"], "/spec/initContainers");
    assert_eq!(patch[0]["value"][0]["args"], json!(["job/a"]));
    assert_eq!(patch.as_array().unwrap().len(), 1);
}

#[test]
fn whoever_is_not_asked_about_is_let_in_as_it_is() {
    let wish = json!({"k8s-wait.dev/wait-for": "nonsense"});
    for question in [
        question("pods", "CREATE", &json!({"other": "x"})),
        question("pods", "UPDATE", &wish),
        question("deployments", "CREATE", &wish),
    ] {
        let response = answered(&question, Invalid::Refuse);
        assert_eq!((&response["allowed"], response.get("patch")), (&json!(true), None), "{question}");
    }
}

#[test]
fn nonsense_is_refused_or_let_in_with_a_warning() {
    let question = question("pods", "CREATE", &json!({"k8s-wait.dev/wait-for": "jbo/migrate"}));
    let refused = answered(&question, Invalid::Refuse);
    assert_eq!(refused["allowed"], false);
    let sentence = refused["status"]["message"].as_str().unwrap();
    assert!(sentence.starts_with("annotation k8s-wait.dev/wait-for: target \"jbo/migrate\""), "{sentence}");
    let admitted = answered(&question, Invalid::Admit);
    assert_eq!((&admitted["allowed"], admitted.get("patch")), (&json!(true), None));
    assert_eq!(admitted["warnings"], json!([format!("this pod will not wait: {sentence}")]));
}

#[test]
fn what_is_no_question_is_told_so() {
    let ask = |body: &str| review(body.as_bytes(), &inject(Invalid::Refuse)).unwrap_err();
    assert!(ask("{").starts_with("the body is no AdmissionReview: "));
    let empty = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#;
    assert_eq!(ask(empty), "the AdmissionReview has no request");
}
