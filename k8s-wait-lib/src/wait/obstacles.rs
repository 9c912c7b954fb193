//! Which pods keep a target from being ready: [`Obstacles`].

use crate::object::Pod;
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;

/// Pods that are not ready yet, of which a target needs some.
///
/// They tell what a target waits for, where that is known: a target whose objects have no pods behind them has none, and so
/// has one whose pods cannot be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Obstacle {
    /// The namespace that they are in.
    pub namespace: Box<str>,
    /// They, with their names, as they were when the target was looked at; 1,000 of them at most.
    pub pods: Vec<(Arc<str>, Arc<Pod>)>,
    /// How many of them it can do without. Where none of more than so many becomes ready, neither does the target.
    pub spare: usize,
}

/// What is in a target's way at this moment; each one by itself is enough to keep it from being ready.
///
/// A view and no copy: what it shows goes with the wait, between two reports as well.
#[derive(Clone, Default)]
pub struct Obstacles(Arc<RwLock<Arc<[Obstacle]>>>);

impl Obstacles {
    /// Those of now. As long as they stay what they were, it is the same allocation.
    pub fn now(&self) -> Arc<[Obstacle]> {
        Arc::clone(&self.0.read())
    }

    pub(super) fn set(&self, obstacles: Vec<Obstacle>) {
        if !is_same(&self.0.read(), &obstacles) {
            *self.0.write() = obstacles.into();
        }
    }
}

fn is_same(before: &[Obstacle], after: &[Obstacle]) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(before, after)| before.is_same(after))
}

impl Obstacle {
    /// These pods of a namespace, of which so many can be done without.
    pub fn new(namespace: &str, pods: Vec<(Arc<str>, Arc<Pod>)>, spare: usize) -> Self {
        Self { namespace: namespace.into(), pods, spare }
    }

    fn is_same(&self, other: &Self) -> bool {
        let is_kept = |((_, one), (_, other)): (&(_, Arc<Pod>), &(_, Arc<Pod>))| Arc::ptr_eq(one, other);
        self.spare == other.spare
            && self.pods.len() == other.pods.len()
            && self.pods.iter().zip(&other.pods).all(is_kept)
    }
}

impl fmt::Debug for Obstacles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

/// Views of the same wait.
impl PartialEq for Obstacles {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Obstacles {}
