//! Waiting for objects that are judged one by one: [`ObjectRequest`].

use super::explain::Explain;
use super::goal::{self, Goal};
use super::subject::{Scope, Which};
use super::{Evaluation, Recheck, Request};
use crate::object::{Cached, Dynamic};
use crate::watch::{Lease, Watches};
use async_trait::async_trait;
use k8s_wait_target::{Min, Target};
use std::sync::Arc;

/// A target over objects that are judged one by one.
pub(super) struct ObjectRequest<S: Cached> {
    scope: Scope,
    goal: Goal<S>,
    min: Option<Min>,
    explain: Option<Explain<S::View>>,
    dynamic: Dynamic<S>,
    /// Keeps the watch open from the first evaluation on.
    lease: Option<Lease<S>>,
}

impl<S: Cached> ObjectRequest<S> {
    pub(super) fn new(scope: Scope, goal: Goal<S>, dynamic: Dynamic<S>, target: &Target) -> Self {
        Self { scope, goal, min: target.options().min, explain: None, dynamic, lease: None }
    }

    /// The same with what pods have to tell.
    pub(super) fn explained(self, explain: Option<Explain<S::View>>) -> Self {
        Self { explain, ..self }
    }
}

#[async_trait]
impl<S: Cached> Request for ObjectRequest<S>
where
    Dynamic<S>: 'static,
{
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let Self { scope, goal, min, explain, .. } = self;
        let lease = match self.lease.take() {
            Some(lease) => lease,
            None => match watches.lease::<S>(&self.dynamic, &scope.namespace) {
                Ok(lease) => lease,
                Err(error) => return Evaluation::new(Err(error), Recheck::default()),
            },
        };
        let (signal, verdict) = match &scope.which {
            Which::One(name) => {
                let signal = lease.on_object(&scope.namespace, name);
                let reading = lease.object(&scope.namespace, name);
                let is_live = reading.is_live();
                if is_live {
                    goal.pin(reading.peek().as_deref());
                }
                let verdict = reading.judge(|object| {
                    let verdict = goal.one(object.as_deref());
                    match (object.as_ref(), explain.as_mut()) {
                        (Some(object), Some(explain)) => {
                            explain.one(watches, (&scope.namespace, name), (object, is_live), verdict)
                        }
                        _ => verdict,
                    }
                });
                (signal, verdict)
            }
            Which::Set(selector) => {
                let signal = match goal {
                    // One that has lost the label still counts.
                    Goal::Deleted { .. } => lease.on_namespace(&scope.namespace),
                    Goal::Judged { .. } => lease.on_selected(&scope.namespace, selector),
                };
                let reading = lease.selected(&scope.namespace, selector);
                let is_live = reading.is_live();
                if is_live {
                    goal.pin(reading.peek().iter().map(|(_, object)| object.as_ref()));
                }
                let verdict = match goal {
                    Goal::Deleted { pinned: Some(pinned) } => lease.all(&scope.namespace).judge(|objects| {
                        goal::deleted(Some(pinned), &objects.iter().map(Arc::as_ref).collect::<Vec<&S>>())
                    }),
                    _ => reading.judge(|objects| {
                        goal.set(scope, &objects, *min, |name, object, verdict| match explain.as_mut() {
                            Some(explain) => {
                                explain.one(watches, (&scope.namespace, name), (object, is_live), verdict)
                            }
                            None => verdict,
                        })
                    }),
                };
                (signal, verdict)
            }
        };
        let verdict = verdict.map(|verdict| verdict.about(&*scope));
        self.lease = Some(lease);
        let evaluation = Evaluation::new(verdict, Recheck::on_change([signal]));
        match explain {
            Some(explain) => explain.causes.finish(evaluation),
            None => evaluation,
        }
    }
}
