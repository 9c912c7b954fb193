//! The kinds that can be waited for: [`CheckRegistry`].

use crate::check::{
    AnyCheck, Check, DnsCheck, HttpCheck, Kind, KindName, Lenient, ObjectCheck, Reach, Request, ServiceCheck,
    Stable, TcpCheck,
};
use crate::judge::behind::Behind;
use crate::object::{
    CustomResourceDefinition, DaemonSet, Deployment, Job, Namespace, PersistentVolumeClaim, Pod, ReplicaSet,
    StatefulSet,
};
use crate::watch::Watches;
use crate::{RegistryError, TargetError, judge};
use k8s_wait_target::{OnFailure, Subject, Target};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kinds that can be waited for, by all their names.
#[derive(Default)]
pub struct CheckRegistry {
    /// In the order of registration, which is the order in which people read them.
    checks: Vec<Arc<dyn Check>>,
    names: BTreeMap<String, Arc<dyn Check>>,
    /// For kinds with a group that nobody registered.
    others: Option<Arc<dyn Check>>,
}

impl CheckRegistry {
    /// A registry that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The kinds of Kubernetes objects that come with this library, and [any other](AnyCheck) by its group.
    ///
    /// # Errors
    ///
    /// Never: no two of them share a name.
    pub fn kubernetes() -> Result<Self, RegistryError> {
        let mut registry = Self::new();
        registry.register(pod())?;
        registry.register(job())?;
        registry.register(deployment())?;
        registry.register(statefulset())?;
        registry.register(daemonset())?;
        registry.register(replicaset())?;
        registry.register(ServiceCheck::default())?;
        registry.register(persistentvolumeclaim())?;
        registry.register(namespace())?;
        registry.register(customresourcedefinition())?;
        registry.others = Some(Arc::new(AnyCheck::default()));
        Ok(registry)
    }

    /// Everything that comes with this library: [`CheckRegistry::kubernetes`], and network targets everywhere.
    ///
    /// # Errors
    ///
    /// Never, as above.
    pub fn standard() -> Result<Self, RegistryError> {
        let mut registry = Self::kubernetes()?;
        registry.register_network(&Reach::anywhere())?;
        Ok(registry)
    }

    /// Adds the network targets `tcp`, `http`, `dns`, and with the feature `https` that.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Taken`] when one of them is registered already.
    pub fn register_network(&mut self, reach: &Reach) -> Result<(), RegistryError> {
        self.register(TcpCheck::new(reach.clone()))?;
        self.register(HttpCheck::new(reach.clone()))?;
        #[cfg(feature = "https")]
        self.register(HttpCheck::https(reach.clone()))?;
        self.register(DnsCheck::new(reach.clone()))
    }

    /// Adds a kind.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Taken`] when its name or one of its aliases is registered already; then nothing is added.
    pub fn register(&mut self, check: impl Check) -> Result<(), RegistryError> {
        let kind = check.kind();
        // As targets have them: the grammar lowers the kind.
        let names = std::iter::once(&kind.name).chain(&kind.aliases);
        let names: Vec<String> = names.map(|name| name.to_lowercase()).collect();
        if let Some(taken) = names.iter().find(|name| self.names.contains_key(*name)) {
            return Err(RegistryError::Taken(taken.clone()));
        }
        let check: Arc<dyn Check> = Arc::new(check);
        self.names.extend(names.into_iter().map(|name| (name, Arc::clone(&check))));
        self.checks.push(check);
        Ok(())
    }

    /// The same, for those who may ask about namespaces alone: a kind that nobody registered and that turns out to be in no
    /// namespace has failed with `ClusterScoped`, and is not watched for them.
    ///
    /// What is registered stays as it is: which of these kinds are in namespaces is known beforehand, by
    /// [`Kind::is_namespaced`].
    #[must_use]
    pub fn namespaced(&self) -> Self {
        let others = self.others.as_ref().map(|_| Arc::new(AnyCheck::namespaced()) as Arc<dyn Check>);
        Self { checks: self.checks.clone(), names: self.names.clone(), others }
    }

    /// What is registered.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.checks.iter().chain(&self.others).map(|check| check.kind())
    }

    /// The kind that was registered under a name, with or without its group, in any letter case: `job`, `jobs`, `job.batch`.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.registered(&name.to_lowercase()).map(|check| check.kind())
    }

    /// What a target asks for, ready to be evaluated.
    ///
    /// # Errors
    ///
    /// When nobody registered its kind, or its check does not understand it. Nothing has been watched by then.
    pub fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let check = self.find(target.kind()).ok_or_else(|| TargetError::UnknownKind {
            target: target.to_string(),
            kind: target.kind().to_owned(),
            known: names(self.kinds()),
        })?;
        understood(check.kind(), target)?;
        let request = check.parse(target)?;
        let request = match target.options().on_failure {
            Some(OnFailure::Wait) => Box::new(Lenient(request)),
            _ => request,
        };
        Ok(match target.options().stable {
            Some(needed) => Box::new(Stable::new(request, target, needed)),
            None => request,
        })
    }

    /// Opens the watches of a kind before anybody asks; they stay open for as long as the answer lives.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Unknown`].
    pub fn preload(
        &self,
        kind: &str,
        watches: &Watches,
    ) -> Result<Vec<Box<dyn Any + Send + Sync>>, RegistryError> {
        let unknown = || RegistryError::Unknown {
            kind: kind.to_owned(),
            known: names(self.checks.iter().map(|check| check.kind())),
        };
        Ok(self.names.get(&kind.to_ascii_lowercase()).ok_or_else(unknown)?.preload(watches))
    }

    fn find(&self, kind: &str) -> Option<&Arc<dyn Check>> {
        self.registered(kind).or_else(|| self.others.as_ref().filter(|_| kind.contains('.')))
    }

    /// The check of a kind, with or without its group: `job` is `job.batch` and `job.v1.batch`.
    fn registered(&self, kind: &str) -> Option<&Arc<dyn Check>> {
        let of_group = || {
            let name = KindName::read(kind)?;
            self.names.get(&name.name).filter(|check| is_of(check.kind(), &name))
        };
        self.names.get(kind).or_else(of_group)
    }
}

fn names<'a>(kinds: impl Iterator<Item = &'a Kind>) -> String {
    kinds.map(|kind| kind.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Is the kind of one of the groups that a name may mean? Those that are registered are read in version v1.
fn is_of(kind: &Kind, name: &KindName) -> bool {
    let group = kind.reads.first().map(|resource| resource.split_once('.').map_or("", |(_, group)| group));
    name.places.iter().any(|(version, place)| {
        group == Some(place.as_str()) && version.as_deref().is_none_or(|version| version == "v1")
    })
}

/// Refuses the options that a kind does not have.
fn understood(kind: &Kind, target: &Target) -> Result<(), TargetError> {
    let is_known = |name: &str| kind.options.iter().any(|known| known == name);
    if let Some(name) = target.options().names().into_iter().find(|name| !is_known(name)) {
        let problem = format!("{name} means nothing to a {}; it has {}", kind.name, kind.options.join(", "));
        return Err(TargetError::option(target, problem));
    }
    if target.options().timeout.is_some_and(|timeout| timeout.is_zero()) {
        let problem =
            "a timeout of 0 leaves no time; leave it out to wait for as long as the whole wait does";
        return Err(TargetError::option(target, problem));
    }
    match target.subject() {
        Subject::Set { .. } if !is_known("selector") => {
            Err(TargetError::option(target, format!("a {} has no selector", kind.name)))
        }
        _ => Ok(()),
    }
}

fn pod() -> ObjectCheck<Pod> {
    ObjectCheck::new("pod", ["pods", "po"])
        .state("ready", judge::pod::ready)
        .counting(judge::pod::counts_for_ready)
        .state("succeeded", judge::pod::succeeded)
        .counting(judge::pod::counts_for_succeeded)
        .state("finished", judge::pod::finished)
        .counting(judge::pod::counts_for_finished)
        .with_pods(|pod, _, _| Some(Behind::Itself(pod)))
}

fn job() -> ObjectCheck<Job> {
    ObjectCheck::new("job", ["jobs"])
        .state("complete", judge::job::complete)
        .state("finished", judge::job::finished)
        .state("failed", judge::job::failed)
        .with_pods(judge::job::pods)
}

fn deployment() -> ObjectCheck<Deployment> {
    ObjectCheck::new("deployment", ["deployments", "deploy"])
        .state_with_min("rollout", judge::deployment::rollout)
        .state_with_min("available", judge::deployment::available)
        .with_pods(judge::deployment::pods)
}

fn statefulset() -> ObjectCheck<StatefulSet> {
    ObjectCheck::new("statefulset", ["statefulsets", "sts"])
        .state_with_min("rollout", judge::statefulset::rollout)
        .with_pods(judge::statefulset::pods)
}

fn daemonset() -> ObjectCheck<DaemonSet> {
    ObjectCheck::new("daemonset", ["daemonsets", "ds"])
        .state_with_min("rollout", judge::daemonset::rollout)
        .with_pods(|set: &DaemonSet, _, min| Some(Behind::replicas(set.desired, min)))
}

fn replicaset() -> ObjectCheck<ReplicaSet> {
    ObjectCheck::new("replicaset", ["replicasets", "rs"])
        .state_with_min("ready", judge::replicaset::ready)
        .with_pods(|set: &ReplicaSet, _, min| Some(Behind::replicas(set.desired, min)))
}

fn persistentvolumeclaim() -> ObjectCheck<PersistentVolumeClaim> {
    ObjectCheck::new("persistentvolumeclaim", ["persistentvolumeclaims", "pvc"])
        .state("bound", judge::persistentvolumeclaim::bound)
}

fn namespace() -> ObjectCheck<Namespace> {
    ObjectCheck::new("namespace", ["namespaces", "ns"]).state("active", judge::namespace::active)
}

fn customresourcedefinition() -> ObjectCheck<CustomResourceDefinition> {
    ObjectCheck::new("customresourcedefinition", ["customresourcedefinitions", "crd", "crds"])
        .state("established", judge::customresourcedefinition::established)
}
