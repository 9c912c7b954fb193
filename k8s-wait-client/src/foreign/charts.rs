//! Argument lists as they stand in the tools' READMEs and in charts and programs that many people run. What a template
//! fills in is a name here.

use super::tests::{native, with};

/// From where it is, what its arguments are, and what they mean.
type Row = (&'static str, &'static [&'static str], &'static str);

const WAIT_FOR: &[Row] = &[
    (
        "groundnuty/k8s-wait-for",
        &["pod", "-lapp=develop-volume-gluster-krakow"],
        "--timeout 0 'pod?selector=app=develop-volume-gluster-krakow'",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["pod", "-lrelease in (develop), chart notin (cross-support-job-3p)"],
        "--timeout 0 'pod?selector=chart notin (cross-support-job-3p),release in (develop)'",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["pod-we", "-lapp=develop-volume-gluster-krakow"],
        "--timeout 0 --any 'pod?selector=app=develop-volume-gluster-krakow' 'pod?selector=app=develop-volume-gluster-krakow&for=finished'",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["pod-wr", "-lapp=develop-volume-gluster-krakow"],
        "--timeout 0 'pod?selector=app=develop-volume-gluster-krakow&min=1'",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["job", "develop-volume-s3-krakow-init"],
        "--timeout 0 job/develop-volume-s3-krakow-init",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["job-we", "develop-volume-s3-krakow-init"],
        "--timeout 0 'job/develop-volume-s3-krakow-init?for=finished'",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["job-wr", "develop-volume-s3-krakow-init"],
        "--timeout 0 job/develop-volume-s3-krakow-init",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["pod", "-lapp=flannel", "-n", "kube-system"],
        "-n kube-system --timeout 0 'pod?selector=app=flannel'",
    ),
    (
        "groundnuty/k8s-wait-for",
        &["pod", "-lnext-app=true,helm-revision=1"],
        "--timeout 0 'pod?selector=helm-revision=1,next-app=true'",
    ),
    ("openfga/helm-charts", &["job-wr", "openfga-migrate"], "--timeout 0 job/openfga-migrate"),
    (
        "openfga/helm-charts",
        &["pod", "-lapp.kubernetes.io/name=openfga"],
        "--timeout 0 'pod?selector=app.kubernetes.io/name=openfga'",
    ),
    (
        "stafftastic/jitsu-chart",
        &["job-wr", "jitsu-token-generator-c3ab8ff137"],
        "--timeout 0 job/jitsu-token-generator-c3ab8ff137",
    ),
    ("stafftastic/jitsu-chart", &["service", "jitsu-clickhouse"], "--timeout 0 service/jitsu-clickhouse"),
    (
        "SigNoz/charts",
        &["job", "signoz-schema-migrator-sync-init"],
        "--timeout 0 job/signoz-schema-migrator-sync-init",
    ),
    ("pegasystems/pega-helm-charts", &["job", "pega-db-install"], "--timeout 0 job/pega-db-install"),
    (
        "reportportal/kubernetes",
        &["job-wr", "reportportal-migrations"],
        "--timeout 0 job/reportportal-migrations",
    ),
    (
        "reportportal/kubernetes",
        &["pod-wr", "-lcomponent=reportportal-api"],
        "--timeout 0 'pod?selector=component=reportportal-api&min=1'",
    ),
    (
        "neutree-ai/neutree",
        &["pod", "-lapp.kubernetes.io/component=neutree-postgresql"],
        "--timeout 0 'pod?selector=app.kubernetes.io/component=neutree-postgresql'",
    ),
    (
        "neutree-ai/neutree",
        &["job", "neutree-migration-job-1", "-n", "neutree"],
        "-n neutree --timeout 0 job/neutree-migration-job-1",
    ),
    // Block scalars of YAML: a blank after -l, and a line break at the end.
    (
        "onedata/charts",
        &[
            "job",
            "-l release in (develop), chart in (cross-support-job-3p), dependency-level notin (0,1,2)\n",
        ],
        "--timeout 0 'job?selector=chart in (cross-support-job-3p),dependency-level notin (0,1,2),release in (develop)'",
    ),
    ("onedata/charts", &["pod", "-lapp=token-dispenser\n"], "--timeout 0 'pod?selector=app=token-dispenser'"),
    (
        "onedata/charts",
        &["job", "develop-onezone-ready-check"],
        "--timeout 0 job/develop-onezone-ready-check",
    ),
    ("quarkusio/quarkus", &["job", "hello-flyway-init"], "--timeout 0 job/hello-flyway-init"),
    (
        "OpenMined/PySyft",
        &["service", "backend", "--namespace", "syft"],
        "-n syft --timeout 0 service/backend",
    ),
];

const WHEN_READY: &[Row] = &[(
    "rally25rs/k8s-when-ready",
    &["--type=service", "--namespace=my-namespace", "--name=postgres"],
    "-n my-namespace 'service/postgres?for=all&stable=5s'",
)];

#[test]
fn argument_lists_that_people_have_mean_what_they_meant() {
    for (source, words, expected) in WAIT_FOR.iter().chain(WHEN_READY) {
        assert_eq!(native(words).unwrap(), format!("k8s-wait-client {expected}"), "{source}: {words:?}");
    }
}

#[test]
fn what_they_mean_is_said_in_words_that_mean_the_same() {
    for (source, _, expected) in WAIT_FOR.iter().chain(WHEN_READY) {
        let script = format!("printf '%s\\0' {expected}");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
        let text = String::from_utf8(output).unwrap();
        let pasted: Vec<&str> = text.trim_end_matches('\0').split('\0').collect();
        assert_eq!(with(&pasted, &[]).unwrap(), None, "{source}: these are our own words: {pasted:?}");
    }
}
