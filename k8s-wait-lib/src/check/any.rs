//! Any kind that the cluster serves: [`AnyCheck`].

use super::expression::{Expression, asked};
use super::goal::{self, Goal};
use super::request::ObjectRequest;
use super::subject::Scope;
use super::{Check, Evaluation, Kind, Recheck, Request};
use crate::judge::condition;
use crate::object::{Conditioned, Served};
use crate::watch::Watches;
use crate::{CheckError, TargetError};
use async_trait::async_trait;
use k8s_wait_target::Target;
use kube::core::{ApiResource, GroupVersionKind};
use std::time::Duration;

/// How long a kind that the cluster does not serve is taken for one that it does not serve.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Kinds that nobody registered, written `KIND[.VERSION].GROUP`, or `KIND.VERSION` where the group is the core one.
///
/// Which kinds there are is asked of the API server, and asked again while somebody waits for one that it does not serve:
/// a CustomResourceDefinition that comes later is found within seconds. State `ready` is condition Ready, else condition
/// Available. Secrets are never read.
pub struct AnyCheck {
    kind: Kind,
}

impl Default for AnyCheck {
    fn default() -> Self {
        let mut kind = Kind::object("KIND[.VERSION].GROUP", []);
        let states = ["ready", "exists", "deleted"].into_iter().chain(Expression::FORMS);
        kind.states = states.map(str::to_owned).collect();
        Self { kind }
    }
}

impl Check for AnyCheck {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let name = KindName::read(target.kind()).filter(|name| !name.is_secret());
        let name = name.ok_or_else(|| {
            TargetError::option(target, "secrets are not watched, so none can be waited for")
        })?;
        // What does not depend on the resource type is found wrong now.
        self.request(&unknown(&name), target)?;
        Ok(Box::new(AnyRequest { kind: self.kind.clone(), name, target: target.clone(), known: None }))
    }
}

impl AnyCheck {
    fn request(&self, served: &Served, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        request(&self.kind, served, target)
    }
}

fn request(kind: &Kind, served: &Served, target: &Target) -> Result<Box<dyn Request>, TargetError> {
    let name = target.kind();
    if let Some(expression) = Expression::of(target)? {
        return expression.request(name, served.clone(), target);
    }
    match kind.state(target)? {
        "ready" => asked::<Conditioned>(name, served.clone(), target, condition::ready),
        state => {
            let scope = Scope::of(name, served.is_namespaced, target)?;
            goal::check_min(target, name, state, scope.is_set() && state != "deleted")?;
            let goal = Goal::<Conditioned>::presence(target, state)?;
            Ok(Box::new(ObjectRequest::new(scope, goal, served.clone(), target)))
        }
    }
}

/// Stands for the resource type of a kind that has not been looked up.
fn unknown(name: &KindName) -> Served {
    let kind = GroupVersionKind::gvk("", "v1", &name.name);
    Served { resource: ApiResource::from_gvk(&kind), is_namespaced: true }
}

/// A kind as targets spell it, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KindName {
    /// Its singular, plural or short name.
    pub(crate) name: String,
    /// What may be meant by the rest of it: versions and groups, the likeliest first.
    pub(crate) places: Vec<(Option<String>, String)>,
}

impl KindName {
    /// Splits `KIND[.VERSION].GROUP`; `None` where there is no dot.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('.')?;
        let (first, others) = rest.split_once('.').unwrap_or((rest, ""));
        let mut places = vec![(None, rest.to_owned())];
        if is_version(first) {
            // As kubectl: a version first, though a group may begin with what looks like one.
            places.insert(0, (Some(first.to_owned()), others.to_owned()));
        }
        Some(Self { name: name.to_owned(), places })
    }

    fn is_secret(&self) -> bool {
        let is_core = self.places.iter().any(|(_, group)| group.is_empty());
        is_core && matches!(self.name.as_str(), "secret" | "secrets")
    }
}

/// `v1`, `v1beta2`.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = text.strip_prefix('v') else { return false };
    ["alpha", "beta"]
        .iter()
        .find_map(|stage| rest.split_once(stage))
        .map_or(digits(rest), |(major, minor)| digits(major) && digits(minor))
}

/// A target whose resource type is looked up first.
struct AnyRequest {
    kind: Kind,
    name: KindName,
    target: Target,
    known: Option<(Served, Box<dyn Request>)>,
}

#[async_trait]
impl Request for AnyRequest {
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        if let Err(evaluation) = self.look_up(watches).await {
            return evaluation;
        }
        let Some((_, request)) = &mut self.known else { return unserved(self.error()) };
        let mut evaluation = request.evaluate(watches).await;
        if matches!(evaluation.verdict, Err(CheckError::Unavailable { .. })) {
            // Its definition may be gone, or come back in another version.
            evaluation.recheck.after = Some(evaluation.recheck.after.unwrap_or(LOOK_AGAIN));
            self.compare(watches).await;
        }
        evaluation
    }
}

impl AnyRequest {
    async fn look_up(&mut self, watches: &Watches) -> Result<(), Evaluation> {
        if self.known.is_some() {
            return Ok(());
        }
        let served = watches.served(&self.name).await.map_err(unserved)?;
        let served = served.ok_or_else(|| unserved(self.error()))?;
        // The same text was understood before; only its scope has become known.
        let request = request(&self.kind, &served, &self.target).map_err(|_| unserved(self.error()))?;
        self.known = Some((served, request));
        Ok(())
    }

    /// Forgets what was found before where something else is served now.
    async fn compare(&mut self, watches: &Watches) {
        let Ok(Some(now)) = watches.served_now(&self.name).await else { return };
        if self.known.as_ref().is_some_and(|(before, _)| *before != now) {
            self.known = None;
        }
    }

    fn error(&self) -> CheckError {
        CheckError::KindNotServed { kind: self.target.kind().to_owned() }
    }
}

fn unserved(error: CheckError) -> Evaluation {
    Evaluation { verdict: Err(error), recheck: Recheck::after(LOOK_AGAIN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_split_as_kubectl_splits_it() {
        let places = |text: &str| KindName::read(text).map(|kind| (kind.name, kind.places));
        let place = |version: Option<&str>, group: &str| (version.map(str::to_owned), group.to_owned());
        for (text, name, expected) in [
            ("certificate.cert-manager.io", "certificate", vec![place(None, "cert-manager.io")]),
            (
                "certificate.v1beta1.cert-manager.io",
                "certificate",
                vec![place(Some("v1beta1"), "cert-manager.io"), place(None, "v1beta1.cert-manager.io")],
            ),
            ("ingress.networking.k8s.io", "ingress", vec![place(None, "networking.k8s.io")]),
            ("configmap.v1", "configmap", vec![place(Some("v1"), ""), place(None, "v1")]),
            (
                "hpa.v2.autoscaling",
                "hpa",
                vec![place(Some("v2"), "autoscaling"), place(None, "v2.autoscaling")],
            ),
            ("x.vpn.example.org", "x", vec![place(None, "vpn.example.org")]),
        ] {
            assert_eq!(places(text), Some((name.to_owned(), expected)), "{text}");
        }
        assert_eq!(places("pod"), None);
    }

    #[test]
    fn versions_look_as_kubernetes_has_them() {
        for version in ["v1", "v12", "v1alpha1", "v2beta3"] {
            assert!(is_version(version), "{version}");
        }
        for other in ["", "v", "1", "v1beta", "vbeta1", "v1gamma1", "v1.2", "version"] {
            assert!(!is_version(other), "{other}");
        }
    }
}
