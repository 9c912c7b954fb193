//! Services by their EndpointSlices: [`ready`], [`all`]; and by their load balancer: [`loadbalancer`].
//!
//! Endpoints and not pods behind a selector: that works for headless and selector-less services alike, and knows
//! readiness gates and `publishNotReadyAddresses` as the cluster's own proxies do.

use super::behind::{Behind, Pods, PodsOf};
use super::cause::Failed;
use super::{absent, terminating};
use crate::Verdict;
use crate::object::{EndpointSlice, Service};
use k8s_wait_target::{Min, Port};
use std::collections::BTreeMap;

/// How many distinct endpoints there are, and how many of them are ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// All of them, ready or not.
    pub total: usize,
    /// Ready and not terminating.
    pub ready: usize,
}

impl Endpoints {
    /// Counts the endpoints of a service's slices that serve `port`.
    ///
    /// One that stands in several slices, as it does while slices are rebalanced, counts once, and as ready only
    /// when all of them say so.
    pub fn count<'a>(
        service: &Service,
        slices: impl IntoIterator<Item = &'a EndpointSlice>,
        port: Option<&Port>,
    ) -> Self {
        let ready = readiness(service, slices, port);
        Self { total: ready.len(), ready: ready.values().filter(|is_ready| **is_ready).count() }
    }
}

/// The endpoints that serve `port`, by their identities, and whether they are ready.
fn readiness<'a>(
    service: &Service,
    slices: impl IntoIterator<Item = &'a EndpointSlice>,
    port: Option<&Port>,
) -> BTreeMap<&'a str, bool> {
    let mut ready = BTreeMap::new();
    for slice in slices.into_iter().filter(|slice| port.is_none_or(|port| is_served(service, slice, port))) {
        for endpoint in &slice.endpoints {
            *ready.entry(&*endpoint.identity).or_insert(true) &=
                endpoint.is_ready && !endpoint.is_terminating;
        }
    }
    ready
}

/// The pods behind a service: those that it selects, since one that has no address yet is in no slice, and `min` of
/// them are needed, or 1.
///
/// Where it selects none, or all endpoints have to be ready, they are those behind the endpoints that are not.
pub fn pods<'a>(
    service: &'a Service,
    slices: impl IntoIterator<Item = &'a EndpointSlice>,
    port: Option<&Port>,
    min: Option<Min>,
    is_all: bool,
) -> Behind<'a> {
    let ready = readiness(service, slices, port);
    match &service.selector {
        Some(selector) if !is_all || ready.is_empty() => Behind::Pods(Pods {
            of: PodsOf::Selected(selector),
            total: None,
            min: min.unwrap_or(Min::Count(1)),
            failed: Failed::Replaced,
            revision: None,
        }),
        _ => {
            let unready = ready.iter().filter(|(_, is_ready)| !**is_ready);
            let names = unready.filter_map(|(identity, _)| pod_name(identity)).collect();
            let min = if is_all { Min::All } else { min.unwrap_or(Min::Count(1)) };
            Behind::some(PodsOf::Named(names), ready.len(), super::needed(min, ready.len()))
        }
    }
}

/// The name in the identity of an endpoint that is a pod, `Pod/NAMESPACE/NAME`.
fn pod_name(identity: &str) -> Option<Box<str>> {
    let (_, name) = identity.strip_prefix("Pod/")?.split_once('/')?;
    Some(name.into())
}

/// Does the slice serve the port? A number is the service's port, which slices know by name only; where the service
/// has no such port, as a headless one need not, it is the endpoints' own.
fn is_served(service: &Service, slice: &EndpointSlice, port: &Port) -> bool {
    let named = |name: &str| slice.ports.iter().any(|p| p.name.as_deref().unwrap_or_default() == name);
    match port {
        Port::Name(name) => named(name),
        Port::Number(number) => {
            let number = i32::from(*number);
            match service.ports.iter().find(|p| p.port == number) {
                Some(port) => named(port.name.as_deref().unwrap_or_default()),
                None => slice.ports.iter().any(|p| p.port == Some(number)),
            }
        }
    }
}

/// At least `min` (1 unless given) endpoints are ready and not terminating.
pub fn ready(
    service: Option<&Service>,
    endpoints: Endpoints,
    min: Option<Min>,
    port: Option<&Port>,
) -> Verdict {
    let needed = super::needed(min.unwrap_or(Min::Count(1)), endpoints.total).max(1);
    counted(service, endpoints, endpoints.ready >= needed, needed, port)
}

/// At least one endpoint (or `min`), and none that is not ready.
pub fn all(
    service: Option<&Service>,
    endpoints: Endpoints,
    min: Option<Min>,
    port: Option<&Port>,
) -> Verdict {
    let needed = super::needed(min.unwrap_or(Min::All), endpoints.total).max(1);
    let holds = endpoints.ready >= needed && endpoints.ready == endpoints.total;
    counted(service, endpoints, holds, needed.max(endpoints.total), port)
}

/// An ingress address or host name is assigned.
pub fn loadbalancer(service: Option<&Service>) -> Verdict {
    match service {
        None => absent(),
        Some(service) if service.meta.is_terminating => terminating(),
        Some(service) if !service.is_load_balancer => {
            Verdict::pending("NoLoadBalancer", "it is not of type LoadBalancer")
        }
        Some(service) => Verdict::ready_if(service.has_ingress, "NoLoadBalancer", || {
            "its load balancer has no address yet".to_owned()
        }),
    }
}

fn counted(
    service: Option<&Service>,
    Endpoints { total, ready }: Endpoints,
    holds: bool,
    needed: usize,
    port: Option<&Port>,
) -> Verdict {
    let serving = port.map(|port| format!(" that serve port {port}")).unwrap_or_default();
    match service {
        None => absent(),
        Some(service) if service.meta.is_terminating => terminating(),
        Some(_) if total == 0 => Verdict::pending("NoEndpoints", format!("it has no endpoints{serving}")),
        Some(_) => Verdict::ready_if(holds, "EndpointsNotReady", || {
            format!("{ready} of {total} endpoints{serving} are ready, {needed} needed")
        }),
    }
}
