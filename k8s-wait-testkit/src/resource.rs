//! What the API serves: [`ResourceType`] and the table of those that every cluster has.

use serde_json::{Value, json};

use crate::status::qualified;

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// One kind of object that the API serves.
///
/// The built-in ones need no registration; `Api::serve` adds more, as a CustomResourceDefinition does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) is_namespaced: bool,
    pub(crate) has_status: bool,
    /// Core kinds such as Service and Namespace carry no `metadata.generation`.
    pub(crate) has_generation: bool,
    /// The group of kinds that it belongs to, as `all` for `kubectl get all`.
    pub(crate) category: Option<&'static str>,
    /// Served through a CustomResourceDefinition, not built into the API server.
    pub(crate) is_custom: bool,
}

impl ResourceType {
    /// A namespaced kind with a status subresource, the common case of a custom resource.
    ///
    /// `api_version` is `GROUP/VERSION` (`v1` for the core group); plural and singular are in lower case
    /// as in the URL.
    pub fn new(api_version: &str, kind: &str, plural: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        ResourceType {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            singular: kind.to_lowercase(),
            short_names: Vec::new(),
            is_namespaced: true,
            has_status: true,
            has_generation: true,
            category: None,
            is_custom: true,
        }
    }

    /// Adds a short name, as `po` is one of pods.
    #[must_use]
    pub fn short(mut self, name: &str) -> Self {
        self.short_names.push(name.to_owned());
        self
    }

    /// Objects live outside of namespaces.
    #[must_use]
    pub fn cluster_scoped(mut self) -> Self {
        self.is_namespaced = false;
        self
    }

    /// There is no status subresource: writes to the object change its status as well.
    #[must_use]
    pub fn without_status(mut self) -> Self {
        self.has_status = false;
        self
    }

    fn without_generation(mut self) -> Self {
        self.has_generation = false;
        self
    }

    fn of_category(mut self, category: &'static str) -> Self {
        self.category = Some(category);
        self
    }

    fn in_all(self) -> Self {
        self.of_category("all")
    }

    /// `GROUP/VERSION`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, but `pods` for the core group.
    pub fn qualified_name(&self) -> String {
        qualified(&self.plural, &self.group)
    }

    /// Is `name` the plural (`certificates`) or the qualified name (`certificates.cert-manager.io`)?
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let bare = name.split_once('.').filter(|(_, group)| *group == self.group);
        name == self.plural || bare.is_some_and(|(plural, _)| plural == self.plural)
    }

    /// Is it a question that is answered, of which nothing is kept?
    pub(crate) fn is_review(&self) -> bool {
        self.qualified_name() == "tokenreviews.authentication.k8s.io"
    }

    /// What can be done with it. Namespaces are deleted one by one.
    pub(crate) fn verbs(&self) -> Vec<&'static str> {
        if self.is_review() {
            return vec!["create"];
        }
        let is_served = |verb: &&str| *verb != "deletecollection" || self.qualified_name() != "namespaces";
        VERBS.into_iter().filter(is_served).collect()
    }

    /// Does a deletion answer the object, and not a Status? A property of each kind's registry in the server.
    pub(crate) fn is_answered_when_deleted(&self) -> bool {
        let kinds = ["Pod", "Service", "ServiceAccount", "PersistentVolumeClaim", "Namespace"];
        kinds.contains(&self.kind.as_str()) && !self.is_custom
    }

    /// What the server itself writes into the status of a new object.
    pub(crate) fn initial_status(&self) -> Value {
        match self.kind.as_str() {
            "Pod" => json!({ "phase": "Pending", "qosClass": "BestEffort" }),
            "Namespace" => json!({ "phase": "Active" }),
            "PersistentVolumeClaim" => json!({ "phase": "Pending" }),
            "Service" => json!({ "loadBalancer": {} }),
            "StatefulSet" => json!({ "replicas": 0, "availableReplicas": 0 }),
            "ReplicaSet" => json!({ "replicas": 0 }),
            "DaemonSet" => json!({
                "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
            }),
            _ => json!({}),
        }
    }
}

/// The kinds every cluster has, as far as waiting needs them.
pub(crate) fn built_in() -> Vec<ResourceType> {
    let mut resources = [core(), workloads(), others()].concat();
    resources.iter_mut().for_each(|resource| resource.is_custom = false);
    resources
}

fn core() -> Vec<ResourceType> {
    let kind = |kind, plural| ResourceType::new("v1", kind, plural);
    vec![
        kind("Namespace", "namespaces").short("ns").cluster_scoped().without_generation(),
        kind("Node", "nodes").short("no").cluster_scoped().without_generation(),
        kind("Pod", "pods").short("po").in_all(),
        kind("Service", "services").short("svc").in_all().without_generation(),
        kind("ConfigMap", "configmaps").short("cm").without_status().without_generation(),
        kind("Secret", "secrets").without_status().without_generation(),
        kind("ServiceAccount", "serviceaccounts").short("sa").without_status().without_generation(),
        kind("PersistentVolumeClaim", "persistentvolumeclaims").short("pvc").without_generation(),
        kind("Event", "events").short("ev").without_status().without_generation(),
    ]
}

fn workloads() -> Vec<ResourceType> {
    let app = |kind, plural| ResourceType::new("apps/v1", kind, plural).in_all();
    vec![
        app("Deployment", "deployments").short("deploy"),
        app("StatefulSet", "statefulsets").short("sts"),
        app("DaemonSet", "daemonsets").short("ds"),
        app("ReplicaSet", "replicasets").short("rs"),
        ResourceType::new("batch/v1", "Job", "jobs").in_all(),
        ResourceType::new("batch/v1", "CronJob", "cronjobs").short("cj").in_all(),
    ]
}

fn others() -> Vec<ResourceType> {
    let definitions = "customresourcedefinitions";
    vec![
        ResourceType::new("discovery.k8s.io/v1", "EndpointSlice", "endpointslices").without_status(),
        ResourceType::new("apiextensions.k8s.io/v1", "CustomResourceDefinition", definitions)
            .short("crd")
            .short("crds")
            .of_category("api-extensions")
            .cluster_scoped(),
        ResourceType::new("coordination.k8s.io/v1", "Lease", "leases").without_status().without_generation(),
        ResourceType::new("authentication.k8s.io/v1", "TokenReview", "tokenreviews")
            .cluster_scoped()
            .without_status()
            .without_generation(),
    ]
}
