//! Objects that a judge over the object alone can judge: [`ObjectCheck`].

use super::subject::{Scope, Which};
use super::{Check, Evaluation, Kind, Recheck, Request};
use crate::judge::{self, set::Tally};
use crate::object::{Cached, Dynamic};
use crate::watch::{Lease, Watches};
use crate::{TargetError, Verdict};
use async_trait::async_trait;
use k8s_wait_target::{Min, Options, Target};
use kube::core::ApiResource;
use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Judges an object, or its absence.
pub type Judge<V> = Arc<dyn Fn(Option<&V>) -> Verdict + Send + Sync>;

/// A kind whose states are judged over one object alone.
///
/// Brings the states `exists` and `deleted`, and sets by label selector, by itself.
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
        kind.states = ["exists", "deleted"].map(str::to_owned).to_vec();
        Self { kind, dynamic, states: Vec::new() }
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

    fn goal(&self, target: &Target, is_set: bool) -> Result<Goal<S>, TargetError> {
        let state = self.kind.state(target)?;
        let options = target.options();
        let known = self.states.iter().find(|known| known.name == state);
        let takes_min = if is_set { state != "deleted" } else { known.is_some_and(|state| state.takes_min) };
        if options.min.is_some() && !takes_min {
            let what = if is_set {
                format!("a set of {}s", self.kind.name)
            } else {
                format!("one {}", self.kind.name)
            };
            let problem = format!("min means nothing to state {state} of {what}");
            return Err(TargetError::option(target, problem));
        }
        Ok(match known {
            // In a set, `min` counts its objects.
            Some(state) if is_set => Goal::judged((state.judge)(&Options::default()), state.counts),
            Some(state) => Goal::judged((state.judge)(options), state.counts),
            None if state == "deleted" => Goal::Deleted { pinned: None },
            None => Goal::judged(Arc::new(judge::exists), |_| true),
        })
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
        let scope = Scope::of(&self.kind.name, target)?;
        let goal = self.goal(target, scope.is_set())?;
        let min = target.options().min;
        if scope.is_set() && min == Some(Min::Count(0)) {
            return Err(TargetError::option(
                target,
                "min of a set is at least 1: an empty set is never ready",
            ));
        }
        Ok(Box::new(ObjectRequest { scope, goal, min, dynamic: self.dynamic.clone(), lease: None }))
    }

    fn preload(&self, watches: &Watches) -> Vec<Box<dyn Any + Send + Sync>> {
        let leases = watches.lease_everywhere::<S>(&self.dynamic);
        leases.into_iter().map(|lease| Box::new(lease) as Box<dyn Any + Send + Sync>).collect()
    }
}

/// What is asked of an object.
enum Goal<S: Cached> {
    Judged {
        judge: Judge<S::View>,
        counts: fn(&S::View) -> bool,
    },
    /// The objects that were there when the wait began are gone; one made later under the same name is another one.
    Deleted {
        /// Their UIDs, once known: what a watch that is down has cached may be long gone, and what is there unknown.
        pinned: Option<BTreeSet<Box<str>>>,
    },
}

impl<S: Cached> Goal<S> {
    fn judged(judge: Judge<S::View>, counts: fn(&S::View) -> bool) -> Self {
        Self::Judged { judge, counts }
    }

    /// Notes what has to go, the first time that this is known.
    fn pin<'a>(&mut self, objects: impl IntoIterator<Item = &'a S>) {
        if let Self::Deleted { pinned: pinned @ None } = self {
            *pinned = Some(objects.into_iter().map(|object| object.meta().uid.clone()).collect());
        }
    }

    fn one(&self, object: Option<&S>) -> Verdict {
        match self {
            Self::Judged { judge, .. } => judge(object.map(S::view)),
            Self::Deleted { pinned } => deleted(pinned.as_ref(), object.as_slice()),
        }
    }

    fn set(&self, scope: &Scope, objects: &[(Box<str>, Arc<S>)], min: Option<Min>) -> Verdict {
        match self {
            Self::Judged { judge, counts } => {
                let counted = objects.iter().filter(|(_, object)| counts(object.view()));
                let counted =
                    counted.map(|(name, object)| judge(Some(object.view())).about(scope.named(name)));
                judge::set::judge(&Tally { matched: objects.len(), counted: counted.collect() }, min)
            }
            Self::Deleted { pinned } => {
                let objects: Vec<&S> = objects.iter().map(|(_, object)| object.as_ref()).collect();
                deleted(pinned.as_ref(), &objects)
            }
        }
    }
}

fn deleted<S: Cached>(pinned: Option<&BTreeSet<Box<str>>>, objects: &[&S]) -> Verdict {
    let is_left = |object: &&&S| pinned.is_none_or(|pinned| pinned.contains(&object.meta().uid));
    let left = objects.iter().filter(is_left).count();
    let total = pinned.map_or(objects.len(), BTreeSet::len);
    Verdict::ready_if(left == 0, "StillExists", || match total {
        1 => "it is still there".to_owned(),
        _ => format!("{left} of {total} are still there"),
    })
}

struct ObjectRequest<S: Cached> {
    scope: Scope,
    goal: Goal<S>,
    min: Option<Min>,
    dynamic: Dynamic<S>,
    /// Keeps the watch open from the first evaluation on.
    lease: Option<Lease<S>>,
}

#[async_trait]
impl<S: Cached> Request for ObjectRequest<S>
where
    Dynamic<S>: 'static,
{
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let Self { scope, goal, min, .. } = self;
        let lease = match self.lease.take() {
            Some(lease) => lease,
            None => match watches.lease::<S>(&self.dynamic, &scope.namespace) {
                Ok(lease) => lease,
                Err(error) => return Evaluation { verdict: Err(error), recheck: Recheck::default() },
            },
        };
        let (signal, verdict) = match &scope.which {
            Which::One(name) => {
                let signal = lease.on_object(&scope.namespace, name);
                let reading = lease.object(&scope.namespace, name);
                if reading.is_live() {
                    goal.pin(reading.peek().as_deref());
                }
                (signal, reading.judge(|object| goal.one(object.as_deref())))
            }
            Which::Set(selector) => {
                let signal = lease.on_namespace(&scope.namespace);
                let reading = lease.selected(&scope.namespace, selector);
                if reading.is_live() {
                    goal.pin(reading.peek().iter().map(|(_, object)| object.as_ref()));
                }
                let verdict = match goal {
                    // One that has lost the label is still there.
                    Goal::Deleted { pinned: Some(pinned) } => lease.all(&scope.namespace).judge(|objects| {
                        deleted(Some(pinned), &objects.iter().map(Arc::as_ref).collect::<Vec<&S>>())
                    }),
                    _ => reading.judge(|objects| goal.set(scope, &objects, *min)),
                };
                (signal, verdict)
            }
        };
        let verdict = verdict.map(|verdict| verdict.about(&*scope));
        self.lease = Some(lease);
        Evaluation { verdict, recheck: Recheck::on_change([signal]) }
    }
}
