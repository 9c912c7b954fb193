//! Any kind that the cluster serves: [`AnyCheck`].

use super::expression::{Expression, asked};
use super::goal::{self, Goal};
use super::request::ObjectRequest;
use super::subject::Scope;
use super::{Check, Evaluation, Kind, KindName, Recheck, Request};
use crate::judge::condition;
use crate::object::{Conditioned, Served};
use crate::watch::Watches;
use crate::{CheckError, TargetError};
use async_trait::async_trait;
use k8s_wait_target::{Target, is_dns_subdomain};
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
    is_namespaced: bool,
}

impl Default for AnyCheck {
    fn default() -> Self {
        let states = ["ready", "exists", "deleted"].into_iter().chain(Expression::FORMS);
        let kind = Kind::object("KIND[.VERSION].GROUP", []).with_states(states);
        Self { kind, is_namespaced: false }
    }
}

impl AnyCheck {
    /// The same, but that kinds whose objects are in no namespace are refused: [`CheckError::ClusterScoped`].
    pub fn namespaced() -> Self {
        Self { is_namespaced: true, ..Self::default() }
    }

    /// What is read where a target's kind is `PLURAL[.VERSION].GROUP`, as a rule of a Role names it: `PLURAL.GROUP`, or
    /// `PLURAL` in the core group. Rules have no versions.
    ///
    /// `None` for secrets, and for what is not written so. Whether a cluster serves such a resource is not looked at.
    pub fn reads(kind: &str) -> Option<String> {
        let name = KindName::read(kind).filter(|name| is_dns_subdomain(kind) && !name.is_secret())?;
        let (_, group) = name.places.first()?;
        Some(if group.is_empty() { name.name } else { format!("{}.{group}", name.name) })
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
        request(&self.kind, &unknown(&name), target)?;
        Ok(Box::new(AnyRequest {
            kind: self.kind.clone(),
            is_namespaced: self.is_namespaced,
            name,
            target: target.clone(),
            known: None,
        }))
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

/// A target whose resource type is looked up first.
struct AnyRequest {
    kind: Kind,
    /// Are kinds refused that are in no namespace?
    is_namespaced: bool,
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
        if self.is_namespaced && !served.is_namespaced {
            return Err(unserved(CheckError::ClusterScoped { kind: self.target.kind().to_owned() }));
        }
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
    Evaluation::new(Err(error), Recheck::after(LOOK_AGAIN))
}
