//! Objects that a judge over the object alone can judge: [`ObjectCheck`].

use super::explain::{self, Explain, PodsBehind};
use super::expression::Expression;
use super::goal::{self, Goal};
use super::request::ObjectRequest;
use super::subject::Scope;
use super::{Check, Kind, Request};
use crate::object::{Cached, Dynamic, Served};
use crate::watch::Watches;
use crate::{TargetError, Verdict};
use k8s_wait_target::{Min, Options, Target};
use kube::Resource;
use kube::core::ApiResource;
use std::any::Any;
use std::sync::Arc;

/// Judges an object, or its absence.
pub type Judge<V> = Arc<dyn Fn(Option<&V>) -> Verdict + Send + Sync>;

/// A kind whose states are judged over one object alone.
///
/// Brings the states `exists` and `deleted`, those of an expression (`condition=Ready`, `jsonpath=...`, `cel=...`), and sets
/// by label selector, by itself.
///
/// ```
/// use k8s_openapi::api::core::v1::ConfigMap;
/// use k8s_wait_lib::object::Whole;
/// use k8s_wait_lib::{ObjectCheck, Verdict};
///
/// let check = ObjectCheck::<Whole<ConfigMap>>::new("configmap", ["configmaps", "cm"])
///     .state("filled", |map| match map {
///         Some(map) if map.data.is_some() => Verdict::Ready,
///         Some(_) => Verdict::pending("Empty", "it has no data yet"),
///         None => Verdict::pending("NotFound", "it does not exist yet"),
///     });
/// ```
pub struct ObjectCheck<S: Cached> {
    kind: Kind,
    dynamic: Dynamic<S>,
    states: Vec<State<S>>,
    pods: Option<PodsBehind<S::View>>,
}

/// Makes the judge that a target's options ask for.
type Maker<V> = dyn Fn(&Options) -> Judge<V> + Send + Sync;

struct State<S: Cached> {
    name: &'static str,
    /// Does `min` on a single object mean something to it?
    takes_min: bool,
    judge: Box<Maker<S::View>>,
    /// Which objects of a set count.
    counts: fn(&S::View) -> bool,
}

impl<S: Cached> ObjectCheck<S> {
    /// A kind with the states `exists` and `deleted`; the first state that is added becomes the default.
    pub fn new<'a>(name: &str, aliases: impl IntoIterator<Item = &'a str>) -> Self
    where
        Dynamic<S>: Default,
    {
        let dynamic = Dynamic::<S>::default();
        let resource = ApiResource::erase::<S::Wire>(&dynamic);
        let reads = match resource.group.as_str() {
            "" => resource.plural,
            group => format!("{}.{group}", resource.plural),
        };
        let mut kind = Kind::object(name, aliases);
        kind.reads.push(reads);
        kind.options.retain(|option| option != "namespace" || S::is_namespaced(&dynamic));
        kind.states = ["exists", "deleted"].into_iter().chain(Expression::FORMS).map(str::to_owned).collect();
        Self { kind, dynamic, states: Vec::new(), pods: None }
    }

    /// Adds a state.
    pub fn state(
        self,
        name: &'static str,
        judge: impl Fn(Option<&S::View>) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        let judge: Judge<S::View> = Arc::new(judge);
        self.push(name, false, move |_| Arc::clone(&judge))
    }

    /// Adds a state to which `min` means something on a single object, as a number of replicas.
    pub fn state_with_min(
        self,
        name: &'static str,
        judge: impl Fn(Option<&S::View>, Option<Min>) -> Verdict + Copy + Send + Sync + 'static,
    ) -> Self {
        self.push(name, true, move |options| {
            let min = options.min;
            Arc::new(move |object| judge(object, min))
        })
    }

    /// Says which objects of a set count for the state added last: all, unless said otherwise.
    pub fn counting(mut self, counts: fn(&S::View) -> bool) -> Self {
        if let Some(state) = self.states.last_mut() {
            state.counts = counts;
        }
        self
    }

    /// Says which pods stand behind an object, given the state asked for and its `min`: they tell why it is not ready,
    /// and `fail-on` is about them.
    pub fn with_pods(mut self, pods: PodsBehind<S::View>) -> Self {
        self.pods = Some(pods);
        self.kind.take_fail_on();
        self
    }

    fn push(
        mut self,
        name: &'static str,
        takes_min: bool,
        judge: impl Fn(&Options) -> Judge<S::View> + Send + Sync + 'static,
    ) -> Self {
        // In front of `exists` and `deleted`, so that the default is the first one added.
        self.kind.states.insert(self.states.len(), name.to_owned());
        self.states.push(State { name, takes_min, judge: Box::new(judge), counts: |_| true });
        self
    }

    /// The resource type, for those who look at its objects in another shape.
    fn served(&self) -> Served {
        Served {
            resource: ApiResource::erase::<S::Wire>(&self.dynamic),
            is_namespaced: S::is_namespaced(&self.dynamic),
        }
    }

    /// What pods have to tell about one of its own states; an expression may be about anything.
    fn explain(&self, target: &Target) -> Option<Explain<S::View>> {
        let state = self.kind.state(target).ok()?;
        let is_own = self.states.iter().any(|known| known.name == state);
        let kind = S::Wire::kind(&self.dynamic);
        Some(Explain::new(&kind, self.pods.filter(|_| is_own)?, state, target))
    }

    fn request(
        &self,
        explain: Option<Explain<S::View>>,
        target: &Target,
    ) -> Result<Box<dyn Request>, TargetError>
    where
        Dynamic<S>: 'static,
    {
        let scope = Scope::of(&self.kind.name, S::is_namespaced(&self.dynamic), target)?;
        let goal = self.goal(target, scope.is_set())?;
        Ok(Box::new(ObjectRequest::new(scope, goal, self.dynamic.clone(), target).explained(explain)))
    }

    fn goal(&self, target: &Target, is_set: bool) -> Result<Goal<S>, TargetError> {
        let state = self.kind.state(target)?;
        let options = target.options();
        let known = self.states.iter().find(|known| known.name == state);
        let takes_min = if is_set { state != "deleted" } else { known.is_some_and(|state| state.takes_min) };
        goal::check_min(target, &self.kind.name, state, takes_min)?;
        match known {
            // In a set, `min` counts its objects.
            Some(state) if is_set => {
                Ok(Goal::judged((state.judge)(&Options::default()), state.counts, options))
            }
            Some(state) => Ok(Goal::judged((state.judge)(options), state.counts, options)),
            None => Goal::presence(target, state),
        }
    }
}

impl<S: Cached> Check for ObjectCheck<S>
where
    Dynamic<S>: 'static,
{
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let explain = self.explain(target);
        let is_explained = explain.is_some();
        let request = match Expression::of(target)? {
            Some(expression) => expression.request(&self.kind.name, self.served(), target)?,
            None => self.request(explain, target)?,
        };
        if !is_explained {
            explain::refuse(&self.kind, target)?;
        }
        Ok(request)
    }

    fn preload(&self, watches: &Watches) -> Vec<Box<dyn Any + Send + Sync>> {
        let leases = watches.lease_everywhere::<S>(&self.dynamic);
        leases.into_iter().map(|lease| Box::new(lease) as Box<dyn Any + Send + Sync>).collect()
    }
}
