//! Services: [`ServiceCheck`].

use super::cause::{Causes, Explained};
use super::expression::Expression;
use super::network::addresses;
use super::subject::{Scope, Which};
use super::{Check, Evaluation, Kind, ObjectCheck, Recheck, Request};
use crate::judge;
use crate::judge::service::{Endpoints, all, pods, ready};
use crate::judge::set::{self, Tally};
use crate::object::{Cached, EndpointSlice, Service};
use crate::watch::{Lease, Signal, Watches};
use crate::{CheckError, TargetError, Verdict};
use async_trait::async_trait;
use k8s_wait_target::{Min, Missing, Port, Target};
use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a name may take to resolve.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause between two look-ups of an ExternalName.
const RESOLVE_INTERVAL: Duration = Duration::from_secs(5);

/// Services, judged by their EndpointSlices; one of type ExternalName by whether its name resolves.
pub struct ServiceCheck {
    kind: Kind,
    /// For the states that need no endpoints.
    objects: ObjectCheck<Service>,
}

impl Default for ServiceCheck {
    fn default() -> Self {
        let objects = ObjectCheck::new("service", ["services", "svc"])
            .state("loadbalancer", judge::service::loadbalancer);
        let mut kind = objects.kind().clone();
        kind.states.splice(0..0, ["ready", "all"].map(str::to_owned));
        kind.options.push("port".to_owned());
        kind.reads.push("endpointslices.discovery.k8s.io".to_owned());
        kind.take_fail_on();
        Self { kind, objects }
    }
}

impl Check for ServiceCheck {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let options = target.options();
        if Expression::of(target)?.is_some() {
            return self.objects.parse(target);
        }
        let is_all = match self.kind.state(target)? {
            "ready" => false,
            "all" => true,
            state if options.port.is_some() => {
                let problem = format!("port means nothing to state {state} of a service");
                return Err(TargetError::option(target, problem));
            }
            _ => return self.objects.parse(target),
        };
        let scope = Scope::of(&self.kind.name, true, target)?;
        if options.min == Some(Min::Count(0)) {
            let problem = match scope.is_set() {
                true => "min of a set is at least 1: an empty set is never ready",
                false => "min of a service is at least 1: one without endpoints is never ready",
            };
            return Err(TargetError::option(target, problem));
        }
        let asked = Asked {
            scope,
            is_all,
            min: options.min,
            port: options.port.clone(),
            missing: options.missing.unwrap_or_default(),
        };
        Ok(Box::new(ServiceRequest { asked, causes: Causes::new(target), leases: None }))
    }

    fn preload(&self, watches: &Watches) -> Vec<Box<dyn Any + Send + Sync>> {
        let slices = watches.lease_everywhere::<EndpointSlice>(&());
        let slices = slices.into_iter().map(|lease| Box::new(lease) as Box<dyn Any + Send + Sync>);
        self.objects.preload(watches).into_iter().chain(slices).collect()
    }
}

struct ServiceRequest {
    asked: Asked,
    causes: Causes,
    leases: Option<Leases>,
}

/// What is asked of services.
struct Asked {
    scope: Scope,
    is_all: bool,
    /// Of one service: endpoints. Of a set: services.
    min: Option<Min>,
    port: Option<Port>,
    missing: Missing,
}

/// What judging services needs beside them.
struct Aids<'a> {
    watches: &'a Watches,
    causes: &'a mut Causes,
    resolved: &'a Resolved,
    /// Is what is judged what is there now?
    is_live: bool,
}

struct Leases {
    services: Lease<Service>,
    slices: Lease<EndpointSlice>,
}

/// Whether the names of ExternalName services resolve, as far as they have been looked up.
type Resolved = BTreeMap<Box<str>, Result<(), String>>;

#[async_trait]
impl Request for ServiceRequest {
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let Self { asked, causes, .. } = self;
        let leases = match self.leases.take().map_or_else(|| asked.lease(watches), Ok) {
            Ok(leases) => leases,
            Err(error) => return Evaluation::new(Err(error), Recheck::default()),
        };
        let mut recheck = Recheck::on_change(asked.signals(&leases));
        let resolved = resolve(asked.external_names(&leases)).await;
        if !resolved.is_empty() {
            recheck.after = Some(RESOLVE_INTERVAL);
        }
        let aids = Aids { watches, causes: &mut *causes, resolved: &resolved, is_live: true };
        let verdict = asked.judge(&leases, aids).map(|verdict| verdict.about(&asked.scope));
        self.leases = Some(leases);
        causes.finish(Evaluation::new(verdict, recheck))
    }
}

impl Asked {
    fn lease(&self, watches: &Watches) -> Result<Leases, CheckError> {
        let services = watches.lease(&(), &self.scope.namespace)?;
        let slices = watches.lease(&(), &self.scope.namespace)?;
        Ok(Leases { services, slices })
    }

    fn signals(&self, leases: &Leases) -> [Signal; 2] {
        let namespace = &self.scope.namespace;
        match &self.scope.which {
            Which::One(name) => {
                [leases.services.on_object(namespace, name), leases.slices.on_group(namespace, name)]
            }
            Which::Set(selector) => {
                [leases.services.on_selected(namespace, selector), leases.slices.on_namespace(namespace)]
            }
        }
    }

    fn external_names(&self, leases: &Leases) -> Vec<Box<str>> {
        let namespace = &self.scope.namespace;
        let services: Vec<Arc<Service>> = match &self.scope.which {
            Which::One(name) => leases.services.object(namespace, name).peek().iter().cloned().collect(),
            Which::Set(selector) => {
                let selected = leases.services.selected(namespace, selector);
                selected.peek().iter().map(|(_, service)| Arc::clone(service)).collect()
            }
        };
        services.iter().filter_map(|service| service.external_name.clone()).collect()
    }

    fn judge(&self, leases: &Leases, mut aids: Aids<'_>) -> Result<Verdict, CheckError> {
        let namespace = &self.scope.namespace;
        match &self.scope.which {
            Which::One(name) => {
                let service = leases.services.object(namespace, name);
                let both = service.and(leases.slices.group(namespace, name));
                aids.is_live = both.is_live();
                both.judge(|(service, slices)| {
                    let slices: Vec<_> = slices.into_iter().map(|(_, slice)| slice).collect();
                    self.one((name, service.as_deref()), &slices, self.min, &mut aids)
                })
            }
            Which::Set(selector) => {
                let services = leases.services.selected(namespace, selector);
                let both = services.and(leases.slices.all(namespace));
                aids.is_live = both.is_live();
                both.judge(|(services, slices)| self.set(&services, &slices, &mut aids))
            }
        }
    }

    fn set(
        &self,
        services: &[(Arc<str>, Arc<Service>)],
        slices: &[Arc<EndpointSlice>],
        aids: &mut Aids<'_>,
    ) -> Verdict {
        if services.is_empty() && self.missing != Missing::Wait {
            return judge::missing(self.missing);
        }
        let mut owned: HashMap<&str, Vec<Arc<EndpointSlice>>> = HashMap::new();
        for slice in slices {
            owned.entry(slice.group().unwrap_or_default()).or_default().push(Arc::clone(slice));
        }
        let counted = services.iter().map(|(name, service)| {
            let own = owned.get(&**name).map(Vec::as_slice).unwrap_or_default();
            self.one((name, Some(service)), own, None, aids).about(self.scope.named(name))
        });
        set::judge(&Tally { matched: services.len(), counted: counted.collect() }, self.min)
    }

    fn one(
        &self,
        (name, service): (&str, Option<&Service>),
        slices: &[Arc<EndpointSlice>],
        min: Option<Min>,
        aids: &mut Aids<'_>,
    ) -> Verdict {
        if service.is_none() && self.missing != Missing::Wait {
            return judge::missing(self.missing);
        }
        let external_name = service.filter(|service| !service.meta.is_terminating);
        if let Some(name) = external_name.and_then(|service| service.external_name.as_deref()) {
            return external(name, aids.resolved);
        }
        let port = self.port.as_ref();
        let slices = || slices.iter().map(Arc::as_ref);
        let endpoints = service.map(|service| Endpoints::count(service, slices(), port)).unwrap_or_default();
        let judge = if self.is_all { all } else { ready };
        let verdict = judge(service, endpoints, min, port);
        let Some(service) = service.filter(|_| !verdict.is_ready()) else { return verdict };
        let behind = pods(service, slices(), port, min, self.is_all);
        let (kind, namespace, uid) = (&*self.scope.kind, &*self.scope.namespace, &*service.meta.uid);
        let object = Explained { kind, namespace, name, uid, is_live: aids.is_live, pod: None };
        aids.causes.explain(aids.watches, object, &behind, verdict)
    }
}

fn external(name: &str, resolved: &Resolved) -> Verdict {
    match resolved.get(name) {
        Some(Ok(())) => Verdict::Ready,
        Some(Err(error)) => {
            Verdict::pending("NameNotResolved", format!("its external name {name} does not resolve: {error}"))
        }
        // It became an ExternalName just now; the change has woken us already.
        None => Verdict::pending(
            "NameNotResolved",
            format!("its external name {name} has not been looked up yet"),
        ),
    }
}

async fn resolve(names: Vec<Box<str>>) -> Resolved {
    let lookups = names.into_iter().map(|name| async move {
        let result = lookup(&name).await;
        (name, result)
    });
    futures::future::join_all(lookups).await.into_iter().collect()
}

async fn lookup(name: &str) -> Result<(), String> {
    match timeout(RESOLVE_TIMEOUT, addresses(name)).await {
        Ok(found) => found.map(drop).map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", RESOLVE_TIMEOUT.as_secs())),
    }
}
