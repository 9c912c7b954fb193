//! States that any kind has, and what absence and failure mean.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{Object, deployment, job, object, pod};

fn service(ingress: &[&str]) -> Object {
    let ingress: Vec<serde_json::Value> = ingress.iter().map(|ip| serde_json::json!({ "ip": ip })).collect();
    object("v1", "Service", "web")
        .with("/spec/type", "LoadBalancer")
        .with("/status/loadBalancer/ingress", ingress)
}

#[tokio::test]
async fn conditions() {
    let target = "pod/web?for=condition=Ready";
    let gated = || pod("web").condition("example.org/Gate", "False", "Closed", "not yet");
    hold(vec![
        not_ready(target, objects![], "pending NotFound", "pod row-0/web: it does not exist yet"),
        not_ready(
            target,
            objects![object("v1", "Pod", "web")],
            "pending NoCondition",
            "it has no condition Ready yet",
        ),
        ready(target, objects![pod("web").ready()]),
        ready("pod/web?for=condition=ready=true", objects![pod("web").ready()]),
        not_ready(
            "pod/web?for=condition=Ready=False",
            objects![pod("web").ready()],
            "pending ConditionNotMet",
            "condition Ready is True, not False",
        ),
        not_ready(
            "pod/web?for=condition=example.org/Gate",
            objects![gated()],
            "pending ConditionNotMet",
            "condition example.org/Gate is False, not True (Closed): not yet",
        ),
        ready("pod/web?for=condition=example.org/Gate=False", objects![gated()]),
        ready("deploy/web?for=condition=Available", objects![deployment("web").rolled_out()]),
        // Made for an older spec.
        not_ready(
            "deploy/web?for=condition=Available",
            objects![deployment("web").rolled_out().generation(2)],
            "pending StaleStatus",
            "its status is of generation 1, its spec of generation 2",
        ),
        not_ready(
            "deploy/web?for=condition=Absent",
            objects![deployment("web").rolled_out().generation(2)],
            "pending StaleStatus",
            "",
        ),
        ready("job.batch/web?for=condition=Complete", objects![job("web").complete()]),
        ready(
            "svc/web?for=condition=Ready",
            objects![object("v1", "Service", "web").condition("Ready", "True", "", "")],
        ),
    ])
    .await;
}

#[tokio::test]
async fn sets_by_condition() {
    let target = "pod?selector=app=web&for=condition=Ready";
    let one = |name: &str| pod(name).label("app", "web");
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", ""),
        not_ready(
            target,
            objects![one("a").ready(), one("b")],
            "pending NoCondition",
            "1 of 2 are ready, 2 needed",
        ),
        ready(target, objects![one("a").ready(), one("b").ready()]),
        ready("pod?selector=app=web&for=condition=Ready&min=1", objects![one("a").ready(), one("b")]),
        ready("pod?selector=app=web&for=jsonpath={.metadata.name}!=c&min=all", objects![one("a"), one("b")]),
    ])
    .await;
}

#[tokio::test]
async fn json_paths_and_cel() {
    let web = || deployment("web").replicas(3).rolled_out();
    hold(vec![
        not_ready("deploy/web?for=jsonpath={.spec.replicas}=3", objects![], "pending NotFound", ""),
        ready("deploy/web?for=jsonpath={.spec.replicas}=3", objects![web()]),
        ready("deploy/web?for=jsonpath=$.spec.replicas>=3", objects![web()]),
        not_ready(
            "deploy/web?for=jsonpath={.spec.replicas}=4",
            objects![web()],
            "pending PathNotMet",
            "{.spec.replicas} is not = \"4\" yet",
        ),
        not_ready("deploy/web?for=jsonpath={.status.absent}", objects![web()], "pending PathNotFound", ""),
        not_ready(
            "deploy/web?for=jsonpath={.spec.replicas}=3",
            objects![web().generation(2)],
            "pending StaleStatus",
            "",
        ),
        ready("deploy/web?for=cel=self.status.readyReplicas == self.spec.replicas", objects![web()]),
        ready("deploy/web?for=cel=self.spec.replicas == 3 %26%26 has(self.status)", objects![web()]),
        not_ready("deploy/web?for=cel=self.spec.replicas == 4", objects![web()], "pending CelNotMet", ""),
        not_ready(
            "deploy/web?for=cel=self.spec.replicas",
            objects![web()],
            "pending CelError",
            "comes out as int, not as a boolean",
        ),
        not_ready(
            "deploy/web?for=cel=self.status.x == 1",
            objects![web()],
            "pending CelError",
            "there is no x yet",
        ),
        not_ready("deploy/web?for=cel=true", objects![web().generation(2)], "pending StaleStatus", ""),
        not_ready("deploy/web?for=cel=true", objects![], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn absence() {
    hold(vec![
        not_ready("job/web?missing=wait", objects![], "pending NotFound", ""),
        not_ready(
            "job/web?missing=fail",
            objects![],
            "failed NotFound",
            "job row-1/web: it does not exist, and missing=fail",
        ),
        ready("job/web?missing=ready", objects![]),
        not_ready("job/web?missing=ready", objects![job("web")], "pending JobNotStarted", ""),
        ready("job?selector=app=web&missing=ready", objects![]),
        not_ready("job?selector=app=web&missing=fail", objects![], "failed NotFound", ""),
        not_ready(
            "job?selector=app=web&missing=ready",
            objects![job("web").label("app", "web")],
            "pending JobNotStarted",
            "",
        ),
        not_ready("service/web?missing=fail", objects![], "failed NotFound", ""),
        ready("service/web?missing=ready", objects![]),
        not_ready(
            "service/web?missing=ready",
            objects![object("v1", "Service", "web")],
            "pending NoEndpoints",
            "",
        ),
        not_ready("service?selector=app=web&missing=fail", objects![], "failed NotFound", ""),
        not_ready("pod/web?for=condition=Ready&missing=fail", objects![], "failed NotFound", ""),
        ready("pod/web?for=jsonpath={.a}&missing=ready", objects![]),
        not_ready("pod/web?missing=fail&on-failure=wait", objects![], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn failure() {
    hold(vec![
        not_ready(
            "job/web?on-failure=fail",
            objects![job("web").failed("BackoffLimitExceeded")],
            "failed BackoffLimitExceeded",
            "",
        ),
        not_ready(
            "job/web?on-failure=wait",
            objects![job("web").failed("BackoffLimitExceeded")],
            "pending BackoffLimitExceeded",
            "it has failed",
        ),
        ready("job/web?on-failure=wait", objects![job("web").complete()]),
    ])
    .await;
}

#[tokio::test]
async fn load_balancers() {
    let target = "svc/web?for=loadbalancer";
    hold(vec![
        not_ready(target, objects![], "pending NotFound", ""),
        not_ready(
            target,
            objects![object("v1", "Service", "web")],
            "pending NoLoadBalancer",
            "it is not of type LoadBalancer",
        ),
        not_ready(target, objects![service(&[])], "pending NoLoadBalancer", "no address yet"),
        not_ready(target, objects![service(&[""])], "pending NoLoadBalancer", ""),
        ready(target, objects![service(&["10.0.0.1"])]),
        not_ready(target, objects![service(&["10.0.0.1"]).terminating()], "pending Terminating", ""),
    ])
    .await;
}
